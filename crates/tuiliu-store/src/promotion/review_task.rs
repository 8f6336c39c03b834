//! What waits at the review desk (RV-02).

use serde::{Deserialize, Serialize};
use tuiliu_domain::id::{PartyId, PromotionOrderId, ReviewTaskId, TenantId};
use tuiliu_domain::review::{Claim, Opinion, Priority, ReviewTask, TaskKind};
use tuiliu_domain::time::Timestamp;

use super::review::{read_verdict, write_reasons};
use super::stored_state::StoredReason;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Open tasks of one kind, in the order of the queue.
#[derive(Debug, Clone, Copy)]
pub struct TaskPage {
    pub tenant: TenantId,
    pub kind: TaskKind,
    /// Place and id of the last task of the page before.
    pub after: Option<(i64, ReviewTaskId)>,
    pub limit: u32,
}

/// How many verdicts of one kind a reviewer gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictCount {
    pub reviewer: PartyId,
    /// `pass`, `reject` or `escalate`.
    pub verdict: String,
    pub count: u64,
}

/// What waits at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeskLoad {
    pub open: u64,
    /// Past the time their verdict was promised for.
    pub overdue: u64,
}

macro_rules! columns {
    () => {
        "id, tenant_id, order_id, kind, priority, content_version, four_eyes, opened_at, due_at, claimed_by,
        claimed_until, closed_at, version, body"
    };
}

