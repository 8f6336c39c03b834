//! Stopping: one signal that readiness, open streams and the server all listen to.

use std::sync::Arc;

use tokio::sync::watch;

/// How far the process is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Requests are welcome.
    Serving,
    /// Requests are still answered, but `/readyz` says no, so that balancers send them elsewhere.
    Draining,
    /// No new connections; streams end, requests under way finish.
    Ending,
}

/// The signal; every clone is the same one.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<Phase>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Serving)))
    }
}

impl Stop {
    /// How far it is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Goes on to `phase`; never back.
    pub fn enter(&self, phase: Phase) {
        self.0.send_if_modified(|current| {
            let later = phase > *current;
            *current = phase.max(*current);
            later
        });
    }

    /// Waits until `phase` or a later one is reached.
    pub async fn reached(&self, phase: Phase) {
        let mut phases = self.0.subscribe();
        let waited = phases.wait_for(|current| *current >= phase).await.is_ok();
        assert!(waited, "this signal keeps its own sender");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn goes_forward_only_and_tells_everybody() {
        let stop = Stop::default();
        let twin = stop.clone();
        let waiting = tokio::spawn(async move { twin.reached(Phase::Draining).await });
        stop.enter(Phase::Ending);
        stop.enter(Phase::Serving);
        waiting.await.unwrap();
        assert_eq!(stop.phase(), Phase::Ending);
    }
}
