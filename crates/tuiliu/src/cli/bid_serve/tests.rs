use std::io::Cursor;

use serde_json::Value;
use tuiliu_delivery::autobid::CapRule;

use super::serve;

/// Answers to these lines.
fn answers(lines: &[String]) -> Vec<Value> {
    let mut output = Vec::new();
    serve(Cursor::new(lines.join("\n")), &mut output, CapRule::Soften { exponent: 2.0 }).unwrap();
    String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn bids(answer: &Value) -> Vec<f64> {
    answer["bids"].as_array().unwrap().iter().map(|bid| bid.as_f64().unwrap()).collect()
}

#[track_caller]
fn complains(line: &str, because: &str) {
    let answer = &answers(&[line.to_owned()])[0];
    assert!(answer["error"].as_str().is_some_and(|error| error.contains(because)), "{answer}");
}

/// A day in a market where each value is won at half a yuan a point, with a history of this many ticks in each message.
fn day(cumulative: bool, extra: &str) -> Vec<String> {
    let values = "[0.001,0.002,0.003,0.004]";
    let past = |row: &str, ticks: usize| {
        let count = if cumulative { ticks } else { ticks.min(1) };
        format!("[{}]", vec![row; count].join(","))
    };
    (0..6)
        .map(|tick| {
            let history = format!(
                r#"{{"bids":{},"won":{},"least_winning_cost":{},"results":{}}}"#,
                past("[0.05,0.1,0.15,0.2]", tick),
                past("[false,1,1,true]", tick),
                past("[0.06,null,0.1,0.1]", tick),
                past("[0,0,0,1]", tick)
            );
            format!(
                r#"{{"tick":{tick},"budget":10,"remaining":{},"cap":80,"values":{values},"history":{history}{extra}}}"#,
                10.0 - 0.2 * f64::from(u32::try_from(tick).unwrap())
            )
        })
        .collect()
}

#[test]
fn the_first_tick_stays_within_a_few_even_shares_of_the_budget() {
    let line = r#"{"tick":0,"budget":48,"remaining":48,"cap":100,"values":[0.5,0.25,0.25],"history":{}}"#;
    let answer = &answers(&[line.to_owned()])[0];
    let bids = bids(answer);
    assert!((bids.iter().sum::<f64>() - 4.0).abs() < 1e-9, "four times a budget of one a tick: {answer}");
    assert!((bids[0] - 2.0 * bids[1]).abs() < 1e-12);
    assert_eq!(answer["can_be_promised"], false);
}

#[test]
fn the_whole_past_and_the_last_tick_alone_teach_the_same() {
    let (cumulative, last) = (answers(&day(true, "")), answers(&day(false, "")));
    assert_eq!(cumulative.len(), 6);
    assert_eq!(cumulative, last);
    assert!(cumulative.iter().all(|answer| bids(answer).iter().all(|bid| *bid > 0.0)), "{cumulative:?}");
}

#[test]
fn unknown_fields_and_other_bidders_disturb_nothing() {
    let plain = answers(&day(true, ""));
    let noisy = answers(&day(true, r#","sigmas":[1,2],"slot":{"a":null}"#));
    assert_eq!(plain, noisy);
    let lines: Vec<String> = day(true, r#","id":"a""#)
        .into_iter()
        .zip(day(true, r#","id":7"#))
        .flat_map(|(left, right)| [left, right])
        .collect();
    let both = answers(&lines);
    assert_eq!(both.iter().step_by(2).collect::<Vec<_>>(), plain.iter().collect::<Vec<_>>());
    assert_eq!(both.iter().skip(1).step_by(2).collect::<Vec<_>>(), plain.iter().collect::<Vec<_>>());
}

#[test]
fn a_tick_that_does_not_go_on_begins_a_new_window() {
    let mut twice = day(true, "");
    twice.extend(day(true, ""));
    let answers = answers(&twice);
    assert_eq!(answers[..6], answers[6..]);
}

#[test]
fn it_bids_without_cap_history_remaining_and_values_too() {
    let lines = [
        r#"{"tick":0,"budget":10,"values":[0.1,0.2]}"#.to_owned(),
        r#"{"tick":1,"budget":10,"values":[0.1,0.2],"history":{"won":[[1,0]]}}"#.to_owned(),
        r#"{"tick":2,"budget":10,"values":[]}"#.to_owned(),
        r#"{"tick":3,"budget":10,"remaining":0,"values":[0.1,0.2],"history":{"bids":[],"won":[]}}"#.to_owned(),
    ];
    let answers = answers(&lines);
    assert!(bids(&answers[0])[1] > 0.0 && bids(&answers[1])[1] > 0.0, "{answers:?}");
    assert!(bids(&answers[2]).is_empty());
    assert_eq!(bids(&answers[3]), [0.0, 0.0], "nothing is left to spend");
}

#[test]
fn bad_lines_are_told_and_nobody_dies() {
    complains("not json", "no message");
    complains(r#"{"tick":0,"values":[1]}"#, "budget");
    complains(r#"{"tick":48,"budget":1,"values":[1]}"#, "the last one is 47");
    complains(r#"{"tick":0,"ticks":0,"budget":1,"values":[1]}"#, "`ticks` is 0");
    complains(r#"{"tick":0,"budget":-1,"values":[1]}"#, "`budget` is -1");
    complains(r#"{"tick":0,"budget":1,"cap":0,"values":[1]}"#, "`cap`");
    complains(r#"{"tick":0,"budget":1,"values":[1,-2]}"#, "`values[1]`");
    complains(r#"{"tick":0,"budget":1,"values":[null]}"#, "`values[0]`");
    let mixed = ["{".to_owned(), String::new(), r#"{"tick":0,"budget":1,"cap":1,"values":[1]}"#.to_owned()];
    let answers = answers(&mixed);
    assert_eq!(answers.len(), 2, "a blank line is no message");
    assert!(answers[0]["error"].is_string() && answers[1]["bids"].is_array());
}