statements! {
    INSERT: concat!("insert into review_task (", columns!(), ", place)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
    UPDATE: "update review_task set kind = $1, claimed_by = $2, claimed_until = $3, closed_at = $4, body = $5,
        version = version + 1 where id = $6 and version = $7";
    FIND: concat!("select ", columns!(), " from review_task where id = $1");
    OPEN_OF_ORDER: concat!("select ", columns!(), " from review_task
        where order_id = $1 and closed_at is null and kind <> 'sample' order by opened_at, id");
    OPEN: concat!("select ", columns!(), " from review_task
        where tenant_id = $1 and kind = $2 and closed_at is null and (place > $3 or (place = $3 and id > $4))
        order by place, id limit $5");
    CHECKS: concat!("select ", columns!(), " from review_task
        where kind = 'check' and closed_at is null order by opened_at, id limit $1");
    SAMPLES: concat!("select ", columns!(), " from review_task
        where tenant_id = $1 and kind = 'sample' and closed_at >= $2 order by closed_at desc, id limit $3");
    LOAD: "select count(*), coalesce(sum(case when due_at < $1 then 1 else 0 end), 0) from review_task
        where tenant_id = $2 and kind = $3 and closed_at is null";
    VERDICTS: "select reviewer_id, verdict, count(*) from review
        where tenant_id = $1 and at >= $2 and reviewer_id is not null
        group by reviewer_id, verdict order by reviewer_id, verdict";
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredOpinion {
    reviewer: u128,
    verdict: String,
    reasons: Vec<StoredReason>,
    at: i64,
}

impl Tx<'_> {
    /// Puts a task on the desk.
    pub fn insert_review_task(&mut self, task: &ReviewTask) -> Result<(), StoreError> {
        let body = write_opinions(&task.opinions)?;
        let values = [
            task.id.into(),
            task.tenant.into(),
            task.order.into(),
            task.kind.code().into(),
            task.priority.rank().into(),
            task.content_version.into(),
            task.four_eyes.into(),
            task.opened_at.into(),
            task.due_at.into(),
            task.claim.map(|claim| claim.reviewer).into(),
            task.claim.map(|claim| claim.until).into(),
            task.closed_at.into(),
            version(task)?.into(),
            (&body).into(),
            task.place().into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// Writes a task over the version that was read; somebody else's later version is a conflict.
    pub fn update_review_task(&mut self, task: &ReviewTask) -> Result<(), StoreError> {
        let body = write_opinions(&task.opinions)?;
        let values = [
            task.kind.code().into(),
            task.claim.map(|claim| claim.reviewer).into(),
            task.claim.map(|claim| claim.until).into(),
            task.closed_at.into(),
            (&body).into(),
            task.id.into(),
            version(task)?.into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// The task with this id.
    pub fn review_task(&mut self, id: ReviewTaskId) -> Result<Option<ReviewTask>, StoreError> {
        self.query_one(FIND, &[id.into()])?.as_ref().map(read).transpose()
    }

    /// What an order waits for at the desk, samples aside.
    pub fn open_review_tasks_of(&mut self, order: PromotionOrderId) -> Result<Vec<ReviewTask>, StoreError> {
        self.query(OPEN_OF_ORDER, &[order.into()])?.iter().map(read).collect()
    }

    /// A page of the queue.
    pub fn open_review_tasks(&mut self, page: TaskPage) -> Result<Vec<ReviewTask>, StoreError> {
        let TaskPage { tenant, kind, after, limit } = page;
        let (place, id) = after.unwrap_or((i64::MIN, ReviewTaskId::new(0)));
        let values = [tenant.into(), kind.code().into(), place.into(), id.into(), limit.into()];
        self.query(OPEN, &values)?.iter().map(read).collect()
    }

    /// Tasks of all tenants that wait for the outside check, oldest first.
    pub fn open_content_checks(&mut self, limit: u32) -> Result<Vec<ReviewTask>, StoreError> {
        self.query(CHECKS, &[limit.into()])?.iter().map(read).collect()
    }

    /// Samples judged since then, newest first.
    pub fn judged_samples(
        &mut self,
        tenant: TenantId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<ReviewTask>, StoreError> {
        self.query(SAMPLES, &[tenant.into(), since.into(), limit.into()])?.iter().map(read).collect()
    }

    /// How much of a kind waits, and how much of it for too long.
    pub fn desk_load(&mut self, tenant: TenantId, kind: TaskKind, now: Timestamp) -> Result<DeskLoad, StoreError> {
        let row = self.query_one(LOAD, &[now.into(), tenant.into(), kind.code().into()])?;
        row.map_or(Ok(DeskLoad::default()), |row| Ok(DeskLoad { open: row.get(0)?, overdue: row.get(1)? }))
    }

    /// Verdicts that people gave since then.
    pub fn verdicts_since(&mut self, tenant: TenantId, since: Timestamp) -> Result<Vec<VerdictCount>, StoreError> {
        let read = |row: &Row| Ok(VerdictCount { reviewer: row.get(0)?, verdict: row.get(1)?, count: row.get(2)? });
        self.query(VERDICTS, &[tenant.into(), since.into()])?.iter().map(read).collect()
    }
}

fn version(task: &ReviewTask) -> Result<i64, StoreError> {
    i64::try_from(task.version).map_err(StoreError::database)
}

fn write_opinions(opinions: &[Opinion]) -> Result<String, StoreError> {
    let stored = opinions.iter().map(|opinion| StoredOpinion {
        reviewer: opinion.reviewer.value(),
        verdict: opinion.verdict.code().to_owned(),
        reasons: write_reasons(&opinion.verdict),
        at: opinion.at.ms(),
    });
    serde_json::to_string(&stored.collect::<Vec<_>>()).map_err(StoreError::database)
}

fn read(row: &Row) -> Result<ReviewTask, StoreError> {
    let id: ReviewTaskId = row.get(0)?;
    let wrong = |reason: String| StoreError::inconsistent(format!("review task {id}"), reason);
    let text: String = row.get(13)?;
    let stored: Vec<StoredOpinion> = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let opinion = |stored: StoredOpinion| {
        Ok(Opinion {
            reviewer: PartyId::new(stored.reviewer),
            verdict: read_verdict(&stored.verdict, stored.reasons)?,
            at: Timestamp::from_ms(stored.at),
        })
    };
    let claim = |(reviewer, until)| Claim { reviewer, until };
    Ok(ReviewTask {
        id,
        tenant: row.get(1)?,
        order: row.get(2)?,
        kind: row.parse(3, |code: String| TaskKind::from_code(&code))?,
        priority: row.parse(4, Priority::from_rank)?,
        content_version: row.get(5)?,
        four_eyes: row.get(6)?,
        opened_at: row.get(7)?,
        due_at: row.get(8)?,
        claim: row.get::<Option<PartyId>>(9)?.zip(row.get::<Option<Timestamp>>(10)?).map(claim),
        opinions: stored.into_iter().map(opinion).collect::<Result<_, String>>().map_err(wrong)?,
        closed_at: row.get(11)?,
        version: row.get(12)?,
    })
}

#[cfg(test)]
mod tests;
