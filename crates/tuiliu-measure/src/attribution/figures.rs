//! The attributed figures of an order, as whole numbers that add up over viewers.

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// One attributed figure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Figure { $($(#[$doc])* $name,)* }

        impl Figure {
            /// Every figure there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code used in rows and in the API; never renamed.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The figure with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|figure| figure.code() == code)
            }
        }
    };
}

figures! {
    /// Viewers with an engaged view or a click under this order.
    TouchedViewers = "touched_viewers",
    /// Such viewers who do not count, for they are no valid traffic (AT-03).
    InvalidViewers = "invalid_viewers",
    ProductClicks = "product_clicks",
    Shares = "shares",
    /// Including those that were deleted later (QB-11).
    Comments = "comments",
    NetComments = "net_comments",
    /// Including those that were taken back later.
    Likes = "likes",
    NetLikes = "net_likes",
    /// Including those that were taken back later.
    Follows = "follows",
    NetFollows = "net_follows",
    /// Purchases that were paid.
    Purchases = "purchases",
    /// Purchases of which anything is left after refunds.
    NetPurchases = "net_purchases",
    /// Viewers with a purchase of which anything is left.
    Payers = "payers",
    GmvFen = "gmv_fen",
    /// After refunds.
    NetGmvFen = "net_gmv_fen",
}

const COUNT: usize = Figure::ALL.len();

/// All figures of one order, of one viewer or of many; negative in differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures([i64; COUNT]);

impl Figures {
    /// One of them.
    #[must_use]
    pub fn get(&self, figure: Figure) -> i64 {
        self.0[place(figure)]
    }

    /// Adds to one of them.
    pub fn add(&mut self, figure: Figure, value: i64) {
        let sum = &mut self.0[place(figure)];
        *sum = sum.saturating_add(value);
    }

    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for figure in Figure::ALL {
            self.add(*figure, other.get(*figure));
        }
        self
    }

    #[must_use]
    pub fn minus(mut self, other: &Self) -> Self {
        for figure in Figure::ALL {
            self.add(*figure, other.get(*figure).saturating_neg());
        }
        self
    }

    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|value| *value == 0)
    }

    /// Those that are not zero.
    pub fn entries(&self) -> impl Iterator<Item = (Figure, i64)> + '_ {
        Figure::ALL.iter().map(|figure| (*figure, self.get(*figure))).filter(|(_, value)| *value != 0)
    }
}

fn place(figure: Figure) -> usize {
    Figure::ALL.iter().position(|known| *known == figure).expect("every figure is among all figures")
}

impl FromIterator<(Figure, i64)> for Figures {
    fn from_iter<I: IntoIterator<Item = (Figure, i64)>>(entries: I) -> Self {
        let mut figures = Self::default();
        for (figure, value) in entries {
            figures.add(figure, value);
        }
        figures
    }
}
