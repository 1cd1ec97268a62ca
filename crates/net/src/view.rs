//! What of a library a connection may see: the documents to which it has a right. Of the others it is as if there were none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use syncline::sync::{Changes, Documents};
use syncline::{Doc, Error, Summary};

use crate::binding::Writer;
use crate::library::Library;
use crate::rights::{Right, Rights};

/// What was told of the documents that are seen, for all rights that somebody has.
#[derive(Default)]
pub(crate) struct Views(BTreeMap<Arc<Rights>, Seen>);

/// A part of the library's summary, which is changed where that changes.
#[derive(Default)]
struct Seen {
    /// How many connections have these rights.
    connections: usize,
    summary: Arc<Summary>,
    /// Changes of the library's that it has; none yet.
    moment: Option<u64>,
}

/// The documents to which there is a right.
pub(crate) struct View<'l> {
    library: &'l mut Library,
    rights: &'l Rights,
    /// Where not all are seen.
    seen: Option<&'l mut Seen>,
    /// Those that are not sent.
    held_back: &'l BTreeSet<u64>,
    /// Who the other side is, where whose peers are is looked at.
    writer: Option<Writer<'l>>,
}

impl Views {
    pub(crate) fn of<'l>(
        &'l mut self,
        library: &'l mut Library,
        rights: &'l Arc<Rights>,
        held_back: &'l BTreeSet<u64>,
    ) -> View<'l> {
        let seen = match rights.show_all() {
            true => None,
            false => Some(self.0.entry(Arc::clone(rights)).or_default()),
        };
        View {
            library,
            rights,
            seen,
            held_back,
            writer: None,
        }
    }

    /// A connection has these rights.
    pub(crate) fn enter(&mut self, rights: &Arc<Rights>) {
        if !rights.show_all() {
            self.0.entry(Arc::clone(rights)).or_default().connections += 1;
        }
    }

    /// It is gone: what was told is forgotten with the last who had these rights.
    pub(crate) fn leave(&mut self, rights: &Arc<Rights>) {
        if let Some(seen) = self.0.get_mut(rights) {
            seen.connections = seen.connections.saturating_sub(1);
            if seen.connections == 0 {
                self.0.remove(rights);
            }
        }
    }
}

impl<'l> View<'l> {
    /// What comes is of that one.
    pub(crate) fn written_by(mut self, writer: Option<Writer<'l>>) -> View<'l> {
        self.writer = writer;
        self
    }
}

impl View<'_> {
    fn may_see(&self, key: u64) -> bool {
        let name = self.library.name_of(key);
        name.is_some_and(|name| self.rights.of(name).is_some())
    }
}

impl Documents for View<'_> {
    fn single(&mut self) -> Option<&mut Doc> {
        None
    }

    fn summary(&mut self) -> Result<Arc<Summary>, Error> {
        let all = self.library.summary()?;
        let Some(seen) = self.seen.as_deref_mut() else {
            return Ok(all);
        };
        let moment = seen.moment.unwrap_or(0);
        let (now, changed) = self.library.hashed_since(moment);
        let changed: Vec<u64> = match changed.filter(|_| seen.moment.is_some()) {
            Some(changed) => changed.into_keys().collect(),
            None => self.library.keys(),
        };
        seen.moment = Some(now);
        let mut is_changed = false;
        for key in changed {
            let name = self.library.name_of(key);
            let is_seen = name.is_some_and(|name| self.rights.of(name).is_some());
            let summary = Arc::make_mut(&mut seen.summary);
            is_changed |= match all.get(key).filter(|_| is_seen) {
                Some(entry) => summary.set(*entry) != Some(*entry),
                None => summary.remove(key).is_some(),
            };
        }
        if is_changed {
            Arc::make_mut(&mut seen.summary).root();
        }
        Ok(Arc::clone(&seen.summary))
    }

    fn changes(&mut self, since: Option<u64>) -> Result<Changes, Error> {
        let mut changes = self.library.changes(since)?;
        if self.seen.is_some()
            && let Some(documents) = &mut changes.documents
        {
            documents.retain(|key, _| self.may_see(*key));
        }
        Ok(changes)
    }

    fn takes(&self, key: u64) -> bool {
        let name = self.library.name_of(key);
        name.is_some_and(|name| self.rights.of(name) == Some(Right::Write))
    }

    fn admit(&mut self, key: u64, delta: &[u8]) -> Result<(), Error> {
        match self.writer {
            Some(writer) => self.library.admit(key, delta, writer),
            None => Ok(()),
        }
    }

    fn sends(&self, key: u64) -> bool {
        !self.held_back.contains(&key)
    }

    fn name(&self, key: u64) -> Option<String> {
        self.library
            .name(key)
            .filter(|name| self.rights.of(name).is_some())
    }

    fn document(&mut self, key: u64) -> Result<Option<&mut Doc>, Error> {
        match self.may_see(key) {
            true => Documents::document(self.library, key),
            false => Ok(None),
        }
    }

    fn create(&mut self, name: &str) -> Result<bool, Error> {
        match self.rights.of(name) {
            Some(Right::Write) => self.library.create(name),
            _ => Ok(false),
        }
    }
}
