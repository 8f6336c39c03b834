//! The app: what the api, the jobs and the simulator call.

use std::error::Error;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, OnceLock};

use tokio::sync::oneshot;
use tuiliu_domain::calendar::Calendar;
use tuiliu_domain::id::Id;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{Store, StoreError, Tx};

use crate::access::{Access, PasswordCost};
use crate::audit::log;
use crate::delivery::{Engine, EngineConfig, EngineKeys, SeenEvents};
use crate::error::CommandError;
use crate::guarantee::QuoteDesk;
use crate::outside::{Clock, ContentCheck, Ids, Outside, PaymentProvider, Secrets, WebhookCarrier, next_id};
use crate::request_log::RequestLog;
use crate::retention::Retention;

/// What commands may use besides their transaction.
pub struct Shell {
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) ids: Box<dyn Ids>,
    pub(crate) secrets: Box<dyn Secrets>,
    pub(crate) access: Access,
    pub(crate) engine: Arc<Engine>,
    /// Which days people work (WL-09).
    pub(crate) calendar: Calendar,
    /// What quotes of guarantees are made from.
    pub(crate) quotes: QuoteDesk,
    /// How long things are kept that nothing rests on for ever.
    pub(crate) retention: Retention,
    /// Who takes payments; set once, before the app is used.
    pub(crate) payments: OnceLock<Arc<dyn PaymentProvider>>,
    /// Who judges content from outside, if anybody; set once, before the app is used.
    pub(crate) content_check: OnceLock<Arc<dyn ContentCheck>>,
    /// Who carries events to servers of the host, if anybody; set once, before the app is used.
    pub(crate) webhooks: OnceLock<Arc<dyn WebhookCarrier>>,
    /// Notices that wait to be told to endpoints.
    pub(crate) notices_waiting: AtomicI64,
    /// What was answered and is not written down yet.
    pub(crate) request_log: RequestLog,
    /// What was reported to this node lately.
    pub(crate) seen_events: SeenEvents,
}

/// What an app is set up with besides its store and its world.
#[derive(Clone)]
pub struct Setup {
    pub password_cost: PasswordCost,
    pub engine: EngineConfig,
    pub keys: EngineKeys,
    pub calendar: Calendar,
    pub retention: Retention,
}

impl Setup {
    /// Defaults, with keys that nobody else has and that are gone with the process: for tests and first looks.
    #[must_use]
    pub fn passing(secrets: &dyn Secrets) -> Self {
        let keys = EngineKeys::from_secret(secrets.next_secret());
        let (password_cost, engine) = (PasswordCost::default(), EngineConfig::default());
        Self { password_cost, engine, keys, calendar: Calendar::mainland(), retention: Retention::default() }
    }
}

impl Shell {
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh id.
    pub fn id<K>(&self) -> Id<K> {
        next_id(self.ids.as_ref(), self.clock.now())
    }

    /// Which days people work; promises in working days are counted with it (WL-09).
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// 256 bits that nobody can guess.
    pub fn secret(&self) -> [u8; 32] {
        self.secrets.next_secret()
    }
}

/// The whole platform behind one handle; cloning is cheap.
#[derive(Clone)]
pub struct App {
    pub(crate) shell: Arc<Shell>,
    pub(crate) store: Store,
}

impl App {
    /// An app on this store and in this world.
    #[must_use]
    pub fn new(store: Store, outside: Outside) -> Self {
        let setup = Setup::passing(outside.secrets.as_ref());
        Self::with_setup(store, outside, setup)
    }

    /// The same, with another cost of guessing passwords.
    #[must_use]
    pub fn with_password_cost(store: Store, outside: Outside, cost: PasswordCost) -> Self {
        let setup = Setup { password_cost: cost, ..Setup::passing(outside.secrets.as_ref()) };
        Self::with_setup(store, outside, setup)
    }

