//! Who may do what: one static table (AC-01).

use super::{Role, Scope};

/// How an actor stands to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// It is theirs.
    Own,
    /// It belongs to somebody who agreed that they act for them.
    Consented,
    /// It belongs to somebody else of the same tenant.
    SameTenant,
    /// It is another tenant's.
    OtherTenant,
}

/// How far a permission goes; further includes nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Their own things.
    Own,
    /// Also those of parties that agreed.
    Consented,
    /// Everything of the tenant.
    Tenant,
}

/// One line of the table: who may do this, and how far.
pub type Permission = (Action, Scope, &'static [(Role, Reach)]);

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident $code:literal $scope:ident [$($role:ident $reach:ident),*];)*) => {
        /// Something that can be asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $action),*
        }

        impl Action {
            /// Every action there is.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// The code used in the API and in the audit log; never renamed.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$action => $code),*
                }
            }
        }

        /// Who may do what, in the order of [`Action::ALL`].
        pub const PERMISSIONS: &[Permission] = &[
            $((Action::$action, Scope::$scope, &[$((Role::$role, Reach::$reach)),*])),*
        ];
    };
}

actions! {
    // Orders. Buyers act on their own, agencies for those who agreed, staff look and stop.
    EstimateOrder "order.estimate" BoostsRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, SupportAgent Tenant, Integrator Tenant];
    PlaceOrder "order.place" BoostsWrite
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Integrator Tenant];
    PayOrder "order.pay" BoostsWrite
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Integrator Tenant];
    CancelOrder "order.cancel" BoostsWrite
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Integrator Tenant];
    StopOrder "order.stop" BoostsWrite
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Integrator Tenant];
    TopUpOrder "order.top_up" BoostsWrite
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Integrator Tenant];
    OrderAgain "order.again" BoostsWrite
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Integrator Tenant];
    ReadOrder "order.read" BoostsRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Reviewer Tenant, Finance Tenant,
         SupportAgent Tenant, Integrator Tenant];
    /// One row per charged event, without viewers' personal data (TP-31).
    ReadDeliveryLedger "order.read_delivery_ledger" BoostsRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Finance Tenant, SupportAgent Tenant,
         Integrator Tenant];
    /// Candidates, filters, bids and prices of a decision (DL-09).
    ExplainDecision "decision.explain" DecisionsRead [Operator Tenant, Integrator Tenant];

    // Coupons.
    ReadCoupon "coupon.read" CouponsRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Finance Tenant, SupportAgent Tenant,
         Integrator Tenant];
    SplitCoupon "coupon.split" CouponsWrite [Creator Own, Merchant Own, Advertiser Own, Integrator Tenant];
    GrantCoupon "coupon.grant" CouponsWrite [Operator Tenant, Integrator Tenant];
    RecallCoupon "coupon.recall" CouponsWrite [Operator Tenant, Finance Tenant];

    // Wallets. Agencies see what they may spend; only the owner tops up and takes out.
    ReadWallet "wallet.read" WalletRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Finance Tenant, SupportAgent Tenant,
         Integrator Tenant];
    TopUpWallet "wallet.top_up" WalletWrite [Creator Own, Merchant Own, Advertiser Own, Agency Own, Integrator Tenant];
    /// Beans back into the money that they cost (WL-05).
    RefundTopUp "wallet.refund" WalletWrite
        [Creator Own, Merchant Own, Advertiser Own, Agency Own, Finance Tenant, Integrator Tenant];
    /// Unspent money of a banned or frozen account back to where it came from (QB-15).
    RefundUnspent "wallet.refund_unspent" WalletWrite [Operator Tenant, Finance Tenant];
    /// Money of the balance to an account on file, and such accounts (QB-16).
    WithdrawMoney "wallet.withdraw" WalletWrite
        [Creator Own, Merchant Own, Advertiser Own, Agency Own, Integrator Tenant];
    DecideWithdrawal "wallet.decide_withdrawal" WalletWrite [Operator Tenant, Finance Tenant];
    /// Lines of the bank statement: entered, matched with announced transfers, put aside.
    MatchBankTransfer "wallet.match_bank_transfer" WalletWrite [Operator Tenant, Finance Tenant];
    GiveBeans "wallet.give_beans" WalletWrite [Operator Tenant, Finance Tenant, Integrator Tenant];
    FreezeWallet "wallet.freeze" WalletWrite [Operator Tenant, Finance Tenant];
    CorrectWallet "wallet.correct" WalletWrite [Finance Tenant];
    ExportStatement "wallet.export_statement" WalletRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Own, Finance Tenant, Integrator Tenant];
    /// Recomputes every balance and checks every invariant (WL-07).
    AuditLedger "ledger.audit" WalletRead [Operator Tenant, Finance Tenant];

    // Rooms.
    PlanRoom "room.plan" RoomsWrite [Creator Own, Merchant Own, Integrator Tenant];
    RecordRoomFact "room.record_fact" RoomsWrite [Integrator Tenant];
    ReadRoom "room.read" RoomsRead
        [Creator Own, Merchant Own, Advertiser Tenant, Agency Consented, Operator Tenant, Reviewer Tenant, Finance Tenant,
         SupportAgent Tenant, Integrator Tenant];

    // Videos.
    TellVideo "video.tell" RoomsWrite [Creator Own, Merchant Own, Integrator Tenant];
    ReadVideo "video.read" RoomsRead
        [Creator Own, Merchant Own, Advertiser Tenant, Agency Consented, Operator Tenant, Reviewer Tenant, Finance Tenant,
         SupportAgent Tenant, Integrator Tenant];

    // Review.
    ReadReview "review.read" ReviewsRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Reviewer Tenant, SupportAgent Tenant,
         Integrator Tenant];
    JudgeReview "review.judge" ReviewsWrite [Reviewer Tenant, Integrator Tenant];

    // Incentives. Creators apply and look at their own; the host tells facts; operators run programmes.
    ReadProgramme "incentive.read_programme" IncentivesRead
        [Creator Tenant, Merchant Tenant, Agency Tenant, Operator Tenant, Reviewer Tenant, Finance Tenant,
         SupportAgent Tenant, Integrator Tenant];
    ManageProgramme "incentive.manage_programme" IncentivesWrite [Operator Tenant];
    ApplyForIncentive "incentive.apply" IncentivesWrite [Creator Own, Merchant Own, Integrator Tenant];
    ReviewApplication "incentive.review_application" IncentivesWrite [Operator Tenant, Reviewer Tenant];
    /// Applications, tasks, rewards, debts and measures.
    ReadIncentive "incentive.read" IncentivesRead
        [Creator Own, Merchant Own, Agency Consented, Operator Tenant, Reviewer Tenant, Finance Tenant,
         SupportAgent Tenant, Integrator Tenant];
    ReportAccountFacts "incentive.report_facts" IncentivesWrite [Integrator Tenant];
    ReadLinkage "incentive.read_linkage" IncentivesRead [Operator Tenant];
    TakeIncentiveMeasure "incentive.take_measure" IncentivesWrite [Operator Tenant];

    // Guarantees. Advertisers and merchants buy, the host tells of videos, operators decide what is frozen.
    QuoteGuarantee "guarantee.quote" GuaranteesRead
        [Merchant Tenant, Advertiser Tenant, Agency Tenant, Operator Tenant, SupportAgent Tenant, Integrator Tenant];
    PlaceGuarantee "guarantee.place" GuaranteesWrite [Merchant Own, Advertiser Own, Agency Consented, Integrator Tenant];
    /// Terms, progress, plays that were left out, refunds (GB-10).
    ReadGuarantee "guarantee.read" GuaranteesRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Finance Tenant,
         SupportAgent Tenant, Integrator Tenant];
    DecideGuarantee "guarantee.decide" GuaranteesWrite [Operator Tenant];
    ReadGuaranteeBook "guarantee.read_book" GuaranteesRead [Operator Tenant, Finance Tenant];
    /// Creators' prices, videos and plays.
    ReportVideo "video.report" GuaranteesWrite [Integrator Tenant];

    // Appeals and messages.
    FileAppeal "appeal.file" ReviewsWrite [Creator Own, Merchant Own, Advertiser Own, Integrator Tenant];
    ReadAppeal "appeal.read" ReviewsRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Reviewer Tenant, SupportAgent Tenant,
         Integrator Tenant];
    DecideAppeal "appeal.decide" ReviewsWrite [Operator Tenant, Reviewer Tenant];
    ReadMessage "message.read" PartiesRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Own, Operator Own, SupportAgent Tenant, Integrator Tenant];
    MarkMessage "message.mark" PartiesWrite [Creator Own, Merchant Own, Advertiser Own, Agency Own, Operator Own];

    // The data plane: machines only.
    Decide "decision.make" DecisionsRead [Integrator Tenant];
    ReportEvents "event.report" EventsWrite [Integrator Tenant];
    /// What a page may report it may not read back: not the scope of pages.
    ReadRefusedEvents "event.read_refused" DecisionsRead [Operator Tenant, SupportAgent Tenant, Integrator Tenant];
    /// Takes refused events once more, whatever their age.
    ReplayEvents "event.replay" DecisionsRead [Operator Tenant, Integrator Tenant];
    /// Endpoints, what was sent to them and what they answered.
    ReadWebhooks "webhook.read" WebhooksRead [Operator Tenant, SupportAgent Tenant, Integrator Tenant];
    ManageWebhooks "webhook.manage" WebhooksWrite [Operator Tenant, Integrator Tenant];
    /// Sends once more what was sent, and tests.
    ReplayWebhooks "webhook.replay" WebhooksWrite [Operator Tenant, SupportAgent Tenant, Integrator Tenant];
    /// What keys and people asked, and what was answered.
    ReadRequestLog "request_log.read" WebhooksRead [Operator Tenant, SupportAgent Tenant, Integrator Tenant];
    ReadTrafficRules "traffic.read_rules" BoostsRead
        [Creator Tenant, Merchant Tenant, Advertiser Tenant, Agency Tenant, Operator Tenant, Reviewer Tenant,
         Finance Tenant, SupportAgent Tenant, Integrator Tenant];

    // The tenant itself.
    ReadPolicy "policy.read" PoliciesRead
        [Creator Tenant, Merchant Tenant, Advertiser Tenant, Agency Tenant, Operator Tenant, Reviewer Tenant, Finance Tenant,
         SupportAgent Tenant, Integrator Tenant];
    ChangePolicy "policy.change" PoliciesWrite [Operator Tenant];
    ReadParty "party.read" PartiesRead
        [Creator Own, Merchant Own, Advertiser Own, Agency Consented, Operator Tenant, Reviewer Tenant, Finance Tenant,
         SupportAgent Tenant, Integrator Tenant];
    RegisterParty "party.register" PartiesWrite [Operator Tenant, Integrator Tenant];
    /// Lets an agency act for oneself, or no longer.
    ConsentToAgency "party.consent_to_agency" PartiesWrite [Creator Own, Merchant Own, Advertiser Own];
    /// Whether the company behind a party is verified, and invoice subjects that do not fit (QB-17).
    QualifyCompany "party.qualify_company" PartiesWrite [Operator Tenant, Finance Tenant];
    ManageStaff "staff.manage" PartiesWrite [Operator Tenant];
    ManageApiKeys "api_key.manage" PartiesWrite [Operator Tenant];
    ReadAuditLog "audit_log.read" PartiesRead [Operator Tenant, Finance Tenant];
}

