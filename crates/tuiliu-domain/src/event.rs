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
use crate::money::{Amount, Asset, Price};
use crate::promotion::{
    Bidding, ClosedBy, Ending, Goal, GuardRule, InvalidReason, OrderSource, PauseReasons, ReviewStage, SourceSettled,
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
        bidding: Bidding,
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

macro_rules! told {
    ($($event:ident, $name:literal, $subject:ident, $id:ident;)*) => {
        impl Event {
            /// The name that webhooks carry; never renamed or reused.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$event { .. } => $name,)*
                }
            }

            /// What the event is about.
            #[must_use]
            pub const fn subject(&self) -> Subject {
                match self {
                    $(Self::$event { $id, .. } => Subject::$subject(*$id),)*
                }
            }
        }
    };
}

// How each event is told: its name, and what it is about. A new one is a type of `webhook` too.
told! {
    OrderPlaced, "boost.placed", Order, order;
    OrderPaid, "boost.paid", Order, order;
    OrderToppedUp, "boost.topped_up", Order, order;
    OrderClosed, "boost.closed", Order, order;
    OrderReviewed, "boost.reviewed", Order, order;
    OrderReserved, "boost.reserved", Order, order;
    ReservationExpired, "boost.reservation_expired", Order, order;
    ReservationInvalidated, "boost.reservation_invalid", Order, order;
    DeliveryStarted, "boost.started", Order, order;
    DeliveryPaused, "boost.paused", Order, order;
    BidChanged, "boost.bid_changed", Order, order;
    GuaranteePaid, "boost.guarantee_paid", Order, order;
    DeliveryResumed, "boost.resumed", Order, order;
    BudgetExhausted, "boost.exhausted", Order, order;
    GuardRuleFired, "boost.guard_rule_fired", Order, order;
    DeliveryEnded, "boost.ended", Order, order;
    OrderUndone, "boost.undone", Order, order;
    OrderSettled, "boost.settled", Order, order;
    CouponGranted, "coupon.granted", Coupon, lot;
    CouponSplit, "coupon.split", Coupon, from;
    CouponReturned, "coupon.returned", Coupon, from;
    CouponExpiring, "coupon.expiring", Coupon, lot;
    CouponExpired, "coupon.expired", Coupon, lot;
    CouponRecalled, "coupon.recalled", Coupon, lot;
    RoomPlanned, "room.planned", Room, room;
    RoomStarted, "room.live", Room, room;
    RoomInterrupted, "room.interrupted", Room, room;
    RoomResumed, "room.resumed", Room, room;
    RoomEnded, "room.offline", Room, room;
    RoomCartMounted, "room.cart_mounted", Room, room;
    RoomCartUnmounted, "room.cart_unmounted", Room, room;
    RoomContentChanged, "room.content_changed", Room, room;
    VideoRegistered, "video.registered", Video, video;
    VideoPublished, "video.published", Video, video;
    VideoRemoved, "video.removed", Video, video;
    VideoContentChanged, "video.content_changed", Video, video;
    WalletToppedUp, "wallet.topped_up", Wallet, party;
    PaymentFailed, "wallet.payment_failed", Wallet, party;
    PaymentExpired, "wallet.payment_expired", Wallet, party;
    PaymentSuspended, "wallet.payment_suspended", Wallet, party;
    TopUpRefundRequested, "wallet.refund_requested", Wallet, party;
    UnspentRefundDecided, "wallet.unspent_refund_decided", Wallet, party;
    TopUpRefunded, "refund.succeeded", Wallet, party;
    TopUpRefundFailed, "wallet.refund_failed", Wallet, party;
    BeansGiven, "wallet.beans_given", Wallet, party;
    BeansExpired, "wallet.beans_expired", Wallet, party;
    WithdrawalRequested, "wallet.withdrawal_requested", Wallet, party;
    WithdrawalApproved, "wallet.withdrawal_approved", Wallet, party;
    WithdrawalRefused, "wallet.withdrawal_refused", Wallet, party;
    WithdrawalPaid, "wallet.withdrawal_paid", Wallet, party;
    WithdrawalFailed, "wallet.withdrawal_failed", Wallet, party;
    WalletLow, "wallet.low", Wallet, party;
    WalletFrozen, "wallet.frozen", Wallet, party;
    WalletUnfrozen, "wallet.unfrozen", Wallet, party;
    GuaranteePlaced, "guarantee.placed", Guarantee, service;
    GuaranteeStarted, "guarantee.started", Guarantee, service;
    GuaranteeFrozen, "guarantee.frozen", Guarantee, service;
    GuaranteeDecided, "guarantee.decided", Guarantee, service;
    GuaranteeSucceeded, "guarantee.succeeded", Guarantee, service;
    GuaranteeCompensated, "guarantee.compensated", Guarantee, service;
    GuaranteeLapsed, "guarantee.lapsed", Guarantee, service;
    GuaranteeVoided, "guarantee.voided", Guarantee, service;
    GuaranteeRefunded, "guarantee.refunded", Guarantee, service;
    IncentiveApplicationDecided, "incentive.application_decided", Account, party;
    IncentiveRewarded, "incentive.rewarded", Account, party;
    IncentiveMeasureTaken, "incentive.measure_taken", Account, party;
    IncentiveMeasureLifted, "incentive.measure_lifted", Account, party;
    AppealFiled, "appeal.filed", Account, party;
    AppealDecided, "appeal.decided", Account, party;
}
