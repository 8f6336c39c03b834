//! Values that are never printed.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::ser::{Serialize, Serializer};

/// What stands in every log and message in place of a secret.
const REDACTED: &str = "[secret]";
/// What a secret must be; said instead of what it was.
const EXPECTED: &str = "a secret is a text in quotes";

/// A value that is read from a file or the environment and never shown again.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Secret<T>(T);

impl<T> Secret<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    pub(crate) const fn reveal(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// Whether nothing was set.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

/// Accepts a text and refuses all else without repeating it.
struct SecretVisitor;

/// Refuses a value of another kind, without the value that the ready-made refusal would show.
macro_rules! refuse {
    ($name:ident, $kind:ty) => {
        fn $name<E: serde::de::Error>(self, _: $kind) -> Result<Self::Value, E> {
            Err(E::custom(EXPECTED))
        }
    };
}

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = Secret<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Secret::new(text.to_owned()))
    }

    refuse!(visit_bool, bool);
    refuse!(visit_i64, i64);
    refuse!(visit_u64, u64);
    refuse!(visit_f64, f64);

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(A::Error::custom(EXPECTED))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(A::Error::custom(EXPECTED))
    }
}

/// An unset secret is empty; a set one is redacted here too.
impl Serialize for Secret<String> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_empty() { "" } else { REDACTED })
    }
}

impl Secret<String> {
    /// Reads a secret from a file: its first line, without the line's end.
    pub(crate) fn read(path: &std::path::Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        Ok(Self::new(text.lines().next().unwrap_or_default().trim_end().to_owned()))
    }
}
