use proptest::prelude::*;

use super::*;

#[track_caller]
fn refused(text: &str, expected: &str) {
    assert_eq!(text.parse::<Audience>().unwrap_err().to_string(), expected, "{text}");
}

#[test]
fn dl_03_any_boolean_combination_is_read_and_told_back() {
    for text in [
        "gender:female",
        "live_watcher",
        "and(gender:female,or(age:18-23,age:24-30),not(segment:bought-before))",
        "or(region:CN-44,interest:烘焙,device:phone,system:ios,similar_to:creator-7,new_to_creator)",
        "not(not(live_watcher))",
        "segment:a:b",
    ] {
        assert_eq!(text.parse::<Audience>().unwrap().to_string(), text);
    }
}

#[test]
fn dl_03_refuses_what_cannot_be_read() {
    refused("", "read the audience at byte `0`: expected a condition");
    refused("and()", "read the audience at byte `4`: expected a condition");
    refused("and(live_watcher", "read the audience at byte `16`: expected `,` or `)`");
    refused("not(live_watcher,live_watcher)", "read the audience at byte `16`: expected `)`");
    refused("live_watcher)", "read the audience at byte `12`: expected the end");
    refused("and", "read the unknown audience condition `and`");
    refused("gender", "read the unknown audience condition `gender`");
    refused("live_watcher:yes", "read the unknown audience condition `live_watcher`");
    refused("shoe_size:44", "read the unknown audience condition `shoe_size`");
    let rule = "values are 1 to 128 bytes without `(`, `)`, `,` and control characters";
    refused("gender:", &format!("use the value ``: {rule}"));
    refused("gender: female", &format!("use the value ` female`: {rule}"));
    refused("segment:a\nb", &format!("use the value `a\nb`: {rule}"));
    let long = "x".repeat(129);
    refused(&format!("segment:{long}"), &format!("use the value `{}`: {rule}", &long[1..]));
}

#[test]
fn dl_03_depth_and_width_are_bounded() {
    let nested = |depth: usize| format!("{}live_watcher{}", "not(".repeat(depth - 1), ")".repeat(depth - 1));
    assert!(nested(8).parse::<Audience>().is_ok());
    refused(&nested(9), "nest an audience deeper than `8` levels");
    refused(&nested(100_000), "nest an audience deeper than `8` levels");
    let wide = |leaves: usize| format!("or({})", vec!["live_watcher"; leaves].join(","));
    assert!(wide(64).parse::<Audience>().is_ok());
    refused(&wide(65), "use more than `64` conditions in one audience");
    let empty = Audience::parse_tree(AudienceTree::And(Vec::new())).unwrap_err();
    assert_eq!(empty.to_string(), "use `and` or `or` without a condition in it");
}

fn any_tree() -> impl Strategy<Value = AudienceTree> {
    let leaf = prop_oneof![
        "[a-z0-9:-]{1,8}".prop_map(AudienceLeaf::Segment),
        "[a-z]{1,8}".prop_map(AudienceLeaf::Interest),
        Just(AudienceLeaf::LiveWatcher),
        Just(AudienceLeaf::NewToCreator),
    ];
    leaf.prop_map(AudienceTree::Leaf).prop_recursive(4, 32, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(AudienceTree::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(AudienceTree::Or),
            inner.prop_map(|branch| AudienceTree::Not(Box::new(branch))),
        ]
    })
}

proptest! {
    #[test]
    fn dl_03_every_audience_is_read_back_as_it_was(tree in any_tree()) {
        let Ok(audience) = Audience::parse_tree(tree) else { return Ok(()) };
        prop_assert_eq!(audience.to_string().parse::<Audience>().unwrap(), audience);
    }

    #[test]
    fn reading_never_panics(text in "[a-z():,是 \u{0}]{0,40}") {
        drop(text.parse::<Audience>());
    }
}
