//! Money of the sample that waits for staff: withdrawals, a bank transfer with its line, a verified company.

use anyhow::{Context, Result};
use tuiliu_app::wallet::{AddPayoutAccount, AnnounceBankTransfer, RequestWithdrawal};
use tuiliu_app::{CommandError, Shell, Tx};
use tuiliu_domain::calendar::Day;
use tuiliu_domain::id::PartyId;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::Desk;
use tuiliu_domain::wallet::{BankLineDraft, QualificationDraft, QualificationState};

use super::Sample;
use crate::seed::platform::refused;

/// Whose money it is: the merchant who can sign in.
const OWNER: usize = 1;
const COMPANY: &str = "杭州麦香商贸有限公司";
const TAX_NUMBER: &str = "91350100M000100Y43";
/// Withdrawals in fen: one that one person approves, one that takes two.
const WITHDRAWN: [i64; 2] = [200_000, 1_200_000];
/// An announced transfer in fen.
const TRANSFERRED: i64 = 10_000_000;

impl Sample {
    /// What the desks of operators and finance have to do from the start.
    pub(super) async fn money(&self) -> Result<()> {
        let party = self.creators[OWNER];
        self.company(party).await.context("failed to verify the sample's company")?;
        self.withdrawals(party).await?;
        self.transfer(party).await
    }

    async fn company(&self, party: PartyId) -> Result<()> {
        let platform = &self.platform;
        if platform.app.company_qualification(platform.actor(), party).await?.is_some() {
            return Ok(());
        }
        let draft = QualificationDraft {
            state: QualificationState::Verified,
            subject_name: COMPANY.to_owned(),
            tax_number: TAX_NUMBER.to_owned(),
            note: "business licence seen".to_owned(),
        };
        platform.app.qualify_company(platform.actor(), party, (0, draft)).await?;
        Ok(())
    }

    async fn withdrawals(&self, party: PartyId) -> Result<()> {
        let caller = self.platform.caller();
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let (holder, bank) = (COMPANY.to_owned(), "招商银行杭州分行".to_owned());
            let add = AddPayoutAccount { party, holder, bank, number: "571912345610000001".to_owned() };
            let account = shell.add_payout_account(tx, &caller, &add).map_err(refused)?.id;
            for fen in WITHDRAWN {
                let amount = Amount::new(fen);
                let ask = RequestWithdrawal { party, account, amount, desk: Desk::Express };
                shell.request_withdrawal(tx, &caller, ask).map_err(refused)?;
            }
            Ok(String::new())
        };
        self.platform.once("sample withdrawals", work).await.map(drop)
    }

    /// An announced transfer, the line of it on the bank's statement, and one that nobody announced.
    async fn transfer(&self, party: PartyId) -> Result<()> {
        let actor = self.platform.actor();
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let (amount, payer_name) = (Amount::new(TRANSFERRED), COMPANY.to_owned());
            let announce = AnnounceBankTransfer { party, amount, payer_name, desk: Desk::Express };
            let (_, transfer) = shell.announce_bank_transfer(tx, &actor, &announce).map_err(refused)?;
            let line = |reference: &str, fen: i64, payer_name: &str, remittance: String| {
                let (reference, payer_name) = (reference.to_owned(), payer_name.to_owned());
                let booked_on = Day::at(shell.now());
                Ok(BankLineDraft { reference, amount: Amount::new(fen), payer_name, remittance, booked_on })
            };
            let announced = line("sample-0001", TRANSFERRED, COMPANY, format!("充值 {}", transfer.code));
            let unknown = line("sample-0002", 350_000, "宁波某某贸易有限公司", "货款".to_owned());
            shell.enter_bank_lines(tx, &actor, &[announced, unknown]).map_err(refused)?;
            Ok::<_, CommandError<_>>(String::new())
        };
        self.platform.once("sample bank transfer", work).await.map(drop)
    }
}
