//! `tuiliu bid-serve` as a simulator meets it: lines in, lines out, nothing else.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::executable::Platform;

#[test]
fn a_day_in_someone_elses_simulator() {
    let platform = Platform::new();
    let mut child = platform
        .command(&["bid-serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut ask = |message: &str| -> Value {
        writeln!(input, "{message}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    };
    assert!(ask("what?")["error"].is_string());
    // Prices of 30 to 120 for a result; every tenth result that is won comes at once.
    let values: Vec<f64> = (1..=400).map(|nth| f64::from(nth) / 40_000.0).collect();
    let prices: Vec<f64> = (0..).zip(&values).map(|(nth, value)| (30.0 + f64::from(nth * 7 % 90)) * value).collect();
    let (budget, mut remaining, mut predicted, mut came) = (1_000.0, 1_000.0, 0.0, 0.0);
    let mut history = json!({});
    for tick in 0..48 {
        let message = json!({
            "tick": tick, "budget": budget, "remaining": remaining, "cap": 60.0, "values": values, "history": history,
        });
        let answer = ask(&message.to_string());
        let bids: Vec<f64> = answer["bids"].as_array().unwrap().iter().map(|bid| bid.as_f64().unwrap()).collect();
        assert_eq!(bids.len(), values.len());
        let won: Vec<bool> = bids.iter().zip(&prices).map(|(bid, price)| bid > price).collect();
        let mut results = vec![0; values.len()];
        for nth in (0..values.len()).filter(|nth| won[*nth]) {
            remaining -= prices[nth];
            predicted += values[nth];
            if predicted - came >= 1.0 {
                came += 1.0;
                results[nth] = 1;
            }
        }
        history = json!({ "bids": [bids], "won": [won], "least_winning_cost": [prices], "results": [results] });
    }
    let cost = (budget - remaining) / came;
    assert!(remaining >= -0.05 * budget && remaining < 0.2 * budget, "{remaining} left");
    assert!((30.0..=66.0).contains(&cost), "a result cost {cost}");
    drop(input);
    assert!(child.wait().unwrap().success());
}
