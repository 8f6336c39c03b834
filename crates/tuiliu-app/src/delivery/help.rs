//! Help: the videos of running guarantees bid for the plays they miss, in the same auctions as paid orders (GB-09, DL-07).
//!
//! Each hour the missing plays are planned anew over the traffic that is expected. What a play displaced is written down
//! where events are folded, and booked against the income of guarantees. A node plans by itself: contracts are few, and
//! the plan only says how much each takes part.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::warn;
use tuiliu_delivery::Candidate;
use tuiliu_delivery::auction::Entry;
use tuiliu_delivery::audience::CompiledAudience;
use tuiliu_delivery::bidding::{Bid, PacingCell, Quality};
use tuiliu_delivery::frequency::FrequencyCap;
use tuiliu_delivery::guarantee::{
    Contract, DisplacedValues, Offer, Progress, Standing, SupplyForecast, Terms, offer, replan,
};
use tuiliu_delivery::lease::LeaseCounter;
use tuiliu_delivery::pacing::hour_of_week_at;
use tuiliu_delivery::predict::{Prior, ResultCounts};
use tuiliu_delivery::request::ContentType;
use tuiliu_delivery::snapshot::RoomState;
use tuiliu_domain::guarantee::{GuaranteeService, ServiceState, escrow_of};
use tuiliu_domain::id::{ContentId, PromotionOrderId, TenantId};
use tuiliu_domain::limits::{FREQUENCY_CAP_MAX, GUARANTEE_CAMPAIGNS_MAX};
use tuiliu_domain::money::{Asset, Micros};
use tuiliu_domain::policy::Policy;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};
use tuiliu_domain::video::Video;
use tuiliu_store::{StoreError, Tx};

use super::refresh::{units_per_market_unit, window};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// How often the plan is made anew.
const PLAN_MS: i64 = HOUR_MS;
/// What one fen is in millionths of a yuan.
const FEN_MICROS: i64 = 10_000;
/// The platform pays itself: a campaign may reserve as much as it likes, and what it displaced is counted.
const LEASE: Micros = Micros::new(1_000_000_000_000);
/// Hours of supply that are looked ahead: the length of a guarantee and a day.
const HOURS_AHEAD: usize = 15 * 24;
/// Part of the slots that becomes plays, where nothing else is known; slots are planned as plays.
const PLAYS_PER_SLOT: f64 = 0.3;

/// The campaigns of this node.
#[derive(Default)]
pub(crate) struct Helping(Mutex<Desk>);

struct Desk {
    planned_at: Timestamp,
    campaigns: BTreeMap<PromotionOrderId, Campaign>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { planned_at: Timestamp::from_ms(i64::MIN), campaigns: BTreeMap::new() }
    }
}

/// One guaranteed video as the engine shows it.
#[derive(Clone)]
struct Campaign {
    service: GuaranteeService,
    video: Video,
    contract: Contract,
    progress: Progress,
    turn: u32,
    counts: Arc<ResultCounts>,
    pacing: Arc<PacingCell>,
    lease: Arc<LeaseCounter>,
    values: DisplacedValues,
}

/// A running guarantee whose video can be shown, as the store has it.
struct Helped {
    service: GuaranteeService,
    video: Video,
    progress: Progress,
}

impl Helping {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tenants with campaigns.
    pub(super) fn tenants(&self) -> Vec<TenantId> {
        let mut tenants: Vec<TenantId> = self.desk().campaigns.values().map(|own| own.service.tenant).collect();
        tenants.sort_unstable();
        tenants.dedup();
        tenants
    }

    /// The tenant's campaigns as they may be shown, each with the host's name of its video.
    pub(super) fn candidates(&self, tenant: TenantId, policy: &Policy) -> Vec<(Candidate, String)> {
        let desk = self.desk();
        let own = desk.campaigns.values().filter(|campaign| campaign.service.tenant == tenant);
        own.map(|campaign| (campaign.candidate(policy), campaign.video.external_id.clone())).collect()
    }

