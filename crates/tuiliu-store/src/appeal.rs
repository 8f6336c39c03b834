//! Appeals (RV-04).

use tuiliu_domain::appeal::{Appeal, AppealAnswer, AppealEvidence, AppealState, AppealSubject};
use tuiliu_domain::id::{AppealId, PartyId, TenantId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Which appeals a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct AppealPage {
    pub tenant: TenantId,
    /// `None` is everybody.
    pub party: Option<PartyId>,
    pub before: Option<AppealId>,
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "id, tenant_id, party_id, subject, subject_id, first_decider_id, evidence, links, state, created_at,
        promised_at, reviewer_id, answer, decided_at, version"
    };
}

statements! {
    INSERT: concat!("insert into appeal (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)");
    FIND: concat!("select ", columns!(), " from appeal where tenant_id = $1 and id = $2 /*lock*/");
    UPDATE: "update appeal set state = $3, reviewer_id = $4, answer = $5, decided_at = $6, version = version + 1
        where id = $1 and version = $2";
    OF_PARTY: concat!("select ", columns!(), " from appeal
        where tenant_id = $1 and party_id = $2 and id < $3 order by id desc limit $4");
    OF_TENANT: concat!("select ", columns!(), " from appeal
        where tenant_id = $1 and id < $2 order by id desc limit $3");
    IN_STATE: concat!("select ", columns!(), " from appeal
        where tenant_id = $1 and state = $2 and id > $3 order by id limit $4");
    OF_SUBJECT: concat!("select ", columns!(), " from appeal
        where tenant_id = $1 and subject = $2 and subject_id = $3 order by id");
}

impl Tx<'_> {
    /// Keeps a new appeal.
    pub fn add_appeal(&mut self, appeal: &Appeal) -> Result<(), StoreError> {
        let links = serde_json::to_string(&appeal.evidence.links).map_err(StoreError::database)?;
        let subject_id = appeal.subject_id.to_be_bytes();
        let answer = appeal.answer.as_ref();
        let values = [
            appeal.id.into(),
            appeal.tenant.into(),
            appeal.party.into(),
            appeal.subject.code().into(),
            subject_id.as_slice().into(),
            appeal.first_decider.into(),
            (&appeal.evidence.text).into(),
            (&links).into(),
            appeal.state.code().into(),
            appeal.created_at.into(),
            appeal.promised_at.into(),
            answer.map(|answer| answer.reviewer).into(),
            answer.map(|answer| &answer.text).into(),
            answer.map(|answer| answer.at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's appeal with this id.
    pub fn appeal(&mut self, tenant: TenantId, id: AppealId) -> Result<Option<Appeal>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// Writes an appeal over the version that was read.
    pub fn update_appeal(&mut self, appeal: &Appeal) -> Result<(), StoreError> {
        let version = i64::try_from(appeal.version).map_err(StoreError::database)?;
        let answer = appeal.answer.as_ref();
        let values = [
            appeal.id.into(),
            version.into(),
            appeal.state.code().into(),
            answer.map(|answer| answer.reviewer).into(),
            answer.map(|answer| &answer.text).into(),
            answer.map(|answer| answer.at).into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// A page of appeals, newest first.
    pub fn appeals(&mut self, page: AppealPage) -> Result<Vec<Appeal>, StoreError> {
        let AppealPage { tenant, party, before, limit } = page;
        let before = before.unwrap_or(AppealId::new(u128::MAX));
        let rows = match party {
            Some(party) => self.query(OF_PARTY, &[tenant.into(), party.into(), before.into(), limit.into()])?,
            None => self.query(OF_TENANT, &[tenant.into(), before.into(), limit.into()])?,
        };
        rows.iter().map(read).collect()
    }

    /// Appeals in one state, oldest first: the queue of those that wait.
    pub fn appeals_in_state(
        &mut self,
        tenant: TenantId,
        state: AppealState,
        (after, limit): (Option<AppealId>, u32),
    ) -> Result<Vec<Appeal>, StoreError> {
        let after = after.unwrap_or(AppealId::new(0));
        let values = [tenant.into(), state.code().into(), after.into(), limit.into()];
        self.query(IN_STATE, &values)?.iter().map(read).collect()
    }

    /// Every appeal against one decision, oldest first.
    pub fn appeals_of_subject(
        &mut self,
        tenant: TenantId,
        subject: AppealSubject,
        subject_id: u128,
    ) -> Result<Vec<Appeal>, StoreError> {
        let subject_id = subject_id.to_be_bytes();
        let values = [tenant.into(), subject.code().into(), subject_id.as_slice().into()];
        self.query(OF_SUBJECT, &values)?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Appeal, StoreError> {
    let id: AppealId = row.get(0)?;
    let links: String = row.get(7)?;
    let links = serde_json::from_str(&links)
        .map_err(|error| StoreError::inconsistent(format!("appeal {id}"), error.to_string()))?;
    let (reviewer, text, at): (Option<PartyId>, Option<String>, Option<Timestamp>) =
        (row.get(11)?, row.get(12)?, row.get(13)?);
    let answer = match (reviewer, text, at) {
        (Some(reviewer), Some(text), Some(at)) => Some(AppealAnswer { reviewer, text, at }),
        _ => None,
    };
    Ok(Appeal {
        id,
        tenant: row.get(1)?,
        party: row.get(2)?,
        subject: row.parse(3, |code: String| AppealSubject::from_code(&code))?,
        subject_id: row.get::<[u8; 16]>(4).map(u128::from_be_bytes)?,
        first_decider: row.get(5)?,
        evidence: AppealEvidence { text: row.get(6)?, links },
        state: row.parse(8, |code: String| AppealState::from_code(&code))?,
        created_at: row.get(9)?,
        promised_at: row.get(10)?,
        answer,
        version: row.get(14)?,
    })
}

#[cfg(test)]
mod tests;
