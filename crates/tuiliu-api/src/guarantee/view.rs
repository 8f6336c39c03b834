//! Guarantees as they are sent.

use serde::Serialize;
use tuiliu_app::guarantee::{
    GuaranteeProgress, GuaranteeView as Seen, OfferedGuarantee, PlacedGuarantees, QuotedCreator, QuotedVideo,
};
use tuiliu_domain::guarantee::{GuaranteeService, PlaysReading, ServiceState};
use tuiliu_domain::money::Asset;
use utoipa::ToSchema;

use crate::views::{
    AmountView, CreatorVideoIdView, GuaranteeOrderIdView, GuaranteeServiceIdView, PartyIdView, TimeView,
};

/// What is on offer for a creator.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeQuote)]
pub(crate) struct QuoteView {
    creator_id: PartyIdView,
    /// Whether a guarantee can be bought.
    on_offer: bool,
    /// Why not: `unknown_creator`, `no_price`, `too_few_videos` or `stop_loss`.
    reason: Option<&'static str>,
    offer: Option<OfferView>,
}

/// What is promised, and at which price.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeOffer)]
pub(crate) struct OfferView {
    fixed_price: AmountView,
    /// In thousandths of the fixed price.
    #[schema(example = 244)]
    premium_permille: i64,
    fee: AmountView,
    /// Valid plays within 14 days of publication.
    expected_plays: u64,
    /// Plays that the next video lies between four times in five.
    low_plays: u64,
    high_plays: u64,
    /// The part of such fees that is paid back on average, in thousandths.
    loss_permille: i64,
    /// What the quote rests on, newest first.
    videos: Vec<QuotedVideoView>,
}

/// A video that a quote rests on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuotedVideo)]
pub(crate) struct QuotedVideoView {
    id: CreatorVideoIdView,
    external_id: String,
    published_at: TimeView,
    /// Valid plays at 14 days, or what they are expected to grow to.
    plays: u64,
}

/// A purchase of guarantees.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeOrder)]
pub(crate) struct OrderView {
    id: GuaranteeOrderIdView,
    buyer_id: PartyIdView,
    fee: AmountView,
    placed_at: TimeView,
    services: Vec<ServiceView>,
}

/// A guarantee on one creator's video.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Guarantee)]
pub(crate) struct ServiceView {
    id: GuaranteeServiceIdView,
    order_id: GuaranteeOrderIdView,
    buyer_id: PartyIdView,
    creator_id: PartyIdView,
    /// `waiting`, `running`, `frozen`, `succeeded`, `compensated`, `lapsed` or `voided`.
    state: &'static str,
    fixed_price: AmountView,
    premium_permille: i64,
    fee: AmountView,
    expected_plays: u64,
    placed_at: TimeView,
    /// When the order lapses if nothing is published.
    lapses_at: Option<TimeView>,
    video_id: Option<CreatorVideoIdView>,
    published_at: Option<TimeView>,
    /// When plays stop counting.
    ends_at: Option<TimeView>,
    /// Why an operator has to decide: `hidden`, `deleted` or `edited`.
    frozen_because: Option<&'static str>,
    ended_at: Option<TimeView>,
    /// Valid plays at the end.
    plays: Option<u64>,
    refund: Option<RefundView>,
}

/// What goes back of a fee, and how far that is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeRefund)]
pub(crate) struct RefundView {
    /// `compensation`, `lapse` or `void`.
    kind: &'static str,
    amount: AmountView,
    /// The last day on which it is paid, in China; within 7 working days.
    #[schema(example = "2026-12-15")]
    promised_by: String,
    /// How sure that day is: `announced`, `provisional` or `unknown` holidays.
    calendar: &'static str,
    /// `pending` or `paid`.
    state: &'static str,
    pay_at: TimeView,
    paid_at: Option<TimeView>,
}

/// A guarantee with everything about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeDetail)]
pub(crate) struct DetailView {
    #[serde(flatten)]
    service: ServiceView,
    progress: Option<ProgressView>,
    /// What the quote rested on.
    quoted_videos: Vec<QuotedVideoView>,
    decisions: Vec<DecisionView>,
    /// Plays that the platform's own delivery brought, and what that displaced.
    help_plays: u64,
    help_cost: AmountView,
}

/// How far a published video has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeProgress)]
pub(crate) struct ProgressView {
    /// Valid plays of the last reading.
    plays: u64,
    /// What was left out of it, by reason.
    left_out: LeftOutView,
    read_at: Option<TimeView>,
    /// Plays that a video on its way to the target has now.
    expected_now: u64,
    /// Plays at the end if it goes on like others.
    forecast: Option<u64>,
    /// `measured` on this platform's videos, or `assumed`.
    growth: &'static str,
}

/// Plays that do not count, by reason.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = LeftOutPlays)]
pub(crate) struct LeftOutView {
    machine: u64,
    repeat: u64,
    own_account: u64,
}

/// What an operator decided.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeDecision)]
pub(crate) struct DecisionView {
    /// `resume`, `compensate` or `void`.
    decision: &'static str,
    reason: String,
    /// Valid plays when it was decided.
    plays: u64,
    at: TimeView,
}

