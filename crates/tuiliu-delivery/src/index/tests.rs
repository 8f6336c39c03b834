use tuiliu_domain::id::PartyId;

use super::*;
use crate::audience::Tag;
use crate::request::Viewer;
use crate::tests::audience;

fn index(texts: &[String]) -> AudienceIndex {
    let compiled: Vec<CompiledAudience> =
        texts.iter().map(|text| CompiledAudience::try_new(&audience(text), PartyId::new(1)).unwrap()).collect();
    AudienceIndex::build(compiled.iter())
}

#[test]
fn finds_nothing_in_an_empty_index() {
    assert_eq!(index(&[]).matching(&Viewer::default().keys()), Vec::<u32>::new());
}

/// More than two blocks, so that sparse rows, dense rows and block borders are all met.
#[test]
fn finds_every_order_over_many_blocks() {
    let texts: Vec<String> = (0..10_000)
        .map(|n| match n % 5 {
            0 => "gender:female".to_owned(),
            1 => "or(gender:male,segment:s)".to_owned(),
            2 => format!("interest:i{}", n % 500),
            3 => format!("and(gender:female,not(segment:s{}))", n % 7),
            _ => "not(gender:female)".to_owned(),
        })
        .collect();
    let viewer = Viewer {
        gender: Some(Tag::named("female")),
        segments: vec![Tag::named("s"), Tag::named("s3")],
        interests: vec![Tag::named("i2"), Tag::named("i497")],
        ..Viewer::default()
    };
    let expected: Vec<u32> = (0..10_000)
        .filter(|n| match n % 5 {
            0 | 1 => true,
            2 => matches!(n % 500, 2 | 497),
            3 => n % 7 != 3,
            _ => false,
        })
        .collect();
    assert_eq!(index(&texts).matching(&viewer.keys()), expected);
}

#[test]
fn tells_an_order_once_even_if_two_alternatives_match() {
    let texts = ["or(gender:female,segment:s)".to_owned(), "segment:t".to_owned()];
    let viewer = Viewer { gender: Some(Tag::named("female")), segments: vec![Tag::named("s")], ..Viewer::default() };
    assert_eq!(index(&texts).matching(&viewer.keys()), vec![0]);
}

#[test]
fn what_was_removed_is_found_no_more_and_its_place_is_used_again() {
    let compile = |text: &str| CompiledAudience::try_new(&audience(text), PartyId::new(1)).unwrap();
    let (women, men) = (compile("gender:female"), compile("or(gender:male,interest:cars)"));
    let mut index = AudienceIndex::build((0..9_000).map(|_| &women));
    let before = index.clone();
    for number in (0..9_000).step_by(2) {
        index.remove(number, &women);
        index.put(number, &men);
    }
    let viewer = |gender| Viewer { gender: Some(Tag::named(gender)), ..Viewer::default() }.keys();
    assert_eq!(index.matching(&viewer("female")), (1..9_000).step_by(2).collect::<Vec<_>>());
    assert_eq!(index.matching(&viewer("male")), (0..9_000).step_by(2).collect::<Vec<_>>());
    assert_eq!(before.matching(&viewer("female")).len(), 9_000, "who holds the old one keeps it whole");
    assert_eq!(before.matching(&viewer("male")).len(), 0);
}

/// However few rows were left when it was tightened, there is room to look for one that is not there.
#[test]
fn an_index_of_any_size_takes_one_more() {
    for size in 0..40 {
        let texts: Vec<String> = (0..size).map(|n| format!("interest:i{n}")).collect();
        let mut index = index(&texts);
        index.put(size, &CompiledAudience::try_new(&audience("interest:more"), PartyId::new(1)).unwrap());
        let viewer = Viewer { interests: vec![Tag::named("more"), Tag::named("none")], ..Viewer::default() };
        assert_eq!(index.matching(&viewer.keys()), vec![size]);
    }
}
