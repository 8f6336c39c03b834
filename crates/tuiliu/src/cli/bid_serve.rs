//! `tuiliu bid-serve`: the auto-bidder for other people's simulators, one JSON line a tick (docs/bid-serve.md).

mod message;
mod session;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tuiliu_delivery::autobid::CapRule;

use self::message::Message;
use self::session::Session;
use super::WELL;

/// Bytes of one line.
const LINE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bidders that one process serves at a time.
const SESSIONS_MAX: usize = 1_024;

/// What `tuiliu bid-serve` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What happens at the cap: weigh results against a too high cost, or keep the cost of a result at or below it.
    #[arg(long, value_enum, default_value_t = Rule::Soften)]
    pub(super) rule: Rule,
    /// With `--rule soften`: a result counts (cap ÷ cost of a result) to this power when it was too dear.
    #[arg(long, value_name = "NUMBER", default_value_t = 2.0)]
    pub(super) exponent: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Rule {
    Soften,
    Keep,
}

/// Answers line by line until standard input ends.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let rule = match arguments.rule {
        Rule::Soften => CapRule::Soften { exponent: arguments.exponent.clamp(0.1, 100.0) },
        Rule::Keep => CapRule::Keep,
    };
    serve(std::io::stdin().lock(), std::io::stdout().lock(), rule)?;
    Ok(WELL)
}

/// One answer for each line that is not blank.
fn serve(mut input: impl BufRead, mut output: impl Write, rule: CapRule) -> Result<()> {
    let mut server = Server { rule, sessions: BTreeMap::new() };
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).context("failed to read a line")?;
        if read == 0 {
            return Ok(());
        }
        let is_whole = line.last() == Some(&b'\n') || u64::try_from(read).is_ok_and(|read| read < LINE_BYTES_MAX);
        let answer = if is_whole {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            server.answer(&line)
        } else {
            skip_line(&mut input).context("failed to read a line")?;
            Err(format!("the line is longer than {LINE_BYTES_MAX} bytes"))
        };
        let answer = answer.unwrap_or_else(|error| json!({ "error": error }));
        serde_json::to_writer(&mut output, &answer).context("failed to answer")?;
        output.write_all(b"\n").and_then(|()| output.flush()).context("failed to answer")?;
    }
}

/// Reads to the end of a line and forgets it.
fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let part = input.fill_buf()?;
        if part.is_empty() {
            return Ok(());
        }
        let end = part.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(part.len(), |end| end + 1);
        input.consume(length);
        if end.is_some() {
            return Ok(());
        }
    }
}

/// Every bidder that was spoken for.
struct Server {
    rule: CapRule,
    sessions: BTreeMap<String, Session>,
}

impl Server {
    fn answer(&mut self, line: &[u8]) -> Result<Value, String> {
        let message: Message = serde_json::from_slice(line).map_err(|error| format!("no message: {error}"))?;
        message.check()?;
        let id = message.id();
        if !self.sessions.contains_key(&id) && self.sessions.len() >= SESSIONS_MAX {
            return Err(format!("there are {SESSIONS_MAX} bidders already"));
        }
        let goes_on = self.sessions.get(&id).is_some_and(|session| session.is_before(&message));
        if !goes_on {
            self.sessions.insert(id.clone(), Session::new(&message, self.rule));
        }
        let session = self.sessions.get_mut(&id).ok_or("there is no such bidder")?;
        let (choice, bids) = session.tick(&message);
        Ok(json!({
            "bids": bids,
            "factor": choice.factor,
            "bound": format!("{:?}", choice.bound).to_ascii_lowercase(),
            "expected": { "results": choice.results, "cost_of_result": choice.cost_of_result },
            "can_be_promised": choice.can_be_promised(),
        }))
    }
}
