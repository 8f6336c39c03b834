//! What the refusals of this column mean to a client.

use std::fmt::Display;

use tuiliu_app::guarantee::{
    DecideGuaranteeRefusal, PlaceGuaranteeRefusal, ReportPlaysRefusal, ReportVideoRefusal, SetPriceRefusal,
};
use tuiliu_domain::guarantee::{FreezeServiceError, PlaceGuaranteeError, PublishServiceError};
use tuiliu_domain::ledger::LedgerRefusal;

use crate::code::Code;
use crate::problem::Problem;

fn told(code: Code, refusal: impl Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

fn at(code: Code, pointer: &str, refusal: impl Display) -> Problem {
    Problem::new(code).with_error(pointer, format!("failed to {refusal}"))
}

impl From<PlaceGuaranteeRefusal> for Problem {
    fn from(refusal: PlaceGuaranteeRefusal) -> Self {
        match &refusal {
            PlaceGuaranteeRefusal::BadCreators { .. } => at(Code::RequestInvalid, "/creators", refusal),
            PlaceGuaranteeRefusal::NotOnOffer { .. } => at(Code::GuaranteeNotOnOffer, "/creators", refusal),
            PlaceGuaranteeRefusal::FeeRisen { .. } => at(Code::GuaranteeFeeRisen, "/fee_max", refusal),
            PlaceGuaranteeRefusal::Banned => told(Code::WalletPartyBanned, refusal),
            PlaceGuaranteeRefusal::Place(PlaceGuaranteeError::OwnVideo) => told(Code::GuaranteeOwnVideo, refusal),
            PlaceGuaranteeRefusal::Place(PlaceGuaranteeError::InsufficientFunds { .. })
            | PlaceGuaranteeRefusal::Ledger(LedgerRefusal::InsufficientFunds { .. }) => {
                told(Code::GuaranteeInsufficientFunds, refusal)
            }
            PlaceGuaranteeRefusal::Place(PlaceGuaranteeError::TooManySources { .. }) => {
                told(Code::GuaranteeTooManySources, refusal)
            }
            PlaceGuaranteeRefusal::Place(
                PlaceGuaranteeError::NothingPromised { .. } | PlaceGuaranteeError::PriceOutOfRange { .. },
            ) => told(Code::GuaranteeNotOnOffer, refusal),
            PlaceGuaranteeRefusal::Ledger(LedgerRefusal::Frozen { .. }) => told(Code::WalletFrozen, refusal),
            PlaceGuaranteeRefusal::Ledger(_) => told(Code::ServerInternal, "pay for the guarantees"),
        }
    }
}

impl From<DecideGuaranteeRefusal> for Problem {
    fn from(refusal: DecideGuaranteeRefusal) -> Self {
        match refusal {
            DecideGuaranteeRefusal::BadReason { .. } => at(Code::RequestInvalid, "/reason", refusal),
            DecideGuaranteeRefusal::Decide(FreezeServiceError::NothingMissing { .. }) => {
                told(Code::GuaranteeNothingMissing, refusal)
            }
            DecideGuaranteeRefusal::Decide(_) => told(Code::GuaranteeWrongState, refusal),
        }
    }
}

impl From<SetPriceRefusal> for Problem {
    fn from(refusal: SetPriceRefusal) -> Self {
        match refusal {
            SetPriceRefusal::NoCreator => told(Code::RoomCreatorNotFound, refusal),
            SetPriceRefusal::OutOfRange { .. } => at(Code::RequestInvalidAmount, "/fixed_price", refusal),
        }
    }
}

impl From<ReportVideoRefusal> for Problem {
    fn from(refusal: ReportVideoRefusal) -> Self {
        match &refusal {
            ReportVideoRefusal::NoCreator => at(Code::RoomCreatorNotFound, "/creator_id", refusal),
            ReportVideoRefusal::BadName { .. } => told(Code::RequestInvalidPath, refusal),
            ReportVideoRefusal::Changed => told(Code::GuaranteeVideoChanged, refusal),
            ReportVideoRefusal::InTheFuture | ReportVideoRefusal::Publish(PublishServiceError::InTheFuture) => {
                at(Code::RequestInvalidTime, "/published_at", refusal)
            }
            ReportVideoRefusal::NoService => at(Code::GuaranteeNotFound, "/guarantee_id", refusal),
            ReportVideoRefusal::Publish(PublishServiceError::WrongState { .. }) => {
                at(Code::GuaranteeWrongState, "/guarantee_id", refusal)
            }
            ReportVideoRefusal::Publish(PublishServiceError::TooEarly | PublishServiceError::TooLate { .. }) => {
                at(Code::GuaranteeNotInTime, "/published_at", refusal)
            }
        }
    }
}

impl From<ReportPlaysRefusal> for Problem {
    fn from(refusal: ReportPlaysRefusal) -> Self {
        match refusal {
            ReportPlaysRefusal::BadCount { .. } => at(Code::RequestInvalid, "/readings", refusal),
            ReportPlaysRefusal::Reading(_) => at(Code::GuaranteeBadReading, "/readings", refusal),
        }
    }
}
