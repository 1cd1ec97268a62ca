//! Many documents by name, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::documents::{Changes, Documents, key_of};
use crate::doc::Doc;
use crate::error::Error;
use crate::summary::{Entry, Journal, Summary};

/// Changes remembered beyond one for each document.
const JOURNAL_LEAST: usize = 4096;

/// Many documents by name, in memory, which a [`Session`](super::Session) keeps in step.
///
/// # Examples
///
/// ```
/// use syncline::Doc;
/// use syncline::sync::Workspace;
///
/// # fn main() -> Result<(), syncline::Error> {
/// let mut notes = Workspace::new();
/// notes.open("shopping").transact(|tx| tx.text("body").push("milk"))?;
/// notes.insert("loaded", Doc::new());
/// assert_eq!(notes.names().collect::<Vec<_>>(), ["loaded", "shopping"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Workspace {
    documents: BTreeMap<u64, Named>,
    keys: BTreeMap<String, u64>,
    /// Those that may have changed since they were counted.
    touched: BTreeSet<u64>,
    /// In which order they changed.
    journal: Journal,
    /// Those whose entry in the summary is old.
    unhashed: BTreeSet<u64>,
    summary: Arc<Summary>,
}

#[derive(Debug)]
struct Named {
    name: String,
    doc: Doc,
    counted: Counted,
}

/// When a document was looked at last: how many operations it had, and how often they had been given other ids. Nothing else
/// changes its history.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Counted {
    operations: u32,
    renumbered: Option<u32>,
}

impl Workspace {
    /// Without documents.
    pub fn new() -> Workspace {
        Workspace::default()
    }

    /// The document of that name, to be read.
    pub fn get(&self, name: &str) -> Option<&Doc> {
        self.documents
            .get(self.keys.get(name)?)
            .map(|named| &named.doc)
    }

    /// The document of that name, to be read and written.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Doc> {
        let key = *self.keys.get(name)?;
        self.touch(key)
    }

    /// The document of that name, which is made if there is none.
    pub fn open(&mut self, name: &str) -> &mut Doc {
        if !self.keys.contains_key(name) {
            self.insert(name, Doc::new());
        }
        let key = key_of(name);
        self.touched.insert(key);
        let fresh = || Named {
            name: name.into(),
            doc: Doc::new(),
            counted: Counted::default(),
        };
        &mut self.documents.entry(key).or_insert_with(fresh).doc
    }

    /// Puts in a document; gives the one that had its name.
    pub fn insert(&mut self, name: &str, doc: Doc) -> Option<Doc> {
        let key = key_of(name);
        self.touched.insert(key);
        self.keys.insert(name.into(), key);
        let operations = self.documents.get(&key).map(|had| had.counted.operations);
        let fresh = Named {
            name: name.into(),
            doc,
            // It is another one, however many operations it has.
            counted: Counted {
                operations: operations.unwrap_or(0),
                renumbered: None,
            },
        };
        self.documents.insert(key, fresh).map(|named| named.doc)
    }

    /// Takes out a document. A session brings it back, if the other side still has it.
    pub fn remove(&mut self, name: &str) -> Option<Doc> {
        let key = self.keys.remove(name)?;
        self.touched.remove(&key);
        self.unhashed.remove(&key);
        Arc::make_mut(&mut self.summary).remove(key);
        let removed = self.documents.remove(&key)?;
        self.journal
            .note(key, removed.counted.operations, JOURNAL_LEAST + self.len());
        Some(removed.doc)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    fn touch(&mut self, key: u64) -> Option<&mut Doc> {
        let named = self.documents.get_mut(&key)?;
        self.touched.insert(key);
        Some(&mut named.doc)
    }

    /// Finds out which of the documents that were touched have changed.
    fn count(&mut self) {
        let most = JOURNAL_LEAST + self.len();
        while let Some(key) = self.touched.pop_first() {
            let Some(Named { doc, counted, .. }) = self.documents.get_mut(&key) else {
                continue;
            };
            let now = Counted {
                operations: doc.operations(),
                renumbered: Some(doc.renumbered),
            };
            // A document without operations is nothing to anybody else.
            if now.operations > 0 && now != *counted {
                self.journal.note(key, counted.operations, most);
                self.unhashed.insert(key);
                *counted = now;
            }
        }
    }
}

impl Documents for Workspace {
    fn single(&mut self) -> Option<&mut Doc> {
        None
    }

    fn summary(&mut self) -> Result<Arc<Summary>, Error> {
        self.count();
        while let Some(key) = self.unhashed.first().copied() {
            if let Some(named) = self.documents.get_mut(&key) {
                let hash = named.doc.summary_root()?;
                let length = named.doc.operations();
                let entry = Entry { key, length, hash };
                if self.summary.get(key) != Some(&entry) {
                    Arc::make_mut(&mut self.summary).set(entry);
                }
            }
            self.unhashed.remove(&key);
        }
        if !self.summary.is_fresh() {
            Arc::make_mut(&mut self.summary).root();
        }
        Ok(self.summary.clone())
    }

    fn summary_mut(&mut self) -> Result<Option<&mut Summary>, Error> {
        Documents::summary(self)?;
        Ok(Some(Arc::make_mut(&mut self.summary)))
    }

    fn changes(&mut self, since: Option<u64>) -> Result<Changes, Error> {
        self.count();
        Ok(Changes {
            moment: self.journal.tick(),
            documents: match since {
                Some(since) => self.journal.since(since),
                None => Some(BTreeMap::new()),
            },
        })
    }

    fn name(&self, key: u64) -> Option<String> {
        self.documents.get(&key).map(|named| named.name.clone())
    }

    fn document(&mut self, key: u64) -> Result<Option<&mut Doc>, Error> {
        Ok(self.touch(key))
    }

    fn create(&mut self, name: &str) -> Result<bool, Error> {
        // A name that hashes as another one's does not push it out.
        let is_free = !self.documents.contains_key(&key_of(name));
        if is_free {
            self.insert(name, Doc::new());
        }
        Ok(is_free)
    }
}
