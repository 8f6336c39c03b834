//! Statements as files: CSV and XLSX (WL-07).

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use thiserror::Error;
use tuiliu_domain::limits::EXPORT_ROWS_MAX;
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_store::{StatementLine, StoreError, Tx};

use super::{StatementOf, owner_for};
use crate::app::App;
use crate::error::CommandError;
use crate::notice::time_text;

/// Lines read at a time.
const CHUNK: u32 = 1_000;
/// Digits that a spreadsheet keeps of a number.
const SPREADSHEET_DIGITS: usize = 15;
const HEADINGS: [&str; 9] =
    ["number", "time", "cause", "amount", "balance", "currency", "party", "party_name", "command"];

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementFormat {
    Csv,
    Xlsx,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub name: String,
    pub format: StatementFormat,
    pub bytes: Vec<u8>,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    #[error("export more than `{max}` lines")]
    TooManyRows { max: usize },
}

/// A statement with what stands on every line.
struct Sheet {
    of: StatementOf,
    party_name: String,
    lines: Vec<StatementLine>,
}

impl App {
    /// A whole statement as a file.
    pub async fn export_statement(
        &self,
        actor: Actor,
        of: StatementOf,
        format: StatementFormat,
    ) -> Result<Exported, CommandError<ExportError>> {
        let sheet = self
            .read(move |_, tx| {
                let party = owner_for(tx, &actor, of.party, Action::ExportStatement)?;
                let lines = all_lines(tx, of)?;
                if lines.len() > EXPORT_ROWS_MAX {
                    return Err(CommandError::Refused(ExportError::TooManyRows { max: EXPORT_ROWS_MAX }));
                }
                Ok(Sheet { of, party_name: party.display_name, lines })
            })
            .await?;
        let now = self.shell.now();
        let name = format!("{}-{}.{}", of.party, of.account.code(), format.extension());
        // A long file takes a while; neither a reader nor the runtime waits for it.
        let written = tokio::task::spawn_blocking(move || match format {
            StatementFormat::Csv => csv(&sheet).map_err(|error| error.to_string()),
            StatementFormat::Xlsx => xlsx(&sheet, now.ms().div_euclid(1_000)).map_err(|error| error.to_string()),
        });
        let failed = |reason: String| CommandError::Store(StoreError::Panicked { reason });
        let bytes = written.await.map_err(|fault| failed(fault.to_string()))?.map_err(failed)?;
        Ok(Exported { name, format, bytes })
    }
}

/// A list of money as a file: headings, and rows of texts that no spreadsheet takes for formulas.
pub(super) struct MoneySheet {
    pub(super) name: String,
    pub(super) headings: &'static [&'static str],
    pub(super) rows: Vec<Vec<String>>,
}

impl MoneySheet {
    /// The file; a long one takes a while, so nobody waits for it on the runtime.
    pub(super) async fn exported<R: std::error::Error + Send + 'static>(
        self,
        format: StatementFormat,
    ) -> Result<Exported, CommandError<R>> {
        let name = format!("{}.{}", self.name, format.extension());
        let written = tokio::task::spawn_blocking(move || match format {
            StatementFormat::Csv => self.csv().map_err(|error| error.to_string()),
            StatementFormat::Xlsx => self.xlsx().map_err(|error| error.to_string()),
        });
        let failed = |reason: String| CommandError::Store(StoreError::Panicked { reason });
        let bytes = written.await.map_err(|fault| failed(fault.to_string()))?.map_err(failed)?;
        Ok(Exported { name, format, bytes })
    }

    fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
        writer.write_record(self.headings)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| plain(cell)))?;
        }
        writer.flush()?;
        drop(writer);
        Ok(bytes)
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let page = workbook.add_worksheet();
        for (column, heading) in (0_u16..).zip(self.headings) {
            page.write_string(0, column, *heading)?;
        }
        for (row, cells) in (1_u32..).zip(&self.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                page.write_string(row, column, plain(cell))?;
            }
        }
        workbook.save_to_buffer()
    }
}