    /// What auctions would have taken; a decision never waits for it.
    pub(super) fn teach(&self, entries: &[Entry]) {
        let Ok(mut desk) = self.0.try_lock() else { return };
        if desk.campaigns.is_empty() {
            return;
        }
        for entry in entries {
            if let Some(campaign) = desk.campaigns.get_mut(&entry.order) {
                campaign.values.add_entry(entry);
            }
        }
    }
}

impl Campaign {
    fn candidate(&self, policy: &Policy) -> Candidate {
        let delivery = &policy.delivery;
        let impressions_max = u8::try_from(delivery.frequency_cap).unwrap_or(u8::MAX).min(FREQUENCY_CAP_MAX);
        let sells = self.video.has_goods();
        Candidate {
            order: self.contract.order,
            tenant: self.service.tenant,
            content: ContentId::Video(self.video.id),
            room_state: if self.video.is_out() { RoomState::Live } else { RoomState::Offline },
            content_type: ContentType::Video,
            creator: self.service.creator,
            promoter: self.service.buyer,
            goal: Goal::Viewers,
            bid: Bid::Shadow { stake_max: self.stake_max(), turn: self.turn },
            price_min: Micros::new(1),
            audience: CompiledAudience::everybody(),
            placement: None,
            starts_at: self.contract.starts_at,
            ends_at: self.contract.ends_at,
            paused: false,
            is_commerce: sells,
            room_sells: sells,
            holdout_share_millionths: 0,
            frequency_cap: FrequencyCap::try_new(impressions_max, window(delivery.frequency_window_ms)),
            quality: Quality::NEUTRAL.priced_in(units_per_market_unit(Asset::Cny, policy)),
            prior: Prior::of(Goal::Viewers),
            counts: Arc::clone(&self.counts),
            pacing: Arc::clone(&self.pacing),
            lease: Arc::clone(&self.lease),
        }
    }

    /// The compensation at stake for each play: what the promise costs when it is broken.
    fn stake_max(&self) -> Micros {
        let plays = i64::try_from(self.contract.target_plays.max(1)).unwrap_or(i64::MAX);
        Micros::new((self.contract.paid.get() / plays).max(1))
    }
}

impl App {
    /// Plans help anew when an hour is over or other guarantees run; how many videos are helped. A job's.
    pub async fn plan_help(&self) -> Result<usize, CommandError<Infallible>> {
        let now = self.shell.now();
        let helped = self.read(move |shell, tx| Ok(helped(shell, tx)?)).await?;
        let engine = &self.shell.engine;
        let mut desk = engine.helping.desk();
        let known = desk.campaigns.keys().copied().eq(orders_of(&helped));
        if known && now.since_ms(desk.planned_at) < PLAN_MS {
            return Ok(desk.campaigns.len());
        }
        let mut campaigns: BTreeMap<PromotionOrderId, Campaign> = BTreeMap::new();
        for own in helped {
            let order = escrow_of(own.service.id);
            let campaign = match desk.campaigns.remove(&order) {
                Some(campaign) => campaign.renewed(own),
                None => campaign(own, engine.epoch()),
            };
            campaigns.insert(order, campaign);
        }
        let tenants: Vec<TenantId> = campaigns.values().map(|own| own.service.tenant).collect();
        for tenant in tenants {
            let week = engine.learning.traffic.week(tenant);
            plan_tenant(&mut campaigns, tenant, week.as_deref(), now);
        }
        *desk = Desk { planned_at: now, campaigns };
        let count = desk.campaigns.len();
        drop(desk);
        engine.touch();
        Ok(count)
    }
}

fn orders_of(helped: &[Helped]) -> impl Iterator<Item = PromotionOrderId> {
    let mut orders: Vec<PromotionOrderId> = helped.iter().map(|own| escrow_of(own.service.id)).collect();
    orders.sort_unstable();
    orders.into_iter()
}

