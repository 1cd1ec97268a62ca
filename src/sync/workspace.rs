//! Many documents by name, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::documents::{Documents, key_of};
use crate::doc::Doc;
use crate::error::Error;
use crate::summary::{Entry, Summary};

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
    /// Those whose entry in the summary may be old.
    touched: BTreeSet<u64>,
    summary: Arc<Summary>,
}

#[derive(Debug)]
struct Named {
    name: String,
    doc: Doc,
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
        };
        &mut self.documents.entry(key).or_insert_with(fresh).doc
    }

    /// Puts in a document; gives the one that had its name.
    pub fn insert(&mut self, name: &str, doc: Doc) -> Option<Doc> {
        let key = key_of(name);
        self.touched.insert(key);
        self.keys.insert(name.into(), key);
        let name = name.into();
        self.documents
            .insert(key, Named { name, doc })
            .map(|named| named.doc)
    }

    /// Takes out a document. A session brings it back, if the other side still has it.
    pub fn remove(&mut self, name: &str) -> Option<Doc> {
        let key = self.keys.remove(name)?;
        self.touched.remove(&key);
        Arc::make_mut(&mut self.summary).remove(key);
        self.documents.remove(&key).map(|named| named.doc)
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
}

impl Documents for Workspace {
    fn single(&mut self) -> Option<&mut Doc> {
        None
    }

    fn summary(&mut self) -> Result<Arc<Summary>, Error> {
        while let Some(key) = self.touched.first().copied() {
            if let Some(named) = self.documents.get_mut(&key) {
                let hash = named.doc.summary_root()?;
                let length = named.doc.operations();
                let entry = Entry { key, length, hash };
                // A document without operations is nothing to anybody else.
                if length > 0 && self.summary.get(key) != Some(&entry) {
                    Arc::make_mut(&mut self.summary).set(entry);
                }
            }
            self.touched.remove(&key);
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
