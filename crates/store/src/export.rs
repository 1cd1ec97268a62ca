//! A whole store as one file, and taking in another.

use std::fs;
use std::path::Path;

use crate::blob::{Row, names, rows, take_in};
use crate::database::Database;
use crate::documents::Listing;
use crate::error::Error;
use crate::files::{beside, check_free, make_whole};
use crate::job::{Failure, Progress};
use crate::options::Options;
use crate::record::Entry;
use crate::schema;
use crate::store::Store;

/// What an import brought.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Imported {
    /// The documents that brought something, and how many operations were new.
    pub documents: Vec<(String, u32)>,
    /// How many blobs were new, or are whole again.
    pub blobs: u64,
    /// What could not be taken in, and why.
    pub failures: Vec<Failure>,
}

/// Takes in another store, one document or blob after another: for whoever shows how far it is. [`Store::import`] does it at once.
///
/// To pause, stop calling; dropped, what was taken in stays.
///
/// # Examples
///
/// ```
/// use syncline_store::{Entry, Import, Options, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let other = Store::create(folder.path().join("other.syncline"), &Options::new())?;
/// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
/// let mut import = Import::new(&store, &other)?;
/// while import.step(&mut store, &other, &Entry::new())? {
///     println!("{} of {}", import.progress().done, import.progress().all);
/// }
/// assert!(import.into_imported().failures.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Import {
    /// Documents that are to be taken in, the last of them first.
    names: Vec<String>,
    /// The last blob that was looked at.
    at: u32,
    is_done: bool,
    done: u64,
    all: u64,
    imported: Imported,
}

/// Instructions of SQLite after which it is looked how large an export is: some ten rows, each of which may be a chunk of a blob.
const WATCH: std::ffi::c_int = 50;

impl Import {
    /// Of everything.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Io`].
    pub fn new(store: &Store, other: &Store) -> Result<Import, Error> {
        store.db.check_writable()?;
        let mut imported = Imported::default();
        let listing = imported.note(None, other.documents())?;
        let Listing { mut names, damaged } = listing.unwrap_or_default();
        let damaged = damaged.into_iter().map(Failure::of_file);
        imported.failures.extend(damaged);
        // What cannot be counted is told when it is gone through.
        let blobs = rows::count(&other.db).unwrap_or(0);
        names.reverse();
        Ok(Import {
            all: names.len() as u64 + blobs,
            names,
            at: 0,
            is_done: false,
            done: 0,
            imported,
        })
    }

    /// How far it is, in documents and blobs.
    pub fn progress(&self) -> Progress {
        Progress::writing(self.is_done, self.done, self.all)
    }

    /// Takes in the next document or blob; whether there is more to do.
    ///
    /// # Errors
    ///
    /// As [`Store::import`]. Calling again goes on with the next.
    pub fn step(&mut self, store: &mut Store, other: &Store, entry: &Entry) -> Result<bool, Error> {
        if self.is_done {
            return Ok(false);
        }
        self.done += 1;
        if let Some(name) = self.names.pop() {
            let taken = store.import_document(other, &name, entry);
            let operations = self.imported.note(Some(&name), taken)?;
            if let Some(operations) = operations.filter(|&operations| operations > 0) {
                self.imported.documents.push((name, operations));
            }
        } else if let Some(found) = self.imported.next(rows::next(&other.db, true, self.at))? {
            self.at = found.as_ref().map_or_else(|id| *id, |row| row.id);
            let there = found.map_err(|id| rows::damaged_row(&other.db, id));
            let taken = there.and_then(|there| store.import_blob(other, &there));
            let is_new = self.imported.note(None, taken)?;
            self.imported.blobs += u64::from(is_new == Some(true));
        } else {
            store.import_names(other, &mut self.imported)?;
            self.is_done = true;
        }
        Ok(!self.is_done)
    }

    /// What it brought.
    pub fn into_imported(self) -> Imported {
        self.imported
    }
}