/// Running guarantees whose videos this platform can show.
fn helped(shell: &Shell, tx: &mut Tx<'_>) -> Result<Vec<Helped>, StoreError> {
    let mut found = Vec::new();
    for service in tx.running_guarantees_after(None, GUARANTEE_CAMPAIGNS_MAX)? {
        let Some(told) = service.state.video() else { continue };
        let Some(told) = tx.creator_video(service.tenant, told)? else { continue };
        let Some(video) = tx.video_by_external_id(service.tenant, &told.external_id)? else { continue };
        let progress = shell.guarantee_progress(tx, &service, &told)?;
        let plays = progress.reading.map_or(0, |reading| reading.valid());
        let natural = progress.forecast.unwrap_or(plays).saturating_sub(plays);
        found.push(Helped { service, video, progress: Progress { plays, pending: 0, natural } });
    }
    Ok(found)
}

fn campaign(own: Helped, epoch: u64) -> Campaign {
    let Helped { service, video, progress } = own;
    let (starts_at, ends_at) = match service.state {
        ServiceState::Running { published_at, ends_at, .. } => (published_at, ends_at),
        _ => (service.placed_at, service.placed_at),
    };
    let terms = &service.terms;
    let micros = |fen: i64| Micros::new(fen.saturating_mul(FEN_MICROS));
    let contract = Contract {
        order: escrow_of(service.id),
        target_plays: terms.expected_plays,
        starts_at,
        ends_at,
        pools: vec![0],
        paid: micros(terms.fixed_price.units().saturating_add(terms.fee.units())),
        fee: micros(terms.fee.units()),
        goodwill_per_play: Micros::ZERO,
    };
    Campaign {
        service,
        video,
        contract,
        progress,
        turn: 0,
        counts: Arc::new(ResultCounts::starting(0, 0)),
        pacing: Arc::new(PacingCell::new(Micros::ZERO)),
        lease: Arc::new(LeaseCounter::new(LEASE, epoch)),
        values: DisplacedValues::default(),
    }
}

impl Campaign {
    /// The same campaign as the store has it now; prices that were seen stay known.
    fn renewed(self, own: Helped) -> Self {
        let Helped { service, video, progress } = own;
        Self { service, video, progress, ..self }
    }
}

/// Plans one tenant's campaigns over its traffic; while none is known each bids what is at stake.
fn plan_tenant(
    campaigns: &mut BTreeMap<PromotionOrderId, Campaign>,
    tenant: TenantId,
    week: Option<&[f64]>,
    now: Timestamp,
) {
    let mut own: Vec<&mut Campaign> = campaigns.values_mut().filter(|one| one.service.tenant == tenant).collect();
    let supply = week.map(|week| {
        let start = Timestamp::from_ms(now.ms() - now.ms().rem_euclid(HOUR_MS));
        let slots = |hour: usize| {
            let ahead = i64::try_from(hour).unwrap_or_default() * HOUR_MS;
            week[hour_of_week_at(start.plus_ms(ahead))] * PLAYS_PER_SLOT
        };
        SupplyForecast::try_new(start, &[(0..HOURS_AHEAD).map(slots).collect()])
    });
    let Some(Ok(supply)) = supply else {
        for campaign in own {
            let standing = Standing { contract: &campaign.contract, progress: campaign.progress };
            let stake = standing.stake_per_play();
            let whole = if stake > Micros::ZERO { tuiliu_delivery::bidding::WHOLE_SHARE } else { 0 };
            Offer { price: stake, participation_millionths: whole }.put_into(&campaign.pacing);
        }
        return;
    };
    let contracts: Vec<(Contract, Progress)> = own.iter().map(|one| (one.contract.clone(), one.progress)).collect();
    let standings: Vec<Standing<'_>> =
        contracts.iter().map(|(contract, progress)| Standing { contract, progress: *progress }).collect();
    let plan = replan(&standings, &supply, &Terms::default(), now);
    if plan.loss > Micros::ZERO {
        warn!(tenant.id = %tenant, loss_micros = plan.loss.get(), "guarantees will fall short by the forecast");
    }
    for ((campaign, standing), serving) in own.iter_mut().zip(&standings).zip(&plan.servings) {
        campaign.turn = serving.turn;
        offer(standing, serving, &campaign.values).put_into(&campaign.pacing);
    }
}

const _: () = assert!(HOURS_AHEAD >= 14 * 24 && DAY_MS == 24 * HOUR_MS, "a whole guarantee is looked ahead");
