//! What the tests of this crate share: one order, one request, and how to change them.

use std::sync::Arc;

use tuiliu_domain::id::{ContentId, DecisionId, PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::{Audience, Goal};
use tuiliu_domain::time::{HOUR_MS, Timestamp};

use crate::audience::CompiledAudience;
use crate::bidding::{Bid, PacingCell, Quality};
use crate::frequency::FrequencyTable;
use crate::lease::LeaseCounter;
use crate::predict::{Prior, Rate, ResultCounts};
use crate::request::{ContentType, HostRates, Placement, Request, Slot, Viewer};
use crate::snapshot::{Candidate, RoomState, Snapshot};

pub(crate) const TENANT: TenantId = TenantId::new(1);
pub(crate) const NOON: Timestamp = Timestamp::from_ms(1_750_000_000_000);
pub(crate) const UNIT: i64 = 1_000_000;

/// A healthy order number `n`, automatic, bidding 1 unit per result at a rate of a tenth.
pub(crate) fn candidate(n: u128) -> Candidate {
    Candidate {
        order: PromotionOrderId::new(n),
        tenant: TENANT,
        content: ContentId::Room(RoomId::new(1_000 + n)),
        room_state: RoomState::Live,
        content_type: ContentType::LiveRoom,
        creator: PartyId::new(2_000 + n),
        promoter: PartyId::new(3_000 + n),
        goal: Goal::Viewers,
        bid: Bid::Auto,
        price_min: Micros::ZERO,
        audience: CompiledAudience::everybody(),
        placement: None,
        starts_at: NOON.plus_ms(-HOUR_MS),
        ends_at: NOON.plus_ms(HOUR_MS),
        paused: false,
        is_commerce: false,
        room_sells: false,
        holdout_share_millionths: 0,
        frequency_cap: None,
        quality: Quality::NEUTRAL,
        prior: Prior { rate: Rate::from_number(0.1), strength: 200 },
        counts: Arc::new(ResultCounts::default()),
        pacing: Arc::new(PacingCell::new(Micros::new(UNIT))),
        lease: Arc::new(LeaseCounter::new(Micros::new(100 * UNIT), 1)),
    }
}

/// The same, ready to pay this much per result.
pub(crate) fn bidding(n: u128, price: i64) -> Candidate {
    Candidate { pacing: Arc::new(PacingCell::new(Micros::new(price))), ..candidate(n) }
}

pub(crate) fn snapshot(candidates: Vec<Candidate>) -> Snapshot {
    Snapshot::build(TENANT, candidates, Arc::new(FrequencyTable::with_bits(10)), [7; 32]).unwrap()
}

/// A request of an unknown viewer for so many slots without a floor.
pub(crate) fn request(slots: u32) -> Request {
    let slots = (1..=slots).map(|position| Slot { position, floor: None, predicted: HostRates::NONE }).collect();
    Request {
        decision: DecisionId::new(77 << 80),
        tenant: TENANT,
        viewer: Viewer { hash: 42, ..Viewer::default() },
        placement: Placement {
            hash: 9,
            slots,
            content_types: Vec::new(),
            feed_items: 20,
            promoted_share_max_millionths: 1_000_000,
        },
        candidate_contents: None,
        excluded_contents: Vec::new(),
        excluded_creators: Vec::new(),
        excluded_orders: Vec::new(),
    }
}

pub(crate) fn audience(text: &str) -> Audience {
    text.parse().unwrap()
}
