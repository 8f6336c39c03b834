//! The log of requests: what keys asked lately, for whoever looks for what went wrong.
//!
//! Whoever answers leaves a line in memory; a job writes lines down. When there are too many, lines are lost, never
//! answers.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tuiliu_domain::id::{ApiKeyId, LoggedRequestId};
use tuiliu_domain::limits::{LOGGED_REQUESTS_MAX, LOGGED_REQUESTS_WAITING_MAX};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::RequestLogPage;

pub use tuiliu_store::LoggedRequest;

use crate::access::{Caller, Credential, of_tenant};
use crate::app::App;
use crate::error::CommandError;

/// Requests are kept so long, and no more than the limit of each tenant.
const KEEP_MS: i64 = 7 * DAY_MS;

/// What was answered and is not written down yet.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    waiting: Mutex<Vec<LoggedRequest>>,
    logged: AtomicU64,
}

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredRequest {
    pub method: String,
    pub route: String,
    pub path: String,
    pub status: u16,
    pub code: Option<String>,
    pub duration_us: i64,
    pub request_id: String,
    pub request_bytes: i64,
    pub answer_bytes: i64,
    pub body: Option<String>,
}

/// Which requests to list, newest first.
#[derive(Debug, Clone, Copy)]
pub struct RequestLogList {
    pub key: Option<ApiKeyId>,
    /// From the lower to the upper status, both included.
    pub status: (u16, u16),
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// The last one of the page before.
    pub before: Option<LoggedRequestId>,
    pub limit: u32,
}

impl App {
    /// Notes what was answered to a key; nothing waits for it. What people do is in their pages.
    pub fn log_request(&self, caller: &Caller, answered: AnsweredRequest) {
        let Credential::ApiKey { key, .. } = caller.credential else { return };
        let shell = &self.shell;
        let mut waiting = shell.request_log.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= LOGGED_REQUESTS_WAITING_MAX {
            return;
        }
        let AnsweredRequest { method, route, path, status, code, .. } = answered;
        waiting.push(LoggedRequest {
            id: self.next_line(),
            tenant: caller.actor.tenant,
            at: shell.now(),
            key,
            method,
            route,
            path,
            status,
            code,
            duration_us: answered.duration_us,
            request_id: answered.request_id,
            request_bytes: answered.request_bytes,
            answer_bytes: answered.answer_bytes,
            body: answered.body,
        });
    }

    /// Time, node and a number: no line has another's id, and nobody need draw one.
    fn next_line(&self) -> LoggedRequestId {
        let number = self.shell.request_log.logged.fetch_add(1, Ordering::Relaxed);
        let ms = u128::try_from(self.shell.now().ms()).unwrap_or(0);
        let node = u128::from(self.shell.engine.config.node & 0xFFFF);
        LoggedRequestId::new(ms << 80 | node << 64 | u128::from(number))
    }

    /// Writes down what was answered; the tenant's oldest make room. How many were written.
    pub async fn save_logged_requests(&self) -> Result<usize, CommandError<Infallible>> {
        let waiting = {
            let mut waiting = self.shell.request_log.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        if waiting.is_empty() {
            return Ok(0);
        }
        self.write(move |_, tx| {
            for request in &waiting {
                tx.log_request(request)?;
            }
            for tenant in waiting.iter().map(|request| request.tenant).collect::<BTreeSet<_>>() {
                tx.trim_logged_requests(tenant, LOGGED_REQUESTS_MAX)?;
            }
            Ok(waiting.len())
        })
        .await
    }

    /// A page of what was asked of the actor's tenant, newest first.
    pub async fn logged_requests(
        &self,
        actor: Actor,
        list: RequestLogList,
    ) -> Result<Vec<LoggedRequest>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadRequestLog, &of_tenant(actor.tenant))?;
            let RequestLogList { key, status, from, to, before, limit } = list;
            let from = from.unwrap_or(Timestamp::from_ms(0));
            let time = (from, to.unwrap_or(Timestamp::from_ms(i64::MAX)));
            Ok(tx.logged_requests(RequestLogPage { tenant: actor.tenant, key, status, time, before, limit })?)
        })
        .await
    }

    /// Forgets requests whose time is over.
    pub(crate) async fn forget_logged_requests(&self) -> Result<u64, CommandError<Infallible>> {
        self.write(|shell, tx| Ok(tx.forget_logged_requests(shell.now().plus_ms(-KEEP_MS))?)).await
    }
}
