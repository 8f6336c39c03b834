//! The writer: a thread that runs queued jobs in one transaction and answers after the commit.
//!
//! Group commit: a batch is what queued up while the last commit was synced; where the sync is what takes time, those
//! just answered are waited for a moment ([`Gathering`]). Each job has its own savepoint (made at its first write), so one refused job never disturbs its neighbours. A
//! job may run more than once (a serialization error repeats the batch), so it changes nothing but its `Tx`.

mod gather;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::{error, warn};
use tuiliu_domain::ledger::LedgerGroup;
use tuiliu_domain::limits::{WRITE_BATCH_MAX, WRITE_QUEUE_MAX};

use crate::dialect::{Address, Connection, Purpose};
use crate::error::StoreError;
use crate::ledger::LedgerSession;
use crate::tx::Tx;
use gather::{Gathering, Times};

/// Times a batch is run again after serialization errors and lost connections.
const RETRIES_MAX: u32 = 8;

/// What a job's errors tell the writer.
pub trait Refusal: From<StoreError> {
    /// The store's own failure, if it was that and not a refusal by a rule.
    fn fault(&self) -> Option<&StoreError>;
}

impl Refusal for StoreError {
    fn fault(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// What became of one run of a job.
pub(crate) enum Ran {
    Keep,
    Undo,
    Failed(StoreError),
}

/// One unit of work in the queue.
pub(crate) trait Job: Send {
    /// Does the work, perhaps again; remembers the outcome.
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    /// Tells the caller what the last run brought, or why it could not be committed.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
    /// The groups that it gives to the ledger, when that is all it does: nothing of it is ever undone alone.
    fn ledger_groups(&self) -> Option<&[LedgerGroup]> {
        None
    }
}

/// How much of a batch a job fills: its ledger commands, or 1.
fn weight(job: &dyn Job) -> usize {
    let groups = job.ledger_groups().unwrap_or_default();
    groups.iter().map(|group| group.commands.len()).sum::<usize>().max(1)
}

/// Work with a typed outcome and somebody who waits for it.
pub(crate) struct Task<T, E, W, A> {
    pub(crate) work: W,
    pub(crate) outcome: Option<Result<T, E>>,
    pub(crate) tell: A,
}

impl<T, E, W, A> Job for Task<T, E, W, A>
where
    T: Send,
    E: Refusal + Send,
    W: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    A: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        let outcome = (self.work)(tx);
        let ran = match &outcome {
            Ok(_) => Ran::Keep,
            Err(refusal) => refusal.fault().map_or(Ran::Undo, |fault| Ran::Failed(fault.clone())),
        };
        self.outcome = Some(outcome);
        ran
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { work, outcome, tell } = *self;
        // What the work holds, perhaps the store itself, is let go before its caller goes on.
        drop(work);
        let outcome = match (committed, outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(E::from(StoreError::Closed)),
            // A refusal changed nothing, so it holds whatever became of the neighbours.
            (Err(_), Some(Err(refusal))) if refusal.fault().is_none() => Err(refusal),
            (Err(fault), _) => Err(E::from(fault)),
        };
        tell(outcome);
    }
}

/// The sending side of a writer or reader thread.
pub(crate) struct Queue {
    sender: SyncSender<Box<dyn Job>>,
}

impl Queue {
    /// A queue of bounded length and its other end.
    pub(crate) fn new() -> (Self, Receiver<Box<dyn Job>>) {
        let (sender, receiver) = sync_channel(WRITE_QUEUE_MAX);
        (Self { sender }, receiver)
    }

    /// Queues a job; when that cannot be, the job is answered at once with the reason.
    pub(crate) fn push(&self, job: Box<dyn Job>) {
        match self.sender.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => job.answer(Err(StoreError::Busy { waiting: WRITE_QUEUE_MAX })),
            Err(TrySendError::Disconnected(job)) => job.answer(Err(StoreError::Closed)),
        }
    }
}

/// Starts the thread; it ends when every [`Queue`] to it is dropped, after the last job.
pub(crate) fn spawn(address: Address, connection: Connection, jobs: Receiver<Box<dyn Job>>) -> JoinHandle<()> {
    let work = move || {
        let incoming = Incoming { jobs, queued: Vec::new(), filled: 0 };
        let (ledger, gathering) = (LedgerSession::default(), Gathering::default());
        let mut writer = Writer { address, connection, incoming, gathering, times: Times::default(), ledger };
        while let Some(batch) = writer.next_batch() {
            writer.run(batch);
        }
    };
    std::thread::Builder::new().name("writer".to_owned()).spawn(work).expect("a thread can be started at start-up")
}

/// Jobs on their way into the next batch.
struct Incoming {
    jobs: Receiver<Box<dyn Job>>,
    queued: Vec<Box<dyn Job>>,
    /// How much of a batch they fill.
    filled: usize,
}

impl Incoming {
    fn has_room(&self) -> bool {
        self.filled < WRITE_BATCH_MAX
    }

    fn add(&mut self, job: Box<dyn Job>) {
        self.filled += weight(job.as_ref());
        self.queued.push(job);
    }

    /// Takes what is there.
    fn drain(&mut self) {
        while self.has_room()
            && let Ok(job) = self.jobs.try_recv()
        {
            self.add(job);
        }
    }

    /// Takes what comes, until there are so many or the time is over.
    #[expect(clippy::disallowed_methods, reason = "how long callers take is not the time of anything that is stored")]
    fn wait_for(&mut self, wanted: usize, wait: Duration) {
        let began = Instant::now();
        while self.has_room()
            && self.queued.len() < wanted
            && let Ok(job) = self.jobs.recv_timeout(wait.saturating_sub(began.elapsed()))
        {
            self.add(job);
        }
    }
}