impl StatementFormat {
    /// What files of this form end with, and the code in the API.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// Every line, and one more than may be exported when there are too many.
fn all_lines(tx: &mut Tx<'_>, of: StatementOf) -> Result<Vec<StatementLine>, StoreError> {
    let account = of.account.account(of.party);
    let mut lines: Vec<StatementLine> = Vec::new();
    while lines.len() <= EXPORT_ROWS_MAX {
        let after = lines.last().map_or(0, |line| line.number);
        let page = tx.statement(account, after, CHUNK)?;
        if page.is_empty() {
            break;
        }
        lines.extend(page);
    }
    Ok(lines)
}

/// An amount in whole units of its asset, exact: `12.34`.
pub(super) fn decimal(amount: Amount, asset: Asset) -> String {
    let sign = if amount.units() < 0 { "-" } else { "" };
    let units = amount.units().unsigned_abs();
    match asset {
        Asset::Cny | Asset::Bean => format!("{sign}{}.{:02}", units / 100, units % 100),
        Asset::Point => format!("{sign}{units}"),
    }
}

/// A text that no spreadsheet takes for a formula.
pub(crate) fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn csv(sheet: &Sheet) -> Result<Vec<u8>, csv::Error> {
    // The mark tells spreadsheets that the text is UTF-8.
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    writer.write_record(HEADINGS)?;
    let asset = sheet.of.account.asset();
    let (party, name) = (sheet.of.party.to_string(), plain(&sheet.party_name));
    for line in &sheet.lines {
        writer.write_record([
            line.number.to_string().as_str(),
            &time_text(line.at),
            line.cause.code(),
            // Numbers of ours are no formulas, minus or not.
            &decimal(line.amount, asset),
            &decimal(line.balance, asset),
            asset.code(),
            &party,
            &name,
            &line.command.to_string(),
        ])?;
    }
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}

fn xlsx(sheet: &Sheet, now_s: i64) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(now_s)?;
    workbook.set_properties(&DocProperties::new().set_title("Statement").set_creation_datetime(&created));
    let asset = sheet.of.account.asset();
    let amounts = match asset {
        Asset::Cny | Asset::Bean => Format::new().set_num_format("#,##0.00"),
        Asset::Point => Format::new().set_num_format("#,##0"),
    };
    let page = workbook.add_worksheet();
    for (column, heading) in (0_u16..).zip(HEADINGS) {
        page.write_string(0, column, heading)?;
    }
    let (party, name) = (sheet.of.party.to_string(), plain(&sheet.party_name));
    for (row, line) in (1_u32..).zip(&sheet.lines) {
        page.write_string(row, 0, line.number.to_string())?;
        page.write_string(row, 1, time_text(line.at))?;
        page.write_string(row, 2, line.cause.code())?;
        for (column, amount) in [(3, line.amount), (4, line.balance)] {
            let text = decimal(amount, asset);
            match number(&text) {
                Some(value) => page.write_number_with_format(row, column, value, &amounts)?,
                None => page.write_string(row, column, text)?,
            };
        }
        page.write_string(row, 5, asset.code())?;
        page.write_string(row, 6, &party)?;
        page.write_string(row, 7, &name)?;
        page.write_string(row, 8, line.command.to_string())?;
    }
    workbook.save_to_buffer()
}

/// The number nearest to a decimal text, read and never reckoned; `None` where a spreadsheet would lose digits.
fn number(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits <= SPREADSHEET_DIGITS { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wl_07_amounts_are_exact_decimals() {
        let check = |units: i64, asset: Asset, expected: &str| {
            assert_eq!(decimal(Amount::new(units), asset), expected);
        };
        check(0, Asset::Bean, "0.00");
        check(5, Asset::Bean, "0.05");
        check(-5, Asset::Cny, "-0.05");
        check(123_456, Asset::Cny, "1234.56");
        check(-100, Asset::Bean, "-1.00");
        check(i64::MIN, Asset::Cny, "-92233720368547758.08");
        check(-7, Asset::Point, "-7");
    }

    #[test]
    fn wl_07_no_cell_is_a_formula() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected);
        check("=1+1", "'=1+1");
        check("+1", "'+1");
        check("-1", "'-1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\tx", "'\tx");
        check("小明", "小明");
        check("a=b", "a=b");
        check("", "");
    }

    #[test]
    fn wl_07_numbers_that_a_spreadsheet_would_round_stay_text() {
        assert_eq!(number("1234567890123.45"), Some(1_234_567_890_123.45));
        assert_eq!(number("12345678901234.56"), None);
        assert_eq!(number("-0.05"), Some(-0.05));
    }
}
