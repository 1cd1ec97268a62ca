//! The face to sessions.

use std::collections::BTreeMap;
use std::sync::Arc;

use syncline::sync::{Changes, Documents, key_of};
use syncline::{Doc, Error as DocError, Summary};
use syncline_store::{Document, Error};

use super::slots::{Library, entry};

impl Documents for Library {
    fn single(&mut self) -> Option<&mut Doc> {
        None
    }

    fn summary(&mut self) -> Result<Arc<Summary>, DocError> {
        self.count();
        let mut is_changed = false;
        while let Some(key) = self.unhashed.first().copied() {
            // It may have been put away meanwhile.
            if let Some(document) = self.at(key).map_err(of_store)? {
                let entry = entry(key, document.doc_mut())?;
                if self.summary.get(key) != Some(&entry) {
                    Arc::make_mut(&mut self.summary).set(entry);
                    self.note_hashed(key);
                    is_changed = true;
                }
            }
            self.unhashed.remove(&key);
        }
        if is_changed {
            Arc::make_mut(&mut self.summary).root();
        }
        Ok(self.summary.clone())
    }

    fn changes(&mut self, since: Option<u64>) -> Result<Changes, DocError> {
        self.count();
        Ok(Changes {
            moment: self.recent.moment(),
            documents: match since {
                Some(since) => self.recent.since(since),
                None => Some(BTreeMap::new()),
            },
        })
    }

    fn name(&self, key: u64) -> Option<String> {
        self.name_of(key).map(str::to_owned)
    }

    fn document(&mut self, key: u64) -> Result<Option<&mut Doc>, DocError> {
        let document = self.at(key).map_err(of_store)?;
        Ok(document.map(Document::doc_mut))
    }

    fn create(&mut self, name: &str) -> Result<bool, DocError> {
        if self.slots.contains_key(&key_of(name)) {
            return Ok(false);
        }
        match self.made(name) {
            Ok(made) => Ok(made.is_some()),
            // One that is damaged here, or whose name is too long, is not wanted.
            Err(Error::DocumentExists { .. } | Error::Damaged { .. } | Error::Limit { .. }) => {
                Ok(false)
            }
            Err(error) => Err(of_store(error)),
        }
    }
}

/// The store's error, where a session asked.
fn of_store(error: Error) -> DocError {
    match error {
        Error::Document { error, .. } => error,
        error => DocError::aborted(error),
    }
}
