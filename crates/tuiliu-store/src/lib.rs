//! Durable state: one SQL text for two databases, transactions on writer threads, group commit.
//!
//! The store has no rules: it refuses what is inconsistent, it never decides.

mod access;
mod appeal;
mod audit;
#[cfg(test)]
mod catalogue;
mod coupon;
mod delivery;
mod dialect;
mod error;
mod event;
mod forecast;
mod guarantee;
mod incentive;
mod ledger;
mod live;
mod message;
mod outbox;
mod payment;
mod promotion;
mod report;
mod request;
mod request_log;
mod retention;
mod row;
mod search;
mod statement;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tx;
mod value;
mod video;
mod webhook;
mod writer;

pub use access::{
    ApiKeyKind, ApiKeyRow, Consent, LoginRow, PartyRow, PolicyRow, SessionRow, SignInAttempts, TenantRow,
};
pub use appeal::AppealPage;
pub use audit::{AuditDeed, AuditEntry, AuditPage};
pub use coupon::{CouponEntry, CouponPage, CouponRow};
pub use delivery::arm::{ArmCode, ArmOutcome, ArmRow, ArmSum, ArmWin, LiftPriorRow, OutcomeCode, RoomOutcome};
pub use delivery::attribution::{AttributedSum, AttributionRecord, RecordPage};
pub use delivery::node::{DeliveryNode, LeaseCharge};
pub use delivery::platform::{PlatformActs, PlatformSum, PlatformViewer, PlatformWin};
pub use delivery::prediction::StoredPrediction;
pub use delivery::validity::{DecisionCharge, OrderCredit, TrafficCredit, TrafficGrid, TrafficInspection};
pub use delivery::{
    ChargeSum, ChargedResult, DeliveryCharge, Exposure, ExposureRow, MetricTotals, MinuteSum, PendingResult, PersonRow,
};
pub use dialect::{Address, Examined, examine};
pub use error::StoreError;
pub use event::EventBatch;
pub use event::refused::RefusedEvent;
pub use forecast::{Came, ForecastRow, ForecastShare};
pub use guarantee::{
    CreatorVideoRow, DecisionRow, GuaranteeOrderRow, GuaranteePage, GuaranteesOf, HelpRow, VideoPage, VideoState,
};
pub use incentive::{
    ApplicationPage, ApplicationRow, BroadcastFactRow, DebtEntry, EditionRow, MeasurePage, PeriodRow, ProgrammeRow,
    RewardPage, RewardRow,
};
pub use ledger::{AuditProgress, AuditReport, LOTS_MAX, LedgerResult, StatementLine};
pub use live::RoomFactRow;
pub use message::MessageRow;
pub use outbox::Notice;
pub use payment::{
    BankLinePage, BankTransferPage, GiftRow, PartyPage, PaymentNotice, PaymentRow, RefundRow, SandboxPayout,
    SandboxPayoutState, SandboxRefund, SandboxState, SandboxTrade, SuspendedMoney, WithdrawalPage, WithdrawalStep,
};
pub use promotion::{DeskLoad, OrderPage, ReviewRow, TaskPage, VerdictCount};
pub use report::{
    BreakdownSum, OrdersOf, PlaceProduct, ProductRow, PurchaseRefunded, RoomPurchase, RoomPurchases, StayRow,
};
pub use request::StoredAnswer;
pub use request_log::{LoggedRequest, RequestLogPage};
pub use retention::{Aging, Forgetting, OwnedRows, SweepStep, Swept};
pub use search::SEARCHED_MAX;
pub use store::{Store, StoreConfig};
pub use tx::Tx;
pub use webhook::{DeliveryPage, WebhookAttemptRow};
pub use writer::Refusal;
