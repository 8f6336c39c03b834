//! Decisions: what to show in a feed, answered without waiting for anything (DL-01).

use std::sync::Arc;

use tuiliu_delivery::auction::{Entry, Outcome};
use tuiliu_delivery::audience::{Region, Tag};
use tuiliu_delivery::eligibility::LossReason;
use tuiliu_delivery::explain::{CandidateExplanation, explain};
use tuiliu_delivery::lease::Reservation;
use tuiliu_delivery::predict::{Context, Rate};
use tuiliu_delivery::random::mix;
use tuiliu_delivery::request::{ContentType, HostRates};
use tuiliu_delivery::token::{Claims, seal};
use tuiliu_delivery::{Decision, Placement, Request, Rng, Slot, Viewer, Won, decide_telling};
use tuiliu_domain::id::{ContentId, DecisionId, PartyId, PromotionOrderId, TenantId};
use tuiliu_domain::money::{Asset, Micros};
use tuiliu_domain::policy::DeliveryPolicy;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::viewer::{AgeBand, Gender, Newness, Province, System, ViewerTraits};

use super::engine::{Engine, Lesson, TenantView};
use super::node::NodeStanding;
use crate::app::App;

/// What a host asks for one placement of one viewer's feed.
#[derive(Debug, Clone, Default)]
pub struct DecisionAsk {
    /// The host's name of the placement.
    pub placement: String,
    /// Positions to fill, in the order of filling.
    pub slots: Vec<SlotAsk>,
    /// Items of the page around the slots; at least the last position.
    pub feed_items: Option<u32>,
    pub viewer: ViewerAsk,
    /// What can be shown here; nothing named is anything.
    pub content_types: Vec<ContentType>,
    /// Only these rooms and videos, when given.
    pub candidate_contents: Option<Vec<ContentId>>,
    pub excluded_contents: Vec<ContentId>,
    pub excluded_creators: Vec<PartyId>,
}

/// One position of a feed.
#[derive(Debug, Clone, Copy, Default)]
pub struct SlotAsk {
    pub position: u32,
    /// Price per impression that a promoted item must be worth here.
    pub floor: Option<Micros>,
    /// The host's own prediction that an impression brings a result, in billionths.
    pub predicted_billionths: Option<u64>,
    /// The same for an effective view, by a host that tells views from the other results.
    pub predicted_view_billionths: Option<u64>,
}

/// What a host tells of a viewer; everything is optional.
#[derive(Debug, Clone, Default)]
pub struct ViewerAsk {
    /// The host's id of the viewer.
    pub id: Option<String>,
    pub party: Option<PartyId>,
    pub gender: Option<String>,
    pub age: Option<String>,
    pub region: Option<String>,
    pub interests: Vec<String>,
    pub device: Option<String>,
    pub system: Option<String>,
    /// Creators to whose followers the viewer is alike, by the names that audiences use.
    pub similar_to: Vec<String>,
    pub segments: Vec<String>,
    pub live_watcher: bool,
    pub known_creators: Vec<PartyId>,
    pub blocked_creators: Vec<PartyId>,
    pub hidden_contents: Vec<ContentId>,
}

/// One item to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub decision: DecisionId,
    pub position: u32,
    pub order: PromotionOrderId,
    pub content: ContentId,
    /// What the host calls the room or video.
    pub external_id: Arc<str>,
    pub creator: PartyId,
    /// Sealed: neither bid nor price can be read from it.
    pub token: String,
    pub expires_at: Timestamp,
}

/// What to show, and why not more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionAnswer {
    pub shown: Vec<Shown>,
    pub no_fill: Option<&'static str>,
}

/// Why one order is shown to a viewer or not (DL-09).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub order: PromotionOrderId,
    pub content: ContentId,
    /// What its bids and prices count.
    pub currency: Asset,
    /// The first filter that removed it, before any auction.
    pub refusal: Option<&'static str>,
    pub auctions: Vec<ExplainedAuction>,
}

/// How an order fared in the auction for one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExplainedAuction {
    pub slot: usize,
    pub bid: Micros,
    /// Probability that an impression brings a result, in billionths.
    pub rate_billionths: u32,
    /// Price per result with which it wins.
    pub price_to_win: Micros,
    /// `None`: it won.
    pub loss: Option<&'static str>,
}

