//! A log in memory, which several replicas of one process can share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::log::{Acknowledge, Log, LogError, News, Record};

/// Records that are given at once.
const READ_AT_ONCE: usize = 16;

/// A [`Log`] in memory: for tests of programs, and to see what one is to do. What it holds is gone with it.
///
/// Each clone is another replica's handle on the one log, and is told of what others append.
///
/// # Examples
///
/// ```
/// use syncline_net::{Limits, MemoryLog, Replica};
/// use syncline_store::{Options, Store};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let log = MemoryLog::new();
/// let mut replicas = Vec::new();
/// for name in ["one.store", "two.store"] {
///     let store = Store::create(folder.path().join(name), &Options::new())?;
///     let log = Box::new(log.clone());
///     replicas.push(Replica::open_with(store, log, Limits::default())?);
/// }
/// // Each can be served by a relay of its own: what is written to one comes to the other.
/// replicas[0].edit("notes", |tx| tx.text("body").push("milk")).await?;
/// let mut changed = replicas[1].changed();
/// while replicas[1].read("notes", |_| ()).await?.is_none() {
///     changed.changed().await?;
/// }
/// # Ok(())
/// # }
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(run()).unwrap();
/// ```
#[derive(Default)]
pub struct MemoryLog {
    /// Which handle it is.
    id: u64,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// Who appended it, and what.
    records: Vec<(u64, Record)>,
    watching: Vec<(u64, News)>,
    /// How many handles there were beyond the first.
    handles: u64,
}

impl MemoryLog {
    /// An empty one.
    pub fn new() -> MemoryLog {
        MemoryLog::default()
    }

    /// All that was appended, in order.
    pub fn records(&self) -> Vec<Record> {
        let shared = self.shared();
        let records = shared.records.iter();
        records.map(|(_, record)| record.clone()).collect()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for MemoryLog {
    fn clone(&self) -> MemoryLog {
        let mut shared = self.shared();
        shared.handles += 1;
        MemoryLog {
            id: shared.handles,
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Drop for MemoryLog {
    fn drop(&mut self) {
        let id = self.id;
        self.shared()
            .watching
            .retain(|(watching, _)| *watching != id);
    }
}

impl Log for MemoryLog {
    fn append(&mut self, records: &mut dyn Iterator<Item = Record>) -> Result<(), LogError> {
        let records: Vec<_> = records.map(|record| (self.id, record)).collect();
        if records.is_empty() {
            return Ok(());
        }
        let mut shared = self.shared();
        shared.records.extend(records);
        let others = shared.watching.iter().filter(|(id, _)| *id != self.id);
        let others: Vec<News> = others.map(|(_, news)| Arc::clone(news)).collect();
        drop(shared);
        for news in others {
            news();
        }
        Ok(())
    }

    fn acknowledge(&self) -> Option<Acknowledge> {
        None
    }

    fn read_from(&mut self, position: u64) -> Result<(Vec<Record>, u64), LogError> {
        let from = usize::try_from(position)?;
        let shared = self.shared();
        let rest = shared.records.get(from..).unwrap_or_default();
        let some = &rest[..rest.len().min(READ_AT_ONCE)];
        let of_others = some.iter().filter(|(id, _)| *id != self.id);
        let of_others = of_others.map(|(_, record)| record.clone()).collect();
        Ok((of_others, position + some.len() as u64))
    }

    fn watch(&mut self, news: News) -> Result<(), LogError> {
        let id = self.id;
        self.shared().watching.push((id, news));
        Ok(())
    }
}
