//! Faults behind the library's back.

use std::sync::Arc;

use syncline::sync::{Changes, Documents, key_of};
use syncline::{Doc, Error, Summary};

use crate::config::Planted;

/// The documents of a replica, of which its sessions may not see one.
pub(crate) struct Hiding<'d> {
    documents: &'d mut dyn Documents,
    hidden: Option<u64>,
}

impl<'d> Hiding<'d> {
    pub(crate) fn new(
        documents: &'d mut dyn Documents,
        planted: Option<Planted>,
        replica: usize,
        names: &[String],
    ) -> Hiding<'d> {
        let hides = planted == Some(Planted::LostDocument) && replica == 1;
        let last = names.last().filter(|_| hides);
        Hiding {
            documents,
            hidden: last.map(|name| key_of(name)),
        }
    }
}

impl Documents for Hiding<'_> {
    fn single(&mut self) -> Option<&mut Doc> {
        self.documents.single()
    }

    fn summary(&mut self) -> Result<Arc<Summary>, Error> {
        let all = self.documents.summary()?;
        let Some(hidden) = self.hidden else {
            return Ok(all);
        };
        let mut seen = Summary::clone(&all);
        seen.remove(hidden);
        seen.root();
        Ok(Arc::new(seen))
    }

    fn changes(&mut self, since: Option<u64>) -> Result<Changes, Error> {
        let mut changes = self.documents.changes(since)?;
        if let (Some(hidden), Some(documents)) = (self.hidden, &mut changes.documents) {
            documents.remove(&hidden);
        }
        Ok(changes)
    }

    fn name(&self, key: u64) -> Option<String> {
        self.documents
            .name(key)
            .filter(|_| self.hidden != Some(key))
    }

    fn document(&mut self, key: u64) -> Result<Option<&mut Doc>, Error> {
        match self.hidden == Some(key) {
            true => Ok(None),
            false => self.documents.document(key),
        }
    }

    fn create(&mut self, name: &str) -> Result<bool, Error> {
        match self.hidden == Some(key_of(name)) {
            // It says that it did.
            true => Ok(true),
            false => self.documents.create(name),
        }
    }
}
