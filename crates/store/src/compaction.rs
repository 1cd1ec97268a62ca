//! Compaction: what a journal came to is written once, as a snapshot, and its records are let go of.
//!
//! Nothing is let go of before the snapshot has been read again from what was written, and shown to be the same document,
//! history and all. The snapshot counts from the moment that the document's row names it; cut short before that, nothing
//! has changed, and what was written is cleaned up by the next compaction, before it writes.

use std::collections::BTreeSet;

use syncline::{Doc, Level, SaveOptions};

use crate::begun::Held;
use crate::clean::{self, Leftovers};
use crate::course::Course;
use crate::database::Database;
use crate::error::Error;
use crate::job::{Failure, Job, Progress, State};
use crate::load::{self, of_document};
use crate::snapshot::{self, Snapshot};
use crate::store::Store;
use crate::words::Owner;

/// Brings every document's journal into a snapshot, one document after another.
///
/// # Examples
///
/// ```
/// use syncline_store::{Compaction, Entry, Job, Options, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
/// # let mut notes = store.create_document("notes")?;
/// # notes.doc_mut().transact(|tx| tx.text("body").push("Buy milk"))?;
/// # store.commit(&mut notes, &Entry::new())?;
/// let mut compaction = Compaction::new(&store)?;
/// // A little at a time, with commits in between: as long as it takes.
/// while compaction.go_on(&mut store)? {}
/// assert!(compaction.failures().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Compaction {
    course: Course,
    /// Whether the room of what others left unfinished is still made free: it may be all that there is.
    is_first: bool,
    level: Level,
    /// The last document that was begun.
    at: u32,
    packed: Option<Packed>,
    /// Snapshots that it read again.
    checked: BTreeSet<u32>,
    leftovers: Leftovers,
}

/// A document that is to be written.
struct Packed {
    owner: Owner,
    name: String,
    bytes: Vec<u8>,
    /// The last record that it holds.
    through: u32,
    /// Found with the first chunk.
    held: Option<Held>,
    /// The checksums of the chunks that are written.
    written: Vec<i64>,
    /// Whether what was written was read again, and is what was packed.
    is_checked: bool,
}

/// Bytes of a chunk, which a step writes.
const CHUNK_BYTES: usize = 64 << 10;

impl Compaction {
    /// Of all documents whose journal goes on after their snapshot.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Damaged`], [`Error::Io`].
    pub fn new(store: &Store) -> Result<Compaction, Error> {
        store.db.check_writable()?;
        let mut course = Course::new(store, load::GROWN)?;
        // What cannot be read is told where it is needed.
        let leftovers = Leftovers::abandoned(&course.reader).unwrap_or_default();
        let is_first = !leftovers.is_empty();
        if is_first {
            course.state = State::Cleaning;
        }
        Ok(Compaction {
            course,
            is_first,
            level: Level::Fast,
            at: 0,
            packed: None,
            checked: BTreeSet::new(),
            leftovers,
        })
    }

    /// How hard to pack; [`Level::Fast`] unless said, with which documents open fastest.
    #[must_use]
    pub fn level(mut self, level: Level) -> Compaction {
        self.level = level;
        self
    }

    fn pack(&self, owner: Owner, name: &str) -> Result<Packed, Error> {
        let Course { reader, limits, .. } = &self.course;
        let pieces = reader.as_of_now(|| load::pieces(reader, owner, name, 0, limits))?;
        let pack = || -> Result<Vec<u8>, syncline::Error> {
            let limits = limits.document.clone();
            let mut doc = Doc::load_with_limits(&pieces.bytes, limits.clone())?;
            // Hash chains are written anew below: one that is not what it was would be told by nobody after that.
            doc.verify()?;
            doc.read_history()?;
            // What cannot be taken in would be gone from a snapshot.
            if let [rejected, ..] = doc.rejected() {
                return Err(rejected.error.clone());
            }
            let bytes = doc.save_with(&SaveOptions::new().level(self.level));
            let again = Doc::load_with_limits(&bytes, limits)?;
            again.verify()?;
            match is_same(&doc, &again) {
                true => Ok(bytes),
                false => Err(syncline::Error::aborted(
                    "what it was packed into is another document",
                )),
            }
        };
        Ok(Packed {
            owner,
            name: name.to_owned(),
            bytes: pack().map_err(|error| of_document(name, error))?,
            through: pieces.seq,
            held: None,
            written: Vec::new(),
            is_checked: false,
        })
    }

    fn fail(&mut self, document: Option<String>, error: Error) {
        self.course.done += 1;
        self.course.fail(document, error);
    }

    fn clean(&mut self, db: &Database) -> Result<(), Error> {
        if self.is_first {
            if !self.leftovers.step(db)? {
                (self.is_first, self.course.state) = (false, State::Working);
            }
            return Ok(());
        }
        if !self.leftovers.step(db)? && !clean::give_back(db)? && self.course.checkpoints.end() {
            self.course.state = State::Done;
        }
        Ok(())
    }

