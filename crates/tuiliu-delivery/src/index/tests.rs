use tuiliu_domain::id::PartyId;

use super::*;
use crate::audience::Tag;
use crate::tests::audience;

fn index(texts: &[String]) -> AudienceIndex {
    let compiled: Vec<CompiledAudience> =
        texts.iter().map(|text| CompiledAudience::try_new(&audience(text), PartyId::new(1)).unwrap()).collect();
    AudienceIndex::build(compiled.iter())
}

#[test]
fn finds_nothing_in_an_empty_index() {
    assert_eq!(index(&[]).matching(&Viewer::default()), Vec::<usize>::new());
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
    let expected: Vec<usize> = (0..10_000)
        .filter(|n| match n % 5 {
            0 | 1 => true,
            2 => matches!(n % 500, 2 | 497),
            3 => n % 7 != 3,
            _ => false,
        })
        .collect();
    assert_eq!(index(&texts).matching(&viewer), expected);
}

#[test]
fn tells_an_order_once_even_if_two_alternatives_match() {
    let texts = ["or(gender:female,segment:s)".to_owned(), "segment:t".to_owned()];
    let viewer = Viewer { gender: Some(Tag::named("female")), segments: vec![Tag::named("s")], ..Viewer::default() };
    assert_eq!(index(&texts).matching(&viewer), vec![0]);
}
