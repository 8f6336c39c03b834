//! Logs of real auctions: what the market paid, what was predicted, whether it was clicked.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use flate2::read::MultiGzDecoder;
use tuiliu_delivery::predict::{BILLION, Rate};
use tuiliu_domain::money::Micros;

/// Rows that one replay reads at most.
pub const ROWS_MAX: usize = 20_000_000;
/// One fen for a thousand impressions, in millionths of a bean for one: 10 beans are a yuan.
pub(super) const MICROS_PER_FEN_CPM: i64 = 100;
/// Fen per thousand impressions beyond which a row is not believed.
const PRICE_FEN_CPM_MAX: i64 = 100_000_000;
/// How a gzip file begins.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// One slot of a feed: what it cost elsewhere, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub clicked: bool,
    /// What the market paid for the impression.
    pub price: Micros,
    /// Predicted probability of a click.
    pub predicted: Rate,
    /// Which part of the log's time it belongs to; rows of one step follow each other.
    pub step: u32,
}

/// The first rows of a log, plain or gzip: `click price predicted [step]`, parted by tabs or spaces.
///
/// # Errors
/// When the file cannot be read, or a line is no row; the message names the line.
pub fn read(path: &Path, rows_max: Option<u64>) -> Result<Vec<Row>> {
    let place = || format!("failed to read the log `{}`", path.display());
    let mut file = File::open(path).with_context(place)?;
    let mut first = [0; 2];
    let is_gzip = file.read(&mut first).with_context(place)? == 2 && first == GZIP;
    file.seek(SeekFrom::Start(0)).with_context(place)?;
    let reader: Box<dyn Read> = if is_gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    rows(BufReader::new(reader), rows_max).with_context(place)
}

fn rows(reader: impl BufRead, rows_max: Option<u64>) -> Result<Vec<Row>> {
    let limit = rows_max.and_then(|rows| usize::try_from(rows).ok()).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    for (number, line) in (1_u64..).zip(reader.lines()) {
        if rows.len() >= limit {
            break;
        }
        if rows.len() >= ROWS_MAX {
            bail!("it has more than {ROWS_MAX} rows");
        }
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        rows.push(parse(&line).with_context(|| format!("line {number}"))?);
    }
    if rows.is_empty() {
        bail!("it has no rows");
    }
    Ok(rows)
}

fn parse(line: &str) -> Result<Row> {
    let mut fields = line.split_ascii_whitespace();
    let mut field = |name: &'static str| fields.next().ok_or_else(|| anyhow!("the field `{name}` is missing"));
    let clicked = match field("click")? {
        "0" => false,
        "1" => true,
        other => bail!("`{other}` is no click: it is 0 or 1"),
    };
    let price = field("price")?;
    let fen: i64 = price.parse().map_err(|_| anyhow!("`{price}` is no price in whole fen"))?;
    if !(0..=PRICE_FEN_CPM_MAX).contains(&fen) {
        bail!("the price `{fen}` is not between 0 and {PRICE_FEN_CPM_MAX}");
    }
    let text = field("predicted")?;
    let predicted: f64 = text.parse().map_err(|_| anyhow!("`{text}` is no probability"))?;
    if !(0.0..=1.0).contains(&predicted) {
        bail!("the probability `{text}` is not between 0 and 1");
    }
    let step = match field("step").ok() {
        None => 0,
        Some(step) => step.parse().map_err(|_| anyhow!("`{step}` is no step"))?,
    };
    if let Some(more) = fields.next() {
        bail!("`{more}` is one field too many");
    }
    Ok(Row { clicked, price: Micros::new(fen * MICROS_PER_FEN_CPM), predicted: Rate::from_number(predicted), step })
}

/// What a log is worth, in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    pub rows: i64,
    pub clicks: i64,
    /// What the market paid for everything, in millionths of a bean.
    pub value: i64,
    /// Clicks that the predictions add up to, in billionths.
    pub predicted: i64,
}

impl Market {
    /// Adds up a log.
    #[must_use]
    pub fn of(rows: &[Row]) -> Self {
        let mut market = Self { rows: 0, clicks: 0, value: 0, predicted: 0 };
        for row in rows {
            market.rows += 1;
            market.clicks += i64::from(row.clicked);
            market.value += row.price.get();
            market.predicted += i64::from(row.predicted.billionths());
        }
        market
    }

    /// What an impression cost on average.
    #[must_use]
    pub fn price_of_impression(&self) -> Micros {
        Micros::new((self.value / self.rows.max(1)).max(1))
    }

    /// What a predicted click cost on average.
    #[must_use]
    pub fn price_of_click(&self) -> Micros {
        let price = i128::from(self.value) * i128::from(BILLION) / i128::from(self.predicted.max(1));
        Micros::new(i64::try_from(price).unwrap_or(i64::MAX).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<Vec<(bool, i64, u32, u32)>, &str>) {
        let read = rows(text.as_bytes(), None);
        let read = read.map(|rows| {
            let short = |row: &Row| (row.clicked, row.price.get(), row.predicted.billionths(), row.step);
            rows.iter().map(short).collect::<Vec<_>>()
        });
        match (read, expected) {
            (Ok(rows), Ok(expected)) => assert_eq!(rows, expected),
            (Err(error), Err(expected)) => {
                let text = format!("{error:#}");
                assert!(text.contains(expected), "`{text}` without `{expected}`");
            }
            (read, expected) => panic!("{read:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn reads_rows_with_and_without_steps() {
        check("0\t51\t0.000154\t3\n1 87 0.5\n", Ok(vec![(false, 5_100, 154_000, 3), (true, 8_700, 500_000_000, 0)]));
        check("\n0 0 0 7\n\n", Ok(vec![(false, 0, 1, 7)]));
    }

    #[test]
    fn names_the_line_that_is_no_row() {
        check("", Err("no rows"));
        check("0 1 0.1\n2 1 0.1\n", Err("line 2: `2` is no click"));
        check("0 1\n", Err("`predicted` is missing"));
        check("0 -1 0.1\n", Err("the price `-1`"));
        check("0 99999999999999999999 0.1\n", Err("no price in whole fen"));
        check("0 1 1.1\n", Err("not between 0 and 1"));
        check("0 1 NaN\n", Err("not between 0 and 1"));
        check("0 1 0.1 1 9\n", Err("one field too many"));
    }

    #[test]
    fn stops_after_as_many_rows_as_were_asked_for() {
        assert_eq!(rows("0 1 0.1\n0 1 0.1\nno row\n".as_bytes(), Some(2)).unwrap().len(), 2);
    }
}
