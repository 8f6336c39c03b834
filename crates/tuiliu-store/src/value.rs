//! What goes into a statement: integers, text and bytes; nothing else is ever stored.

use tuiliu_domain::id::Id;
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;

/// One parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
    /// An id, by value so that callers need not keep its bytes alive.
    Id([u8; 16]),
    /// A packed account, likewise.
    Account([u8; 18]),
}

impl Value<'_> {
    /// The integer, where one or nothing belongs.
    pub(crate) fn as_int(&self) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Null => Ok(None),
            Self::Int(number) => Ok(Some(*number)),
            other => Err(StoreError::database(format!("`{other:?}` where an integer belongs"))),
        }
    }

    /// The text, where one or nothing belongs.
    pub(crate) fn as_text(&self) -> Result<Option<&str>, StoreError> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            other => Err(StoreError::database(format!("`{other:?}` where text belongs"))),
        }
    }

    /// The bytes, where some or nothing belongs.
    pub(crate) fn as_blob(&self) -> Result<Option<&[u8]>, StoreError> {
        match self {
            Self::Null => Ok(None),
            Self::Blob(bytes) => Ok(Some(bytes)),
            Self::Id(bytes) => Ok(Some(bytes)),
            Self::Account(bytes) => Ok(Some(bytes)),
            other => Err(StoreError::database(format!("`{other:?}` where bytes belong"))),
        }
    }
}

impl<K> From<Id<K>> for Value<'_> {
    fn from(id: Id<K>) -> Self {
        Self::Id(id.bytes())
    }
}
impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}
impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Int(i64::from(truth))
    }
}
impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.ms())
    }
}
impl From<Amount> for Value<'_> {
    fn from(amount: Amount) -> Self {
        Self::Int(amount.units())
    }
}
impl From<Micros> for Value<'_> {
    fn from(micros: Micros) -> Self {
        Self::Int(micros.get())
    }
}
impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}
impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}
impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
