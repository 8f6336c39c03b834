//! Words of this column as they are sent, with what they mean to a buyer.

use serde::{Deserialize, Serialize};
use tuiliu_domain::policy::Policy;
use tuiliu_domain::promotion::{ChargedBy, Desk, Goal, OrderForm, Product};
use utoipa::ToSchema;

/// A word of the domain as it is sent.
macro_rules! word {
    ($(#[$doc:meta])* $view:ident as $schema:ident of $word:ident { $($(#[$about:meta])* $variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[schema(as = $schema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $view { $($(#[$about])* $variant),* }

        impl From<$view> for $word {
            fn from(view: $view) -> Self {
                match view { $($view::$variant => Self::$variant),* }
            }
        }

        impl From<$word> for $view {
            fn from(word: $word) -> Self {
                match word { $($word::$variant => Self::$variant),* }
            }
        }
    };
}

word! {
    /// What a buyer pays for.
    GoalView as Goal of Goal {
        /// People who watch effectively.
        Viewers,
        /// People who comment; of traffic packs.
        Interactions,
        /// People who follow the creator and stay.
        Follows,
        /// People who click a product; only in a room with a cart.
        ProductClicks,
        /// People who comment; of quick boosts of rooms.
        Comments,
        /// People who pay for goods of a room; of quick boosts.
        Sales,
        /// People who pay for the product of a video; of quick boosts.
        Purchases,
        /// People who like, favourite, share or comment on a video; of quick boosts.
        ContentInterest,
        /// People who open the creator's profile from a video; of quick boosts.
        ProfileVisits,
    }
}

word! {
    /// What kind of order it is.
    ProductView as BoostProduct of Product {
        /// Traffic for a live room, paid in beans.
        TrafficPack,
        /// A boost of a shop video or a live room, paid in yuan.
        QuickBoost,
    }
}

word! {
    /// Where an order is placed; one account and its money are shared by all desks.
    DeskView as Desk of Desk {
        /// The light flow in the app.
        Mobile,
        /// The web console for quick orders.
        Express,
        /// The web console for professionals.
        Pro,
    }
}

word! {
    /// What counts as a result and is charged.
    ChargedByView as ChargedBy of ChargedBy {
        /// What the goal names.
        Goal,
        /// Plays of a video, whatever the goal.
        Plays,
    }
}

/// Whether an order promotes a room with a shopping cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BoostForm)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FormView {
    /// For a room without a cart; no bid is asked for.
    Plain,
    /// For a room with a cart; a bid or a cost cap per result is required.
    Commerce,
}

impl From<OrderForm> for FormView {
    fn from(form: OrderForm) -> Self {
        match form {
            OrderForm::Plain => Self::Plain,
            OrderForm::Commerce => Self::Commerce,
        }
    }
}

/// Where an order is in its life (TP-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BoostState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateView {
    PendingPayment,
    Closed,
    Canceled,
    InReview,
    Rejected,
    Reserved,
    ReservationExpired,
    ReservationInvalid,
    Running,
    Paused,
    Settling,
    Completed,
    RoomEnded,
    Stopped,
}

impl StateView {
    /// The name in rows.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PendingPayment => "pending_payment",
            Self::Closed => "closed",
            Self::Canceled => "canceled",
            Self::InReview => "in_review",
            Self::Rejected => "rejected",
            Self::Reserved => "reserved",
            Self::ReservationExpired => "reservation_expired",
            Self::ReservationInvalid => "reservation_invalid",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Settling => "settling",
            Self::Completed => "completed",
            Self::RoomEnded => "room_ended",
            Self::Stopped => "stopped",
        }
    }
}

/// A text for people, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Text)]
pub(crate) struct TextView {
    #[serde(rename = "zh-CN")]
    pub(crate) chinese: String,
    #[serde(rename = "en")]
    pub(crate) english: String,
}

