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

use crate::blob::{
    BlobId, Sift, counters, is_waiting, list, mentioned_in, names, release_part, rows,
};
use crate::clean;
use crate::commit::Commits;
use crate::course::Course;
use crate::database::Database;
use crate::error::Error;
use crate::job::{Failure, Job, Progress, State};
use crate::load::{self, Listed};
use crate::quarantine;
use crate::store::Store;

/// Lets go of blobs that nothing refers to.
///
/// # Examples
///
/// ```
/// use syncline_store::{Collection, Job, Options, Store};
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
    course: Course,
    number: u32,
    /// Blobs that were last seen before this collection go.
    before: u32,
    /// What the store commits to meanwhile.
    commits: Arc<Commits>,
    /// The last record that was read of each document.
    read: BTreeMap<u32, u32>,
    /// The document at hand, while all are gone through; then those that were committed to since they were read.
    at: Option<u32>,
    grown: Vec<(u32, u32)>,
    /// What is referred to; and what of it is not noted yet.
    found: BTreeSet<BlobId>,
    unnoted: BTreeSet<BlobId>,
    /// The blob that is taken away at present.
    gone: u32,
    /// Chunks that may stand in no list, once it is decided which blobs go; and whether all of those were dealt with.
    sift: Option<Sift>,
    is_decided: bool,
    is_sifted: bool,
    collected: Collected,
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
            let number = counters::read(db, counters::BEGUN)?.saturating_add(1);
            counters::set(db, counters::BEGUN, number)?;
            // One that was not begun yet is damage, and says nothing of who is needed: then nothing goes.
            let found = counters::read(db, counters::FOUND)?;
            Ok((number, if found < number { found } else { 0 }))
        })?;
        let course = Course::new(store, load::ALL)?;
        Ok(Collection::begun(store, course, number, before))
    }

    /// That gives back the room of what was let go of before, and lets go of nothing: it reads no document.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Damaged`], [`Error::Io`].
    pub fn of_let_go(store: &mut Store) -> Result<Collection, Error> {
        let mut course = Course::new(store, load::ALL)?;
        course.state = State::Cleaning;
        Ok(Collection {
            is_decided: true,
            ..Collection::begun(store, course, 0, 0)
        })
    }

    fn begun(store: &Store, course: Course, number: u32, before: u32) -> Collection {
        Collection {
            course,
            number,
            before,
            commits: Arc::clone(&store.db.commits),
            read: BTreeMap::new(),
            at: Some(0),
            grown: Vec::new(),
            found: BTreeSet::new(),
            unnoted: BTreeSet::new(),
            gone: 0,
            sift: None,
            is_decided: false,
            is_sifted: false,
            collected: Collected::default(),
        }
    }

    /// Lets go of everything that nothing refers to now, if it was put before this collection began.
    #[must_use]
    pub fn at_once(mut self) -> Collection {
        self.before = self.number;
        self
    }

    /// What it let go of so far.
    pub fn collected(&self) -> Collected {
        self.collected
    }

    /// The document that is to be read next.
    fn next_document(&mut self) -> Result<Option<Listed>, Error> {
        if let Some(at) = self.at {
            let listed = load::next(&self.course.reader, load::ALL, at)?;
            self.at = listed.as_ref().map(|listed| listed.owner.row);
            self.course.done += u64::from(listed.is_some());
            return Ok(listed);
        }
        let Some((row, seq)) = self.grown.pop() else {
            return Ok(None);
        };
        // What it is read for is read then, even if it was never on disk.
        self.read.insert(row, seq);
        load::next(&self.course.reader, load::ALL, row.saturating_sub(1))
    }

    fn read_document(&mut self, listed: &Listed) -> Result<u32, Error> {
        let Course { reader, limits, .. } = &self.course;
        let name = listed.checked_name(reader)?;
        let document = load::load(reader, listed.owner, &name, limits)?;
        let unknown = |what| {
            Err(Error::UnknownReferences {
                name: name.clone(),
                what,
            })
        };
        if quarantine::holds(reader, listed.owner)? {
            return unknown("some of it lies in quarantine, and is not known to be back");
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
        for named in names::all(&self.course.reader)? {
            match named {
                Ok((_, blob)) => self.note([blob]),
                Err(error) => self.course.fail(None, error),
            }
        }
        self.course.state = match self.course.failures.is_empty() {
            true => State::Writing,
            false => State::Done,
        };
        Ok(())
    }

    fn decide(&mut self, db: &Database) -> Result<(), Error> {
        // Somebody may refer to what nobody did: what was committed is read first.
        self.grown = self.commits.beyond(&self.read);
        if !self.grown.is_empty() {
            self.course.state = State::Working;
            return Ok(());
        }
        if !self.unnoted.is_empty() {
            let some: Vec<_> = self.unnoted.iter().take(STEP).copied().collect();
            db.without_hurry(|| {
                some.iter()
                    .try_for_each(|blob| rows::note(db, blob, self.number))
            })?;
            for blob in &some {
                self.unnoted.remove(blob);
            }
            return Ok(());
        }
        let (number, before) = (self.number, self.before);
        let (gone, is_all) = db.without_hurry(|| {
            let some = rows::unseen(db, before, STEP)?;
            some.iter().try_for_each(|row| rows::let_go(db, row))?;
            let is_all = some.len() < STEP;
            if is_all {
                counters::set(db, counters::FOUND, number)?;
            }
            Ok((some.len() as u64, is_all))
        })?;
        self.collected.blobs += gone;
        if is_all {
            self.is_decided = true;
            self.course.state = State::Cleaning;
        }
        Ok(())
    }

    fn clean(&mut self, db: &Database) -> Result<(), Error> {
        if self.take_away(db)? || clean::give_back_a_crowd(db)? {
            return Ok(());
        }
        if let Some(sift) = &mut self.sift {
            match sift.step(db)? {
                Some(bytes) => self.collected.bytes += bytes,
                None => self.sift = None,
            }
        } else if !self.is_sifted {
            self.course.state = State::Working;
        } else if !clean::give_back(db)? && self.course.checkpoints.end() {
            self.collected.waiting = rows::count_unseen(db, self.number)?;
            self.course.state = State::Done;
        }
        Ok(())
    }

    /// Looks for chunks that stand in no list.
    fn sift(&mut self) -> Result<(), Error> {
        match self.look_for_chunks() {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.course.state = State::Cleaning;
                Ok(())
            }
            // What stands in a list that cannot be read is not known: then all stay.
            Err(error @ Error::Damaged { .. }) => {
                self.course.fail(None, error);
                (self.sift, self.is_sifted) = (None, true);
                self.course.state = State::Cleaning;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Reads some lists; whether all were read.
    fn look_for_chunks(&mut self) -> Result<bool, Error> {
        let reader = &self.course.reader;
        if self.sift.is_none() {
            self.sift = Sift::begin(reader)?;
        }
        match &mut self.sift {
            Some(sift) => Ok(!sift.work(reader)?),
            None => {
                self.is_sifted = true;
                Ok(true)
            }
        }
    }

    /// Takes away a part of a blob that was let go of, or its row; whether there was one.
    fn take_away(&mut self, db: &Database) -> Result<bool, Error> {
        let Some(blob) = rows::next_let_go(db, self.before, self.gone)? else {
            return Ok(false);
        };
        db.without_hurry(|| match list::last_part(db, blob)? {
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

impl Job for Collection {
    fn progress(&self) -> Progress {
        self.course.progress()
    }

    /// Why it cannot be known what is referred to, or which chunks stand in lists. Where there is anything, no blob was let go of,
    /// or the room of those that were is not given back.
    fn failures(&self) -> &[Failure] {
        &self.course.failures
    }

    /// Reads the next document that was committed to since it was last read, or the lists of some blobs. Costs what loading and
    /// saving the document cost.
    fn work(&mut self) -> Result<(), Error> {
        if !self.course.is_to_work()? {
            return Ok(());
        }
        if self.is_decided {
            return self.sift();
        }
        let Some(listed) = self.next_document()? else {
            return self.end_of_documents();
        };
        match self.read_document(&listed) {
            Ok(seq) => {
                let read = self.read.entry(listed.owner.row).or_default();
                *read = seq.max(*read);
            }
            Err(error) => {
                let name = listed.name(&self.course.reader);
                self.course.fail(name, error);
            }
        }
        Ok(())
    }

    /// Notes or lets go of at most 64 blobs, or takes away a part of one or a chunk.
    fn step(&mut self, store: &mut Store) -> Result<(), Error> {
        match self.progress().state {
            State::Writing => self.decide(&store.db)?,
            State::Cleaning => self.clean(&store.db)?,
            State::Working | State::Done => return Ok(()),
        }
        self.course.checkpoints.look(&store.db)
    }
}