impl Action {
    /// What an integrator's key must allow for this action.
    #[must_use]
    pub fn scope(self) -> Scope {
        self.line().1
    }

    /// Whether a person who is signed in is asked for their password again (AC-02).
    #[must_use]
    pub const fn asks_again(self) -> bool {
        matches!(
            self,
            Self::CorrectWallet
                | Self::RefundTopUp
                | Self::RefundUnspent
                | Self::WithdrawMoney
                | Self::DecideWithdrawal
                | Self::FreezeWallet
                | Self::RecallCoupon
                | Self::TakeIncentiveMeasure
                | Self::ManageStaff
                | Self::ManageApiKeys
                | Self::ManageWebhooks
        )
    }

    fn line(self) -> &'static Permission {
        PERMISSIONS.iter().find(|line| line.0 == self).expect("every action has a line")
    }
}

/// How far this role may do this; `None` not at all.
pub(super) fn reach(role: Role, action: Action) -> Option<Reach> {
    action.line().2.iter().find(|(allowed, _)| *allowed == role).map(|(_, reach)| *reach)
}

/// Whether this role may do this to something that it stands in this relation to (AC-01).
#[must_use]
pub fn may(role: Role, action: Action, relation: Relation) -> bool {
    match (reach(role, action), relation) {
        (None, _) | (_, Relation::OtherTenant) => false,
        (Some(_), Relation::Own) => true,
        (Some(reach), Relation::Consented) => reach >= Reach::Consented,
        (Some(reach), Relation::SameTenant) => reach >= Reach::Tenant,
    }
}
