//! What is committed goes to the log, and what others append to it comes into the documents.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use syncline::VersionVector;
use syncline::sync::key_of;
use syncline_store::{Entry, Error as StoreError};
use tokio::sync::mpsc::WeakSender;

use crate::ask::Ask;
use crate::clock::now_ms;
use crate::error::Error;
use crate::library::Library;
use crate::log::{Acknowledge, Log, LogError, News, Record};

/// By what name the log is known, in what is said of commits.
pub(crate) const ORIGIN: &str = "the log";

/// A log, and how far it is with each document.
pub(crate) struct Logging {
    log: Box<dyn Log>,
    /// Up to here it was read.
    position: u64,
    /// What it has of each document of which it was appended or read anything.
    has: BTreeMap<u64, VersionVector>,
    is_news: Arc<AtomicBool>,
    /// Has the keeper look for news.
    wake: News,
}

impl Logging {
    /// Takes up all that the log has, and appends what it lacks. From then on the keeper is told when there is news.
    pub(crate) fn open(
        mut log: Box<dyn Log>,
        library: &mut Library,
        in_memory: usize,
        keeper: WeakSender<Ask>,
    ) -> Result<Logging, Error> {
        let is_news: Arc<AtomicBool> = Arc::default();
        let told = Arc::clone(&is_news);
        let wake: News = Arc::new(move || {
            told.store(true, Ordering::SeqCst);
            // Where it has more to do than it takes, it looks when that is done.
            if let Some(keeper) = keeper.upgrade() {
                let _ = keeper.try_send(Ask::News);
            }
        });
        log.watch(Arc::clone(&wake)).map_err(of_log)?;
        let mut logging = Logging {
            log,
            position: 0,
            has: BTreeMap::new(),
            is_news,
            wake,
        };
        while logging.read(library).map_err(of_log)? {
            let entry = Entry::new().time_ms(now_ms()).origin(ORIGIN);
            for (document, error) in library.commit(&entry)?.left_out {
                let why = error.to_string();
                tracing::warn!(document = document.as_str(), why, "left out");
            }
            library.put_away(in_memory, |_| false);
        }
        for key in library.keys() {
            logging.append(library, &[key]).map_err(of_log)?;
            library.put_away(in_memory, |_| false);
        }
        // What a process that was killed had appended may not be safe yet, and counts as stored from here on.
        if let Some(acknowledge) = logging.acknowledge() {
            acknowledge().map_err(of_log)?;
        }
        Ok(logging)
    }

    /// What waits until what was appended is safe.
    pub(crate) fn acknowledge(&self) -> Option<Acknowledge> {
        self.log.acknowledge()
    }

    /// Appends what the log lacks of documents that were committed.
    pub(crate) fn append(
        &mut self,
        library: &mut Library,
        documents: &[u64],
    ) -> Result<(), LogError> {
        if documents.is_empty() {
            return Ok(());
        }
        let has = &mut self.has;
        let mut failed = None;
        let records = documents.iter().map_while(|key| {
            let record = lacking(library, has, *key);
            record.map_err(|error| failed = Some(error)).ok()
        });
        let appended = self.log.append(&mut records.flatten());
        match failed {
            // What it was not given it will not have.
            Some(error) => Err(error.into()),
            None => appended,
        }
    }

    /// Whether others have appended something since this was last asked.
    pub(crate) fn take_news(&self) -> bool {
        self.is_news.swap(false, Ordering::SeqCst)
    }

    /// Has the keeper come back for more.
    pub(crate) fn come_again(&self) {
        (self.wake)();
    }

    /// Takes up some of what is new in the log; whether there was any.
    pub(crate) fn read(&mut self, library: &mut Library) -> Result<bool, LogError> {
        let (records, position) = self.log.read_from(self.position)?;
        let is_more = position != self.position;
        self.position = position;
        for record in records {
            let document = record.document.as_str();
            if let Err(why) = take_in(library, &record) {
                // It stays in the log, and what follows it waits.
                tracing::error!(document, why, "a record of the log was passed over");
            }
            let has = self.has.entry(key_of(document)).or_default();
            has.join(&record.version);
        }
        Ok(is_more)
    }
}

/// What the log lacks of a document, if anything: from then on it counts as there.
fn lacking(
    library: &mut Library,
    has: &mut BTreeMap<u64, VersionVector>,
    key: u64,
) -> Result<Option<Record>, StoreError> {
    // What was written is counted first.
    library.moment();
    let is_whole = |version: &VersionVector| {
        let has = has.get(&key);
        has.map_or(version.is_empty(), |has| has.includes(version))
    };
    if library.version_of(key).is_none_or(is_whole) {
        return Ok(None);
    }
    let Some(name) = library.name_of(key).map(str::to_owned) else {
        return Ok(None);
    };
    let Some(document) = library.opened(&name)? else {
        return Ok(None);
    };
    let has = has.entry(key).or_default();
    let changes = document.doc_mut().delta_since(has);
    has.join(&document.doc().version_vector());
    Ok(Some(Record::new(name, has.clone(), changes)))
}

fn take_in(library: &mut Library, record: &Record) -> Result<(), String> {
    let made = library.made(&record.document);
    let made = made.map_err(|error| error.to_string())?;
    let document = made.ok_or("its name is another's in all that counts")?;
    let merged = document.doc_mut().merge(&record.changes);
    merged.map(|_| ()).map_err(|error| error.to_string())
}

fn of_log(error: LogError) -> Error {
    Error::Log {
        what: error.to_string(),
    }
}
