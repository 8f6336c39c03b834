//! How the state of an order lies in its row.

use serde::{Deserialize, Serialize};
use tuiliu_domain::promotion::{
    ClosedBy, CompletedBy, Ending, InvalidReason, OrderState, PauseReasons, ReviewStage, StopCause,
};
use tuiliu_domain::review::{Element, Reason, ReasonCode};
use tuiliu_domain::time::Timestamp;

/// A mirror of [`OrderState`]; times are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum StoredState {
    PendingPayment { close_at: i64 },
    Closed { at: i64, by: StoredClosedBy },
    InReview { since: i64, stage: StoredStage },
    Rejected { at: i64, reasons: Vec<StoredReason> },
    Reserved { since: i64, expires_at: i64 },
    ReservationExpired { at: i64 },
    ReservationInvalid { at: i64, reason: StoredInvalid },
    Running { started_at: i64, ends_at: i64 },
    Paused { started_at: i64, ends_at: i64, since: i64, interrupted: bool, re_review: bool },
    Settling { started_at: i64, since: i64, settle_at: i64, deadline: i64, ending: StoredEnding },
    Completed { at: i64, by: StoredCompletedBy },
    RoomEnded { at: i64 },
    Stopped { at: i64, cause: StoredStopCause },
}

/// A mirror of a small enum of the domain that holds nothing.
macro_rules! mirrors {
    ($($mirror:ident of $domain:ident { $($variant:ident),* })*) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $mirror { $($variant),* }

        impl From<$domain> for $mirror {
            fn from(domain: $domain) -> Self {
                match domain { $($domain::$variant => Self::$variant),* }
            }
        }
        impl From<$mirror> for $domain {
            fn from(mirror: $mirror) -> Self {
                match mirror { $($mirror::$variant => Self::$variant),* }
            }
        }
    )*};
}

