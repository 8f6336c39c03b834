//! Asking the outside check: a task waits for it, a job asks, and a command takes the answer in (RV-01).

use std::convert::Infallible;
use std::sync::Arc;

use tokio::task::JoinSet;
use tracing::{error, warn};
use tuiliu_domain::id::ReviewTaskId;
use tuiliu_domain::promotion::{Content, PromotionOrder};
use tuiliu_domain::review::{CheckAnswer, ReviewTask, TaskKind, Verdict, after_check};
use tuiliu_store::{StoreError, Tx};

use super::review::content_of;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outside::{CheckFault, ContentCheck, ContentQuestion};

impl App {
    /// The same app, with content judged from outside after the rules and before people.
    #[must_use]
    pub fn with_content_check(self, check: Arc<dyn ContentCheck>) -> Self {
        assert!(self.shell.content_check.set(check).is_ok(), "the outside check is set once");
        self
    }

    /// Asks the outside check what waits for it, and takes its answers in; how many were.
    pub async fn ask_content_checks(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        let Some(check) = self.shell.content_check.get().cloned() else { return Ok(0) };
        let questions = self.read(move |_, tx| Ok(questions(tx, limit)?)).await?;
        let mut asked = JoinSet::new();
        for question in questions {
            let check = Arc::clone(&check);
            asked.spawn(async move { (question.task, check.check(question).await) });
        }
        let mut answered = 0;
        while let Some(done) = asked.join_next().await {
            let Ok((task, answer)) = done else { continue };
            match self.write(move |shell, tx| Ok::<_, CommandError<Infallible>>(take(shell, tx, task, &answer)?)).await
            {
                Ok(done) => answered += usize::from(done),
                Err(fault) => error!(review_task.id = %task, fault = %fault, "could not take in an outside check"),
            }
        }
        Ok(answered)
    }
}

fn questions(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<ContentQuestion>, StoreError> {
    let mut questions = Vec::new();
    for task in tx.open_content_checks(limit)? {
        let Some(order) = tx.promotion_order(task.order)? else { continue };
        let content = content_of(tx, &order)?;
        questions.push(question(&task, &order, &content));
    }
    Ok(questions)
}

fn question(task: &ReviewTask, order: &PromotionOrder, content: &Content) -> ContentQuestion {
    ContentQuestion {
        task: task.id,
        tenant: order.tenant,
        order: order.id,
        content: order.content,
        external_id: content.external_id().to_owned(),
        content_version: task.content_version,
        title: content.title().to_owned(),
        category: content.category().to_owned(),
        form: order.form.code(),
        has_cart: content.has_goods(),
    }
}

/// Takes an answer in; `false` while it is still waited for, or when nothing waits any more.
fn take(
    shell: &Shell,
    tx: &mut Tx<'_>,
    task: ReviewTaskId,
    answer: &Result<Verdict, CheckFault>,
) -> Result<bool, StoreError> {
    let Some(task) = tx.review_task(task)? else { return Ok(false) };
    if task.kind != TaskKind::Check || task.closed_at.is_some() {
        return Ok(false);
    }
    let Some(order) = tx.promotion_order(task.order)? else { return Ok(false) };
    let (content, policy) = (content_of(tx, &order)?, shell.policy(tx, order.tenant)?);
    if order.review_due(&content).is_none_or(|request| request.content_version != task.content_version) {
        tx.update_review_task(&task.closed(shell.now()))?;
        return Ok(false);
    }
    let said = match answer {
        Ok(verdict) => CheckAnswer::Said(verdict.clone()),
        Err(fault) if shell.now() < task.opened_at.plus_ms(policy.review.check_wait_ms) => {
            warn!(review_task.id = %task.id, fault = %fault, "no answer from the outside check yet");
            return Ok(false);
        }
        Err(_) => CheckAnswer::Silent,
    };
    let rules = order.screen(&content, &policy.review);
    let verdict = after_check(rules, said, policy.review.check_silence);
    match verdict {
        Verdict::Escalate(_) => tx.update_review_task(&task.handed_to_people())?,
        Verdict::Pass | Verdict::Reject(_) => tx.update_review_task(&task.closed(shell.now()))?,
    }
    shell.give_verdict(tx, order, &content, (verdict, None))?;
    Ok(true)
}
