//! What the refusals of this column mean to a client: every one has its own code.

use std::fmt::Display;

use tuiliu_app::promotion::{
    EndRefusal, OrderAgainRefusal, OrderPaymentRefusal, PayRefusal, PaymentPlanRefusal, PlaceRefusal, TopUpRefusal,
};
use tuiliu_domain::coupon::PlanPaymentError;
use tuiliu_domain::ledger::LedgerRefusal;
use tuiliu_domain::promotion::{
    AudienceError, CloseOrderError, EndOrderError, OrderAgainError, PayOrderError, PlaceOrderError, SettleOrderError,
    TopUpOrderError,
};

use crate::code::Code;
use crate::problem::Problem;

fn told(code: Code, refusal: impl Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

/// The code of a refusal to place an order.
pub(crate) const fn place_code(refusal: &PlaceOrderError) -> Code {
    match refusal {
        PlaceOrderError::OtherTenant => Code::BoostContentNotFound,
        PlaceOrderError::RoomEnded => Code::BoostRoomEnded,
        PlaceOrderError::RoomNotLive => Code::BoostRoomNotLive,
        PlaceOrderError::VideoNotOut { .. } => Code::BoostVideoNotOut,
        PlaceOrderError::GoalNotOffered { .. } => Code::BoostGoalNotOffered,
        PlaceOrderError::BiddingNotOffered { .. } => Code::BoostBiddingNotOffered,
        PlaceOrderError::BudgetNotInSteps { .. } => Code::BoostBudgetNotInSteps,
        PlaceOrderError::NoPreviousBroadcast => Code::BoostNoPreviousBroadcast,
        PlaceOrderError::CartUnlikePrevious => Code::BoostCartUnlikePrevious,
        PlaceOrderError::GoalNeedsCart { .. } => Code::BoostGoalNeedsCart,
        PlaceOrderError::BidRequired => Code::BoostBidRequired,
        PlaceOrderError::BidNotAllowed => Code::BoostBidNotAllowed,
        PlaceOrderError::BidOutOfRange { .. } => Code::BoostBidOutOfRange,
        PlaceOrderError::CostCapOutOfRange { .. } => Code::BoostCostCapOutOfRange,
        PlaceOrderError::RoiGoalOutOfRange { .. } => Code::BoostRoiGoalOutOfRange,
        PlaceOrderError::BudgetOutOfRange { .. } => Code::BoostBudgetOutOfRange,
        PlaceOrderError::DurationNotOffered { .. } => Code::BoostDurationNotOffered,
        PlaceOrderError::PlacementNotOffered { .. } => Code::BoostPlacementNotOffered,
        PlaceOrderError::TooManyGuardRules { .. } => Code::BoostTooManyGuardRules,
        PlaceOrderError::BadGuardRule(_) => Code::BoostGuardRuleInvalid,
    }
}

impl From<PlaceOrderError> for Problem {
    fn from(refusal: PlaceOrderError) -> Self {
        told(place_code(&refusal), refusal)
    }
}

impl From<PlaceRefusal> for Problem {
    fn from(refusal: PlaceRefusal) -> Self {
        match refusal {
            PlaceRefusal::Order(refusal) => refusal.into(),
            PlaceRefusal::NoContent => told(Code::BoostContentNotFound, refusal),
            PlaceRefusal::NoPayer => told(Code::BoostPayerNotFound, refusal),
            PlaceRefusal::Banned => told(Code::BoostPayerBanned, refusal),
            PlaceRefusal::AudienceTooComplex => told(Code::BoostAudienceTooComplex, refusal),
        }
    }
}

impl From<AudienceError> for Problem {
    fn from(refusal: AudienceError) -> Self {
        match refusal {
            AudienceError::TooDeep { .. } | AudienceError::TooManyLeaves { .. } => {
                told(Code::BoostAudienceTooComplex, refusal)
            }
            AudienceError::EmptyBranch
            | AudienceError::BadValue { .. }
            | AudienceError::Malformed { .. }
            | AudienceError::UnknownLeaf { .. } => told(Code::BoostAudienceInvalid, refusal),
        }
    }
}

impl From<OrderAgainRefusal> for Problem {
    fn from(refusal: OrderAgainRefusal) -> Self {
        match refusal {
            OrderAgainRefusal::Again(refusal) => refusal.into(),
            OrderAgainRefusal::Place(refusal) => refusal.into(),
        }
    }
}

impl From<OrderAgainError> for Problem {
    fn from(refusal: OrderAgainError) -> Self {
        match refusal {
            OrderAgainError::CartMissing => told(Code::BoostAgainCartMissing, refusal),
            OrderAgainError::CartMounted => told(Code::BoostAgainCartMounted, refusal),
            OrderAgainError::Content(refusal) => refusal.into(),
        }
    }
}

impl From<PayRefusal> for Problem {
    fn from(refusal: PayRefusal) -> Self {
        match refusal {
            PayRefusal::Order(refusal) => refusal.into(),
            PayRefusal::Plan(refusal) => refusal.into(),
            PayRefusal::Ledger(refusal) => of_ledger(&refusal),
        }
    }
}

impl From<PaymentPlanRefusal> for Problem {
    fn from(refusal: PaymentPlanRefusal) -> Self {
        match refusal {
            PaymentPlanRefusal::NoContent => told(Code::BoostContentNotFound, refusal),
            PaymentPlanRefusal::WrongCurrency { .. } => {
                Self::new(Code::RequestInvalidAmount).with_error("/price/currency", format!("failed to {refusal}"))
            }
            PaymentPlanRefusal::Plan(refusal) => refusal.into(),
        }
    }
}

impl From<OrderPaymentRefusal> for Problem {
    fn from(refusal: OrderPaymentRefusal) -> Self {
        match refusal {
            OrderPaymentRefusal::Order(refusal) => refusal.into(),
            OrderPaymentRefusal::Start(refusal) => told(Code::RequestInvalidAmount, refusal),
            OrderPaymentRefusal::NoProvider => Self::new(Code::PaymentNoProvider),
            OrderPaymentRefusal::Banned => told(Code::WalletPartyBanned, refusal),
        }
    }
}

impl From<PayOrderError> for Problem {
    fn from(refusal: PayOrderError) -> Self {
        let code = match &refusal {
            PayOrderError::WrongState { .. } => Code::BoostWrongState,
            PayOrderError::TooLate { .. } => Code::BoostPaymentTooLate,
            PayOrderError::NotForMoney => Code::BoostNotForMoney,
            PayOrderError::RoomEnded => Code::BoostRoomEnded,
            PayOrderError::VideoNotOut { .. } => Code::BoostVideoNotOut,
            PayOrderError::CartChanged { .. } => Code::BoostCartChanged,
            PayOrderError::PriceMismatch { .. } => Code::BoostPriceMismatch,
            PayOrderError::TooManySources { .. } => Code::BoostTooManySources,
            PayOrderError::BadSource => Code::BoostSourceInvalid,
            PayOrderError::OffsetTooLarge { .. } => Code::BoostOffsetTooLarge,
        };
        told(code, refusal)
    }
}

/// The code of a refusal to pay from what there is.
pub(super) const fn plan_code(refusal: &PlanPaymentError) -> Code {
    match refusal {
        PlanPaymentError::WalletFrozen => Code::WalletFrozen,
        PlanPaymentError::UnknownCoupon { .. } => Code::BoostCouponUnknown,
        PlanPaymentError::RepeatedCoupon { .. } => Code::BoostCouponRepeated,
        PlanPaymentError::CouponNotValid { .. } => Code::CouponNotValid,
        PlanPaymentError::CouponEmpty { .. } => Code::BoostCouponEmpty,
        PlanPaymentError::CouponDoesNotFit { .. } => Code::BoostCouponDoesNotFit,
        PlanPaymentError::CreditScoreTooLow { .. } => Code::BoostCreditScoreTooLow,
        PlanPaymentError::GrowthCardTooLarge { .. } => Code::BoostGrowthCardTooLarge,
        PlanPaymentError::InsufficientFunds { .. } => Code::BoostInsufficientFunds,
        PlanPaymentError::TooManySources { .. } => Code::BoostTooManySources,
    }
}

impl From<PlanPaymentError> for Problem {
    fn from(refusal: PlanPaymentError) -> Self {
        told(plan_code(&refusal), refusal)
    }
}

/// The plan is made from the books in the same transaction, so most of these can only be a bug.
fn of_ledger(refusal: &LedgerRefusal) -> Problem {
    let code = match refusal {
        LedgerRefusal::InsufficientFunds { .. } => Code::BoostInsufficientFunds,
        LedgerRefusal::Frozen { .. } => Code::WalletFrozen,
        LedgerRefusal::OutsideValidity { .. } => Code::CouponNotValid,
        LedgerRefusal::Indivisible { .. } => Code::BoostGrowthCardTooLarge,
        LedgerRefusal::TooManySources { .. } => Code::BoostTooManySources,
        LedgerRefusal::AlreadySettled => Code::BoostWrongState,
        LedgerRefusal::OtherContent { .. }
        | LedgerRefusal::NotPositive { .. }
        | LedgerRefusal::MismatchedAccounts
        | LedgerRefusal::LotRequired { .. }
        | LedgerRefusal::Overflow
        | LedgerRefusal::NotFound { .. }
        | LedgerRefusal::AlreadyExists { .. }
        | LedgerRefusal::NotExpired { .. }
        | LedgerRefusal::EscrowExhausted { .. }
        | LedgerRefusal::BeyondLease { .. }
        | LedgerRefusal::LeaseClosed
        | LedgerRefusal::LeasesOpen
        | LedgerRefusal::NotReversible
        | LedgerRefusal::OnlyByCapture { .. }
        | LedgerRefusal::OriginReserved { .. }
        | LedgerRefusal::AlreadyRan { .. }
        | LedgerRefusal::GroupSize { .. } => Code::BoostLedgerRefused,
    };
    told(code, refusal)
}

impl From<TopUpRefusal> for Problem {
    fn from(refusal: TopUpRefusal) -> Self {
        match refusal {
            TopUpRefusal::Order(refusal) => refusal.into(),
            TopUpRefusal::Plan(refusal) => refusal.into(),
            TopUpRefusal::Ledger(refusal) => of_ledger(&refusal),
        }
    }
}

impl From<TopUpOrderError> for Problem {
    fn from(refusal: TopUpOrderError) -> Self {
        let code = match refusal {
            TopUpOrderError::Pay(refusal) => return refusal.into(),
            TopUpOrderError::WrongState { .. } => Code::BoostWrongState,
            TopUpOrderError::TooLate { .. } => Code::BoostTimeOver,
            TopUpOrderError::Nothing => Code::BoostTopUpNothing,
            TopUpOrderError::WrongCurrency { .. } => Code::BoostTopUpWrongCurrency,
            TopUpOrderError::NotInSteps { .. } => Code::BoostBudgetNotInSteps,
            TopUpOrderError::TooLittle { .. } => Code::BoostTopUpTooLittle,
            TopUpOrderError::BudgetTooLarge { .. } => Code::BoostTopUpTooLarge,
            TopUpOrderError::DurationOutOfRange { .. } => Code::BoostTopUpDurationOutOfRange,
            TopUpOrderError::TooManyPayments { .. } => Code::BoostTooManyPayments,
        };
        told(code, refusal)
    }
}

impl From<EndRefusal> for Problem {
    fn from(refusal: EndRefusal) -> Self {
        let code = match &refusal {
            EndRefusal::Close(CloseOrderError::WrongState { .. })
            | EndRefusal::End(EndOrderError::WrongState { .. })
            | EndRefusal::Settle(SettleOrderError::WrongState { .. }) => Code::BoostWrongState,
            EndRefusal::Close(CloseOrderError::TooEarly { .. }) => Code::BoostStillPayable,
            EndRefusal::End(EndOrderError::TooEarly { .. }) => Code::BoostStillRunning,
            EndRefusal::End(EndOrderError::NoGuardRuleCrossed) => Code::BoostNoGuardRuleCrossed,
            EndRefusal::Settle(SettleOrderError::TooEarly { .. } | SettleOrderError::LeasesOpen) => {
                Code::BoostNotSettledYet
            }
            EndRefusal::Settle(SettleOrderError::ForeignHolds { .. }) => Code::BoostLedgerRefused,
        };
        told(code, refusal)
    }
}