mirrors! {
    StoredClosedBy of ClosedBy { Timeout, Buyer }
    StoredInvalid of InvalidReason { CartMounted, CartMissing }
    StoredCompletedBy of CompletedBy { Budget, Duration }
    StoredStopCause of StopCause { Buyer, Operator, GuardRule, CartMounted, ContentRemoved }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum StoredStage {
    Booking { expires_at: i64 },
    Start,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum StoredEnding {
    Completed(StoredCompletedBy),
    RoomEnded,
    Stopped(StoredStopCause),
    Rejected(Vec<StoredReason>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredReason {
    code: String,
    element: String,
    text: String,
}

impl From<&Reason> for StoredReason {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code.code().to_owned(),
            element: reason.element.code().to_owned(),
            text: reason.text.clone(),
        }
    }
}

impl StoredReason {
    pub(crate) fn read(self) -> Result<Reason, String> {
        let code = ReasonCode::from_code(&self.code).ok_or_else(|| format!("no review reason `{}`", self.code))?;
        let element = Element::from_code(&self.element).ok_or_else(|| format!("no element `{}`", self.element))?;
        Ok(Reason { code, element, text: self.text })
    }
}

fn write_reasons(reasons: &[Reason]) -> Vec<StoredReason> {
    reasons.iter().map(StoredReason::from).collect()
}

fn read_reasons(reasons: Vec<StoredReason>) -> Result<Vec<Reason>, String> {
    reasons.into_iter().map(StoredReason::read).collect()
}

impl From<&OrderState> for StoredState {
    fn from(state: &OrderState) -> Self {
        match state {
            OrderState::PendingPayment { close_at } => Self::PendingPayment { close_at: close_at.ms() },
            OrderState::Closed { at, by } => Self::Closed { at: at.ms(), by: (*by).into() },
            OrderState::InReview { since, stage } => Self::InReview { since: since.ms(), stage: write_stage(*stage) },
            OrderState::Rejected { at, reasons } => Self::Rejected { at: at.ms(), reasons: write_reasons(reasons) },
            OrderState::Reserved { since, expires_at } => {
                Self::Reserved { since: since.ms(), expires_at: expires_at.ms() }
            }
            OrderState::ReservationExpired { at } => Self::ReservationExpired { at: at.ms() },
            OrderState::ReservationInvalid { at, reason } => {
                Self::ReservationInvalid { at: at.ms(), reason: (*reason).into() }
            }
            OrderState::Running { started_at, ends_at } => {
                Self::Running { started_at: started_at.ms(), ends_at: ends_at.ms() }
            }
            OrderState::Paused { started_at, ends_at, since, reasons } => Self::Paused {
                started_at: started_at.ms(),
                ends_at: ends_at.ms(),
                since: since.ms(),
                interrupted: reasons.interrupted,
                re_review: reasons.re_review,
            },
            OrderState::Settling { started_at, since, settle_at, deadline, ending } => Self::Settling {
                started_at: started_at.ms(),
                since: since.ms(),
                settle_at: settle_at.ms(),
                deadline: deadline.ms(),
                ending: write_ending(ending),
            },
            OrderState::Completed { at, by } => Self::Completed { at: at.ms(), by: (*by).into() },
            OrderState::RoomEnded { at } => Self::RoomEnded { at: at.ms() },
            OrderState::Stopped { at, cause } => Self::Stopped { at: at.ms(), cause: (*cause).into() },
        }
    }
}

impl StoredState {
    pub(super) fn read(self) -> Result<OrderState, String> {
        let at_ms = Timestamp::from_ms;
        Ok(match self {
            Self::PendingPayment { close_at } => OrderState::PendingPayment { close_at: at_ms(close_at) },
            Self::Closed { at, by } => OrderState::Closed { at: at_ms(at), by: by.into() },
            Self::InReview { since, stage } => OrderState::InReview { since: at_ms(since), stage: read_stage(stage) },
            Self::Rejected { at, reasons } => OrderState::Rejected { at: at_ms(at), reasons: read_reasons(reasons)? },
            Self::Reserved { since, expires_at } => {
                OrderState::Reserved { since: at_ms(since), expires_at: at_ms(expires_at) }
            }
            Self::ReservationExpired { at } => OrderState::ReservationExpired { at: at_ms(at) },
            Self::ReservationInvalid { at, reason } => {
                OrderState::ReservationInvalid { at: at_ms(at), reason: reason.into() }
            }
            Self::Running { started_at, ends_at } => {
                OrderState::Running { started_at: at_ms(started_at), ends_at: at_ms(ends_at) }
            }
            Self::Paused { started_at, ends_at, since, interrupted, re_review } => OrderState::Paused {
                started_at: at_ms(started_at),
                ends_at: at_ms(ends_at),
                since: at_ms(since),
                reasons: PauseReasons { interrupted, re_review },
            },
            Self::Settling { started_at, since, settle_at, deadline, ending } => OrderState::Settling {
                started_at: at_ms(started_at),
                since: at_ms(since),
                settle_at: at_ms(settle_at),
                deadline: at_ms(deadline),
                ending: read_ending(ending)?,
            },
            Self::Completed { at, by } => OrderState::Completed { at: at_ms(at), by: by.into() },
            Self::RoomEnded { at } => OrderState::RoomEnded { at: at_ms(at) },
            Self::Stopped { at, cause } => OrderState::Stopped { at: at_ms(at), cause: cause.into() },
        })
    }
}

const fn write_stage(stage: ReviewStage) -> StoredStage {
    match stage {
        ReviewStage::Booking { expires_at } => StoredStage::Booking { expires_at: expires_at.ms() },
        ReviewStage::Start => StoredStage::Start,
    }
}

const fn read_stage(stage: StoredStage) -> ReviewStage {
    match stage {
        StoredStage::Booking { expires_at } => ReviewStage::Booking { expires_at: Timestamp::from_ms(expires_at) },
        StoredStage::Start => ReviewStage::Start,
    }
}

fn write_ending(ending: &Ending) -> StoredEnding {
    match ending {
        Ending::Completed(by) => StoredEnding::Completed((*by).into()),
        Ending::RoomEnded => StoredEnding::RoomEnded,
        Ending::Stopped(cause) => StoredEnding::Stopped((*cause).into()),
        Ending::Rejected(reasons) => StoredEnding::Rejected(write_reasons(reasons)),
    }
}

fn read_ending(ending: StoredEnding) -> Result<Ending, String> {
    Ok(match ending {
        StoredEnding::Completed(by) => Ending::Completed(by.into()),
        StoredEnding::RoomEnded => Ending::RoomEnded,
        StoredEnding::Stopped(cause) => Ending::Stopped(cause.into()),
        StoredEnding::Rejected(reasons) => Ending::Rejected(read_reasons(reasons)?),
    })
}