struct Writer {
    address: Address,
    connection: Connection,
    incoming: Incoming,
    gathering: Gathering,
    /// How long the parts of the last batch took.
    times: Times,
    /// Rows of the ledger, kept from batch to batch as long as nobody else writes.
    ledger: LedgerSession,
}

impl Writer {
    /// The next jobs; waits for the first. `None` when there will be no more.
    fn next_batch(&mut self) -> Option<Vec<Box<dyn Job>>> {
        let incoming = &mut self.incoming;
        let queued = incoming.queued.len();
        if queued == 0 {
            let first = incoming.jobs.recv().ok()?;
            incoming.add(first);
        }
        incoming.drain();
        if let Some((wanted, wait)) = self.gathering.wait(queued) {
            incoming.wait_for(wanted, wait);
            self.gathering.came(incoming.queued.len() - queued, wanted - queued);
        }
        incoming.filled = 0;
        Some(std::mem::take(&mut incoming.queued))
    }

    fn run(&mut self, mut batch: Vec<Box<dyn Job>>) {
        let committed = self.commit_with_retries(&mut batch);
        match committed {
            Err(fault) if batch.len() > 1 && has_not_happened(&fault) => {
                // One of them breaks the transaction for all: find out which by running each alone.
                warn!(fault = %fault, "running a batch of {} jobs one by one", batch.len());
                for job in batch {
                    self.run(vec![job]);
                }
            }
            committed => {
                if let Err(fault) = &committed {
                    error!(fault = %fault, "could not commit a batch of {} jobs", batch.len());
                }
                // Those that waited for the sync are told apart from those that come back once they are answered.
                self.incoming.drain();
                self.gathering.answered(batch.len(), self.times);
                for job in batch {
                    job.answer(committed.clone());
                }
            }
        }
    }

    fn commit_with_retries(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        let mut retries = 0;
        loop {
            match self.commit(batch) {
                Err(StoreError::Transient { reason }) if retries < RETRIES_MAX => {
                    retries += 1;
                    warn!(reason, retries, "running a batch again");
                    self.reconnect_if_broken()?;
                }
                other => return other,
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "how long a sync takes is not the time of anything that is stored")]
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        let began = Instant::now();
        self.connection.begin_write()?;
        let mut tx = Tx::to_write(&mut self.connection, std::mem::take(&mut self.ledger));
        let ran = catch_unwind(AssertUnwindSafe(|| run_all(&mut tx, batch)))
            .unwrap_or_else(|panic| Err(StoreError::Panicked { reason: panic_text(panic.as_ref()) }));
        let mut ledger = std::mem::take(&mut tx.ledger);
        let afterwards = std::mem::take(&mut tx.afterwards);
        match ran {
            Ok(()) => {
                let run = began.elapsed();
                let committed = self.connection.commit();
                if let Err(StoreError::OutcomeUnknown { .. }) = committed {
                    // What it would have changed is looked at again, whether it was changed or not.
                    afterwards.into_iter().for_each(|afterwards| afterwards());
                    return committed;
                }
                committed?;
                self.times = Times { run, commit: began.elapsed().saturating_sub(run) };
                ledger.committed();
                self.ledger = ledger;
                afterwards.into_iter().for_each(|afterwards| afterwards());
                Ok(())
            }
            Err(fault) => {
                // On a lost connection there is nothing to roll back; the first fault is the one to tell.
                if let Err(second) = self.connection.batch("rollback") {
                    warn!(fault = %second, "could not roll back");
                }
                Err(fault)
            }
        }
    }

    fn reconnect_if_broken(&mut self) -> Result<(), StoreError> {
        if self.connection.is_broken() {
            self.connection = Connection::open(&self.address, Purpose::Write)?;
        }
        Ok(())
    }
}

/// Whether each job of a batch that failed may be run alone.
fn has_not_happened(fault: &StoreError) -> bool {
    !matches!(fault, StoreError::Transient { .. } | StoreError::OutcomeUnknown { .. })
}

fn run_all(tx: &mut Tx<'_>, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let jobs: &[Box<dyn Job>] = batch;
    let groups = jobs.iter().filter_map(|job| job.ledger_groups()).flatten();
    if groups.clone().next().is_some() {
        tx.preload_ledger(groups)?;
    }
    for job in batch {
        if job.ledger_groups().is_some() {
            if let Ran::Failed(fault) = job.run(tx) {
                return Err(fault);
            }
            continue;
        }
        tx.begin_job();
        match job.run(tx) {
            Ran::Keep => tx.keep_job()?,
            Ran::Undo => tx.undo_job()?,
            Ran::Failed(fault) => return Err(fault),
        }
    }
    tx.flush()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a text".to_owned())
}

/// Runs one job in a transaction that only reads.
pub(crate) fn run_reader(address: &Address, connection: &mut Connection, mut job: Box<dyn Job>) {
    let read = connection.begin_read().and_then(|()| {
        let ran = catch_unwind(AssertUnwindSafe(|| job.run(&mut Tx::to_read(connection))));
        connection.batch("rollback")?;
        match ran {
            Ok(Ran::Failed(fault)) => Err(fault),
            Ok(_) => Ok(()),
            Err(panic) => Err(StoreError::Panicked { reason: panic_text(panic.as_ref()) }),
        }
    });
    if connection.is_broken() {
        match Connection::open(address, Purpose::Read) {
            Ok(fresh) => *connection = fresh,
            Err(fault) => warn!(fault = %fault, "could not connect again"),
        }
    }
    job.answer(read);
}
