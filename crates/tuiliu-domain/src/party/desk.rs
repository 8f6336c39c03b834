//! Desks: the ways in which parties use the platform.

/// Where a party orders and keeps its money; all desks share one account (QB-08).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Desk {
    /// The light flow in the app.
    #[default]
    Mobile,
    /// The web console for quick orders.
    Express,
    /// The web console for professionals.
    Pro,
}

impl Desk {
    /// Every desk there is.
    pub const ALL: &[Self] = &[Self::Mobile, Self::Express, Self::Pro];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Express => "express",
            Self::Pro => "pro",
        }
    }

    /// The desk with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|desk| desk.code() == code)
    }

    /// Whether money is topped up and withdrawn there: on the web consoles, not in the mobile flow (QB-16).
    #[must_use]
    pub const fn moves_money(self) -> bool {
        matches!(self, Self::Express | Self::Pro)
    }
}
