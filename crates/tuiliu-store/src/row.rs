//! What comes out of a query, read into domain types or refused as inconsistent.

use tuiliu_domain::id::Id;
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::statement::Statement;

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
    /// Sixteen bytes, as ids are: there are many of them, and none needs room of its own.
    Id([u8; 16]),
}

impl Cell {
    /// Bytes as they are kept.
    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        <[u8; 16]>::try_from(bytes).map_or_else(|_| Self::Blob(bytes.to_vec()), Self::Id)
    }
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) statement: Statement,
    pub(crate) cells: Vec<Cell>,
}

impl Row {
    /// The value in this column, counted from 0.
    pub(crate) fn get<T: FromCell>(&self, column: usize) -> Result<T, StoreError> {
        let cell = self.cells.get(column).ok_or_else(|| self.inconsistent(column, "no such column"))?;
        T::from_cell(cell).map_err(|reason| self.inconsistent(column, reason))
    }

    /// The value in this column, read by `parse`; what it cannot read is inconsistent, never a default.
    pub(crate) fn parse<T, C: FromCell>(
        &self,
        column: usize,
        parse: impl FnOnce(C) -> Option<T>,
    ) -> Result<T, StoreError> {
        let raw = self.get::<C>(column)?;
        parse(raw).ok_or_else(|| self.inconsistent(column, "a value that means nothing"))
    }

    /// The same of a column that may hold nothing.
    pub(crate) fn parse_option<T, C: FromCell>(
        &self,
        column: usize,
        parse: impl FnOnce(C) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        self.get::<Option<C>>(column)?.map(|_| self.parse(column, parse)).transpose()
    }

    fn inconsistent(&self, column: usize, reason: impl ToString) -> StoreError {
        StoreError::inconsistent(format!("column {column} of `{}`", self.statement.text), reason)
    }
}

/// A type that a cell can be read into.
pub(crate) trait FromCell: Sized {
    /// The value, or in a few words what is wrong with it.
    fn from_cell(cell: &Cell) -> Result<Self, String>;
}

fn wrong<T>(wanted: &str, cell: &Cell) -> Result<T, String> {
    let met = match cell {
        Cell::Null => "null",
        Cell::Int(_) => "an integer",
        Cell::Text(_) => "text",
        Cell::Blob(_) | Cell::Id(_) => "bytes",
    };
    Err(format!("{met} where {wanted} belongs"))
}

impl FromCell for i64 {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::Int(number) => Ok(*number),
            other => wrong("an integer", other),
        }
    }
}

macro_rules! narrower {
    ($($type:ty),*) => {$(
        impl FromCell for $type {
            fn from_cell(cell: &Cell) -> Result<Self, String> {
                Self::try_from(i64::from_cell(cell)?).map_err(|error| error.to_string())
            }
        }
    )*};
}
narrower!(u8, u16, u32, u64, i32, usize);

impl FromCell for bool {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match i64::from_cell(cell)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(format!("`{other}` where 0 or 1 belongs")),
        }
    }
}
impl FromCell for String {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::Text(text) => Ok(text.clone()),
            other => wrong("text", other),
        }
    }
}
impl FromCell for Vec<u8> {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::Blob(bytes) => Ok(bytes.clone()),
            Cell::Id(bytes) => Ok(bytes.to_vec()),
            other => wrong("bytes", other),
        }
    }
}
impl<const N: usize> FromCell for [u8; N] {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        let bytes = match cell {
            Cell::Blob(bytes) => bytes.as_slice(),
            Cell::Id(bytes) => bytes.as_slice(),
            other => return wrong("bytes", other),
        };
        Self::try_from(bytes).map_err(|_| format!("{} bytes where {N} belong", bytes.len()))
    }
}
impl<K> FromCell for Id<K> {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        <[u8; 16]>::from_cell(cell).map(Self::from_bytes)
    }
}
impl FromCell for Timestamp {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        i64::from_cell(cell).map(Self::from_ms)
    }
}
impl FromCell for Amount {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        i64::from_cell(cell).map(Self::new)
    }
}
impl FromCell for Micros {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        i64::from_cell(cell).map(Self::new)
    }
}
impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        if *cell == Cell::Null { Ok(None) } else { T::from_cell(cell).map(Some) }
    }
}
