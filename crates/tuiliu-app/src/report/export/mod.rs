//! Reports as files: tables of metrics, steps and classes as CSV, XLSX or JSON (AT-05).

mod ledger;
mod recap;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::error::Error;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use serde_json::{Map, Value};
use tuiliu_domain::id::{PromotionOrderId, RoomId};
use tuiliu_domain::party::Actor;
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::rollup::{Count, Counts, Figure, Metric, Scope};
use tuiliu_store::StoreError;

use super::OrderFigures;
use super::room::RoomReport;
use super::sums::{Breakdown, Sums, Trend, TrendAsk};
use crate::app::App;
use crate::error::CommandError;
use crate::notice::time_text;
use crate::wallet::plain;

pub use ledger::LedgerTooLong;
pub use recap::RecapPart;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportFormat {
    /// UTF-8 with a byte order mark: one table.
    Csv,
    /// Every table, each on a sheet of its own.
    Xlsx,
    /// Every table, each row an object.
    Json,
}

/// The tables of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportPart {
    /// Every metric that can be told.
    Metrics,
    /// Sums step by step.
    Trend,
    /// Sums by class of viewers.
    Breakdown,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    pub name: String,
    pub format: ReportFormat,
    /// Of the table, or of all tables.
    pub rows: usize,
    pub bytes: Vec<u8>,
}

/// Whose report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportOf {
    Order(PromotionOrderId),
    Room(RoomId),
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Text(String),
    Whole(i64),
    Real(f64),
}

/// A table: the headings are codes, which never change.
#[derive(Debug, Clone, PartialEq)]
struct Table {
    name: &'static str,
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl ReportFormat {
    /// What files of this form end with, and the code in the API.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }
}

impl ReportPart {
    /// The code in names of files and sheets.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Trend => "trend",
            Self::Breakdown => "breakdown",
        }
    }
}

impl App {
    /// A report as a file. CSV has the table that is asked for, the others have all.
    pub async fn export_report(
        &self,
        actor: Actor,
        of: ReportOf,
        (part, ask): (ReportPart, TrendAsk),
        format: ReportFormat,
    ) -> Result<ReportFile, CommandError<Infallible>> {
        let (subject, tables) = match of {
            ReportOf::Order(id) => (id.to_string(), of_order(&self.order_figures(actor, id, ask).await?)),
            ReportOf::Room(id) => (id.to_string(), of_room(&self.room_report(actor, id, ask).await?)),
        };
        let file = Wanted { subject: format!("report-{subject}"), part: part.code(), format };
        file.write(tables, self.shell.now()).await
    }
}

/// Which file is wanted.
struct Wanted {
    /// What its name begins with.
    subject: String,
    /// The table that CSV has; the others have all.
    part: &'static str,
    format: ReportFormat,
}

impl Wanted {
    /// A long file takes a while; neither a reader nor the runtime waits for it.
    async fn write<R: Error>(self, mut tables: Vec<Table>, now: Timestamp) -> Result<ReportFile, CommandError<R>> {
        let Self { subject, part, format } = self;
        tables.retain(|table| format != ReportFormat::Csv || table.name == part);
        let rows = tables.iter().map(|table| table.rows.len()).sum();
        let written = tokio::task::spawn_blocking(move || match format {
            ReportFormat::Csv => csv(&tables).map_err(|error| error.to_string()),
            ReportFormat::Xlsx => xlsx(&tables, now).map_err(|error| error.to_string()),
            ReportFormat::Json => json(&tables).map_err(|error| error.to_string()),
        });
        let failed = |reason: String| CommandError::Store(StoreError::Panicked { reason });
        let bytes = written.await.map_err(|fault| failed(fault.to_string()))?.map_err(failed)?;
        let part = if format == ReportFormat::Csv { format!("-{part}") } else { String::new() };
        Ok(ReportFile { name: format!("{subject}{part}.{}", format.extension()), format, rows, bytes })
    }
}

fn of_order(own: &OrderFigures) -> Vec<Table> {
    let scopes: &[Scope] = &[Scope::Order];
    vec![metrics(&[(Scope::Order, own.figures())]), trend(&own.trend, scopes), breakdown(&own.breakdown, scopes)]
}

fn of_room(own: &RoomReport) -> Vec<Table> {
    let scopes = [Scope::All, Scope::Natural, Scope::Promoted];
    let parts = &[Scope::Natural, Scope::Promoted];
    vec![
        metrics(&scopes.map(|scope| (scope, own.figures(scope)))),
        trend(&own.trend, parts),
        breakdown(&own.breakdown, parts),
    ]
}

const fn scope_text(scope: Scope) -> &'static str {
    match scope {
        Scope::Order | Scope::Promoted => "promoted",
        Scope::Natural => "natural",
        Scope::All => "all",
    }
}