impl TextView {
    pub(crate) fn new(chinese: impl Into<String>, english: impl Into<String>) -> Self {
        Self { chinese: chinese.into(), english: english.into() }
    }
}

/// What is charged for this goal (TP-27).
pub(crate) fn charged(goal: Goal, policy: &Policy) -> TextView {
    let seconds = policy.charge.effective_view_ms / 1_000;
    let minutes = policy.charge.follow_hold_ms / 60_000;
    match goal {
        Goal::Viewers => TextView::new(
            format!("每位观众首次有效观看（观看满 {seconds} 秒）计费一次，同一观众不重复计费"),
            format!("Each person's first view of at least {seconds} seconds; nobody is charged twice"),
        ),
        Goal::Interactions | Goal::Comments => TextView::new(
            "每位观众的首条评论计费一次，同一观众不重复计费",
            "Each person's first comment; nobody is charged twice",
        ),
        Goal::Follows => TextView::new(
            format!("每位观众关注并保持 {minutes} 分钟计费一次，期间取消关注不计费"),
            format!("Each follow that is still there after {minutes} minutes; one that is taken back before is free"),
        ),
        Goal::ProductClicks => TextView::new(
            "每位观众首次点击商品计费一次，同一观众不重复计费",
            "Each person's first click on a product; nobody is charged twice",
        ),
        Goal::Sales | Goal::Purchases => TextView::new(
            "每位观众首次支付成交计费一次，同一观众不重复计费",
            "Each person's first paid purchase; nobody is charged twice",
        ),
        Goal::ContentInterest => TextView::new(
            "每位观众首次点赞、收藏、分享或评论计费一次，同一观众不重复计费",
            "Each person's first like, favourite, share or comment; nobody is charged twice",
        ),
        Goal::ProfileVisits => TextView::new(
            "每位观众首次访问主页计费一次，同一观众不重复计费",
            "Each person's first visit to the creator's profile; nobody is charged twice",
        ),
    }
}

/// Why an order was not shown in an auction, for its buyer (DL-09).
pub(crate) fn loss(code: &str) -> TextView {
    let (chinese, english) = match code {
        "paused" => ("推广已暂停", "The promotion is paused"),
        "room_offline" => ("直播间未开播", "The room is not live"),
        "room_interrupted" => ("直播中断", "The stream is interrupted"),
        "audience" => ("观众不在定向人群内", "The viewer is not in the audience"),
        "schedule" => ("不在投放时段", "Outside the time of delivery"),
        "content_type" => ("该位置不展示此类内容", "The placement does not show this kind of content"),
        "exclusivity" => ("挂有商品时只展示带货推广", "Where goods are on offer, only promotion for goods is shown"),
        "other_placement" => ("只在指定的广告位展示", "It is shown in another placement only"),
        "not_among_candidates" => ("不在平台的候选范围内", "The platform asked for other rooms"),
        "excluded_by_host" => ("被平台排除", "The platform excluded it"),
        "own_promotion" => ("观众是推广者本人", "The viewer is the promoter"),
        "hidden_by_viewer" => ("观众屏蔽了该内容", "The viewer hid it"),
        "budget" => ("可用预算暂时用完", "The budget at hand is used up"),
        "frequency" => ("观众已看过足够多次", "The viewer has seen it often enough"),
        "holdout" => ("观众在对照组", "The viewer is in the holdout"),
        "pacing" => ("匀速投放，留给后面的时段", "Pacing keeps budget for later"),
        "bid_below_minimum" => ("出价低于最低价", "The bid is below the minimum"),
        "below_floor" => ("出价低于该位置的底价", "The bid is below the floor of the place"),
        "lost_auction" => ("竞价中其他推广更优", "Another promotion ranked higher"),
        "room_shown" => ("直播间已在本页展示", "The room is on the page already"),
        _ => ("其他原因", "Another reason"),
    };
    TextView::new(chinese, english)
}
