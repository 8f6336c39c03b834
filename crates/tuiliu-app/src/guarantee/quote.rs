//! What is on offer for a creator: expected plays, fee, the videos that both rest on (GB-01…GB-03).

use std::convert::Infallible;

use tuiliu_domain::guarantee::{EvidenceVideo, Offer, StopLoss, at_risk, guarantee_fee};
use tuiliu_domain::id::{CreatorVideoId, PartyId, TenantId};
use tuiliu_domain::limits::{GUARANTEE_CREATORS_MAX, GUARANTEE_EVIDENCE_MAX};
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor, Role};
use tuiliu_domain::policy::GuaranteePolicy;
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_measure::approximate::{approximate, round_to_whole};
use tuiliu_measure::quote::{PastVideo, QuoteError, quote};
use tuiliu_store::{StoreError, Tx, VideoPage, VideoState};

use super::basis::{premium_rule, video_read};
use super::book::entries;
use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// A creator as the task order page shows them (GB-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedCreator {
    pub creator: PartyId,
    pub offer: Result<OfferedGuarantee, NoOffer>,
}

/// A guarantee that can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedGuarantee {
    pub offer: Offer,
    pub fee: Amount,
    pub videos: Vec<QuotedVideo>,
}

/// A video that a quote rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedVideo {
    pub video: CreatorVideoId,
    pub external_id: String,
    pub published_at: Timestamp,
    /// Valid plays, grown to 14 days.
    pub plays: u64,
}

/// Why there is no guarantee on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoOffer {
    /// Nobody with this id creates here, or the account is banned.
    UnknownCreator,
    /// The host has not told what the creator is paid.
    NoPrice,
    /// Too few videos with plays that are known (GB-03).
    TooFewVideos { videos: usize, min: usize },
    /// Too much of the fees went back of late (GB-12).
    StopLoss,
    /// With this one, open guarantees on the creator could cost more than the policy lets them, in fen.
    ExposureFull { at_risk: i64, max: i64 },
}

impl NoOffer {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownCreator => "unknown_creator",
            Self::NoPrice => "no_price",
            Self::TooFewVideos { .. } => "too_few_videos",
            Self::StopLoss => "stop_loss",
            Self::ExposureFull { .. } => "exposure_full",
        }
    }
}

impl OfferedGuarantee {
    /// The videos as they are kept with a purchase.
    pub(super) fn evidence(&self) -> Vec<EvidenceVideo> {
        self.videos.iter().map(|own| EvidenceVideo { video: own.video, plays: own.plays }).collect()
    }
}

impl Shell {
    /// What is on offer for each of these creators, in the caller's transaction.
    pub(super) fn quote_guarantees(
        &self,
        tx: &mut Tx<'_>,
        tenant: TenantId,
        creators: &[PartyId],
    ) -> Result<Vec<QuotedCreator>, StoreError> {
        let policy = self.policy(tx, tenant)?;
        let now = self.now();
        let stop = StopLoss::at(
            &entries(tx, tenant, now.plus_ms(-policy.guarantee.stop_loss_window_ms))?,
            &policy.guarantee,
            now,
        );
        let quoted = creators.iter().map(|creator| {
            let offer = if stop.stopped {
                Err(NoOffer::StopLoss)
            } else {
                self.quote_creator(tx, (tenant, *creator), &policy.guarantee)?
            };
            Ok(QuotedCreator { creator: *creator, offer })
        });
        quoted.collect()
    }

    fn quote_creator(
        &self,
        tx: &mut Tx<'_>,
        (tenant, creator): (TenantId, PartyId),
        policy: &GuaranteePolicy,
    ) -> Result<Result<OfferedGuarantee, NoOffer>, StoreError> {
        let party = tx.party(tenant, creator)?;
        if party.is_none_or(|party| party.kind != Role::Creator || party.banned) {
            return Ok(Err(NoOffer::UnknownCreator));
        }
        let Some(fixed_price) = tx.creator_price(tenant, creator)? else { return Ok(Err(NoOffer::NoPrice)) };
        let (basis, now) = (self.quotes.basis(tenant), self.now());
        let from = now.plus_ms(-policy.history_days.saturating_mul(DAY_MS));
        let page = VideoPage { tenant, creator: Some(creator), from, until: now, limit: GUARANTEE_EVIDENCE_MAX };
        let (mut past, mut videos) = (Vec::new(), Vec::new());
        for row in tx.creator_videos(page)? {
            // What viewers cannot see any more is no measure of what the next one will reach.
            if row.state != VideoState::Visible {
                continue;
            }
            let Some(log_plays) = basis.curve.matured(&video_read(tx, &row)?, now) else { continue };
            let age = u64::try_from(now.since_ms(row.published_at)).unwrap_or_default();
            past.push(PastVideo { age_days: approximate(age) / approximate(DAY_MS.unsigned_abs()), log_plays });
            let (video, external_id, published_at) = (row.id, row.external_id, row.published_at);
            videos.push(QuotedVideo { video, external_id, published_at, plays: whole(log_plays.exp()) });
        }
        let rule = premium_rule(policy);
        let quote = match quote(&past, basis.prior, basis.drift.drift, &rule) {
            Ok(quote) => quote,
            Err(QuoteError::TooFewVideos { videos, min }) => return Ok(Err(NoOffer::TooFewVideos { videos, min })),
        };
        let offer = Offer {
            fixed_price,
            premium_permille: round_to_whole(quote.rate * 1000.0),
            expected_plays: whole(quote.expected).max(1),
            low_plays: whole(quote.low),
            high_plays: whole(quote.high),
            loss_permille: round_to_whole(quote.loss_ratio * 1000.0),
        };
        let fee = guarantee_fee(fixed_price, offer.premium_permille);
        let (at_risk, max) = (at_risk(&tx.open_guarantees_on(tenant, creator)?).units(), policy.exposure_max.units());
        if max < at_risk.saturating_add(fee.units()) {
            return Ok(Err(NoOffer::ExposureFull { at_risk, max }));
        }
        Ok(Ok(OfferedGuarantee { offer, fee, videos }))
    }
}

fn whole(plays: f64) -> u64 {
    u64::try_from(round_to_whole(plays)).unwrap_or_default()
}

impl App {
    /// What is on offer for each of these creators, in their order; at most [`GUARANTEE_CREATORS_MAX`] of them.
    pub async fn quote_guarantees(
        &self,
        actor: Actor,
        creators: Vec<PartyId>,
    ) -> Result<Vec<QuotedCreator>, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::QuoteGuarantee, &of_tenant(actor.tenant))?;
            let creators = creators.get(..creators.len().min(GUARANTEE_CREATORS_MAX)).unwrap_or_default();
            Ok(shell.quote_guarantees(tx, actor.tenant, creators)?)
        })
        .await
    }

    /// A page of the creators whose price is known, with their names, after this one, in the order of their ids.
    pub async fn priced_creators(
        &self,
        actor: Actor,
        after: Option<PartyId>,
        limit: u32,
    ) -> Result<Vec<(PartyId, String)>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::QuoteGuarantee, &of_tenant(actor.tenant))?;
            Ok(tx.priced_creators(actor.tenant, after.unwrap_or(PartyId::new(0)), limit)?)
        })
        .await
    }
}