impl From<QuotedCreator> for QuoteView {
    fn from(quoted: QuotedCreator) -> Self {
        let QuotedCreator { creator, offer } = quoted;
        let reason = offer.as_ref().err().map(|reason| reason.code());
        let offer = offer.ok().map(OfferView::from);
        Self { creator_id: creator.into(), on_offer: offer.is_some(), reason, offer }
    }
}

impl From<OfferedGuarantee> for OfferView {
    fn from(offered: OfferedGuarantee) -> Self {
        let OfferedGuarantee { offer, fee, videos } = offered;
        Self {
            fixed_price: AmountView::new(offer.fixed_price, Asset::Cny),
            premium_permille: offer.premium_permille,
            fee: AmountView::new(fee, Asset::Cny),
            expected_plays: offer.expected_plays,
            low_plays: offer.low_plays,
            high_plays: offer.high_plays,
            loss_permille: offer.loss_permille,
            videos: videos.into_iter().map(QuotedVideoView::from).collect(),
        }
    }
}

impl From<QuotedVideo> for QuotedVideoView {
    fn from(video: QuotedVideo) -> Self {
        let QuotedVideo { video, external_id, published_at, plays } = video;
        Self { id: video.into(), external_id, published_at: published_at.into(), plays }
    }
}

impl From<PlacedGuarantees> for OrderView {
    fn from(placed: PlacedGuarantees) -> Self {
        let PlacedGuarantees { order, services } = placed;
        Self {
            id: order.id.into(),
            buyer_id: order.buyer.into(),
            fee: AmountView::new(order.fee, Asset::Cny),
            placed_at: order.placed_at.into(),
            services: services.iter().map(ServiceView::from).collect(),
        }
    }
}

impl From<&GuaranteeService> for ServiceView {
    fn from(service: &GuaranteeService) -> Self {
        let (state, terms) = (&service.state, &service.terms);
        let (lapses_at, published, ends_at, frozen_because) = match *state {
            ServiceState::Waiting { lapses_at } => (Some(lapses_at), None, None, None),
            ServiceState::Running { published_at, ends_at, .. } => (None, Some(published_at), Some(ends_at), None),
            ServiceState::Frozen { published_at, ends_at, cause, .. } => {
                (None, Some(published_at), Some(ends_at), Some(cause.code()))
            }
            _ => (None, None, None, None),
        };
        let plays = match *state {
            ServiceState::Succeeded { plays, .. } | ServiceState::Compensated { plays, .. } => Some(plays),
            _ => None,
        };
        Self {
            id: service.id.into(),
            order_id: service.order.into(),
            buyer_id: service.buyer.into(),
            creator_id: service.creator.into(),
            state: state.name(),
            fixed_price: AmountView::new(terms.fixed_price, Asset::Cny),
            premium_permille: terms.premium_permille,
            fee: AmountView::new(terms.fee, Asset::Cny),
            expected_plays: terms.expected_plays,
            placed_at: service.placed_at.into(),
            lapses_at: lapses_at.map(TimeView),
            video_id: state.video().map(CreatorVideoIdView::from),
            published_at: published.map(TimeView),
            ends_at: ends_at.map(TimeView),
            frozen_because,
            ended_at: state.ended_at().map(TimeView),
            plays,
            refund: refund(state),
        }
    }
}

fn refund(state: &ServiceState) -> Option<RefundView> {
    let (kind, refund) = state.refund()?;
    Some(RefundView {
        kind: kind.code(),
        amount: AmountView::new(refund.amount, Asset::Cny),
        promised_by: refund.promised.day.to_string(),
        calendar: refund.promised.certainty.code(),
        state: if refund.paid_at.is_some() { "paid" } else { "pending" },
        pay_at: refund.pay_at.into(),
        paid_at: refund.paid_at.map(TimeView),
    })
}

impl From<Seen> for DetailView {
    fn from(seen: Seen) -> Self {
        let Seen { service, videos, decisions, video: _, progress, help: (help_plays, help_cost) } = seen;
        let decisions = decisions.into_iter().map(|row| DecisionView {
            decision: row.decision.code(),
            reason: row.reason,
            plays: row.plays,
            at: row.at.into(),
        });
        Self {
            service: ServiceView::from(&service),
            progress: progress.map(ProgressView::from),
            quoted_videos: videos.into_iter().map(QuotedVideoView::from).collect(),
            decisions: decisions.collect(),
            help_plays,
            help_cost: AmountView::new(help_cost, Asset::Cny),
        }
    }
}

impl From<GuaranteeProgress> for ProgressView {
    fn from(progress: GuaranteeProgress) -> Self {
        let GuaranteeProgress { reading, expected_now, forecast, is_measured } = progress;
        let left_out = reading.map(|reading| reading.left_out);
        Self {
            plays: reading.map_or(0, PlaysReading::valid),
            left_out: left_out.map_or_else(LeftOutView::default, |left_out| LeftOutView {
                machine: left_out.machine,
                repeat: left_out.repeat,
                own_account: left_out.own_account,
            }),
            read_at: reading.map(|reading| reading.at.into()),
            expected_now,
            forecast,
            growth: if is_measured { "measured" } else { "assumed" },
        }
    }
}
