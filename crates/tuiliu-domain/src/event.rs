//! What happened: facts in the past tense, told to subscribers and webhooks after they are saved.

use crate::appeal::{AppealState, AppealSubject};
use crate::calendar::Promise;
use crate::coupon::CouponKind;
use crate::guarantee::{Decision, FreezeCause};
use crate::id::{
    AppealId, ContentId, CreatorVideoId, GuaranteeOrderId, GuaranteeServiceId, IncentiveApplicationId,
    IncentiveMeasureId, IncentiveRewardId, LotId, PartyId, PaymentId, PaymentRefundId, PromotionOrderId, RoomId,
    VideoId, WithdrawalId,
};
use crate::incentive::{AbuseReason, ApplicationState};
use crate::ledger::LedgerCommand;
use crate::money::{Amount, Asset, Micros, Price};
use crate::promotion::{
    ClosedBy, Ending, Goal, GuardRule, InvalidReason, OrderSource, PauseReasons, ReviewStage, SourceSettled,
};
use crate::review::Verdict;
use crate::time::Timestamp;

/// What a command decided; the shell saves all of it, or none.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<T> {
    pub state: T,
    pub postings: Vec<LedgerCommand>,
    pub events: Vec<Event>,
}

impl<T> Outcome<T> {
    /// What happens next to the state, after what has happened.
    pub fn then(self, next: impl FnOnce(T) -> Self) -> Self {
        let Self { state, mut postings, mut events } = self;
        let after = next(state);
        postings.extend(after.postings);
        events.extend(after.events);
        Self { state: after.state, postings, events }
    }