impl App {
    /// Decides what to show to a viewer now. Takes microseconds and never waits.
    #[must_use]
    pub fn decide(&self, tenant: TenantId, ask: &DecisionAsk) -> DecisionAnswer {
        let engine = &self.shell.engine;
        let now = self.shell.now();
        let view = engine.view(tenant);
        // What is not answered is traffic all the same.
        match &view {
            Some(view) => view.traffic.count(),
            None => engine.learning.traffic.of(tenant).count(),
        }
        let standing = self.node_standing_at(now);
        if standing != NodeStanding::Delivering {
            return DecisionAnswer { shown: Vec::new(), no_fill: standing.no_fill() };
        }
        let named = ask.viewer.id.as_deref().map(|id| self.viewer_hash(tenant, id));
        let Some(view) = view else {
            // What the first order will find is known before it comes.
            if engine.forecasting.is_wanted(tenant, named) {
                let request = self.request(tenant, ask, named, &DeliveryPolicy::default());
                engine.forecasting.hand_over(request, &Decision::default(), now);
            }
            return DecisionAnswer { shown: Vec::new(), no_fill: Some("nothing_promoted") };
        };
        let request = self.request(tenant, ask, named, &view.policy);
        if ask.viewer.id.is_some() {
            view.traffic.see(request.viewer.hash, now);
        }
        let number = engine.draw();
        let mut rng = Rng::seeded(mix(engine.config.seed ^ number));
        let decision = decide_telling(&view.snapshot, &request, &mut rng, now, engine.telling(number));
        remember(engine, &view, &decision, now);
        if ask.viewer.id.is_some() {
            decision.ghosts.iter().for_each(|ghost| engine.wins.hold_out(&view, ghost, now));
        }
        if !decision.wins.is_empty() {
            let context = Context::of(&view.snapshot, &request, now, decision.draw);
            decision.wins.iter().for_each(|won| engine.learning.serve(&view.snapshot, &context, won));
        }
        let (viewer, placement) = (request.viewer.hash, request.placement.hash);
        let place = Place { tenant, viewer, told: &ask.viewer, placement, now };
        let shown = decision.wins.iter().filter_map(|won| serve(engine, &view, won, place)).collect();
        engine.forecasting.hand_over(request, &decision, now);
        DecisionAnswer { shown, no_fill: decision.no_fill.map(|reason| reason.code()) }
    }

    /// What [`decide`](Self::decide) would answer and why; reserves nothing, shows nothing.
    #[must_use]
    pub fn explain(&self, tenant: TenantId, ask: &DecisionAsk) -> Vec<Explained> {
        let engine = &self.shell.engine;
        let Some(view) = engine.view(tenant) else { return Vec::new() };
        let named = ask.viewer.id.as_deref().map(|id| self.viewer_hash(tenant, id));
        let request = self.request(tenant, ask, named, &view.policy);
        let mut rng = Rng::seeded(mix(engine.config.seed ^ engine.draw()));
        let explanation = explain(&view.snapshot, &request, &mut rng, self.shell.now());
        explanation.candidates.iter().map(|candidate| explained(candidate, &view)).collect()
    }

    /// Our hash of a host's viewer id: keyed, so that it cannot be turned back.
    #[must_use]
    pub fn viewer_hash(&self, tenant: TenantId, id: &str) -> u128 {
        self.shell.engine.viewer_hash(tenant, id)
    }

    fn request(&self, tenant: TenantId, ask: &DecisionAsk, named: Option<u128>, policy: &DeliveryPolicy) -> Request {
        let decision = self.shell.id();
        // Without an id nobody can be recognised: each such request is a viewer of its own.
        let hash = named.unwrap_or_else(|| DecisionId::value(decision));
        Request {
            decision,
            tenant,
            viewer: viewer(&ask.viewer, hash),
            placement: placement(ask, policy),
            candidate_contents: ask.candidate_contents.clone(),
            excluded_contents: ask.excluded_contents.clone(),
            excluded_creators: ask.excluded_creators.clone(),
            excluded_orders: Vec::new(),
        }
    }
}

fn explained(candidate: &CandidateExplanation, view: &TenantView) -> Explained {
    let auction = |entry: &Entry| ExplainedAuction {
        slot: entry.slot,
        bid: entry.bid,
        rate_billionths: entry.rate.billionths(),
        price_to_win: entry.price_to_win,
        loss: match entry.outcome {
            Outcome::Won => None,
            Outcome::Lost(reason) => Some(reason.code()),
        },
    };
    Explained {
        order: candidate.order,
        content: candidate.content,
        currency: view.names.currency(candidate.order),
        refusal: candidate.refusal.map(LossReason::code),
        auctions: candidate.auctions.iter().map(auction).collect(),
    }
}

#[derive(Clone, Copy)]
struct Place<'a> {
    tenant: TenantId,
    viewer: u128,
    told: &'a ViewerAsk,
    placement: u64,
    now: Timestamp,
}