/// The counts of a scope; everything of an order is promoted, under plain codes.
const fn counts_of(sums: &Sums, scope: Scope) -> &Counts {
    match scope {
        Scope::Promoted => &sums.promoted,
        Scope::Order | Scope::Natural | Scope::All => &sums.natural,
    }
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A count; one that is too large for a cell is at its end.
fn whole(count: u64) -> Cell {
    Cell::Whole(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A ratio; an empty text where there is nothing to divide by.
fn ratio(ratio: Option<f64>) -> Cell {
    ratio.map_or_else(|| text(""), Cell::Real)
}

fn metrics(scopes: &[(Scope, Vec<(&'static Metric, Figure)>)]) -> Table {
    let mut rows = Vec::new();
    for (scope, figures) in scopes {
        for (metric, figure) in figures {
            let value = match figure {
                Figure::Whole(whole) => Cell::Whole(*whole),
                Figure::Ratio { .. } => Cell::Real(figure.approximate()),
            };
            let names = [metric.id, metric.name_zh, metric.name_en].map(text);
            rows.push(
                [text(scope_text(*scope))].into_iter().chain(names).chain([value, text(metric.unit.code())]).collect(),
            );
        }
    }
    Table {
        name: ReportPart::Metrics.code(),
        headings: vec!["scope", "id", "name_zh", "name_en", "value", "unit"],
        rows,
    }
}

/// The counts that occur, in the order of the dictionary.
fn columns<'a>(sums: impl Iterator<Item = &'a Sums>, scopes: &[Scope]) -> Vec<Count> {
    let mut found = BTreeSet::new();
    for sums in sums {
        for scope in scopes {
            found.extend(counts_of(sums, *scope).iter().map(|(count, _)| count));
        }
    }
    found.into_iter().collect()
}

fn trend(trend: &Trend, scopes: &[Scope]) -> Table {
    let columns = columns(trend.steps.iter().map(|step| &step.sums), scopes);
    let mut rows = Vec::new();
    for step in &trend.steps {
        for scope in scopes {
            let counts = counts_of(&step.sums, *scope);
            let head = [text(time_text(step.start)), text(trend.clocks.to_string()), text(scope_text(*scope))];
            rows.push(head.into_iter().chain(columns.iter().map(|count| Cell::Whole(counts.get(*count)))).collect());
        }
    }
    let headings = ["start", "time_zone", "scope"].into_iter().chain(columns.iter().map(|count| count.code()));
    Table { name: ReportPart::Trend.code(), headings: headings.collect(), rows }
}

fn breakdown(breakdown: &[Breakdown], scopes: &[Scope]) -> Table {
    let classes = || breakdown.iter().flat_map(|own| own.classes.iter().map(move |class| (&own.dimension, class)));
    let columns = columns(classes().map(|(_, class)| &class.sums), scopes);
    let mut rows = Vec::new();
    for (dimension, class) in classes() {
        for scope in scopes {
            let counts = counts_of(&class.sums, *scope);
            let head = [text(dimension), text(&class.class), text(scope_text(*scope))];
            rows.push(head.into_iter().chain(columns.iter().map(|count| Cell::Whole(counts.get(*count)))).collect());
        }
    }
    let headings = ["dimension", "class", "scope"].into_iter().chain(columns.iter().map(|count| count.code()));
    Table { name: ReportPart::Breakdown.code(), headings: headings.collect(), rows }
}

fn csv(tables: &[Table]) -> Result<Vec<u8>, csv::Error> {
    // The mark tells spreadsheets that the text is UTF-8.
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    for table in tables {
        writer.write_record(&table.headings)?;
        for row in &table.rows {
            writer.write_record(row.iter().map(|cell| match cell {
                Cell::Text(text) => plain(text),
                Cell::Whole(whole) => whole.to_string(),
                Cell::Real(real) => real.to_string(),
            }))?;
        }
    }
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}

fn xlsx(tables: &[Table], now: Timestamp) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(now.ms().div_euclid(1_000))?;
    workbook.set_properties(&DocProperties::new().set_title("Report").set_creation_datetime(&created));
    for table in tables {
        let page = workbook.add_worksheet();
        page.set_name(table.name)?;
        for (column, heading) in (0_u16..).zip(&table.headings) {
            page.write_string(0, column, *heading)?;
        }
        for (row, cells) in (1_u32..).zip(&table.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                match cell {
                    Cell::Text(text) => page.write_string(row, column, plain(text))?,
                    // A spreadsheet keeps fifteen digits; what has more is text.
                    Cell::Whole(whole) => match whole.to_string() {
                        digits if digits.len() <= 15 => {
                            page.write_number(row, column, digits.parse::<f64>().unwrap_or(0.0))?
                        }
                        digits => page.write_string(row, column, digits)?,
                    },
                    Cell::Real(real) => page.write_number(row, column, *real)?,
                };
            }
        }
    }
    workbook.save_to_buffer()
}

fn json(tables: &[Table]) -> Result<Vec<u8>, serde_json::Error> {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Whole(whole) => Value::from(*whole),
        Cell::Real(real) => Value::from(*real),
    };
    let row = |table: &Table, row: &Vec<Cell>| -> Value {
        let fields = table.headings.iter().zip(row).map(|(heading, own)| ((*heading).to_owned(), cell(own)));
        Value::Object(fields.collect::<Map<String, Value>>())
    };
    let tables = tables.iter().map(|table| {
        let rows: Vec<Value> = table.rows.iter().map(|own| row(table, own)).collect();
        (table.name.to_owned(), Value::from(rows))
    });
    serde_json::to_vec(&Value::Object(tables.collect::<Map<String, Value>>()))
}
