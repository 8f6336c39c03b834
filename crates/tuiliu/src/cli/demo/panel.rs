//! The panel in the terminal: what the sample is doing now, and whether its books are true.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};
use tuiliu_app::CommandError;
use tuiliu_domain::money::MICROS_PER_UNIT;
use tuiliu_sim::progress::Progress;
use tuiliu_sim::sample::Sample;

const TICK: Duration = Duration::from_secs(1);
/// Ticks between two looks at orders and charges, and from the end of an audit to the next.
const FIGURES_EVERY: u64 = 3;
const AUDIT_PAUSE: u64 = 60;
/// Ticks between two lines where no terminal shows the panel.
const LINE_EVERY: u64 = 30;
/// States of orders that are not over.
const OPEN: &[&str] = &["pending_payment", "in_review", "reserved", "running", "paused", "settling"];

/// What is read from the store now and then.
#[derive(Debug, Clone, Default)]
struct Figures {
    running: i64,
    open: i64,
    orders: i64,
    charges: i64,
    spent_beans: i64,
    audit: String,
}

/// The panel and what it shows.
pub(super) struct Panel {
    sample: Sample,
    progress: Arc<Progress>,
    bar: ProgressBar,
    figures: Figures,
    /// The audit that runs, beside everything else.
    audit: Option<JoinHandle<Result<String>>>,
    next_audit: u64,
}

impl Panel {
    pub(super) fn new(sample: Sample, progress: Arc<Progress>) -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is well formed");
        let figures = Figures { audit: "not yet".to_owned(), ..Figures::default() };
        let bar = ProgressBar::new_spinner().with_style(style);
        Self { sample, progress, bar, figures, audit: None, next_audit: FIGURES_EVERY }
    }

    /// Shows until told to stop.
    pub(super) async fn show(mut self, mut stop: watch::Receiver<bool>) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let told = async move { drop(stop.wait_for(|stop| *stop).await) };
        tokio::pin!(told);
        let (mut nth, mut decisions) = (0_u64, 0_u64);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = &mut told => break,
            }
            if let Err(error) = self.read(nth).await {
                warn!(error = format!("{error:#}"), "could not read what the panel shows");
            }
            let now = self.progress.decisions.get();
            let line = self.line(now - decisions);
            decisions = now;
            self.bar.set_message(line.clone());
            self.bar.tick();
            if self.bar.is_hidden() && nth.is_multiple_of(LINE_EVERY) {
                info!("{line}");
            }
            nth += 1;
        }
        self.bar.finish_and_clear();
    }

    fn line(&self, per_second: u64) -> String {
        let Figures { running, open, orders, charges, spent_beans, audit } = &self.figures;
        let (shown, events) = (self.progress.shown.get(), self.progress.events.get());
        format!(
            "{per_second} decisions/s  shown {shown}  events {events}  charges {charges}  \
            orders {running} running, {open} open of {orders}  spent {spent_beans} beans  audit {audit}"
        )
    }

    async fn read(&mut self, nth: u64) -> Result<()> {
        let platform = &self.sample.platform;
        if nth.is_multiple_of(FIGURES_EVERY) {
            let counts =
                platform.app.count_promotion_orders(platform.actor()).await.context("failed to count orders")?;
            let sum = |of: &dyn Fn(&str) -> bool| -> i64 {
                counts.iter().filter(|(state, _)| of(state)).map(|(_, count)| *count).sum()
            };
            let sums = platform.app.read(|_, tx| Ok::<_, CommandError<std::convert::Infallible>>(tx.charge_sums()?));
            let sums = sums.await.context("failed to add up charges")?;
            self.figures.running = sum(&|state| state == "running");
            self.figures.open = sum(&|state| OPEN.contains(&state));
            self.figures.orders = sum(&|_| true);
            self.figures.charges = sums.iter().map(|order| order.rows).sum();
            self.figures.spent_beans = sums.iter().map(|order| order.price.get()).sum::<i64>() / MICROS_PER_UNIT;
        }
        self.read_audit(nth).await
    }

    /// Starts an audit, or reads what one has found.
    async fn read_audit(&mut self, nth: u64) -> Result<()> {
        match self.audit.take() {
            Some(running) if running.is_finished() => {
                self.next_audit = nth + AUDIT_PAUSE;
                self.figures.audit = running.await.context("the audit fell over")??;
            }
            None if self.next_audit <= nth => {
                let app = self.sample.platform.app.clone();
                self.audit =
                    Some(tokio::spawn(
                        async move { Ok(app.audit(|_| {}).await.context("failed to audit")?.verdict()) },
                    ));
            }
            waiting => self.audit = waiting,
        }
        Ok(())
    }
}
