//! What wallets, lots and payments look like.

use serde::{Deserialize, Serialize};
use tuiliu_app::wallet::{
    AccountBalance, PaymentRow, RefundRow, StatementAccount, StatementLine, WalletView as Wallet,
};
use tuiliu_domain::id::{LotId, PaymentId};
use tuiliu_domain::ledger::{Lot, LotOrigin};
use tuiliu_domain::money::Asset;
use tuiliu_domain::wallet::{Payment, PaymentState, Refund, RefundPart, RefundState};
use utoipa::ToSchema;

use super::words::{SaleChannelView, TransferCauseView, WalletAccountView};
use crate::views::{AmountView, CommandIdView, LotIdView, PartyIdView, PaymentIdView, PaymentRefundIdView, TimeView};

/// A wallet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Wallet)]
pub(crate) struct WalletView {
    party: PartyIdView,
    /// It receives but does not pay.
    frozen: bool,
    /// Whole beans that can be spent.
    spendable_beans: i64,
    /// What stays because it is less than a bean.
    fraction: AmountView,
    accounts: Vec<WalletAccountBalanceView>,
}

/// One account of a wallet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WalletAccountBalance)]
pub(crate) struct WalletAccountBalanceView {
    account: WalletAccountView,
    /// Everything in it, what is held included.
    posted: AmountView,
    /// Promised to orders.
    held: AmountView,
    /// Can be used now.
    spendable: AmountView,
}

/// Value of one origin: a coupon, one top-up, one gift. `face` is the sum of all other amounts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lot)]
pub(crate) struct LotView {
    id: LotIdView,
    origin: LotOriginView,
    /// The payment it was bought with.
    payment: Option<PaymentIdView>,
    /// The lot it was split from, or is the remainder of.
    parent: Option<LotIdView>,
    face: AmountView,
    remaining: AmountView,
    held: AmountView,
    used: AmountView,
    returned: AmountView,
    expired: AmountView,
    split_out: AmountView,
    valid_from: TimeView,
    /// Nothing when it never lapses.
    valid_to: Option<TimeView>,
}

/// Where a lot's value came from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LotOrigin)]
pub(crate) enum LotOriginView {
    Payment,
    Grant,
    Split,
    Remainder,
}

/// A line of a statement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementLine)]
pub(crate) struct StatementLineView {
    /// 1, 2, 3 … in each account.
    number: u64,
    at: TimeView,
    cause: TransferCauseView,
    /// What came in; negative what went out.
    amount: AmountView,
    /// What the account had afterwards.
    balance: AmountView,
    /// What it was booked under.
    command: CommandIdView,
}

/// A top-up.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TopUp)]
pub(crate) struct TopUpView {
    pub(super) id: PaymentIdView,
    party: PartyIdView,
    channel: SaleChannelView,
    /// Who takes the money.
    provider: String,
    price: AmountView,
    /// What it brings.
    bought: AmountView,
    state: PaymentStateView,
    /// When the payer can no longer pay; money that comes later is credited all the same.
    expires_at: Option<TimeView>,
    /// When it came to its state.
    changed_at: Option<TimeView>,
    /// Where the value lies.
    lot: Option<LotIdView>,
    /// What the payer opens or scans.
    pub(super) pay_link: Option<String>,
    /// What went back of it, or is on its way back.
    refunded: AmountView,
    created_at: TimeView,
}

/// Where a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PaymentState)]
pub(crate) enum PaymentStateView {
    Pending,
    Paid,
    Failed,
    Expired,
    /// Money came that is not what was asked for; somebody looks at it.
    Suspended,
}

/// Money on its way back from one payment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refund)]
pub(crate) struct RefundView {
    id: PaymentRefundIdView,
    payment: PaymentIdView,
    /// The value that left the wallet.
    given_back: AmountView,
    /// The money that goes back for it.
    refunded: AmountView,
    state: RefundStateView,
    changed_at: Option<TimeView>,
    /// Why staff decided it; nothing when its owner asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    created_at: TimeView,
}

/// Where a refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RefundState)]
pub(crate) enum RefundStateView {
    Requested,
    Succeeded,
    /// The provider could not; the value is in the wallet again.
    Failed,
}

impl PaymentStateView {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
        }
    }
}

impl From<Wallet> for WalletView {
    fn from(wallet: Wallet) -> Self {
        let Wallet { party, frozen, beans, fraction, accounts } = wallet;
        Self {
            party: party.into(),
            frozen,
            spendable_beans: beans.get(),
            fraction: AmountView::new(fraction, Asset::Bean),
            accounts: accounts.into_iter().filter_map(balance).collect(),
        }
    }
}

