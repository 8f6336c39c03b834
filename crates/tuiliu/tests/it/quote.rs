//! `tuiliu quote` from outside: a table in, quotes and a back-test out.

use std::fmt::Write as _;

use serde_json::Value;

use crate::executable::{Platform, complained, told};

/// Two creators, one with three videos, one with forty, a day apart; plays repeat with a period of five.
fn history() -> String {
    let mut table = "creator,published_at,plays\n".to_owned();
    for day in 1..=40 {
        let (month, of_month) = if day <= 30 { (6, day) } else { (7, day - 30) };
        let plays = [9_000, 12_000, 10_000, 11_000, 8_000][day % 5];
        writeln!(table, "long,2026-{month:02}-{of_month:02}T08:00:00Z,{plays}").unwrap();
        if day <= 3 {
            writeln!(table, "short,2026-{month:02}-{of_month:02}T09:00:00+08:00,500").unwrap();
        }
    }
    table
}

fn quotes(arguments: &[&str], table: &str) -> Value {
    let platform = Platform::new();
    let file = platform.path("history.csv");
    std::fs::write(&file, table).unwrap();
    let file = file.display().to_string();
    let output = platform.run(&[&["quote", "--history", &file], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    serde_json::from_str(&told(&output)).unwrap()
}

#[test]
fn gb_02_every_creator_gets_expected_plays_a_premium_and_an_interval() {
    let report = quotes(&[], &history());
    assert_eq!(report["at"], "2026-07-10T08:00:00Z");
    let [long, short] = report["creators"].as_array().unwrap().as_slice() else { panic!("{report:#}") };
    assert_eq!((&long["creator"], &long["on_offer"], &long["videos"]), (&"long".into(), &true.into(), &40.into()));
    let expected = long["expected_plays"].as_f64().unwrap();
    assert!((9_500.0..10_500.0).contains(&expected), "{expected}");
    let premium = long["premium_permille"].as_f64().unwrap();
    assert!((100.0..=500.0).contains(&premium), "{premium}");
    assert!(long["interval_80"][0].as_f64().unwrap() < expected && expected < long["interval_80"][1].as_f64().unwrap());
    // GB-03.
    assert_eq!((&short["on_offer"], &short["videos"]), (&false.into(), &3.into()));
    assert!(report["backtest"]["quotes"].as_u64().unwrap() > 10, "{report:#}");
}

#[test]
fn the_window_and_the_policy_can_be_chosen() {
    let report = quotes(&["--last", "10", "--policy", "lr60", "--no-drift"], &history());
    assert_eq!((&report["policy"], &report["drift"]), (&"lr60".into(), &0.0.into()));
    assert_eq!(report["creators"][0]["videos"], 10);
    assert_eq!(report["backtest"]["loss_ratio_target"], 0.6);
}

#[test]
fn a_wrong_row_is_named() {
    let platform = Platform::new();
    let file = platform.path("history.csv");
    std::fs::write(&file, "creator,published_at,plays\na,2026-01-01T00:00:00Z,many\n").unwrap();
    let output = platform.run(&["quote", "--history", &file.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("line 2: `many` is no number of plays"), "{}", complained(&output));
}