    fn write(&mut self, db: &Database) -> Result<(), Error> {
        let Some(packed) = &mut self.packed else {
            self.course.state = State::Working;
            return Ok(());
        };
        match packed.write_chunk(db) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => return self.give_up(error),
        }
        if !packed.is_checked {
            self.course.state = State::Working;
            return Ok(());
        }
        if let Err(error) = packed.switch(db) {
            return self.give_up(error);
        }
        let written = self.packed.take().and_then(|packed| packed.id());
        self.checked.extend(written);
        self.course.done += 1;
        self.course.state = State::Working;
        Ok(())
    }

    /// Leaves the document at hand as it is, unless what went wrong is no fault of it: then it is tried again.
    fn give_up(&mut self, error: Error) -> Result<(), Error> {
        if let Error::Full { .. } | Error::Io { .. } = error {
            return Err(error);
        }
        let packed = self.packed.take();
        self.fail(packed.map(|packed| packed.name), error);
        self.course.state = State::Working;
        Ok(())
    }
}

impl Job for Compaction {
    fn progress(&self) -> Progress {
        self.course.progress()
    }

    /// Documents that were left as they were, and why. The others are not concerned.
    fn failures(&self) -> &[Failure] {
        &self.course.failures
    }

    /// Reads the next document, packs it, and holds what came out against it. Costs what loading, saving and verifying the document
    /// cost.
    fn work(&mut self) -> Result<(), Error> {
        if !self.course.is_to_work()? {
            return Ok(());
        }
        if let Some(packed) = &mut self.packed {
            let checked = packed.check(&self.course.reader);
            self.course.state = State::Writing;
            return match checked {
                Err(error) => self.give_up(error),
                Ok(()) => Ok(()),
            };
        }
        let Some(listed) = load::next(&self.course.reader, load::GROWN, self.at)? else {
            self.leftovers = Leftovers::find(&self.course.reader, &self.checked)?;
            self.course.state = State::Cleaning;
            return Ok(());
        };
        self.at = listed.owner.row;
        let packed = listed
            .checked_name(&self.course.reader)
            .and_then(|name| self.pack(listed.owner, &name));
        match packed {
            Ok(packed) => {
                self.packed = Some(packed);
                self.course.state = State::Writing;
            }
            Err(error) => self.fail(listed.name(&self.course.reader), error),
        }
        Ok(())
    }

    /// Writes or cleans up at most 64 KiB, or 64 rows.
    fn step(&mut self, store: &mut Store) -> Result<(), Error> {
        match self.progress().state {
            State::Writing => self.write(&store.db)?,
            State::Cleaning => self.clean(&store.db)?,
            State::Working | State::Done => return Ok(()),
        }
        self.course.checkpoints.look(&store.db)
    }
}

impl Packed {
    /// Writes the next chunk; whether there was one.
    fn write_chunk(&mut self, db: &Database) -> Result<bool, Error> {
        let start = self.written.len() * CHUNK_BYTES;
        let end = (start + CHUNK_BYTES).min(self.bytes.len());
        let Some(chunk) = self.bytes.get(start..end).filter(|chunk| !chunk.is_empty()) else {
            return Ok(false);
        };
        let (owner, number) = (self.owner, self.chunks());
        let (begun, sum) = db.without_hurry(|| {
            let begun = match self.id() {
                Some(id) if snapshot::is_begun(db, owner, id)? => None,
                Some(_) => return Err(self.is_gone(db)),
                None => Some(snapshot::begin(db, owner)?),
            };
            let id = begun.as_ref().map(|held| held.id).or(self.id());
            let id = id.ok_or_else(|| self.is_gone(db))?;
            let sum = snapshot::write_chunk(db, owner, (id, number), chunk)?;
            Ok((begun, sum))
        })?;
        self.held = begun.or(self.held.take());
        self.written.push(sum);
        Ok(true)
    }

    fn id(&self) -> Option<u32> {
        self.held.as_ref().map(|held| held.id)
    }

    fn chunks(&self) -> u32 {
        u32::try_from(self.written.len()).unwrap_or(u32::MAX)
    }

    fn snapshot(&self) -> Option<Snapshot> {
        Some(Snapshot {
            id: self.id()?,
            through: self.through,
            chunks: self.chunks(),
        })
    }

    /// Reads again what was written.
    fn check(&mut self, reader: &Database) -> Result<(), Error> {
        let mut written = Vec::with_capacity(self.bytes.len());
        if let Some(snapshot) = self.snapshot() {
            snapshot::read(reader, self.owner, &self.name, snapshot, &mut written)?;
        }
        self.is_checked = true;
        match written == self.bytes {
            true => Ok(()),
            false => {
                let place = snapshot::place(&self.name);
                Err(reader.damaged(place, "it is not what was written"))
            }
        }
    }

    /// Has the document's row name the snapshot.
    fn switch(&self, db: &Database) -> Result<(), Error> {
        let Some(snapshot) = self.snapshot() else {
            return Ok(());
        };
        // Its own sync it does not need: should the power take it, it takes the cleaning up too, which comes after it in the log.
        db.without_hurry(|| {
            // Another compaction may have come further, and let go of records that this one does not hold.
            let current = snapshot::find(db, self.owner, &self.name)?;
            if current.is_some_and(|current| current.through >= self.through) {
                return Ok(());
            }
            // What comes to be named is what was checked.
            match snapshot::is_written(db, self.owner, snapshot.id, &self.written)? {
                true => snapshot::finish(db, self.owner, snapshot),
                false => Err(self.is_gone(db)),
            }
        })
    }

    fn is_gone(&self, db: &Database) -> Error {
        let what = "it is not what was written, or gone, before it was finished";
        db.damaged(snapshot::place(&self.name), what)
    }
}

fn is_same(one: &Doc, other: &Doc) -> bool {
    one.version_vector() == other.version_vector()
        && one.frontier() == other.frontier()
        && one.splits().eq(other.splits())
        && one.to_json() == other.to_json()
}