fn balance(balance: AccountBalance) -> Option<WalletAccountBalanceView> {
    let AccountBalance { account, posted, held, spendable } = balance;
    let amount = |amount| AmountView::new(amount, account.asset);
    StatementAccount::of(account).map(|word| WalletAccountBalanceView {
        account: word.into(),
        posted: amount(posted),
        held: amount(held),
        spendable: amount(spendable),
    })
}

impl From<Lot> for LotView {
    fn from(lot: Lot) -> Self {
        let amount = |amount| AmountView::new(amount, lot.account.asset);
        let (origin, payment, parent) = origin_of(lot.origin);
        Self {
            id: lot.id.into(),
            origin,
            payment: payment.map(PaymentIdView::from),
            parent: parent.map(LotIdView::from),
            face: amount(lot.face),
            remaining: amount(lot.remaining),
            held: amount(lot.held),
            used: amount(lot.spent),
            returned: amount(lot.returned),
            expired: amount(lot.expired),
            split_out: amount(lot.split_out),
            valid_from: lot.valid_from.into(),
            valid_to: lot.valid_to.map(TimeView),
        }
    }
}

pub(super) fn origin_of(origin: LotOrigin) -> (LotOriginView, Option<PaymentId>, Option<LotId>) {
    match origin {
        LotOrigin::Payment(payment) => (LotOriginView::Payment, Some(payment), None),
        LotOrigin::Grant => (LotOriginView::Grant, None, None),
        LotOrigin::SplitFrom(parent) => (LotOriginView::Split, None, Some(parent)),
        LotOrigin::RemainderOf(parent) => (LotOriginView::Remainder, None, Some(parent)),
    }
}

impl StatementLineView {
    pub(super) fn of(line: StatementLine, asset: Asset) -> Self {
        let StatementLine { number, at, command, cause, amount, balance } = line;
        Self {
            number,
            at: at.into(),
            cause: cause.into(),
            amount: AmountView::new(amount, asset),
            balance: AmountView::new(balance, asset),
            command: command.into(),
        }
    }
}

impl From<PaymentRow> for TopUpView {
    fn from(row: PaymentRow) -> Self {
        let PaymentRow { payment, provider, pay_link } = row;
        let Payment { id, party, channel, price, asset, amount, state, refunded, created_at, .. } = payment;
        let (state, expires_at, changed_at, lot) = match state {
            PaymentState::Pending { expires_at } => (PaymentStateView::Pending, Some(expires_at), None, None),
            PaymentState::Paid { at, lot, .. } => (PaymentStateView::Paid, None, Some(at), Some(lot)),
            PaymentState::Failed { at } => (PaymentStateView::Failed, None, Some(at), None),
            PaymentState::Expired { at } => (PaymentStateView::Expired, None, Some(at), None),
            PaymentState::Suspended { at, .. } => (PaymentStateView::Suspended, None, Some(at), None),
        };
        Self {
            id: id.into(),
            party: party.into(),
            channel: channel.into(),
            provider,
            price: AmountView::new(price, Asset::Cny),
            bought: AmountView::new(amount, asset),
            state,
            expires_at: expires_at.map(TimeView),
            changed_at: changed_at.map(TimeView),
            lot: lot.map(LotIdView::from),
            pay_link,
            refunded: AmountView::new(refunded.price, Asset::Cny),
            created_at: created_at.into(),
        }
    }
}

impl From<Refund> for RefundView {
    fn from(refund: Refund) -> Self {
        let Refund { id, asset, part, state, created_at, .. } = refund;
        let RefundPart { payment, amount, price, lot: _ } = part;
        let (state, changed_at) = match state {
            RefundState::Requested => (RefundStateView::Requested, None),
            RefundState::Succeeded { at } => (RefundStateView::Succeeded, Some(at)),
            RefundState::Failed { at } => (RefundStateView::Failed, Some(at)),
        };
        Self {
            id: id.into(),
            payment: payment.into(),
            given_back: AmountView::new(amount, asset),
            refunded: AmountView::new(price, Asset::Cny),
            state,
            changed_at: changed_at.map(TimeView),
            reason: None,
            created_at: created_at.into(),
        }
    }
}

impl From<RefundRow> for RefundView {
    fn from(row: RefundRow) -> Self {
        Self { reason: row.decision.map(|decision| decision.reason), ..row.refund.into() }
    }
}
