//! What quotes rest on besides the creator's own videos, learnt from all videos of a tenant.

use std::collections::BTreeMap;
use std::convert::Infallible;

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::limits::{GUARANTEE_READINGS_MAX, GUARANTEE_VIDEOS_MAX};
use tuiliu_domain::policy::{GuaranteePolicy, GuaranteePromise};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};
use tuiliu_measure::approximate::approximate;
use tuiliu_measure::quote::{
    Backtest, BacktestRules, CreatorVideos, DriftIndex, GrowthCurve, PremiumPolicy, PremiumRule, RateRange, Reading,
    ResolvedQuote, SpreadPrior, Video, backtest, prior_at,
};
use tuiliu_store::{CreatorVideoRow, StoreError, Tx, VideoPage};

use crate::app::App;
use crate::error::CommandError;

/// Videos of so many days are learnt from.
const LEARN_DAYS: i64 = 180;
/// How often it is learnt anew.
const LEARN_AGAIN_MS: i64 = HOUR_MS;

/// Growth, spread and drift of a tenant's videos.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) learnt_at: Timestamp,
    pub(crate) curve: GrowthCurve,
    pub(crate) prior: SpreadPrior,
    pub(crate) drift: DriftIndex,
    /// How quotes of the past days would have done; `None` when there were none.
    pub(crate) backtest: Option<Calibration>,
}

/// How quotes of past videos did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Calibration {
    pub(crate) quotes: usize,
    pub(crate) loss_ratio: f64,
    pub(crate) coverage: f64,
}

impl Default for Basis {
    fn default() -> Self {
        Self {
            learnt_at: Timestamp::from_ms(i64::MIN),
            curve: GrowthCurve::unknown(),
            prior: SpreadPrior::MEASURED,
            drift: DriftIndex::default(),
            backtest: None,
        }
    }
}

/// How a policy quotes.
pub(crate) fn premium_rule(policy: &GuaranteePolicy) -> PremiumRule {
    let part = |permille: i64| f64::from(i32::try_from(permille).unwrap_or(i32::MAX)) / 1000.0;
    let loss_ratio = part(policy.loss_permille);
    let promise = match policy.promise {
        GuaranteePromise::Median => PremiumPolicy::Median { loss_ratio },
        GuaranteePromise::Mean => {
            PremiumPolicy::BuyerFriendly { loss_ratio, loss_ratio_min: part(policy.loss_permille_min).min(loss_ratio) }
        }
    };
    PremiumRule {
        policy: promise,
        rates: RateRange { least: part(policy.premium_permille_min), most: part(policy.premium_permille_max) },
        half_life_days: approximate(policy.half_life_days.unsigned_abs()),
        videos_min: policy.videos_min,
        ..PremiumRule::default()
    }
}

/// How a policy looks back.
pub(crate) fn rules(policy: &GuaranteePolicy) -> BacktestRules {
    BacktestRules {
        premium: premium_rule(policy),
        days_max: Some(approximate(policy.history_days.unsigned_abs())),
        videos_max: usize::MAX,
        age_days_min: tuiliu_measure::quote::MATURE_DAYS,
        training_share: 0.0,
        with_drift: true,
    }
}

/// A video with what was read of it, as quotes take it.
pub(crate) fn video_read(tx: &mut Tx<'_>, row: &CreatorVideoRow) -> Result<Video, StoreError> {
    let mut readings = tx.plays_readings(row.id, GUARANTEE_READINGS_MAX)?;
    readings.reverse();
    let readings = readings.iter().map(|reading| Reading { at: reading.at, plays: reading.valid() }).collect();
    Ok(Video { published_at: row.published_at, readings })
}

impl App {
    /// Learns growth, spread and drift of every tenant's videos; how many tenants were due. A job's.
    pub async fn learn_guarantees(&self) -> Result<usize, CommandError<Infallible>> {
        let mut learnt = 0;
        for (tenant, _) in self.tenants().await? {
            let now = self.shell.now();
            if now.since_ms(self.shell.quotes.basis(tenant).learnt_at) < LEARN_AGAIN_MS {
                continue;
            }
            let basis = self.read(move |shell, tx| {
                let policy = shell.policy(tx, tenant)?;
                Ok(learn(tx, tenant, &policy.guarantee, now)?)
            });
            self.shell.quotes.learn(tenant, basis.await?);
            learnt += 1;
        }
        Ok(learnt)
    }
}

fn learn(tx: &mut Tx<'_>, tenant: TenantId, policy: &GuaranteePolicy, now: Timestamp) -> Result<Basis, StoreError> {
    let from = now.plus_ms(-LEARN_DAYS * DAY_MS);
    let page = VideoPage { tenant, creator: None, from, until: now, limit: GUARANTEE_VIDEOS_MAX };
    let mut by_creator: BTreeMap<PartyId, Vec<Video>> = BTreeMap::new();
    for row in tx.creator_videos(page)?.iter().rev() {
        by_creator.entry(row.creator).or_default().push(video_read(tx, row)?);
    }
    let all: Vec<Video> = by_creator.values().flatten().cloned().collect();
    let curve = GrowthCurve::fit(&all);
    let matured = |videos: &Vec<Video>| CreatorVideos {
        videos: videos.iter().filter_map(|video| Some((video.published_at, curve.matured(video, now)?))).collect(),
    };
    let creators: Vec<CreatorVideos> = by_creator.values().map(matured).collect();
    let rules = rules(policy);
    let test = backtest(&creators, &rules);
    let prior = prior_at(&creators, now, &BacktestRules { age_days_min: 0.0, ..rules });
    Ok(Basis { learnt_at: now, curve, prior, drift: drift(&test, now), backtest: calibration(&test) })
}

/// A video that is not 14 days old has no actual plays yet, only grown ones.
fn drift(test: &Backtest, now: Timestamp) -> DriftIndex {
    let quotes = test.outcomes.iter().map(|outcome| ResolvedQuote {
        quoted_at: outcome.published_at,
        residual: outcome.log_plays - (outcome.quote.predictive.mean - outcome.drift),
    });
    DriftIndex::at(now, quotes)
}

fn calibration(test: &Backtest) -> Option<Calibration> {
    let (loss_ratio, coverage) = (test.loss_ratio, test.coverage);
    (!test.outcomes.is_empty()).then_some(Calibration { quotes: test.outcomes.len(), loss_ratio, coverage })
}
