//! What the refusals of this column mean to a client.

use std::fmt::Display;

use tuiliu_app::outside::{NoticeError, ProviderError};
use tuiliu_app::wallet::{
    AnnounceTransferRefusal, DecideWithdrawalRefusal, ExportError, FreezeError, GiveBeansRefusal, ImportLinesError,
    PayLinkError, PayoutAccountRefusal, PlayError, QualifyCompanyError, ReceiveNoticeError, RefundRefusal,
    RefundUnspentRefusal, RequestWithdrawalRefusal, ResolveMismatchError, SettleLineRefusal, TopUpRefusal,
};
use tuiliu_domain::wallet::{
    AnnounceTransferError, DecideRefundError, DecideWithdrawalError, GiveBeansError, InvoiceSubjectError,
    PayoutAccountError, PlanRefundError, QualifyError, RequestWithdrawalError, SettleLineError, StartTopUpError,
};

use crate::code::Code;
use crate::problem::Problem;

fn told(code: Code, refusal: impl Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

fn at(code: Code, pointer: &str, refusal: impl Display) -> Problem {
    Problem::new(code).with_error(pointer, format!("failed to {refusal}"))
}

impl From<TopUpRefusal> for Problem {
    fn from(refusal: TopUpRefusal) -> Self {
        match refusal {
            TopUpRefusal::Start(StartTopUpError::BadPrice { .. }) => at(Code::RequestInvalidAmount, "/price", refusal),
            TopUpRefusal::Start(StartTopUpError::NotSold { .. }) => at(Code::RequestInvalid, "/into", refusal),
            TopUpRefusal::NoProvider => Self::new(Code::PaymentNoProvider),
            TopUpRefusal::Banned => told(Code::WalletPartyBanned, refusal),
        }
    }
}

impl From<PayLinkError> for Problem {
    fn from(refusal: PayLinkError) -> Self {
        match refusal {
            PayLinkError::NoProvider => Self::new(Code::PaymentNoProvider),
            PayLinkError::Provider(fault) => fault.into(),
        }
    }
}

impl From<ProviderError> for Problem {
    fn from(fault: ProviderError) -> Self {
        let code = match fault {
            ProviderError::Unreachable { .. } => Code::PaymentProviderUnreachable,
            ProviderError::Refused { .. } => Code::PaymentProviderRefused,
        };
        tracing::warn!(error.code = code.text(), "failed to {fault}");
        Self::new(code)
    }
}

impl From<ReceiveNoticeError> for Problem {
    fn from(refusal: ReceiveNoticeError) -> Self {
        match refusal {
            ReceiveNoticeError::Notice(refusal) => refusal.into(),
        }
    }
}

impl From<NoticeError> for Problem {
    fn from(refusal: NoticeError) -> Self {
        match refusal {
            NoticeError::BadSignature => Self::new(Code::PaymentNoticeBadSignature),
            NoticeError::Stale { .. } => told(Code::PaymentNoticeStale, refusal),
            NoticeError::Malformed { .. } => told(Code::RequestMalformed, refusal),
        }
    }
}

impl From<PlayError> for Problem {
    fn from(refusal: PlayError) -> Self {
        match refusal {
            PlayError::NotOpened => told(Code::PaymentNotOpened, refusal),
            PlayError::Notice(refusal) => refusal.into(),
        }
    }
}

impl From<RefundRefusal> for Problem {
    fn from(refusal: RefundRefusal) -> Self {
        match refusal {
            RefundRefusal::Plan(PlanRefundError::NotPositive { .. }) => {
                at(Code::RequestInvalidAmount, "/amount", refusal)
            }
            RefundRefusal::Plan(PlanRefundError::Insufficient { .. }) => {
                told(Code::WalletInsufficientRefundable, refusal)
            }
            RefundRefusal::Plan(PlanRefundError::TooSmall) => told(Code::WalletRefundTooSmall, refusal),
            RefundRefusal::Plan(PlanRefundError::TooManyLots { .. }) => told(Code::WalletRefundTooManySources, refusal),
            RefundRefusal::WalletFrozen => told(Code::WalletFrozen, refusal),
            RefundRefusal::AskAgain(refusal) => refusal.into(),
        }
    }
}

impl From<RefundUnspentRefusal> for Problem {
    fn from(refusal: RefundUnspentRefusal) -> Self {
        match refusal {
            RefundUnspentRefusal::Refund(refusal) => refusal.into(),
            RefundUnspentRefusal::Decide(DecideRefundError::NotBarred) => told(Code::WalletNotBarred, refusal),
            RefundUnspentRefusal::Decide(DecideRefundError::BadReason { .. }) => {
                at(Code::RequestInvalid, "/reason", refusal)
            }
        }
    }
}

impl From<GiveBeansRefusal> for Problem {
    fn from(refusal: GiveBeansRefusal) -> Self {
        match refusal {
            GiveBeansRefusal::Gift(GiveBeansError::BadAmount { .. }) => {
                at(Code::RequestInvalidAmount, "/beans", refusal)
            }
            GiveBeansRefusal::Gift(GiveBeansError::NeverValid) => at(Code::RequestInvalid, "/valid_to", refusal),
            GiveBeansRefusal::BadNote { .. } => at(Code::RequestInvalid, "/note", refusal),
        }
    }
}

impl From<FreezeError> for Problem {
    fn from(refusal: FreezeError) -> Self {
        match refusal {
            FreezeError::AskAgain(refusal) => refusal.into(),
        }
    }
}

impl From<ExportError> for Problem {
    fn from(refusal: ExportError) -> Self {
        match refusal {
            ExportError::TooManyRows { .. } => told(Code::WalletStatementTooLong, refusal),
        }
    }
}

impl From<PayoutAccountRefusal> for Problem {
    fn from(refusal: PayoutAccountRefusal) -> Self {
        match refusal {
            PayoutAccountRefusal::Account(PayoutAccountError::BadText { field, .. }) => {
                at(Code::RequestInvalid, &format!("/{field}"), refusal)
            }
            PayoutAccountRefusal::Account(PayoutAccountError::BadNumber) => {
                at(Code::RequestInvalid, "/number", refusal)
            }
            PayoutAccountRefusal::TooMany { .. } => told(Code::WalletTooManyPayoutAccounts, refusal),
            PayoutAccountRefusal::AskAgain(refusal) => refusal.into(),
        }
    }
}

impl From<RequestWithdrawalRefusal> for Problem {
    fn from(refusal: RequestWithdrawalRefusal) -> Self {
        let request = match &refusal {
            RequestWithdrawalRefusal::Request(request) => request,
            RequestWithdrawalRefusal::NoAccount => {
                return at(Code::WalletNoPayoutAccount, "/payout_account", refusal);
            }
            RequestWithdrawalRefusal::NoProvider => return Self::new(Code::PaymentNoProvider),
            RequestWithdrawalRefusal::AskAgain(refusal) => return (*refusal).into(),
        };
        let code = match request {
            RequestWithdrawalError::OnMobile => Code::WalletNotOnMobile,
            RequestWithdrawalError::BadAmount { .. } => return at(Code::RequestInvalidAmount, "/amount", request),
            RequestWithdrawalError::Insufficient { .. } => Code::WalletInsufficientBalance,
            RequestWithdrawalError::TooManyLots { .. } => Code::WalletWithdrawalTooManySources,
            RequestWithdrawalError::Frozen => Code::WalletFrozen,
            RequestWithdrawalError::Banned => Code::WalletPartyBanned,
            RequestWithdrawalError::TooManyOpen { .. } => Code::WalletTooManyWithdrawals,
        };
        told(code, request)
    }
}

impl From<DecideWithdrawalRefusal> for Problem {
    fn from(refusal: DecideWithdrawalRefusal) -> Self {
        let refusal = match refusal {
            DecideWithdrawalRefusal::Decide(refusal) => refusal,
            DecideWithdrawalRefusal::AskAgain(refusal) => return refusal.into(),
        };
        let code = match refusal {
            DecideWithdrawalError::WrongState { .. } => Code::WithdrawalWrongState,
            DecideWithdrawalError::OwnWithdrawal => Code::WithdrawalOwn,
            DecideWithdrawalError::SameApprover => Code::WithdrawalSameApprover,
            DecideWithdrawalError::Frozen => Code::WalletFrozen,
            DecideWithdrawalError::BadReason { .. } => return at(Code::RequestInvalid, "/reason", refusal),
        };
        told(code, refusal)
    }
}

impl From<AnnounceTransferRefusal> for Problem {
    fn from(refusal: AnnounceTransferRefusal) -> Self {
        match refusal {
            AnnounceTransferRefusal::Announce(AnnounceTransferError::OnMobile) => {
                told(Code::WalletNotOnMobile, refusal)
            }
            AnnounceTransferRefusal::Announce(AnnounceTransferError::BadAmount { .. }) => {
                at(Code::RequestInvalidAmount, "/amount", refusal)
            }
            AnnounceTransferRefusal::Announce(AnnounceTransferError::BadPayer { .. }) => {
                at(Code::RequestInvalid, "/payer_name", refusal)
            }
            AnnounceTransferRefusal::Banned => told(Code::WalletPartyBanned, refusal),
        }
    }
}

impl From<ImportLinesError> for Problem {
    fn from(refusal: ImportLinesError) -> Self {
        match refusal {
            ImportLinesError::Unreadable { .. } => at(Code::BankLineUnreadableFile, "/csv", refusal),
            ImportLinesError::TooMany { .. } => at(Code::RequestInvalid, "/lines", refusal),
        }
    }
}

impl From<SettleLineRefusal> for Problem {
    fn from(refusal: SettleLineRefusal) -> Self {
        match refusal {
            SettleLineRefusal::Settle(SettleLineError::WrongState { .. }) => told(Code::BankLineWrongState, refusal),
            SettleLineRefusal::Settle(SettleLineError::Mismatch { .. }) => told(Code::BankLineMismatch, refusal),
            SettleLineRefusal::Settle(SettleLineError::BadNote { .. }) => at(Code::RequestInvalid, "/note", refusal),
            SettleLineRefusal::NoTransfer => at(Code::BankLineNoTransfer, "/top_up", refusal),
        }
    }
}

impl From<InvoiceSubjectError> for Problem {
    fn from(refusal: InvoiceSubjectError) -> Self {
        match refusal {
            InvoiceSubjectError::NoInvoice { .. } => at(Code::InvoiceKindUnavailable, "/kind", refusal),
            InvoiceSubjectError::BadSubject { .. } => at(Code::RequestInvalid, "/subject_name", refusal),
        }
    }
}

impl From<QualifyCompanyError> for Problem {
    fn from(refusal: QualifyCompanyError) -> Self {
        match refusal {
            QualifyCompanyError::Qualify(QualifyError::BadText { field, .. }) => {
                at(Code::RequestInvalid, &format!("/{field}"), refusal)
            }
            QualifyCompanyError::Qualify(QualifyError::BadTaxNumber) => {
                at(Code::InvoiceBadTaxNumber, "/tax_number", refusal)
            }
            QualifyCompanyError::VersionConflict { .. } => told(Code::RequestVersionConflict, refusal),
        }
    }
}

impl From<ResolveMismatchError> for Problem {
    fn from(refusal: ResolveMismatchError) -> Self {
        match refusal {
            ResolveMismatchError::BadNote { .. } => at(Code::RequestInvalid, "/note", refusal),
            ResolveMismatchError::Resolved => told(Code::InvoiceMismatchResolved, refusal),
        }
    }
}
