//! Statements: SQL written once, in what both databases understand.
//!
//! Columns are BIGINT, TEXT and BLOB (BYTEA); parameters are `$1`, `$2` …; `/*lock*/` and
//! `/*lock_skip*/` become row locks where the database has them. `sum` and `count` over BIGINT are
//! wrapped in `cast(… as bigint)`. A test prepares every registered statement on both databases.

/// One statement. Two are the same when their text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Statement {
    pub(crate) text: &'static str,
}

impl Statement {
    /// The statement with this text.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text }
    }
}

/// Declares the statements of one module and the list of them that the test prepares.
macro_rules! statements {
    ($($name:ident: $text:expr;)*) => {
        $(const $name: $crate::statement::Statement = $crate::statement::Statement::new($text);)*
        /// Every statement of this module.
        #[cfg_attr(not(test), expect(dead_code, reason = "read by the test that prepares every statement"))]
        pub(crate) const STATEMENTS: &[$crate::statement::Statement] = &[$($name),*];
    };
}
pub(crate) use statements;
