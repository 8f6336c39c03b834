//! The metric dictionary: every metric there is (AT-04).

use super::count::Count;
use super::metric::{Formula, Metric, Source, Unit};

/// Over the asked time, by when things happened.
const ASKED: &str = "asked time, by event time";
/// Since an order or a broadcast began.
const WHOLE: &str = "whole order or broadcast";
const COMMERCE: &str = "until 48 h after the broadcast, by event time";
const EVENT: &str = "event id and type, 7 days";
const VIEWER: &str = "viewer, once per order or room";
const NONE: &str = "none beyond that of its parts";

const fn sum(id: &'static str, names: [&'static str; 2], count: &'static [Count], unit: Unit) -> Metric {
    let [name_zh, name_en] = names;
    let deduplication = if matches!(unit, Unit::Persons) { VIEWER } else { EVENT };
    Metric { id, name_zh, name_en, formula: Formula::Sum(count), unit, window: ASKED, deduplication, is_effect: true }
}

const fn ratio(id: &'static str, names: [&'static str; 2], [numerator, denominator]: [Count; 2]) -> Metric {
    scaled(id, names, [numerator, denominator], (1, Unit::Ratio))
}

const fn scaled(
    id: &'static str,
    names: [&'static str; 2],
    [numerator, denominator]: [Count; 2],
    (times, unit): (i64, Unit),
) -> Metric {
    let [name_zh, name_en] = names;
    let formula = Formula::Ratio { numerator, times, denominator };
    Metric { id, name_zh, name_en, formula, unit, window: ASKED, deduplication: NONE, is_effect: true }
}

const fn returned(id: &'static str, names: [&'static str; 2], earned: Count, less: Option<Count>) -> Metric {
    let [name_zh, name_en] = names;
    let formula = Formula::Return { earned, less };
    let window = COMMERCE;
    Metric { id, name_zh, name_en, formula, unit: Unit::Ratio, window, deduplication: NONE, is_effect: true }
}

const fn elsewhere(id: &'static str, names: [&'static str; 2], source: Source, unit: Unit) -> Metric {
    let [name_zh, name_en] = names;
    let formula = Formula::Elsewhere(source);
    Metric { id, name_zh, name_en, formula, unit, window: WHOLE, deduplication: NONE, is_effect: true }
}

