//! The jobs loop: what time does to the platform, done by commands with a limit, again and again.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info};

use crate::app::App;
use crate::delivery::NodeStanding;
use crate::error::CommandError;

/// Questions asked of the outside check at once.
const CHECKS_PER_ROUND: u32 = 32;

/// How often each kind of job is looked at.
#[derive(Debug, Clone, Copy)]
pub struct JobRhythm {
    /// Snapshots, leases, folding of events.
    pub delivery: Duration,
    /// Pacing, and what is due to orders and rooms.
    pub due: Duration,
    /// Lapsed coupons, and whatever is only kept for a while.
    pub housekeeping: Duration,
}

impl Default for JobRhythm {
    fn default() -> Self {
        Self { delivery: Duration::from_millis(50), due: Duration::from_secs(1), housekeeping: Duration::from_secs(60) }
    }
}

impl App {
    /// Begins this node's epoch and runs all jobs until told to stop. A job that fails is logged and tried again.
    pub async fn run_jobs(self, rhythm: JobRhythm, mut stop: watch::Receiver<bool>) {
        while let Err(fault) = self.start_delivery().await {
            error!(fault = %fault, "could not start delivery");
            tokio::select! {
                () = tokio::time::sleep(rhythm.due) => {}
                () = told(&mut stop) => return,
            }
        }
        let mut delivery = interval(rhythm.delivery);
        let mut due = interval(rhythm.due);
        let mut housekeeping = interval(rhythm.housekeeping);
        for ticks in [&mut delivery, &mut due, &mut housekeeping] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        }
        // Waiting for another system must hold nothing else up.
        let checks = tokio::spawn(self.clone().ask_again_and_again(rhythm.due));
        let webhooks = tokio::spawn(self.clone().send_webhooks_again_and_again(rhythm.due));
        let forgetting = tokio::spawn(self.clone().forget_again_and_again(rhythm.housekeeping));
        loop {
            tokio::select! {
                _ = delivery.tick() => {
                    note_wins(self.save_many_wins().await);
                    self.deliver().await;
                }
                _ = due.tick() => {
                    note_wins(self.save_wins().await);
                    self.due_once().await;
                }
                _ = housekeeping.tick() => self.housekeep_once().await,
                () = told(&mut stop) => break,
            }
        }
        // What was acknowledged is folded on the way out, and what was leased goes to the other nodes at once.
        self.deliver_once().await;
        if let Err(fault) = self.stop_delivery().await {
            error!(fault = %fault, "could not end the epoch of this node");
        }
        self.remember_predictions().await;
        self.write_requests_down().await;
        checks.abort();
        // What was under way is sent again once its time is over: at least once.
        webhooks.abort();
        forgetting.abort();
        info!("stopped the jobs");
    }

    /// Asks the outside check whatever waits for it, for ever.
    async fn ask_again_and_again(self, pause: Duration) {
        loop {
            if let Err(fault) = self.ask_content_checks(CHECKS_PER_ROUND).await {
                error!(fault = %fault, "could not ask the outside check");
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Forgets what is only kept for a while, for ever; beside the other jobs, since many small steps take a while.
    async fn forget_again_and_again(self, pause: Duration) {
        loop {
            match self.forget_old().await {
                Ok(0) => {}
                Ok(forgotten) => info!(forgotten.rows = forgotten, "forgot what was old"),
                Err(fault) => error!(fault = %fault, "could not forget what is old"),
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Whether this node has begun its epoch and holds it: otherwise it has nothing to show.
    #[must_use]
    pub fn is_delivering(&self) -> bool {
        self.node_standing() == NodeStanding::Delivering
    }

    /// One round of the data plane's jobs; the simulator and the replay call it under their own clock.
    pub async fn deliver_once(&self) {
        note_wins(self.save_wins().await);
        self.deliver().await;
    }

    async fn deliver(&self) {
        let engine = &self.shell.engine;
        if let Err(fault) = self.keep_epoch().await {
            error!(fault = %fault, "could not keep the epoch of this node");
        }
        if let Err(fault) = self.heed_other_nodes().await {
            error!(fault = %fault, "could not hear what other nodes charged or want");
        }
        if let Err(fault) = self.fold_round().await {
            error!(fault = %fault, "could not fold events");
        }
        engine.learning.take_served(self.shell.now());
        let changes = engine.changes();
        if engine.refreshed() != changes {
            match self.refresh_delivery().await {
                Ok(()) => engine.set_refreshed(changes),
                Err(fault) => error!(fault = %fault, "could not refresh the snapshots"),
            }
        }
        if let Err(fault) = self.lend_budgets().await {
            error!(fault = %fault, "could not lend budgets");
        }
    }

    /// One round of pacing and of what is due.
    pub async fn due_once(&self) {
        self.follow_other_nodes().await;
        self.pace_delivery();
        if let Err(fault) = self.run_due().await {
            error!(fault = %fault, "could not do what is due");
        }
        if let Err(fault) = self.judge_broadcasts(100).await {
            error!(fault = %fault, "could not look at what broadcasts have earned");
        }
        if let Err(fault) = self.run_due_guarantees().await {
            error!(fault = %fault, "could not do what is due to guarantees");
        }
        if let Err(fault) = self.close_guarantees(100).await {
            error!(fault = %fault, "could not close cost guarantees");
        }
        if let Err(fault) = self.send_refunds(100).await {
            error!(fault = %fault, "could not send refunds");
        }
        if let Err(fault) = self.send_payouts(100).await {
            error!(fault = %fault, "could not send payouts");
        }
        if let Err(fault) = self.expire_payments(100).await {
            error!(fault = %fault, "could not close payments");
        }
        self.write_requests_down().await;
    }

    /// One round of what is done seldom.
    pub async fn housekeep_once(&self) {
        if let Err(fault) = self.expire_coupons(1_000).await {
            error!(fault = %fault, "could not expire coupons");
        }
        if let Err(fault) = self.tell_expiring_coupons(1_000).await {
            error!(fault = %fault, "could not tell of coupons that end soon");
        }
        if let Err(fault) = self.expire_gifts(1_000).await {
            error!(fault = %fault, "could not expire gifts");
        }
        if let Err(fault) = self.judge_periods(1_000).await {
            error!(fault = %fault, "could not look at what periods have earned");
        }
        if let Err(fault) = self.save_last_used().await {
            error!(fault = %fault, "could not save when keys were used");
        }
        if let Err(fault) = self.settle_recaps(100).await {
            error!(fault = %fault, "could not keep the recaps of broadcasts");
        }
        if let Err(fault) = self.inspect_traffic(100).await {
            error!(fault = %fault, "could not look back at traffic");
        }
        if let Err(fault) = self.fit_lift_priors().await {
            error!(fault = %fault, "could not fit natural rates");
        }
        if let Err(fault) = self.update_forecasts().await {
            error!(fault = %fault, "could not read what orders brought that ended");
        }
        if let Err(fault) = self.plan_help().await {
            error!(fault = %fault, "could not plan help for guaranteed videos");
        }
        if let Err(fault) = self.learn_guarantees().await {
            error!(fault = %fault, "could not learn what quotes of guarantees rest on");
        }
        self.forget_what_was_kept_for_a_while().await;
        self.remember_predictions().await;
    }

    /// What is kept for people to look at, and only for a while.
    async fn forget_what_was_kept_for_a_while(&self) {
        if let Err(fault) = self.forget_old_access().await {
            error!(fault = %fault, "could not forget old sessions and failed sign-ins");
        }
        if let Err(fault) = self.forget_platform_viewers().await {
            error!(fault = %fault, "could not forget the viewers of months that are long over");
        }
        if let Err(fault) = self.forget_webhooks().await {
            error!(fault = %fault, "could not forget old webhooks");
        }
        if let Err(fault) = self.forget_logged_requests().await {
            error!(fault = %fault, "could not forget old requests");
        }
    }

    async fn write_requests_down(&self) {
        if let Err(fault) = self.save_logged_requests().await {
            error!(fault = %fault, "could not write requests down");
        }
    }

    async fn remember_predictions(&self) {
        if let Err(fault) = self.save_predictions().await {
            error!(fault = %fault, "could not save what was learnt of rates");
        }
    }
}

fn note_wins(saved: Result<(), CommandError<Infallible>>) {
    if let Err(fault) = saved {
        error!(fault = %fault, "could not write down whom orders have won");
    }
}

/// Waits until told to stop, or until nobody is left who could tell.
async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}