impl Store {
    /// Writes the whole store as one file, which is a store itself: packed, without anything beside it, as of this moment. It is
    /// synced to disk, and has its name only when it is whole.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] where there is a file; [`Error::Damaged`], [`Error::Full`], [`Error::Io`].
    pub fn export(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        check_free(path)?;
        let doing = "writing the export";
        make_whole(path, doing, |part| {
            let Some(part) = part.to_str() else {
                return Err(Error::io(path, doing, "its path is no UTF-8"));
            };
            let written = self.db.connection.execute("VACUUM INTO ?1", [part]);
            self.db.named(doing, written)?;
            schema::to_wal(&Database::open(Path::new(part), &Options::new(), false)?)
        })
    }

    /// As [`export`](Store::export), and tells meanwhile how many bytes are written, and of about how many.
    ///
    /// # Errors
    ///
    /// As [`export`](Store::export).
    pub fn export_telling(
        &self,
        path: impl AsRef<Path>,
        mut tell: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<(), Error> {
        let (doing, part) = ("writing the export", beside(path.as_ref(), ".part"));
        let pages = |name| {
            let connection = &self.db.connection;
            let read = connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
            self.db.named(doing, read).map(u64::from)
        };
        let free = pages("freelist_count")?;
        let all = pages("page_count")?.saturating_sub(free) * pages("page_size")?;
        let watch = move || {
            let written = fs::metadata(&part).map_or(0, |part| part.len());
            tell(written.min(all), all);
            false
        };
        let connection = &self.db.connection;
        let watched = connection.progress_handler(WATCH, Some(watch));
        self.db.named(doing, watched)?;
        let exported = self.export(path);
        let unwatched = connection.progress_handler(0, None::<fn() -> bool>);
        exported.and(self.db.named(doing, unwatched))
    }

    /// Takes in every document and blob of another store, merging those that are here already; a blob that is kept by a name which
    /// another has here is kept without it. What of the other store cannot be read is told, and the rest taken in.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`]. What came before has been committed.
    pub fn import(&mut self, other: &Store, entry: &Entry) -> Result<Imported, Error> {
        let mut import = Import::new(self, other)?;
        while import.step(self, other, entry)? {}
        Ok(import.into_imported())
    }

    fn import_document(&mut self, other: &Store, name: &str, entry: &Entry) -> Result<u32, Error> {
        // What cannot be read there makes no document here.
        let there = other.document(name)?;
        let mut document = match self.has_document(name)? {
            true => self.document(name)?,
            false => self.create_document(name)?,
        };
        self.take_in_document((&there, &other.db), &mut document, entry)
    }

    /// Keeps blobs by the names that they have in another store.
    fn import_names(&mut self, other: &Store, imported: &mut Imported) -> Result<(), Error> {
        let names = imported.note(None, names::all(&other.db))?;
        for named in names.unwrap_or_default() {
            let named = named.and_then(|(name, blob)| match names::find(&self.db, &name)? {
                Some(_) => Ok(()),
                None => self.name_blob(&name, &blob),
            });
            imported.note(None, named)?;
        }
        Ok(())
    }

    /// Takes in a blob; whether something of it was new.
    fn import_blob(&mut self, other: &Store, there: &Row) -> Result<bool, Error> {
        match rows::find(&self.db, &there.name) {
            Ok(Some(row)) => Ok(self.fetch_chunks(&row, other, there)? > 0),
            // Where what is here cannot be read, what comes takes its place.
            Ok(None) | Err(Error::Damaged { .. }) => take_in(self, other, there).map(|()| true),
            Err(error) => Err(error),
        }
    }
}

impl Imported {
    /// What comes next in a list; nothing, where that cannot be read, which is told.
    fn next<T>(&mut self, found: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
        self.note(None, found).map(Option::flatten)
    }

    /// Notes what could not be taken in; what this store itself cannot do ends it.
    fn note<T>(
        &mut self,
        document: Option<&str>,
        done: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(error @ (Error::Full { .. } | Error::Io { .. })) => Err(error),
            Err(error) => {
                self.failures.push(Failure {
                    document: document.map(str::to_owned),
                    error,
                });
                Ok(None)
            }
        }
    }
}
