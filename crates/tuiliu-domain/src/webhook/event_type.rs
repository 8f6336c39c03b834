//! Types of events, as webhooks carry them.

macro_rules! event_types {
    ($($event_type:ident, $code:literal, $about:literal;)*) => {
        /// What an event says happened: one for each name of [`Event`](crate::event::Event).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WebhookEventType { $($event_type),* }

        impl WebhookEventType {
            /// Every type there is.
            pub const ALL: &[Self] = &[$(Self::$event_type),*];

            /// The type as it is sent; never renamed or reused.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$event_type => $code),* }
            }

            /// What it means, for the guide.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$event_type => $about),* }
            }
        }
    };
}

event_types! {
    BoostPlaced, "boost.placed", "An order was placed.";
    BoostPaid, "boost.paid", "An order was paid.";
    BoostToppedUp, "boost.topped_up", "Budget or time was added to a running order.";
    BoostClosed, "boost.closed", "An unpaid order was closed or canceled.";
    BoostReviewed, "boost.reviewed", "A verdict on an order's content was given.";
    BoostReserved, "boost.reserved", "An order waits for its broadcast to begin.";
    BoostReservationExpired, "boost.reservation_expired", "The broadcast did not begin in time; everything was given back.";
    BoostReservationInvalid, "boost.reservation_invalid", "The broadcast began in another way than was ordered for; everything was given back.";
    BoostStarted, "boost.started", "Delivery began.";
    BoostPaused, "boost.paused", "Delivery pauses: the stream is interrupted, or changed content is looked at again.";
    BoostBidChanged, "boost.bid_changed", "The buyer changed the bid.";
    BoostGuaranteePaid, "boost.guarantee_paid", "A cost guarantee was paid.";
    BoostResumed, "boost.resumed", "Delivery goes on.";
    BoostExhausted, "boost.exhausted", "The budget is used up.";
    BoostGuardRuleFired, "boost.guard_rule_fired", "A rule of the buyer stopped delivery.";
    BoostEnded, "boost.ended", "Delivery ended; results under way still count.";
    BoostUndone, "boost.undone", "An order ended before anything was delivered; everything was given back.";
    BoostSettled, "boost.settled", "An order has its final figures; what was not used went back where it came from.";
    CouponGranted, "coupon.granted", "A coupon was granted.";
    CouponSplit, "coupon.split", "A coupon was split off another.";
    CouponReturned, "coupon.returned", "What an order left of a coupon came back as a new one.";
    CouponExpiring, "coupon.expiring", "A coupon with value left ends within three days.";
    CouponExpired, "coupon.expired", "A coupon's time is over.";
    CouponRecalled, "coupon.recalled", "What was left of a coupon was taken back.";
    RoomPlanned, "room.planned", "A broadcast was planned.";
    RoomLive, "room.live", "A room is live.";
    RoomInterrupted, "room.interrupted", "A stream was interrupted.";
    RoomResumed, "room.resumed", "An interrupted stream goes on.";
    RoomOffline, "room.offline", "A broadcast is over.";
    RoomCartMounted, "room.cart_mounted", "A cart was mounted.";
    RoomCartUnmounted, "room.cart_unmounted", "A cart was taken off.";
    RoomContentChanged, "room.content_changed", "What a room shows changed.";
    VideoRegistered, "video.registered", "A video was told of.";
    VideoPublished, "video.published", "A video came out.";
    VideoRemoved, "video.removed", "A video was removed.";
    VideoContentChanged, "video.content_changed", "What a video shows changed.";
    WalletToppedUp, "wallet.topped_up", "A top-up arrived.";
    WalletLow, "wallet.low", "After a payment a wallet holds less than the policy calls low.";
    WalletPaymentFailed, "wallet.payment_failed", "A top-up was not paid: the provider said no.";
    WalletPaymentExpired, "wallet.payment_expired", "A top-up was not paid in time.";
    WalletPaymentSuspended, "wallet.payment_suspended", "Money came in another amount or currency than was asked for; somebody must look at it.";
    WalletRefundRequested, "wallet.refund_requested", "A refund of a top-up is on its way.";
    WalletUnspentRefundDecided, "wallet.unspent_refund_decided", "Staff decided to give unspent money back.";
    RefundSucceeded, "refund.succeeded", "Money of a top-up is back with whoever paid it.";
    WalletRefundFailed, "wallet.refund_failed", "A refund failed; its value is back in the wallet.";
    WalletBeansGiven, "wallet.beans_given", "Beans were given.";
    WalletBeansExpired, "wallet.beans_expired", "The time of given beans is over.";
    WalletWithdrawalRequested, "wallet.withdrawal_requested", "A withdrawal was asked for; its money is held.";
    WalletWithdrawalApproved, "wallet.withdrawal_approved", "A withdrawal was approved by everybody who has to.";
    WalletWithdrawalRefused, "wallet.withdrawal_refused", "A withdrawal was refused; its money is in the wallet again.";
    WalletWithdrawalPaid, "wallet.withdrawal_paid", "A withdrawal was paid.";
    WalletWithdrawalFailed, "wallet.withdrawal_failed", "The provider could not pay a withdrawal; its money is in the wallet again.";
    WalletFrozen, "wallet.frozen", "A wallet was frozen.";
    WalletUnfrozen, "wallet.unfrozen", "A wallet may pay again.";
    GuaranteePlaced, "guarantee.placed", "A guarantee was bought.";
    GuaranteeStarted, "guarantee.started", "The guaranteed video came out; its time runs.";
    GuaranteeFrozen, "guarantee.frozen", "A guarantee is frozen until somebody decides.";
    GuaranteeDecided, "guarantee.decided", "A frozen guarantee was decided on.";
    GuaranteeSucceeded, "guarantee.succeeded", "The promised plays came.";
    GuaranteeCompensated, "guarantee.compensated", "Fewer plays came than were promised; the shortfall is paid back.";
    GuaranteeLapsed, "guarantee.lapsed", "The video did not come out in time; the fee is paid back.";
    GuaranteeVoided, "guarantee.voided", "A guarantee ended for a fault; the fee is paid back.";
    GuaranteeRefunded, "guarantee.refunded", "Money of a guarantee is back with its buyer.";
    IncentiveApplicationDecided, "incentive.application_decided", "An application to a programme was decided on.";
    IncentiveRewarded, "incentive.rewarded", "A task of a programme was rewarded.";
    IncentiveMeasureTaken, "incentive.measure_taken", "A measure against abuse was taken.";
    IncentiveMeasureLifted, "incentive.measure_lifted", "A measure against abuse was lifted.";
    AppealFiled, "appeal.filed", "An appeal was filed.";
    AppealDecided, "appeal.decided", "An appeal was answered.";
}

impl WebhookEventType {
    /// The type with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event_type| event_type.code() == code)
    }
}
