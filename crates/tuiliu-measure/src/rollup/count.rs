//! What is counted: base counts that add up, by order, room, product and minute.

use std::collections::BTreeMap;

macro_rules! counts {
    ($($(#[doc = $doc:literal])* $kind:ident = $code:literal,)*) => {
        /// Something that is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Count { $($(#[doc = $doc])* $kind,)* }

        impl Count {
            /// Everything that is counted.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The code used in rows and in the API; never renamed.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code),* }
            }

            /// The code of what promotion brought to a room or a product; the plain code is natural there.
            #[must_use]
            pub const fn promoted_code(self) -> &'static str {
                match self { $(Self::$kind => concat!("promoted.", $code)),* }
            }

            /// What it counts, in a sentence.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$kind => concat!($($doc),*)),* }
            }
        }
    };
}

counts! {
    /// Cards shown; a token counts once.
    Impressions = "impressions",
    /// Distinct viewers shown a card.
    Reach = "reach",
    /// Clicks on cards.
    Clicks = "clicks",
    /// Room entries.
    Views = "views",
    /// Distinct viewers who entered or watched.
    Viewers = "viewers",
    /// Milliseconds watched; a viewer's devices together.
    WatchMs = "watch_ms",
    /// Views of at least the length that the policy calls effective.
    EffectiveViews = "effective_views",
    /// Comments.
    Comments = "comments",
    /// Distinct viewers who commented.
    Commenters = "commenters",
    /// Likes.
    Likes = "likes",
    /// Distinct viewers who liked.
    Likers = "likers",
    /// Videos put among favourites.
    Favourites = "favourites",
    /// Favourites taken back.
    FavouritesUndone = "favourites_undone",
    /// Visits to the creator's profile.
    ProfileVisits = "profile_visits",
    /// Plays of a video.
    Plays = "plays",
    /// Shares.
    Shares = "shares",
    /// Distinct viewers who commented, liked or shared.
    Engagers = "engagers",
    /// Follows, also repeated ones.
    Follows = "follows",
    /// Distinct viewers who followed.
    Followers = "followers",
    /// Follows taken back.
    FollowsUndone = "follows_undone",
    /// Likes taken back.
    LikesUndone = "likes_undone",
    /// Comments taken back.
    CommentsUndone = "comments_undone",
    /// Hides and complaints.
    Hides = "hides",
    /// Products shown to viewers.
    ProductShows = "product_shows",
    /// Distinct viewers shown a product.
    ProductViewers = "product_viewers",
    /// Clicks on products.
    ProductClicks = "product_clicks",
    /// Distinct viewers who clicked a product.
    ProductClickers = "product_clickers",
    /// Purchases made, paid or not.
    PurchasesCreated = "purchases_created",
    /// Purchases paid.
    Purchases = "purchases",
    /// Distinct viewers who paid.
    Payers = "payers",
    /// Units paid.
    Units = "units",
    /// Paid amounts in fen.
    GmvFen = "gmv_fen",
    /// Refunds.
    Refunds = "refunds",
    /// Refunded amounts in fen.
    RefundsFen = "refunds_fen",
    /// Distinct products listed in the broadcast.
    ProductsListed = "products_listed",
    /// Distinct products listed in the broadcast with at least one paid unit.
    ProductsSold = "products_sold",
    /// Entries into draws, one a viewer and draw.
    DrawEntrants = "draw_entrants",
    /// Charged results.
    Results = "results",
    /// Charged results that their viewers took back.
    ResultsUndone = "results_undone",
    /// Charged amounts in millionths of what is paid in: of a bean, or of a yuan.
    ChargedMicros = "charged_micros",
    /// Results delivered beyond the budget, in the same millionths, at the platform's expense.
    AbsorbedMicros = "absorbed_micros",
    /// Tokens shown again.
    ReplayedTokens = "replayed_tokens",
    /// Milliseconds of broadcast; not counted but known from the room.
    BroadcastMs = "broadcast_ms",
    /// Paid amounts whose return window of 7 days closed without a refund, in fen.
    SettledSevenDaysFen = "settled_7d_fen",
    /// Paid amounts whose return window of 14 days closed without a refund, in fen.
    SettledFourteenDaysFen = "settled_14d_fen",
    /// Paid amounts of the whole room, natural and promoted, in fen.
    RoomGmvFen = "room_gmv_fen",
}

impl Count {
    /// The count with this code, and whether it is what promotion brought.
    #[must_use]
    pub fn of_room(code: &str) -> Option<(Self, bool)> {
        match code.strip_prefix("promoted.") {
            Some(code) => Self::from_code(code).map(|count| (count, true)),
            None => Self::from_code(code).map(|count| (count, false)),
        }
    }

    /// The count with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|count| count.code() == code)
    }
}

/// Sums of counts; what was never counted is zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts(BTreeMap<Count, i64>);

impl Counts {
    /// The sum of one count.
    #[must_use]
    pub fn get(&self, count: Count) -> i64 {
        self.0.get(&count).copied().unwrap_or(0)
    }

    /// Adds to one count; stops at the end of the numbers.
    pub fn add(&mut self, count: Count, value: i64) {
        let sum = self.0.entry(count).or_default();
        *sum = sum.saturating_add(value);
    }

    /// Adds all sums of others.
    pub fn add_all(&mut self, others: &Self) {
        for (count, value) in others.iter() {
            self.add(count, value);
        }
    }

    /// What was counted, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = (Count, i64)> + '_ {
        self.0.iter().map(|(count, value)| (*count, *value))
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Count, i64)> for Counts {
    fn from_iter<I: IntoIterator<Item = (Count, i64)>>(items: I) -> Self {
        let mut counts = Self::default();
        for (count, value) in items {
            counts.add(count, value);
        }
        counts
    }
}