/// Writes the reservation down and seals the token; without room for the reservation nothing is shown.
fn serve(engine: &Engine, view: &TenantView, won: &Won, place: Place<'_>) -> Option<Shown> {
    let reservation = Reservation { lease: won.lease.clone(), price: won.price };
    if engine.reservations.reserve(won.decision, reservation, place.now).is_err() {
        won.lease.release(won.price);
        return None;
    }
    if let Some(cap) = won.frequency_cap {
        view.snapshot.frequency().record(place.viewer, won.order, cap.window, place.now);
    }
    let expires_at = place.now.plus_ms(engine.config.token_ttl_ms);
    let claims = Claims {
        tenant: place.tenant,
        order: won.order,
        content: won.content,
        decision: won.decision,
        viewer_hash: place.viewer,
        placement_hash: place.placement,
        goal: won.goal,
        price: won.price,
        issued_at: place.now,
        expires_at,
        node: engine.config.node,
        epoch: won.lease.epoch(),
        traits: traits(place.told, won.creator),
    };
    // Of somebody without an id nothing natural could ever be told, so nothing can be measured.
    if place.told.id.is_some() {
        engine.wins.serve(view, won, place.viewer, place.now);
    }
    let token = seal(&engine.keys.tokens, &claims);
    let Won { decision, position, order, content, creator, .. } = *won;
    let external_id = view.names.name(content).unwrap_or_default();
    Some(Shown { decision, position, order, content, external_id, creator, token, expires_at })
}

/// Hands the auctions to the pacers and the losses to the counters. What the holdout kept from a viewer counts for the
/// frequency cap as if it had been shown: else both arms would not be alike (measurement.md §1.2).
fn remember(engine: &Engine, view: &TenantView, decision: &Decision, now: Timestamp) {
    for ghost in &decision.ghosts {
        if let Some(cap) = ghost.frequency_cap {
            view.snapshot.frequency().record(ghost.viewer, ghost.order, cap.window, now);
        }
    }
    let lesson = |entry: &Entry| Lesson { order: entry.order, sample: entry.sample(), weight: entry.weight };
    engine.teach(decision.entries.iter().map(lesson).collect());
    engine.helping.teach(&decision.entries);
    engine.count_losses(decision, now);
}

/// The classes that reports tell of a viewer. Hosts that tell no creators at all do not tell who is new either.
fn traits(told: &ViewerAsk, creator: PartyId) -> ViewerTraits {
    let is_new = (!told.known_creators.is_empty()).then(|| !told.known_creators.contains(&creator));
    ViewerTraits {
        gender: Gender::of(told.gender.as_deref().unwrap_or_default()),
        age: AgeBand::of(told.age.as_deref().unwrap_or_default()),
        region: Province::of(told.region.as_deref().unwrap_or_default()),
        system: System::of(told.system.as_deref().unwrap_or_default()),
        newness: is_new.map(Newness::of).unwrap_or_default(),
    }
}

fn viewer(ask: &ViewerAsk, hash: u128) -> Viewer {
    let tags = |names: &[String]| names.iter().map(|name| Tag::named(name)).collect();
    let tag = |name: &Option<String>| name.as_deref().map(Tag::named);
    Viewer {
        hash,
        party: ask.party,
        gender: tag(&ask.gender),
        age: tag(&ask.age),
        region: ask.region.as_deref().and_then(|code| code.parse::<Region>().ok()),
        interests: tags(&ask.interests),
        device: tag(&ask.device),
        system: tag(&ask.system),
        similar_to: tags(&ask.similar_to),
        segments: tags(&ask.segments),
        live_watcher: ask.live_watcher,
        known_creators: ask.known_creators.clone(),
        blocked_creators: ask.blocked_creators.clone(),
        hidden_contents: ask.hidden_contents.clone(),
    }
}

fn placement(ask: &DecisionAsk, policy: &DeliveryPolicy) -> Placement {
    let last = ask.slots.iter().map(|slot| slot.position).max().unwrap_or(0);
    let permille = policy.promoted_permille(&ask.placement);
    let slot = |slot: &SlotAsk| {
        let all = slot.predicted_billionths.map(Rate::from_billionths).map_or(HostRates::NONE, HostRates::all);
        let view = slot.predicted_view_billionths.map(Rate::from_billionths);
        let predicted = view.map_or(all, |rate| all.with(Goal::Viewers, rate));
        Slot { position: slot.position, floor: slot.floor, predicted }
    };
    Placement {
        hash: Tag::named(&ask.placement).value(),
        slots: ask.slots.iter().map(slot).collect(),
        content_types: ask.content_types.clone(),
        feed_items: ask.feed_items.unwrap_or(0).max(last),
        promoted_share_max_millionths: u32::try_from(permille.clamp(0, 1_000)).unwrap_or(0) * 1_000,
    }
}