    /// An app on this store, in this world, set up like this.
    #[must_use]
    pub fn with_setup(store: Store, outside: Outside, setup: Setup) -> Self {
        let Outside { clock, ids, secrets } = outside;
        let Setup { password_cost, engine, keys, calendar, retention } = setup;
        let (access, engine) = (Access::new(password_cost), Arc::new(Engine::new(engine, keys)));
        let (payments, content_check) = (OnceLock::new(), OnceLock::new());
        let shell = Shell {
            clock,
            ids,
            secrets,
            access,
            engine,
            calendar,
            quotes: QuoteDesk::default(),
            retention,
            payments,
            content_check,
            webhooks: OnceLock::new(),
            notices_waiting: AtomicI64::new(0),
            request_log: RequestLog::default(),
            seen_events: SeenEvents::default(),
        };
        Self { shell: Arc::new(shell), store }
    }

    /// Runs a command on the writer and waits, without blocking a thread, for its commit.
    pub async fn write<T, R>(
        &self,
        work: impl FnMut(&Shell, &mut Tx<'_>) -> Result<T, CommandError<R>> + Send + 'static,
    ) -> Result<T, CommandError<R>>
    where
        T: Send + 'static,
        R: Error + Send + 'static,
    {
        self.write_noted(work, |_| true).await
    }

    /// [`write`](Self::write); a person's deed is noted in the same transaction where `changed` says so (AC-03).
    pub(crate) async fn write_noted<T, R>(
        &self,
        work: impl FnMut(&Shell, &mut Tx<'_>) -> Result<T, CommandError<R>> + Send + 'static,
        changed: fn(&T) -> bool,
    ) -> Result<T, CommandError<R>>
    where
        T: Send + 'static,
        R: Error + Send + 'static,
    {
        let shell = Arc::clone(&self.shell);
        let mut work = noting(work, changed);
        let done = answer(|tell| self.store.write(move |tx| work(&shell, tx), tell)).await?;
        if changed(&done) {
            log::noted();
        }
        Ok(done)
    }

    /// [`write`](Self::write), and `after` at once when the commit stands, whether or not the caller still waits.
    pub(crate) async fn write_then<T, R>(
        &self,
        work: impl FnMut(&Shell, &mut Tx<'_>) -> Result<T, CommandError<R>> + Send + 'static,
        after: impl FnOnce(&Shell, &T) + Send + 'static,
    ) -> Result<T, CommandError<R>>
    where
        T: Send + 'static,
        R: Error + Send + 'static,
    {
        let (shell, shell_after) = (Arc::clone(&self.shell), Arc::clone(&self.shell));
        let mut work = noting(work, |_| true);
        answer(|tell| {
            let tell_after = move |outcome: Result<T, CommandError<R>>| {
                if let Ok(done) = &outcome {
                    after(&shell_after, done);
                }
                drop(shell_after);
                tell(outcome);
            };
            self.store.write(move |tx| work(&shell, tx), tell_after);
        })
        .await
    }

    /// Runs a query on a reader; it sees one state of the world.
    pub async fn read<T, R>(
        &self,
        mut work: impl FnMut(&Shell, &mut Tx<'_>) -> Result<T, CommandError<R>> + Send + 'static,
    ) -> Result<T, CommandError<R>>
    where
        T: Send + 'static,
        R: Error + Send + 'static,
    {
        let shell = Arc::clone(&self.shell);
        answer(|tell| self.store.read(move |tx| work(&shell, tx), tell)).await
    }
}

/// The same work, with an entry in the audit log for the person who does it, if this is a person's request.
fn noting<T, R: Error>(
    mut work: impl FnMut(&Shell, &mut Tx<'_>) -> Result<T, CommandError<R>>,
    changed: fn(&T) -> bool,
) -> impl FnMut(&Shell, &mut Tx<'_>) -> Result<T, CommandError<R>> {
    let deed = log::current();
    move |shell, tx| {
        let done = work(shell, tx)?;
        if let Some((deed, content)) = &deed
            && changed(&done)
        {
            tx.add_audit_entry(&deed.entry(content, shell.now()))?;
        }
        Ok(done)
    }
}

async fn answer<T, R>(
    start: impl FnOnce(Box<dyn FnOnce(Result<T, CommandError<R>>) + Send>),
) -> Result<T, CommandError<R>>
where
    T: Send + 'static,
    R: Error + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    // A caller that went away does not undo what was committed.
    start(Box::new(move |outcome| drop(sender.send(outcome))));
    receiver.await.unwrap_or(Err(CommandError::Store(StoreError::Closed)))
}
