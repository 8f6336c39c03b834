//! The store: one writer, several readers, each a thread with its own connection.

use std::fs::{File, TryLockError, create_dir_all};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tuiliu_domain::ledger::LedgerGroup;
use tuiliu_domain::time::Timestamp;

use crate::dialect::{Address, Connection, Purpose};
use crate::error::StoreError;
use crate::ledger::{LedgerResult, LedgerTask};
use crate::tx::Tx;
use crate::writer::{self, Job, Queue, Refusal, Task};

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    pub address: Address,
    /// Reader threads; a store in memory has none and reads on its writer.
    pub readers: usize,
}

/// Durable state. Cloning is cheap; the threads end when the last clone is dropped.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Option<Queue>,
    readers: Option<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Keeps a second process from writing the same file while this one caches its state.
    _lock: Option<File>,
}

impl Store {
    /// Connects, checks durability, migrates, starts the threads.
    pub fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let lock = lock(&config.address)?;
        let mut connection = Connection::open(&config.address, Purpose::Write)?;
        connection.migrate()?;
        let (writer, jobs) = Queue::new();
        let mut threads = vec![writer::spawn(config.address.clone(), connection, jobs)];
        let readers = if config.address == Address::Memory || config.readers == 0 {
            None
        } else {
            let (readers, mut started) = spawn_readers(config)?;
            threads.append(&mut started);
            Some(readers)
        };
        let inner = Inner { writer: Some(writer), readers, threads: Mutex::new(threads), _lock: lock };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Connects beside a process that may be writing: no migration, and every write is refused as closed.
    pub fn open_for_reading(config: &StoreConfig) -> Result<Self, StoreError> {
        if config.address == Address::Memory {
            return Err(StoreError::database("a store in memory is seen by its own process only"));
        }
        let (readers, threads) = spawn_readers(config)?;
        let inner = Inner { writer: None, readers: Some(readers), threads: Mutex::new(threads), _lock: None };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Queues work for the writer; `tell` is called on its thread after the commit.
    ///
    /// `work` may run more than once and must change nothing but its transaction.
    pub fn write<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        tell: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: Refusal + Send + 'static,
    {
        push(self.inner.writer.as_ref(), Box::new(Task { work, outcome: None, tell }));
    }

    /// Queues groups for the ledger and nothing else; each is accepted or refused alone, in this order.
    ///
    /// The groups of many callers are loaded, applied and written together.
    pub fn post_ledger(
        &self,
        groups: Vec<LedgerGroup>,
        now: Timestamp,
        tell: impl FnOnce(Result<Vec<LedgerResult>, StoreError>) + Send + 'static,
    ) {
        let results = Vec::with_capacity(groups.len());
        push(self.inner.writer.as_ref(), Box::new(LedgerTask { groups, now, results, tell }));
    }

    /// [`post_ledger`](Self::post_ledger), waiting for the commit. Never call it on a thread that must not block.
    pub fn post_ledger_now(&self, groups: Vec<LedgerGroup>, now: Timestamp) -> Result<Vec<LedgerResult>, StoreError> {
        wait(|tell| self.post_ledger(groups, now, tell))
    }

    /// Queues work for a reader; it sees one state of the world.
    pub fn read<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        tell: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: Refusal + Send + 'static,
    {
        let queue = self.inner.readers.as_ref().or(self.inner.writer.as_ref());
        push(queue, Box::new(Task { work, outcome: None, tell }));
    }

    /// [`write`](Self::write), waiting for the commit. Never call it on a thread that must not block.
    pub fn write_now<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: Refusal + Send + 'static,
    {
        wait(|tell| self.write(work, tell))
    }

    /// [`read`](Self::read), waiting for the answer. Never call it on a thread that must not block.
    pub fn read_now<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: Refusal + Send + 'static,
    {
        wait(|tell| self.read(work, tell))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writer = None;
        self.readers = None;
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let own = std::thread::current().id();
        for thread in threads.into_iter().filter(|thread| thread.thread().id() != own) {
            // A writer that panicked has answered its callers; there is nothing left to do for it.
            drop(thread.join());
        }
    }
}

fn push(queue: Option<&Queue>, job: Box<dyn Job>) {
    match queue {
        Some(queue) => queue.push(job),
        None => job.answer(Err(StoreError::Closed)),
    }
}

fn wait<T, E>(start: impl FnOnce(Box<dyn FnOnce(Result<T, E>) + Send>)) -> Result<T, E>
where
    T: Send + 'static,
    E: Refusal + Send + 'static,
{
    let (sender, receiver) = sync_channel(1);
    start(Box::new(move |outcome| drop(sender.send(outcome))));
    receiver.recv().unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
}

/// Starts as many readers as asked for, but at least one.
fn spawn_readers(config: &StoreConfig) -> Result<(Queue, Vec<JoinHandle<()>>), StoreError> {
    let (readers, jobs) = Queue::new();
    let jobs = Arc::new(Mutex::new(jobs));
    let started = (0..config.readers.max(1)).map(|_| spawn_reader(&config.address, Arc::clone(&jobs)));
    Ok((readers, started.collect::<Result<_, _>>()?))
}

fn spawn_reader(address: &Address, jobs: Arc<Mutex<Receiver<Box<dyn Job>>>>) -> Result<JoinHandle<()>, StoreError> {
    let mut connection = Connection::open(address, Purpose::Read)?;
    let address = address.clone();
    let work = move || {
        loop {
            let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match next {
                Ok(job) => writer::run_reader(&address, &mut connection, job),
                Err(_) => break,
            }
        }
    };
    std::thread::Builder::new().name("reader".to_owned()).spawn(work).map_err(StoreError::database)
}

fn lock(address: &Address) -> Result<Option<File>, StoreError> {
    let Address::File(path) = address else { return Ok(None) };
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        create_dir_all(folder).map_err(StoreError::database)?;
    }
    let file = File::create(path.with_extension("lock")).map_err(StoreError::database)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            Err(StoreError::database(format!("another process has `{}` open", path.display())))
        }
        Err(TryLockError::Error(error)) => Err(StoreError::database(error)),
    }
}

#[cfg(test)]
mod tests;
