//! Collection: blobs that nothing refers to are let go of, and their room is given back.
//!
//! A blob stays if its name stands in what a document shows (see `blob/refer.rs`), if it is kept by name, if it was put since the
//! collection before this one began, or if that one found it referred to: so a blob has the time from one collection to the next
//! to be referred to, or to come back with an edit that is undone. What cannot be read may refer to anything: then nothing goes.
//!
//! Which blobs go is decided in steps, each in one transaction, and only while every commit has been looked at: a commit that
//! comes in between is looked at first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::blob::rows::{self, counter};
use crate::blob::{BlobId, forget_unused, is_waiting, mentioned_in, names, release_part};
use crate::clean;
use crate::database::Database;
use crate::error::Error;
use crate::job::{Failure, Progress, State};
use crate::load::{self, Listed};
use crate::options::Limits;
use crate::quarantine;
use crate::store::Store;

/// Lets go of blobs that nothing refers to.
///
/// It is driven by its owner: [`work`](Collection::work) reads a document by a connection of its own, on whatever thread, and
/// [`step`](Collection::step) writes a little to the store. To pause, stop calling; to give up, drop it. Commits may come between
/// any two calls.
///
/// # Examples
///
/// ```
/// use syncline_store::{Collection, Options, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
/// let picture = store.put_blob(&b"a picture"[..])?;
/// // No document refers to it. One collection finds that out, and the next one lets it go.
/// Collection::new(&mut store)?.run(&mut store)?;
/// assert!(store.blob(&picture).is_ok());
/// let mut collection = Collection::new(&mut store)?;
/// collection.run(&mut store)?;
/// assert!(collection.failures().is_empty());
/// assert_eq!(collection.collected().blobs, 1);
/// assert!(store.blob(&picture).is_err());
/// # Ok(())
/// # }
/// ```
pub struct Collection {
    reader: Database,
    limits: Limits,
    state: State,
    number: u32,
    /// Blobs that were last seen before this collection go.
    before: u32,
    /// The commits of the store, and how many there were when the documents were last gone through.
    commits: Arc<AtomicU64>,
    seen_commits: u64,
    /// The last record that was read of each document.
    read: BTreeMap<u32, u32>,
    /// The document at hand.
    at: u32,
    /// What is referred to; and what of it is not noted yet.
    found: BTreeSet<BlobId>,
    unnoted: BTreeSet<BlobId>,
    /// The blob that is taken away at present.
    gone: u32,
    done: u64,
    all: u64,
    collected: Collected,
    failures: Vec<Failure>,
}

/// What a collection came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Collected {
    /// Blobs that it let go of.
    pub blobs: u64,
    /// Bytes of chunks that no blob holds any more.
    pub bytes: u64,
    /// Blobs that nothing refers to, and that stay until the next collection.
    pub waiting: u64,
}

/// Blobs that a step decides on or notes.
const STEP: usize = 64;

impl Collection {
    /// Of all blobs.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Damaged`], [`Error::Full`], [`Error::Io`].
    pub fn new(store: &mut Store) -> Result<Collection, Error> {
        let db = &store.db;
        let (number, before) = db.at_once(|| {
            let number = rows::read_counter(db, counter::BEGUN)?.saturating_add(1);
            rows::set_counter(db, counter::BEGUN, number)?;
            Ok((number, rows::read_counter(db, counter::FOUND)?))
        })?;
        let reader = store.reader()?;
        Ok(Collection {
            all: load::count(&reader, load::ALL)?,
            reader,
            limits: store.limits.clone(),
            state: State::Working,
            number,
            before,
            commits: Arc::clone(&store.db.commits),
            seen_commits: store.db.commits.load(Ordering::SeqCst),
            read: BTreeMap::new(),
            at: 0,
            found: BTreeSet::new(),
            unnoted: BTreeSet::new(),
            gone: 0,
            done: 0,
            collected: Collected::default(),
            failures: Vec::new(),
        })
    }

    /// Lets go of everything that nothing refers to now, if it was put before this collection began.
    #[must_use]
    pub fn at_once(mut self) -> Collection {
        self.before = self.number;
        self
    }

    /// How far it is, in documents, and what it does next.
    pub fn progress(&self) -> Progress {
        Progress {
            state: self.state,
            done: self.done.min(self.all),
            all: self.all,
        }
    }

    /// Why it cannot be known what is referred to. Where there is anything, no blob was let go of.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// What it let go of so far.
    pub fn collected(&self) -> Collected {
        self.collected
    }

    /// Goes on to the end.
    ///
    /// # Errors
    ///
    /// As [`step`](Collection::step).
    pub fn run(&mut self, store: &mut Store) -> Result<(), Error> {
        loop {
            match self.state {
                State::Working => self.work()?,
                State::Done => return Ok(()),
                _ => self.step(store)?,
            }
        }
    }

