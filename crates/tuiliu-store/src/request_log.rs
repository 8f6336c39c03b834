//! What keys asked lately: kept for a while, so that developers see what went wrong.

use tuiliu_domain::id::{ApiKeyId, LoggedRequestId, TenantId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One request and what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Sorts by the time it was answered.
    pub id: LoggedRequestId,
    pub tenant: TenantId,
    pub at: Timestamp,
    /// With which key.
    pub key: ApiKeyId,
    pub method: String,
    /// As the document writes it.
    pub route: String,
    /// With its query, without credentials.
    pub path: String,
    pub status: u16,
    /// The code of the problem, if it was refused.
    pub code: Option<String>,
    pub duration_us: i64,
    pub request_id: String,
    pub request_bytes: i64,
    pub answer_bytes: i64,
    /// Of a refused write, without secrets and persons.
    pub body: Option<String>,
}

/// Which requests a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct RequestLogPage {
    pub tenant: TenantId,
    pub key: Option<ApiKeyId>,
    /// From the lower to the upper status, both included.
    pub status: (u16, u16),
    /// From the earlier instant on, before the later one.
    pub time: (Timestamp, Timestamp),
    pub before: Option<LoggedRequestId>,
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "id, tenant_id, at, key_id, method, route, path, status, code, duration_us, request_id,
        request_bytes, answer_bytes, body"
    };
}

statements! {
    INSERT: concat!("insert into request_log (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    PAGE: concat!("select ", columns!(), " from request_log where tenant_id = $1 and id < $2
        and status between $3 and $4 and at >= $5 and at < $6 order by id desc limit $7");
    PAGE_OF: concat!("select ", columns!(), " from request_log where tenant_id = $1 and id < $2
        and status between $3 and $4 and at >= $5 and at < $6 and key_id = $7 order by id desc limit $8");
    COUNT: "select count(*) from request_log where tenant_id = $1";
    TRIM: "delete from request_log where tenant_id = $1 and id in
        (select id from request_log where tenant_id = $1 order by id limit $2)";
    FORGET: "delete from request_log where at < $1";
}

impl Tx<'_> {
    /// Keeps a request.
    pub fn log_request(&mut self, request: &LoggedRequest) -> Result<(), StoreError> {
        let values = [
            request.id.into(),
            request.tenant.into(),
            request.at.into(),
            request.key.into(),
            (&request.method).into(),
            (&request.route).into(),
            (&request.path).into(),
            i64::from(request.status).into(),
            request.code.as_ref().into(),
            request.duration_us.into(),
            (&request.request_id).into(),
            request.request_bytes.into(),
            request.answer_bytes.into(),
            request.body.as_ref().into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// A page of a tenant's requests, newest first.
    pub fn logged_requests(&mut self, page: RequestLogPage) -> Result<Vec<LoggedRequest>, StoreError> {
        let RequestLogPage { tenant, key, status, time, before, limit } = page;
        let before = before.unwrap_or(LoggedRequestId::new(u128::MAX));
        let (least, most) = (i64::from(status.0).into(), i64::from(status.1).into());
        let (from, to) = (time.0.into(), time.1.into());
        let rows = match key {
            None => self.query(PAGE, &[tenant.into(), before.into(), least, most, from, to, limit.into()])?,
            Some(key) => {
                let values = [tenant.into(), before.into(), least, most, from, to, key.into(), limit.into()];
                self.query(PAGE_OF, &values)?
            }
        };
        rows.iter().map(read).collect()
    }

    /// Forgets a tenant's oldest requests beyond so many.
    pub fn trim_logged_requests(&mut self, tenant: TenantId, keep: u32) -> Result<u64, StoreError> {
        let kept = self.query_one(COUNT, &[tenant.into()])?.map_or(Ok(0), |row| row.get::<i64>(0))?;
        let over = kept.saturating_sub(i64::from(keep));
        if over <= 0 { Ok(0) } else { self.execute(TRIM, &[tenant.into(), over.into()]) }
    }

    /// Forgets requests before this instant.
    pub fn forget_logged_requests(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(FORGET, &[before.into()])
    }
}

fn read(row: &Row) -> Result<LoggedRequest, StoreError> {
    Ok(LoggedRequest {
        id: row.get(0)?,
        tenant: row.get(1)?,
        at: row.get(2)?,
        key: row.get(3)?,
        method: row.get(4)?,
        route: row.get(5)?,
        path: row.get(6)?,
        status: row.get(7)?,
        code: row.get(8)?,
        duration_us: row.get(9)?,
        request_id: row.get(10)?,
        request_bytes: row.get(11)?,
        answer_bytes: row.get(12)?,
        body: row.get(13)?,
    })
}

#[cfg(test)]
mod tests;
