use proptest::prelude::*;
use tuiliu_domain::promotion::{Audience, AudienceLeaf, AudienceTree};

use super::*;
use crate::index::AudienceIndex;
use crate::tests::audience;

const CREATOR: PartyId = PartyId::new(5);

fn compiled(text: &str) -> Result<usize, AudienceError> {
    CompiledAudience::try_new(&audience(text), CREATOR).map(|compiled| compiled.alternatives_count())
}

#[test]
fn dl_03_alternatives_of_one_attribute_are_one_conjunction() {
    assert_eq!(compiled("or(region:CN-44,region:CN-31,region:CN-11)"), Ok(1));
    assert_eq!(compiled("not(or(segment:a,segment:b,gender:male))"), Ok(1));
    assert_eq!(compiled("or(region:CN-44,gender:female)"), Ok(2));
    assert_eq!(compiled("and(or(interest:a,gender:male),or(interest:b,age:18-23))"), Ok(4));
}

#[test]
fn dl_03_refuses_an_audience_beyond_the_limits() {
    let too_wide = "and(or(gender:male,age:18-23),or(device:a,system:b),or(similar_to:a,live_watcher),\
                    or(region:CN-44,new_to_creator),or(interest:a,segment:b),or(interest:c,segment:d))"
        .replace(' ', "");
    assert_eq!(compiled(&too_wide), Err(AudienceError::TooManyConjunctions { max: AUDIENCE_CONJUNCTIONS_MAX }));
    assert_eq!(
        compiled("and(interest:a,interest:b,interest:c,interest:d,interest:e)"),
        Err(AudienceError::TooManyGroups { max: AUDIENCE_GROUPS_MAX })
    );
    assert_eq!(compiled("region:Canton"), Err(AudienceError::BadRegion { region: "Canton".into() }));
}

#[test]
fn dl_03_refuses_an_audience_that_contradicts_itself() {
    for text in [
        "and(gender:male,gender:female)",
        "and(region:CN-44,not(region:CN-44))",
        "and(live_watcher,not(or(live_watcher,new_to_creator)))",
    ] {
        assert_eq!(compiled(text), Err(AudienceError::MatchesNobody), "{text}");
    }
    assert_eq!(compiled("or(gender:female,and(gender:male,not(gender:male)))"), Ok(1));
}

#[test]
fn dl_03_a_region_holds_what_lies_in_it() {
    let region = |text: &str| -> Region { text.parse().unwrap() };
    assert!(region("CN-44").holds(region("CN-4403")));
    assert!(region("CN").holds(region("CN-44")));
    assert!(region("CN-44").holds(region("CN-44")));
    assert!(!region("CN-4403").holds(region("CN-44")));
    assert!(!region("CN-44").holds(region("CN-31")));
    assert_eq!(format!("{:?} {:?}", region("CN"), region("CN-4403")), "CN CN-4403");
    for bad in ["", "C", "cn-44", "CN-", "CN-1234567", "CN-4 4", "CN44", "C\u{e9}-44"] {
        assert_eq!(bad.parse::<Region>(), Err(ParseRegionError), "{bad}");
    }
}

fn tree() -> impl Strategy<Value = AudienceTree> {
    let name = || prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned);
    let leaf = prop_oneof![
        prop::sample::select(vec!["female", "male"]).prop_map(|name| AudienceLeaf::Gender(name.into())),
        prop::sample::select(vec!["18-23", "24-30"]).prop_map(|name| AudienceLeaf::Age(name.into())),
        prop::sample::select(vec!["CN", "CN-44", "CN-4403", "CN-31"])
            .prop_map(|code| AudienceLeaf::Region(code.into())),
        name().prop_map(AudienceLeaf::Interest),
        name().prop_map(AudienceLeaf::Device),
        name().prop_map(AudienceLeaf::System),
        name().prop_map(AudienceLeaf::SimilarTo),
        name().prop_map(AudienceLeaf::Segment),
        Just(AudienceLeaf::LiveWatcher),
        Just(AudienceLeaf::NewToCreator),
    ];
    leaf.prop_map(AudienceTree::Leaf).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(AudienceTree::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(AudienceTree::Or),
            inner.prop_map(|inner| AudienceTree::Not(Box::new(inner))),
        ]
    })
}

fn viewer() -> impl Strategy<Value = Viewer> {
    let tag = || prop::sample::select(vec!["a", "b", "c", "other"]).prop_map(Tag::named);
    let some = || prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]).prop_map(Tag::named), 0..3);
    let regions = prop::sample::select(vec!["CN", "CN-44", "CN-4403", "CN-440305", "CN-31", "US-CA"]);
    let scalars = (
        prop::option::of(prop::sample::select(vec!["female", "male"]).prop_map(Tag::named)),
        prop::option::of(prop::sample::select(vec!["18-23", "24-30", "31-40"]).prop_map(Tag::named)),
        prop::option::of(regions.prop_map(|code| code.parse::<Region>().unwrap())),
        prop::option::of(tag()),
        prop::option::of(tag()),
        any::<bool>(),
    );
    let known = prop::collection::vec((4_u128..8).prop_map(PartyId::new), 0..3);
    (scalars, some(), some(), some(), known).prop_map(|(scalars, interests, similar_to, segments, known_creators)| {
        let (gender, age, region, device, system, live_watcher) = scalars;
        Viewer {
            gender,
            age,
            region,
            device,
            system,
            live_watcher,
            interests,
            similar_to,
            segments,
            known_creators,
            ..Viewer::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The index over compiled audiences answers as the trees do, node by node.
    #[test]
    fn dl_03_the_index_agrees_with_the_tree(
        trees in prop::collection::vec((tree(), 4_u128..8), 1..90),
        viewers in prop::collection::vec(viewer(), 8),
    ) {
        let mut kept = Vec::new();
        for (tree, creator) in trees {
            let creator = PartyId::new(creator);
            let Ok(whole) = Audience::parse_tree(tree.clone()) else { continue };
            match CompiledAudience::try_new(&whole, creator) {
                Ok(compiled) => kept.push((tree, creator, compiled)),
                Err(AudienceError::MatchesNobody) => {
                    for viewer in &viewers {
                        prop_assert!(!accepts(&tree, viewer, creator), "{tree:?} was called empty");
                    }
                }
                Err(AudienceError::BadRegion { region }) => prop_assert!(false, "{region} is a region"),
                Err(AudienceError::TooManyConjunctions { .. } | AudienceError::TooManyGroups { .. }) => {}
            }
        }
        let index = AudienceIndex::build(kept.iter().map(|(_, _, compiled)| compiled));
        for viewer in &viewers {
            let keys = viewer.keys();
            let scanned: Vec<u32> = (0..)
                .zip(&kept)
                .filter(|(_, (tree, creator, compiled))| {
                    let accepted = accepts(tree, viewer, *creator);
                    assert_eq!(compiled.accepts(&keys), accepted);
                    accepted
                })
                .map(|(place, _)| place)
                .collect();
            prop_assert_eq!(index.matching(&keys), scanned);
        }
    }
}