    /// Reads the next document that was committed to since it was last read. Does nothing in another state than
    /// [`State::Working`]. Costs what loading and saving the document cost.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read at all; a document that cannot is told by [`failures`](Collection::failures).
    pub fn work(&mut self) -> Result<(), Error> {
        while self.state == State::Working {
            let Some(listed) = load::next(&self.reader, load::ALL, self.at)? else {
                return self.end_of_documents();
            };
            let row = listed.owner.row;
            self.at = row;
            let last = crate::journal::last(&self.reader, listed.owner).ok();
            if last.is_some() && last.as_ref() == self.read.get(&row) {
                continue;
            }
            self.done += 1;
            match self.read_document(&listed) {
                Ok(seq) => drop(self.read.insert(row, seq)),
                Err(error) => self.failures.push(Failure {
                    document: listed.name(&self.reader),
                    error,
                }),
            }
            return Ok(());
        }
        Ok(())
    }

    fn read_document(&mut self, listed: &Listed) -> Result<u32, Error> {
        let name = listed.checked_name(&self.reader)?;
        let document = load::load(&self.reader, listed.owner, &name, &self.limits)?;
        let unknown = |what| {
            Err(Error::UnknownReferences {
                name: name.clone(),
                what,
            })
        };
        if quarantine::holds(&self.reader, listed.owner)? {
            return unknown("some of it lies in quarantine");
        }
        if !document.doc().rejected().is_empty() || is_waiting(document.doc()) {
            return unknown("some of its changes wait for others");
        }
        let mut found = BTreeSet::new();
        mentioned_in(document.doc(), &mut found);
        self.note(found);
        Ok(document.seq())
    }

    fn note(&mut self, found: impl IntoIterator<Item = BlobId>) {
        for blob in found {
            if self.found.insert(blob) {
                self.unnoted.insert(blob);
            }
        }
    }

    fn end_of_documents(&mut self) -> Result<(), Error> {
        for named in names::all(&self.reader)? {
            match named {
                Ok((_, blob)) => self.note([blob]),
                Err(error) => self.failures.push(Failure {
                    document: None,
                    error,
                }),
            }
        }
        self.state = match self.failures.is_empty() {
            true => State::Writing,
            false => State::Done,
        };
        Ok(())
    }

    /// Notes, lets go of, or takes away a little: at most 64 blobs, or a chunk. Does nothing in the states [`State::Working`] and
    /// [`State::Done`].
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Io`]. Calling again tries again.
    pub fn step(&mut self, store: &mut Store) -> Result<(), Error> {
        match self.state {
            State::Writing => self.decide(&store.db),
            State::Cleaning => self.clean(&store.db),
            State::Working | State::Done => Ok(()),
        }
    }

    fn decide(&mut self, db: &Database) -> Result<(), Error> {
        let commits = self.commits.load(Ordering::SeqCst);
        if commits != self.seen_commits {
            // Somebody may refer to what nobody did: what was committed is read first.
            self.seen_commits = commits;
            self.at = 0;
            self.state = State::Working;
            return Ok(());
        }
        if !self.unnoted.is_empty() {
            let some: Vec<_> = self.unnoted.iter().take(STEP).copied().collect();
            db.without_hurry(|| {
                some.iter()
                    .try_for_each(|blob| rows::note(db, blob, self.number))
            })?;
            self.unnoted.retain(|blob| !some.contains(blob));
            return Ok(());
        }
        let (number, before) = (self.number, self.before);
        let (gone, is_all) = db.without_hurry(|| {
            let some = rows::unseen(db, before, STEP)?;
            some.iter().try_for_each(|row| rows::let_go(db, row))?;
            let is_all = some.len() < STEP;
            if is_all {
                rows::set_counter(db, counter::FOUND, number)?;
            }
            Ok((some.len() as u64, is_all))
        })?;
        self.collected.blobs += gone;
        if is_all {
            self.collected.waiting = rows::count_unseen(db, number)?;
            self.state = State::Cleaning;
        }
        Ok(())
    }

    fn clean(&mut self, db: &Database) -> Result<(), Error> {
        if self.take_away(db)? {
            return Ok(());
        }
        if let Some(bytes) = db.without_hurry(|| forget_unused(db))? {
            self.collected.bytes += bytes;
        } else if !clean::give_back(db)? {
            clean::checkpoint(db)?;
            self.state = State::Done;
        }
        Ok(())
    }

    /// Takes away a part of a blob that was let go of, or its row; whether there was one.
    fn take_away(&mut self, db: &Database) -> Result<bool, Error> {
        let Some(blob) = rows::next_let_go(db, self.before, self.gone)? else {
            return Ok(false);
        };
        db.without_hurry(|| match rows::last_part(db, blob)? {
            None => rows::forget(db, blob),
            Some(part) if release_part(db, blob, part)? => rows::end(db, blob),
            // What cannot be read stays.
            Some(_) => {
                self.gone = blob;
                Ok(())
            }
        })?;
        Ok(true)
    }
}