    /// The same outcome for another state.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        Outcome { state: change(self.state), postings: self.postings, events: self.events }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    OrderPlaced {
        order: PromotionOrderId,
        content: ContentId,
        payer: PartyId,
        goal: Goal,
        currency: Asset,
        budget: Price,
        close_at: Timestamp,
    },
    OrderPaid {
        order: PromotionOrderId,
        payer: PartyId,
        currency: Asset,
        price: Price,
        sources: Vec<OrderSource>,
    },
    OrderToppedUp {
        order: PromotionOrderId,
        currency: Asset,
        price: Price,
        duration_ms: i64,
        sources: Vec<OrderSource>,
    },
    OrderClosed {
        order: PromotionOrderId,
        by: ClosedBy,
    },
    OrderReviewed {
        order: PromotionOrderId,
        stage: Option<ReviewStage>,
        verdict: Verdict,
    },
    OrderReserved {
        order: PromotionOrderId,
        expires_at: Timestamp,
    },
    ReservationExpired {
        order: PromotionOrderId,
    },
    ReservationInvalidated {
        order: PromotionOrderId,
        reason: InvalidReason,
    },
    DeliveryStarted {
        order: PromotionOrderId,
        content: ContentId,
        ends_at: Timestamp,
    },
    DeliveryPaused {
        order: PromotionOrderId,
        reasons: PauseReasons,
    },
    BidChanged {
        order: PromotionOrderId,
        bid: Micros,
    },
    /// A cost guarantee was missed and paid, in fen (QB-19).
    GuaranteePaid {
        order: PromotionOrderId,
        payer: PartyId,
        amount: Amount,
    },
    DeliveryResumed {
        order: PromotionOrderId,
    },
    BudgetExhausted {
        order: PromotionOrderId,
    },
    GuardRuleFired {
        order: PromotionOrderId,
        rule: GuardRule,
    },
    /// Nothing is shown any more; settled by `deadline` at the latest.
    DeliveryEnded {
        order: PromotionOrderId,
        ending: Ending,
        deadline: Timestamp,
    },
    /// The order never ran and everything is back.
    OrderUndone {
        order: PromotionOrderId,
        ending: Ending,
    },
    /// What was not used is back; per source `used + returned + burnt = paid` (TP-19).
    OrderSettled {
        order: PromotionOrderId,
        ending: Ending,
        sources: Vec<SourceSettled>,
    },
    CouponGranted {
        lot: LotId,
        owner: PartyId,
        kind: CouponKind,
        points: Amount,
        valid_to: Timestamp,
    },
    CouponSplit {
        from: LotId,
        into: LotId,
        owner: PartyId,
        points: Amount,
    },
    CouponReturned {
        order: PromotionOrderId,
        owner: PartyId,
        from: LotId,
        into: LotId,
        points: Amount,
    },
    /// What is left of it ends soon.
    CouponExpiring {
        lot: LotId,
        owner: PartyId,
        points: Amount,
        valid_to: Timestamp,
    },
    CouponExpired {
        lot: LotId,
        owner: PartyId,
        points: Amount,
    },
    CouponRecalled {
        lot: LotId,
        owner: PartyId,
        points: Amount,
    },
    RoomPlanned {
        room: RoomId,
        creator: PartyId,
    },
    RoomStarted {
        room: RoomId,
        at: Timestamp,
    },
    RoomInterrupted {
        room: RoomId,
        at: Timestamp,
        ends_at: Timestamp,
    },
    RoomResumed {
        room: RoomId,
        at: Timestamp,
    },
    RoomEnded {
        room: RoomId,
        at: Timestamp,
    },
    RoomCartMounted {
        room: RoomId,
        at: Timestamp,
    },
    RoomCartUnmounted {
        room: RoomId,
        at: Timestamp,
    },
    RoomContentChanged {
        room: RoomId,
        at: Timestamp,
        content_version: u32,
    },
    VideoRegistered {
        video: VideoId,
        creator: PartyId,
    },
    VideoPublished {
        video: VideoId,
        at: Timestamp,
    },
    VideoRemoved {
        video: VideoId,
        at: Timestamp,
    },
    VideoContentChanged {
        video: VideoId,
        content_version: u32,
    },
    /// So much came for `paid` fen (TP-25).
    WalletToppedUp {
        party: PartyId,
        payment: PaymentId,
        asset: Asset,
        amount: Amount,
        paid: Amount,
    },
    PaymentFailed {
        party: PartyId,
        payment: PaymentId,
    },
    PaymentExpired {
        party: PartyId,
        payment: PaymentId,
    },
    /// Money came that is not what was asked for; it is nobody's until somebody looked.
    PaymentSuspended {
        party: PartyId,
        payment: PaymentId,
        expected: Amount,
        received: Amount,
        currency: String,
    },
    /// Value left the wallet and its money is on the way back.
    TopUpRefundRequested {
        party: PartyId,
        payment: PaymentId,
        refund: PaymentRefundId,
        asset: Asset,
        amount: Amount,
        paid: Amount,
    },
    /// Staff decided that unspent value of a banned or frozen account goes back (QB-15); its refunds are told by
    /// themselves.
    UnspentRefundDecided {
        party: PartyId,
        by: PartyId,
        asset: Asset,
        amount: Amount,
        reason: String,
    },
    TopUpRefunded {
        party: PartyId,
        payment: PaymentId,
        refund: PaymentRefundId,
        paid: Amount,
    },
    /// The provider could not give the money back; the value is in the wallet again.
    TopUpRefundFailed {
        party: PartyId,
        payment: PaymentId,
        refund: PaymentRefundId,
        asset: Asset,
        amount: Amount,
    },
    /// In 1/100 bean.
    BeansGiven {
        party: PartyId,
        lot: LotId,
        beans: Amount,
        valid_to: Option<Timestamp>,
    },
    /// In 1/100 bean.
    BeansExpired {
        party: PartyId,
        lot: LotId,
        beans: Amount,
    },
    /// In fen; held until it is paid, or back in the wallet (QB-16).
    WithdrawalRequested {
        party: PartyId,
        withdrawal: WithdrawalId,
        amount: Amount,
    },
    /// By the last of those who have to approve.
    WithdrawalApproved {
        party: PartyId,
        withdrawal: WithdrawalId,
        by: PartyId,
    },
    WithdrawalRefused {
        party: PartyId,
        withdrawal: WithdrawalId,
        by: PartyId,
        reason: String,
    },
    WithdrawalPaid {
        party: PartyId,
        withdrawal: WithdrawalId,
        amount: Amount,
    },
    /// The provider could not pay it; the money is in the wallet again.
    WithdrawalFailed {
        party: PartyId,
        withdrawal: WithdrawalId,
        amount: Amount,
    },
    /// A payment left less in it than the policy calls low.
    WalletLow {
        party: PartyId,
        asset: Asset,
        left: Amount,
    },
    WalletFrozen {
        party: PartyId,
    },
    WalletUnfrozen {
        party: PartyId,
    },
    /// A guarantee was paid; the creator has until `lapses_at` to publish (GB-01, GB-08).
    GuaranteePlaced {
        service: GuaranteeServiceId,
        order: GuaranteeOrderId,
        buyer: PartyId,
        creator: PartyId,
        fee: Amount,
        expected_plays: u64,
        lapses_at: Timestamp,
    },
    GuaranteeStarted {
        service: GuaranteeServiceId,
        video: CreatorVideoId,
        published_at: Timestamp,
        ends_at: Timestamp,
    },
    GuaranteeFrozen {
        service: GuaranteeServiceId,
        cause: FreezeCause,
    },
    GuaranteeDecided {
        service: GuaranteeServiceId,
        decision: Decision,
    },
    GuaranteeSucceeded {
        service: GuaranteeServiceId,
        plays: u64,
    },
    GuaranteeCompensated {
        service: GuaranteeServiceId,
        plays: u64,
        compensation: Amount,
        promised: Promise,
    },
    GuaranteeLapsed {
        service: GuaranteeServiceId,
        refund: Amount,
        promised: Promise,
    },
    GuaranteeVoided {
        service: GuaranteeServiceId,
        refund: Amount,
        promised: Promise,
    },
    /// What was promised back is in the buyer's wallet.
    GuaranteeRefunded {
        service: GuaranteeServiceId,
        buyer: PartyId,
        amount: Amount,
    },
    IncentiveApplicationDecided {
        application: IncentiveApplicationId,
        party: PartyId,
        state: ApplicationState,
    },
    /// In points, over all coupons.
    IncentiveRewarded {
        reward: IncentiveRewardId,
        party: PartyId,
        points: i64,
        coupons: u32,
    },
    IncentiveMeasureTaken {
        measure: IncentiveMeasureId,
        party: PartyId,
        reason: AbuseReason,
    },
    IncentiveMeasureLifted {
        measure: IncentiveMeasureId,
        party: PartyId,
    },
    AppealFiled {
        appeal: AppealId,
        party: PartyId,
        subject: AppealSubject,
    },
    AppealDecided {
        appeal: AppealId,
        party: PartyId,
        subject: AppealSubject,
        state: AppealState,
    },
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    Order(PromotionOrderId),
    Coupon(LotId),
    Room(RoomId),
    Video(VideoId),
    Wallet(PartyId),
    Guarantee(GuaranteeServiceId),
    /// An account, in what is not its wallet.
    Account(PartyId),
}

