//! `tuiliu lift` from outside: flags, documents and tables in, figures out, refusals with lines.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::executable::{Platform, complained, told};

/// Sixty users with two covariates.
const ADJUSTED: &str = include_str!("../../../tuiliu-measure/tests/fixtures/adjusted.csv");

fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", complained(output));
    serde_json::from_str(&told(output)).unwrap()
}

#[track_caller]
fn close(report: &Value, pointer: &str, expected: f64) {
    let own = report.pointer(pointer).and_then(Value::as_f64);
    let own = own.unwrap_or_else(|| panic!("nothing is told of {pointer}: {report:#}"));
    assert!((own / expected - 1.0).abs() < 1e-9, "{pointer}: {own} is not {expected}");
}

fn fed(platform: &Platform, arguments: &[&str], input: &str) -> Output {
    let mut child = platform.command(arguments);
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    // A command that refuses early closes its end; what it says about it is what counts.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn counts_on_the_command_line_agree_with_the_reference() {
    let platform = Platform::new();
    let counts = ["lift", "--json", "--treated", "42694:456", "--ghost", "21306:122", "--cost", "5000"];
    let report = json(&platform.run(&counts));
    close(&report, "/events/rate_difference/low", 0.003_508_189_265_492_727_7);
    close(&report, "/events/rate_difference/high", 0.006_333_495_420_672_826);
    close(&report, "/events/increment/point", 211.530_460_903_031_98);
    close(&report, "/events/second_opinion/fisher_exact_p", 1.013_727_876_791_106e-10);
    close(&report, "/events/cost_per_increment/point", 5_000.0 / 211.530_460_903_031_98);
    close(&report, "/mean/relative_lift/high", 1.307_672_798_988_798_8);
    assert_eq!(report["state"], "measured");
    assert_eq!(report["headline"]["natural"], 456 - 212);
    assert_eq!(report["sample_ratio"], Value::Null);
}

#[test]
fn people_are_told_in_lines() {
    let platform = Platform::new();
    let output = platform.run(&["lift", "--treated", "9000:60", "--ghost", "1300:4", "--holdout", "0.1"]);
    let text = told(&output);
    assert!(text.contains("the experiment is broken"), "{text}");
    assert!(text.contains("state        broken experiment"), "{text}");
}

#[test]
fn documents_stream_and_add_up() {
    let platform = Platform::new();
    let one = r#"{"treated":{"users":1900,"events":14},"ghost":{"users":100,"events":1},
        "prior":{"shape":1.5,"rate":400.0},"holdout":0.05}"#;
    let other = r#"{"treated":{"users":500,"baskets":2,"value_sum":300,"value_square_sum":50000},
        "ghost":{"users":500,"baskets":1,"value_sum":100,"value_square_sum":10000},"cost":50}"#;
    let output = fed(&platform, &["lift", "--json", "--counts", "-", "--sum"], &format!("{one}\n{other}"));
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    let text = told(&output);
    let reports: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(reports.len(), 3);
    close(&reports[0], "/events/increment_with_prior/point", 4.5);
    close(&reports[0], "/events/increment_with_prior/low", -11.418_498_867_353_263);
    assert_eq!(reports[0]["state"], "not_enough_data");
    close(&reports[1], "/turnover/return/point", 4.0);
    // 14 − 19 of the first, 200 of the second.
    close(&reports[2], "/sum/point", 195.0);
}

#[test]
fn a_table_with_covariates_is_adjusted() {
    let platform = Platform::new();
    std::fs::write(platform.path("users.csv"), ADJUSTED).unwrap();
    let report = json(&platform.run(&["lift", "--json", "--csv", "users.csv"]));
    close(&report, "/mean/adjusted/difference/point", 4.536_698_796_844_475);
    close(&report, "/mean/adjusted/standard_error", 0.835_598_219_274_601_2);
    assert_eq!(report["users"]["treated"], 41);
    assert_eq!(report["mean"]["adjusted"]["covariates"][1], "is_follower");
}

#[test]
fn a_table_of_yes_and_no_is_counted_from_standard_input() {
    let platform = Platform::new();
    let mut table = String::from("outcome,arm\n");
    for user in 0..2_000 {
        let (arm, outcome) = if user % 10 == 0 { ("hold", user % 200 == 0) } else { ("show", user % 40 == 1) };
        table.push_str(&format!("{},{arm}\n", u8::from(outcome)));
    }
    let arguments = ["lift", "--json", "--csv", "-", "--treated-arm", "show", "--ghost-arm", "hold"];
    let report = json(&fed(&platform, &arguments, &table));
    assert_eq!(report["users"], serde_json::json!({ "treated": 1_800, "ghost": 200 }));
    assert_eq!((report["events"]["treated"].as_f64(), report["events"]["ghost"].as_f64()), (Some(50.0), Some(10.0)));
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    let platform = Platform::new();
    let table = |text: &str| {
        std::fs::write(platform.path("bad.csv"), text).unwrap();
        let output = platform.run(&["lift", "--csv", "bad.csv"]);
        assert_eq!((output.status.code(), told(&output).as_str()), (Some(1), ""));
        complained(&output)
    };
    let refusals = [
        ("arm,result\n", "line 1: there is no column `outcome`"),
        ("arm,outcome,arm\n", "line 1: there are two columns `arm`"),
        ("arm,outcome\ntreated,1\nmaybe,0\n", "line 3: arm `maybe` is neither of `treated`, `ghost`"),
        ("arm,outcome\ntreated,1\nghost,NaN\n", "line 3: `NaN` in column `outcome` is no number"),
        ("arm,outcome,age\ntreated,1,2\nghost,1,\n", "line 3: `` in column `age` is no number"),
        ("arm,outcome\ntreated,1\nghost\n", "line 3: it has 1 cells, the first line has 2"),
        ("arm,outcome\ntreated,1\n", "no row has the arm `ghost`"),
    ];
    for (text, because) in refusals {
        let message = table(text);
        assert!(message.contains(because), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let constant: String = (0..9).map(|user| format!("treated,{user},1\nghost,{user},1\n")).collect();
    let message = table(&format!("arm,outcome,same\n{constant}"));
    assert!(message.contains("`same` says nothing"), "{message}");
}

#[test]
fn what_is_no_experiment_is_refused() {
    let platform = Platform::new();
    let refuses = |arguments: &[&str], input: &str, because: &str| {
        let output = fed(&platform, arguments, input);
        let message = complained(&output);
        assert!(!output.status.success() && message.contains(because), "{message}");
    };
    refuses(&["lift", "--treated", "5:6", "--ghost", "5:1"], "", "`6` users with an event, but only `5` users");
    refuses(&["lift", "--treated", "5:6"], "", "--ghost");
    refuses(&["lift"], "", "--counts");
    refuses(&["lift", "--csv", "-"], "arm,outcome,age\n", "read twice");
    refuses(&["lift", "--counts", "-"], "", "there is no document");
    let unknown = "{\"treated\":{\"users\":5},\n\"ghosts\":{\"users\":5}}";
    refuses(&["lift", "--counts", "-"], unknown, "unknown field `ghosts`");
    refuses(&["lift", "--counts", "-"], unknown, "line 2 column");
    let half = r#"{"treated":{"users":5,"events":1},"ghost":{"users":5}}"#;
    refuses(&["lift", "--counts", "-"], half, "only one arm has `events`");
}