/// Every metric, in the order in which people ask for them.
pub const METRICS: &[Metric] = &[
    sum("impressions", ["曝光次数", "Impressions"], &[Count::Impressions], Unit::Times),
    sum("reach", ["曝光人数", "Reach"], &[Count::Reach], Unit::Persons),
    sum("views", ["场观", "Views"], &[Count::Views], Unit::Times),
    sum("viewers", ["累计观看人数", "Viewers"], &[Count::Viewers], Unit::Persons),
    elsewhere("peak_online", ["最高在线", "Peak online"], Source::Stays, Unit::Persons),
    scaled(
        "average_online",
        ["平均在线", "Average online"],
        [Count::WatchMs, Count::BroadcastMs],
        (1, Unit::PersonsAtOnce),
    ),
    elsewhere("inflow_rate", ["流速", "Inflow"], Source::Minutes, Unit::TimesPerMinute),
    scaled(
        "average_watch_time",
        ["人均观看时长", "Average watch time"],
        [Count::WatchMs, Count::Viewers],
        (1, Unit::Milliseconds),
    ),
    scaled("average_stay", ["平均停留", "Average stay"], [Count::WatchMs, Count::Views], (1, Unit::Milliseconds)),
    sum("effective_views", ["有效观看", "Effective views"], &[Count::EffectiveViews], Unit::Times),
    ratio("entry_rate", ["曝光进入率", "Entry rate"], [Count::Viewers, Count::Reach]),
    sum("new_follows", ["新增关注", "New follows"], &[Count::Followers], Unit::Persons),
    ratio("follow_rate", ["转粉率", "Follow rate"], [Count::Followers, Count::Viewers]),
    sum("comments", ["评论数", "Comments"], &[Count::Comments], Unit::Times),
    ratio("comment_rate", ["评论率", "Comment rate"], [Count::Commenters, Count::Viewers]),
    sum("likes", ["点赞数", "Likes"], &[Count::Likes], Unit::Times),
    ratio("like_rate", ["点赞率", "Like rate"], [Count::Likers, Count::Viewers]),
    sum("shares", ["分享数", "Shares"], &[Count::Shares], Unit::Times),
    ratio("engagement_rate", ["互动率", "Engagement rate"], [Count::Engagers, Count::Viewers]),
    ratio("product_exposure_rate", ["商品曝光率", "Product exposure rate"], [Count::ProductViewers, Count::Viewers]),
    sum("product_clicks", ["商品点击", "Product clicks"], &[Count::ProductClicks], Unit::Times),
    ratio("product_ctr", ["商品点击率", "Product click rate"], [Count::ProductClickers, Count::ProductViewers]),
    ratio("click_to_pay_rate", ["点击成交率", "Click-to-pay rate"], [Count::Payers, Count::ProductClickers]),
    ratio("conversion_rate", ["成交转化率", "Conversion rate"], [Count::Payers, Count::Viewers]),
    sum("purchases", ["成交单数", "Purchases"], &[Count::Purchases], Unit::Times),
    sum("payers", ["成交人数", "Payers"], &[Count::Payers], Unit::Persons),
    Metric { window: COMMERCE, ..sum("gmv", ["成交金额", "GMV"], &[Count::GmvFen], Unit::Fen) },
    Metric {
        formula: Formula::Difference(Count::GmvFen, Count::RefundsFen),
        window: COMMERCE,
        ..sum("net_gmv", ["净成交", "Net GMV"], &[], Unit::Fen)
    },
    Metric {
        window: "paid until now, return window of 7 days closed",
        deduplication: "purchase",
        ..sum("settled_gmv_7d", ["结算金额 (7 天)", "Settled GMV (7 days)"], &[Count::SettledSevenDaysFen], Unit::Fen)
    },
    Metric {
        window: "paid until now, return window of 14 days closed",
        deduplication: "purchase",
        ..sum(
            "settled_gmv_14d",
            ["结算金额 (14 天)", "Settled GMV (14 days)"],
            &[Count::SettledFourteenDaysFen],
            Unit::Fen,
        )
    },
    ratio("refund_rate", ["退款率", "Refund rate"], [Count::RefundsFen, Count::GmvFen]),
    scaled("average_order_value", ["客单价", "Average order value"], [Count::GmvFen, Count::Payers], (1, Unit::Fen)),
    scaled("gpm", ["千次观看成交", "GPM"], [Count::GmvFen, Count::Views], (1_000, Unit::Fen)),
    scaled("value_per_viewer", ["UV 价值", "Value per viewer"], [Count::GmvFen, Count::Viewers], (1, Unit::Fen)),
    ratio("sell_through", ["动销率", "Sell-through"], [Count::ProductsSold, Count::ProductsListed]),
    elsewhere("presentation_conversion", ["讲解转化", "Presentation conversion"], Source::Recap, Unit::Ratio),
    elsewhere("draw_entry_rate", ["抽奖参与率", "Draw entry rate"], Source::Recap, Unit::Ratio),
    Metric {
        deduplication: "person, once per order",
        ..sum("results", ["转化数", "Results"], &[Count::Results], Unit::Times)
    },
    Metric {
        deduplication: "charged result",
        ..sum("spend", ["消耗", "Spend"], &[Count::ChargedMicros], Unit::Micros)
    },
    scaled("cpm", ["千次展示成本", "CPM"], [Count::ChargedMicros, Count::Impressions], (1_000, Unit::Micros)),
    scaled(
        "cost_per_result",
        ["转化成本", "Cost per result"],
        [Count::ChargedMicros, Count::Results],
        (1, Unit::Micros),
    ),
    returned("roas_paid", ["支付 ROI", "Paid ROAS"], Count::GmvFen, None),
    returned("roas_net", ["净成交 ROI", "Net ROAS"], Count::GmvFen, Some(Count::RefundsFen)),
    returned("roas_settled_7d", ["结算 ROI (7 天)", "Settled ROAS (7 days)"], Count::SettledSevenDaysFen, None),
    returned("roas_settled_14d", ["结算 ROI (14 天)", "Settled ROAS (14 days)"], Count::SettledFourteenDaysFen, None),
    Metric { is_effect: false, ..returned("blended_roas", ["整体 ROI", "Blended ROAS"], Count::RoomGmvFen, None) },
    elsewhere("lift", ["增量", "Lift"], Source::Lift, Unit::Times),
    elsewhere("incremental_roas", ["增量 ROI", "Incremental ROAS"], Source::Lift, Unit::Ratio),
    elsewhere("dry_spend", ["空耗值", "Dry spend"], Source::Order, Unit::Micros),
    elsewhere("idle_time", ["无消耗时长", "Idle time"], Source::Order, Unit::Milliseconds),
    elsewhere("attainment", ["达成率", "Attainment"], Source::Estimate, Unit::Ratio),
];

impl Metric {
    /// The metric with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.id == id)
    }
}