impl Event {
    /// The name that webhooks carry; never renamed or reused.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OrderPlaced { .. } => "boost.placed",
            Self::OrderPaid { .. } => "boost.paid",
            Self::OrderToppedUp { .. } => "boost.topped_up",
            Self::OrderClosed { .. } => "boost.closed",
            Self::OrderReviewed { .. } => "boost.reviewed",
            Self::OrderReserved { .. } => "boost.reserved",
            Self::ReservationExpired { .. } => "boost.reservation_expired",
            Self::ReservationInvalidated { .. } => "boost.reservation_invalid",
            Self::DeliveryStarted { .. } => "boost.started",
            Self::DeliveryPaused { .. } => "boost.paused",
            Self::BidChanged { .. } => "boost.bid_changed",
            Self::GuaranteePaid { .. } => "boost.guarantee_paid",
            Self::DeliveryResumed { .. } => "boost.resumed",
            Self::BudgetExhausted { .. } => "boost.exhausted",
            Self::GuardRuleFired { .. } => "boost.guard_rule_fired",
            Self::DeliveryEnded { .. } => "boost.ended",
            Self::OrderUndone { .. } => "boost.undone",
            Self::OrderSettled { .. } => "boost.settled",
            Self::CouponGranted { .. } => "coupon.granted",
            Self::CouponSplit { .. } => "coupon.split",
            Self::CouponReturned { .. } => "coupon.returned",
            Self::CouponExpiring { .. } => "coupon.expiring",
            Self::CouponExpired { .. } => "coupon.expired",
            Self::CouponRecalled { .. } => "coupon.recalled",
            Self::RoomPlanned { .. } => "room.planned",
            Self::RoomStarted { .. } => "room.live",
            Self::RoomInterrupted { .. } => "room.interrupted",
            Self::RoomResumed { .. } => "room.resumed",
            Self::RoomEnded { .. } => "room.offline",
            Self::RoomCartMounted { .. } => "room.cart_mounted",
            Self::RoomCartUnmounted { .. } => "room.cart_unmounted",
            Self::RoomContentChanged { .. } => "room.content_changed",
            Self::VideoRegistered { .. } => "video.registered",
            Self::VideoPublished { .. } => "video.published",
            Self::VideoRemoved { .. } => "video.removed",
            Self::VideoContentChanged { .. } => "video.content_changed",
            Self::WalletToppedUp { .. } => "wallet.topped_up",
            Self::PaymentFailed { .. } => "wallet.payment_failed",
            Self::PaymentExpired { .. } => "wallet.payment_expired",
            Self::PaymentSuspended { .. } => "wallet.payment_suspended",
            Self::TopUpRefundRequested { .. } => "wallet.refund_requested",
            Self::UnspentRefundDecided { .. } => "wallet.unspent_refund_decided",
            Self::TopUpRefunded { .. } => "refund.succeeded",
            Self::TopUpRefundFailed { .. } => "wallet.refund_failed",
            Self::BeansGiven { .. } => "wallet.beans_given",
            Self::BeansExpired { .. } => "wallet.beans_expired",
            Self::WithdrawalRequested { .. } => "wallet.withdrawal_requested",
            Self::WithdrawalApproved { .. } => "wallet.withdrawal_approved",
            Self::WithdrawalRefused { .. } => "wallet.withdrawal_refused",
            Self::WithdrawalPaid { .. } => "wallet.withdrawal_paid",
            Self::WithdrawalFailed { .. } => "wallet.withdrawal_failed",
            Self::WalletLow { .. } => "wallet.low",
            Self::WalletFrozen { .. } => "wallet.frozen",
            Self::WalletUnfrozen { .. } => "wallet.unfrozen",
            Self::GuaranteePlaced { .. } => "guarantee.placed",
            Self::GuaranteeStarted { .. } => "guarantee.started",
            Self::GuaranteeFrozen { .. } => "guarantee.frozen",
            Self::GuaranteeDecided { .. } => "guarantee.decided",
            Self::GuaranteeSucceeded { .. } => "guarantee.succeeded",
            Self::GuaranteeCompensated { .. } => "guarantee.compensated",
            Self::GuaranteeLapsed { .. } => "guarantee.lapsed",
            Self::GuaranteeVoided { .. } => "guarantee.voided",
            Self::GuaranteeRefunded { .. } => "guarantee.refunded",
            Self::IncentiveApplicationDecided { .. } => "incentive.application_decided",
            Self::IncentiveRewarded { .. } => "incentive.rewarded",
            Self::IncentiveMeasureTaken { .. } => "incentive.measure_taken",
            Self::IncentiveMeasureLifted { .. } => "incentive.measure_lifted",
            Self::AppealFiled { .. } => "appeal.filed",
            Self::AppealDecided { .. } => "appeal.decided",
        }
    }

    /// What the event is about.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        match self {
            Self::OrderPlaced { order, .. }
            | Self::OrderPaid { order, .. }
            | Self::OrderToppedUp { order, .. }
            | Self::OrderClosed { order, .. }
            | Self::OrderReviewed { order, .. }
            | Self::OrderReserved { order, .. }
            | Self::ReservationExpired { order }
            | Self::ReservationInvalidated { order, .. }
            | Self::DeliveryStarted { order, .. }
            | Self::DeliveryPaused { order, .. }
            | Self::BidChanged { order, .. }
            | Self::GuaranteePaid { order, .. }
            | Self::DeliveryResumed { order }
            | Self::BudgetExhausted { order }
            | Self::GuardRuleFired { order, .. }
            | Self::DeliveryEnded { order, .. }
            | Self::OrderUndone { order, .. }
            | Self::OrderSettled { order, .. } => Subject::Order(*order),
            Self::CouponGranted { lot, .. }
            | Self::CouponSplit { from: lot, .. }
            | Self::CouponReturned { from: lot, .. }
            | Self::CouponExpiring { lot, .. }
            | Self::CouponExpired { lot, .. }
            | Self::CouponRecalled { lot, .. } => Subject::Coupon(*lot),
            Self::RoomPlanned { room, .. }
            | Self::RoomStarted { room, .. }
            | Self::RoomInterrupted { room, .. }
            | Self::RoomResumed { room, .. }
            | Self::RoomEnded { room, .. }
            | Self::RoomCartMounted { room, .. }
            | Self::RoomCartUnmounted { room, .. }
            | Self::RoomContentChanged { room, .. } => Subject::Room(*room),
            Self::VideoRegistered { video, .. }
            | Self::VideoPublished { video, .. }
            | Self::VideoRemoved { video, .. }
            | Self::VideoContentChanged { video, .. } => Subject::Video(*video),
            Self::WalletToppedUp { party, .. }
            | Self::PaymentFailed { party, .. }
            | Self::PaymentExpired { party, .. }
            | Self::PaymentSuspended { party, .. }
            | Self::TopUpRefundRequested { party, .. }
            | Self::UnspentRefundDecided { party, .. }
            | Self::TopUpRefunded { party, .. }
            | Self::TopUpRefundFailed { party, .. }
            | Self::BeansGiven { party, .. }
            | Self::BeansExpired { party, .. }
            | Self::WithdrawalRequested { party, .. }
            | Self::WithdrawalApproved { party, .. }
            | Self::WithdrawalRefused { party, .. }
            | Self::WithdrawalPaid { party, .. }
            | Self::WithdrawalFailed { party, .. }
            | Self::WalletLow { party, .. }
            | Self::WalletFrozen { party }
            | Self::WalletUnfrozen { party } => Subject::Wallet(*party),
            Self::GuaranteePlaced { service, .. }
            | Self::GuaranteeStarted { service, .. }
            | Self::GuaranteeFrozen { service, .. }
            | Self::GuaranteeDecided { service, .. }
            | Self::GuaranteeSucceeded { service, .. }
            | Self::GuaranteeCompensated { service, .. }
            | Self::GuaranteeLapsed { service, .. }
            | Self::GuaranteeVoided { service, .. }
            | Self::GuaranteeRefunded { service, .. } => Subject::Guarantee(*service),
            Self::IncentiveApplicationDecided { party, .. }
            | Self::IncentiveRewarded { party, .. }
            | Self::IncentiveMeasureTaken { party, .. }
            | Self::IncentiveMeasureLifted { party, .. }
            | Self::AppealFiled { party, .. }
            | Self::AppealDecided { party, .. } => Subject::Account(*party),
        }
    }
}
