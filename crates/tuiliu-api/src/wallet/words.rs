//! Words of this column as they are sent: by their codes.

use tuiliu_app::wallet::StatementAccount;
use tuiliu_domain::ledger::TransferCause;
use tuiliu_domain::policy::SaleChannel;
use tuiliu_domain::wallet::{InvoiceKind, NoInvoice, QualificationState, SuspenseReason};

use crate::access::words::words;

words! {
    /// Where beans are sold: the platform's own pages, or an app store.
    SaleChannelView of SaleChannel, "SaleChannel";
    /// An account of a wallet: beans that were bought, beans that were given, points of coupons, money.
    WalletAccountView of StatementAccount, "WalletAccount";
    /// Why value moved.
    TransferCauseView of TransferCause, "TransferCause";
    /// Why money was put aside.
    SuspenseReasonView of SuspenseReason, "SuspenseReason";
    /// How far the verification of a company is.
    QualificationStateView of QualificationState, "QualificationState";
    /// To whom an invoice is made out.
    InvoiceKindView of InvoiceKind, "InvoiceKind";
    /// Why an account cannot ask for a kind of invoice: it is a company's account, no operator has verified its company,
    /// or an operator is at it.
    NoInvoiceView of NoInvoice, "NoInvoice";
}
