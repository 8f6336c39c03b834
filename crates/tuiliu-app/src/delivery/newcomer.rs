//! An order as it would take part in decisions, before it does: what estimates insert among the others.

use std::sync::Arc;

use tuiliu_delivery::Candidate;
use tuiliu_delivery::audience::{CompiledAudience, Tag};
use tuiliu_delivery::bidding::{PacingCell, Quality};
use tuiliu_delivery::frequency::FrequencyCap;
use tuiliu_delivery::lease::LeaseCounter;
use tuiliu_delivery::predict::{Prior, ResultCounts, hour_of_day};
use tuiliu_delivery::snapshot::RoomState;
use tuiliu_domain::limits::FREQUENCY_CAP_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::policy::Policy;
use tuiliu_domain::promotion::{Content, OrderForm, PromotionOrder};
use tuiliu_domain::time::Timestamp;

use super::engine::Engine;
use super::purchase_value::usual_paid;
use super::refresh::{bid, content_type, placement_alone, price_limit, units_per_market_unit, window};

/// See the module.
pub(crate) struct Newcomer {
    pub(crate) candidate: Candidate,
    /// What a result may be bid at most, ever.
    pub(crate) price_limit: Micros,
}

/// The order as if its content were there to be shown and nobody had seen it; `None` when delivery cannot tell its audience apart.
pub(crate) fn newcomer(
    engine: &Engine,
    order: &PromotionOrder,
    content: &Content,
    policy: &Policy,
    now: Timestamp,
) -> Option<Newcomer> {
    let audience = match &order.audience {
        None => CompiledAudience::everybody(),
        Some(audience) => CompiledAudience::try_new(audience, order.creator).ok()?,
    };
    let rules = policy.product(order.product, order.goal);
    let paid = usual_paid(policy);
    let price_limit = price_limit(order.bidding, rules.bid_max, paid);
    let impressions_max = u8::try_from(order.terms.frequency_cap).unwrap_or(u8::MAX).min(FREQUENCY_CAP_MAX);
    let counts = ResultCounts::default().in_category(Tag::named(content.category()).value());
    let candidate = Candidate {
        order: order.id,
        tenant: order.tenant,
        content: order.content,
        room_state: RoomState::Live,
        content_type: content_type(order.content),
        creator: order.creator,
        promoter: order.payer,
        goal: order.result_goal(),
        bid: bid(order.bidding, paid),
        price_min: rules.bid_min,
        audience,
        placement: placement_alone(order),
        starts_at: now,
        ends_at: now.plus_ms(order.duration_ms),
        paused: false,
        is_commerce: order.form == OrderForm::Commerce,
        room_sells: content.has_goods(),
        holdout_share_millionths: order.terms.holdout.share_millionths,
        frequency_cap: FrequencyCap::try_new(impressions_max, window(order.terms.frequency_window_ms)),
        quality: Quality::NEUTRAL.priced_in(units_per_market_unit(order.currency(), policy)),
        prior: Prior::of(order.result_goal()),
        counts: Arc::new(counts),
        pacing: Arc::new(PacingCell::new(price_limit)),
        lease: Arc::new(LeaseCounter::new(order.budget.micros(), 0)),
    };
    if let Some(belief) = engine.learning.belief(order.tenant, candidate.place(), hour_of_day(now)) {
        candidate.counts.publish(belief);
    }
    Some(Newcomer { candidate, price_limit })
}
