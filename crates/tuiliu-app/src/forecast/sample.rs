//! The sample of requests of every tenant, and the ended orders that its estimates are made from: this node's, in
//! memory. Decisions hand over a request and never wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tuiliu_delivery::auction::stood;
use tuiliu_delivery::forecast::{Asked, RequestSample, SampleView, is_sampled};
use tuiliu_delivery::{Decision, Request, Snapshot};
use tuiliu_domain::id::TenantId;
use tuiliu_domain::limits::FORECAST_REQUESTS_MAX;
use tuiliu_domain::time::{MINUTE_MS, Timestamp};

use super::calibration::Book;
use crate::delivery::Engine;

/// Requests that wait to be taken in; when more come, fewer viewers are sampled.
const ASKED_MAX: usize = 1_024;
/// Requests whose slots are looked up anew in one tick, while anybody asks for estimates.
const PRICED_PER_TICK: usize = 256;
/// So long after an estimate the sample is kept up with the market.
const WANTED_MS: i64 = 5 * MINUTE_MS;

/// The requests of one tenant.
#[derive(Debug)]
struct TenantSample {
    threshold: AtomicU64,
    has_overflowed: AtomicBool,
    /// When somebody asked for it last; milliseconds.
    wanted_at: AtomicI64,
    sample: Mutex<RequestSample>,
}

impl Default for TenantSample {
    fn default() -> Self {
        Self {
            threshold: AtomicU64::new(u64::MAX),
            has_overflowed: AtomicBool::new(false),
            wanted_at: AtomicI64::new(i64::MIN),
            sample: Mutex::default(),
        }
    }
}

impl TenantSample {
    fn sample(&self) -> MutexGuard<'_, RequestSample> {
        self.sample.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See the module.
pub(crate) struct Forecasting {
    samples: ArcSwap<HashMap<TenantId, Arc<TenantSample>>>,
    asked: SyncSender<(TenantId, Asked)>,
    taken: Mutex<Receiver<(TenantId, Asked)>>,
    tidied_at: AtomicI64,
    pub(super) books: ArcSwap<HashMap<TenantId, Arc<Book>>>,
}

impl Default for Forecasting {
    fn default() -> Self {
        let (asked, taken) = sync_channel(ASKED_MAX);
        Self {
            samples: ArcSwap::default(),
            asked,
            taken: Mutex::new(taken),
            tidied_at: AtomicI64::new(i64::MIN),
            books: ArcSwap::default(),
        }
    }
}

impl Forecasting {
    /// Whether a request of this viewer would be taken in; of one without an id nobody knows before it has a number.
    pub(crate) fn is_wanted(&self, tenant: TenantId, viewer: Option<u128>) -> bool {
        let threshold = self.of(tenant).threshold.load(Ordering::Relaxed);
        viewer.is_none_or(|viewer| is_sampled(viewer, threshold))
    }

    /// Hands over a request that was answered, when its viewer is sampled. Never waits.
    pub(crate) fn hand_over(&self, request: Request, decision: &Decision, now: Timestamp) {
        let tenant = request.tenant;
        let sample = self.of(tenant);
        let threshold = sample.threshold.load(Ordering::Relaxed);
        if !is_sampled(request.viewer.hash, threshold) {
            return;
        }
        let shown = decision.wins.iter().map(|won| (won.order, won.content)).collect();
        let slots = stood(decision, &request);
        let asked = Asked { request, at: now, draw: decision.draw, shown, slots };
        if self.asked.try_send((tenant, asked)).is_err() {
            sample.has_overflowed.store(true, Ordering::Relaxed);
            sample.threshold.store(threshold / 2, Ordering::Relaxed);
        }
    }

    /// Takes in what was handed over, and keeps the samples that are wanted up with the market.
    pub(crate) fn tick(&self, engine: &Engine, now: Timestamp) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        for (tenant, asked) in taken.try_iter() {
            self.of(tenant).sample().add(asked);
        }
        drop(taken);
        let tidied_at = self.tidied_at.load(Ordering::Relaxed);
        let is_tidy = now.ms().saturating_sub(tidied_at) < MINUTE_MS;
        if !is_tidy {
            self.tidied_at.store(now.ms(), Ordering::Relaxed);
        }
        for (tenant, own) in self.samples.load().iter() {
            let mut sample = own.sample();
            if own.has_overflowed.swap(false, Ordering::Relaxed) {
                sample.halve(now);
            }
            if !is_tidy || sample.len() > FORECAST_REQUESTS_MAX {
                sample.tidy(now);
            }
            own.threshold.store(sample.threshold(), Ordering::Relaxed);
            if now.ms().saturating_sub(own.wanted_at.load(Ordering::Relaxed)) < WANTED_MS {
                let next = sample.next(PRICED_PER_TICK);
                // Whoever asks for an estimate meanwhile need not wait.
                drop(sample);
                let looked_up = with_snapshot(engine, *tenant, |snapshot| {
                    next.iter().map(|sampled| sampled.priced(snapshot, now)).collect()
                });
                own.sample().put_back(looked_up);
            }
        }
    }

    /// The sample of one tenant as it is now.
    pub(crate) fn view(&self, tenant: TenantId, now: Timestamp) -> SampleView {
        let own = self.of(tenant);
        own.wanted_at.store(now.ms(), Ordering::Relaxed);
        let sample = own.sample();
        sample.view()
    }

    fn of(&self, tenant: TenantId) -> Arc<TenantSample> {
        if let Some(known) = self.samples.load().get(&tenant) {
            return Arc::clone(known);
        }
        let fresh = Arc::new(TenantSample::default());
        self.samples.rcu(|all| {
            let mut all = HashMap::clone(all);
            all.entry(tenant).or_insert_with(|| Arc::clone(&fresh));
            all
        });
        self.samples.load().get(&tenant).map_or(fresh, Arc::clone)
    }
}

/// What the tenant's decisions read now; where nothing is promoted, nothing.
pub(super) fn with_snapshot<T>(engine: &Engine, tenant: TenantId, read: impl FnOnce(&Snapshot) -> T) -> T {
    match engine.view(tenant) {
        Some(view) => read(&view.snapshot),
        None => read(&Snapshot::empty(tenant)),
    }
}
