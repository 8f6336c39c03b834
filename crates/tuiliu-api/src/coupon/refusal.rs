//! What the refusals of this column mean to a client.

use std::fmt::Display;

use tuiliu_app::coupon::{GrantCouponsError, RecallCouponError, SplitCouponRefusal};
use tuiliu_domain::coupon::{GrantCouponError, SplitCouponError};

use crate::code::Code;
use crate::problem::Problem;

fn told(code: Code, refusal: impl Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

fn at(code: Code, pointer: &str, refusal: impl Display) -> Problem {
    Problem::new(code).with_error(pointer, format!("failed to {refusal}"))
}

impl From<GrantCouponsError> for Problem {
    fn from(refusal: GrantCouponsError) -> Self {
        match refusal {
            GrantCouponsError::Grant(GrantCouponError::BadPoints { .. }) => {
                at(Code::RequestInvalidAmount, "/points", refusal)
            }
            GrantCouponsError::Grant(GrantCouponError::NeverValid) => at(Code::RequestInvalid, "/valid_to", refusal),
            GrantCouponsError::Grant(GrantCouponError::NeverFits) => at(Code::CouponNeverFits, "/goal", refusal),
            GrantCouponsError::BadCount { .. } => at(Code::RequestInvalid, "/owners", refusal),
            GrantCouponsError::UnknownOwner { .. } => at(Code::CouponUnknownOwner, "/owners", refusal),
        }
    }
}

impl From<SplitCouponRefusal> for Problem {
    fn from(refusal: SplitCouponRefusal) -> Self {
        match refusal {
            SplitCouponRefusal::Split(SplitCouponError::Indivisible) => told(Code::CouponIndivisible, refusal),
            SplitCouponRefusal::Split(SplitCouponError::BadPoints { .. }) => {
                at(Code::RequestInvalidAmount, "/points", refusal)
            }
            SplitCouponRefusal::Split(SplitCouponError::NotValid) => told(Code::CouponNotValid, refusal),
            SplitCouponRefusal::WalletFrozen => told(Code::WalletFrozen, refusal),
        }
    }
}

impl From<RecallCouponError> for Problem {
    fn from(refusal: RecallCouponError) -> Self {
        match refusal {
            RecallCouponError::NothingLeft => told(Code::CouponNothingLeft, refusal),
            RecallCouponError::WalletFrozen => told(Code::WalletFrozen, refusal),
            RecallCouponError::Over => told(Code::CouponNotValid, refusal),
            RecallCouponError::AskAgain(refusal) => refusal.into(),
        }
    }
}
