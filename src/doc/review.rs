//! What several people set at one key: reading all of it, the queue of what is to be reviewed, and settling it.

use super::path::{Found, escape, unescape};
use super::paths::Paths;
use super::policies::Slot;
use super::policy::Policy;
use super::view_map::{Conflict, Map};
use super::{Doc, Transaction};
use crate::error::Error;
use crate::id::OpId;
use crate::oplog::{Cell, Kind};
use crate::value::Value;

/// A key at which several people's values stand beside each other; see [`Doc::review`].
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Contested {
    /// The path of the key.
    pub path: String,
    /// The values, that of the last writer first.
    pub conflicts: Vec<Conflict>,
    /// Which of them shows.
    pub policy: Policy,
}

impl Doc {
    /// All values set at the key at a path that nothing has overwritten, the one that shows first: see [`Map::conflicts`]. None
    /// where the path leads to no key of a map.
    pub fn conflicts(&self, path: &str) -> Vec<Conflict> {
        match self.key_at(path) {
            Some((map, key)) => Map::new(self, Some(map)).conflicts(self.log.keys.name(key)),
            None => Vec::new(),
        }
    }

    /// The keys under [`Policy::Review`] at which several people's values stand beside each other, by path. Who sets such a
    /// key, or [`resolve`](Transaction::resolve)s it, takes it off the queue everywhere. O(conflicts in the document).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Peer, Policy};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let [ada, grace] = [1, 2].map(|id| Peer::new(id).expect("not zero"));
    /// let mut doc = Doc::with_peer(ada);
    /// doc.transact(|tx| tx.set_policy("meta/*", Policy::Review))?;
    /// let mut other = Doc::load(&doc.save())?;
    /// other.set_peer(grace);
    ///
    /// doc.transact(|tx| tx.map("meta").set("title", "Plan A"))?;
    /// other.transact(|tx| tx.map("meta").set("title", "Plan B"))?;
    /// doc.merge(&other.delta_since(&doc.version_vector()))?;
    ///
    /// let queue = doc.review();
    /// assert_eq!(queue[0].path, "meta/title");
    /// let [shown, lost] = &queue[0].conflicts[..] else { unreachable!() };
    /// assert_eq!((&shown.value, &lost.value), (&"Plan B".into(), &"Plan A".into()));
    /// doc.transact(|tx| tx.resolve_to("meta/title", lost.id))?;
    /// assert_eq!(doc.get("meta/title"), Some("Plan A".into()));
    /// assert!(doc.review().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn review(&self) -> Vec<Contested> {
        match self.policies {
            None => Vec::new(),
            Some(_) => self.contested_where(|slot| self.policy_of(slot) == Policy::Review),
        }
    }

    /// The keys at which several people's values stand beside each other, whatever their policy, by path: those of
    /// [`review`](Doc::review), and those that are settled by a rule. O(conflicts in the document).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Peer, VersionVector};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let [mut ann, mut ben] = [1, 2].map(|peer| Doc::with_peer(Peer::new(peer).expect("not zero")));
    /// ann.transact(|tx| tx.map("meta").set("title", "Plan A"))?;
    /// ben.transact(|tx| tx.map("meta").set("title", "Plan B"))?;
    /// ann.merge(&ben.delta_since(&VersionVector::new()))?;
    /// assert_eq!(ann.contested()[0].path, "meta/title");
    /// assert!(ann.review().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn contested(&self) -> Vec<Contested> {
        self.contested_where(|_| true)
    }

    fn contested_where(&self, is_meant: impl Fn(Slot) -> bool) -> Vec<Contested> {
        let mut paths = Paths::new(self);
        let slots = self.state.contested().filter(|&slot| is_meant(slot));
        let contested = slots.filter_map(|(map, key)| {
            let name = self.log.keys.name(key);
            let conflicts = Map::new(self, Some(map)).conflicts(name);
            let is_contested = conflicts.len() > 1;
            let around = paths.of(map).filter(|_| is_contested)?;
            let path = format!("{around}/{}", escape(name));
            let policy = self.policy_of((map, key));
            Some(Contested {
                path,
                conflicts,
                policy,
            })
        });
        let mut contested: Vec<Contested> = contested.collect();
        contested.sort_by(|one, other| one.path.cmp(&other.path));
        contested
    }

    /// What a path shows where `choose` makes one value of those that stand beside each other, the shown one first: a view of this
    /// program alone, of which no other replica knows. Where nobody disagrees, as [`get`](Doc::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Peer};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let [ada, grace] = [1, 2].map(|id| Peer::new(id).expect("not zero"));
    /// let (mut doc, mut other) = (Doc::with_peer(ada), Doc::with_peer(grace));
    /// doc.transact(|tx| tx.map("meta").set("stars", 3))?;
    /// other.transact(|tx| tx.map("meta").set("stars", 5))?;
    /// doc.merge(&other.delta_since(&doc.version_vector()))?;
    ///
    /// let mean = doc.get_with("meta/stars", |all| {
    ///     let sum: i64 = all.iter().filter_map(|one| one.value.as_int()).sum();
    ///     (sum / all.len() as i64).into()
    /// });
    /// assert_eq!(mean, Some(4.into()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_with(&self, path: &str, choose: impl FnOnce(&[Conflict]) -> Value) -> Option<Value> {
        match self.conflicts(path) {
            conflicts if conflicts.len() > 1 => Some(choose(&conflicts)),
            _ => self.get(path),
        }
    }

    /// The key of a map that a path leads to, if that was ever written to.
    pub(super) fn key_at(&self, path: &str) -> Option<Slot> {
        let (around, last) = path.rsplit_once('/')?;
        let Some(Found::Container(map)) = self.find(around) else {
            return None;
        };
        let key = self.log.keys.find(&unescape(last))?;
        (self.log.containers.kind(map) == Kind::Map).then_some((map, key))
    }

    /// Such a key, if several values stand there.
    fn contested_at(&self, path: &str) -> Result<Slot, Error> {
        let slot = self.key_at(path);
        let slot = slot.filter(|_| self.conflicts(path).len() > 1);
        slot.ok_or_else(|| no_conflict(path))
    }
}

fn no_conflict(path: &str) -> Error {
    Error::NoConflict {
        path: path.to_owned(),
    }
}

impl Transaction<'_> {
    /// Ends a conflict: sets the key to a value, which takes the place of all that stand there. A set as any other, so it ends the
    /// conflict on every replica; what somebody else sets at the same time stands beside it.
    ///
    /// # Errors
    ///
    /// [`Error::NoConflict`] where nobody disagrees; else as [`MapMut::set`](crate::MapMut::set).
    pub fn resolve(&mut self, path: &str, value: impl Into<Value>) -> Result<(), Error> {
        let doc = self.doc_mut();
        let (map, key) = doc.contested_at(path)?;
        let key = doc.log.keys.name(key).to_owned();
        doc.set_value(map, &key, &value.into())
    }

    /// Ends a conflict by one of the values that stand there, named by the operation that set it. A container that was opened
    /// at the key stays the same one, with all that is written in it.
    ///
    /// # Errors
    ///
    /// [`Error::NoConflict`] where nobody disagrees, or no value was set by that operation. Also for a list or map that was set as
    /// a value: only its own operation makes it; [`resolve`](Transaction::resolve) sets a copy.
    pub fn resolve_to(&mut self, path: &str, id: OpId) -> Result<(), Error> {
        let doc = self.doc_mut();
        let (map, key) = doc.contested_at(path)?;
        let log = &doc.log;
        let mut survivors = doc.state.survivors(&log.entries, (map, key));
        let chosen = survivors.find(|&entry| log.id(log.entry_lv(entry)) == id);
        drop(survivors);
        let chosen = chosen.filter(|&entry| !matches!(log.entries.cell(entry), Cell::Made(_)));
        let chosen = chosen.ok_or_else(|| no_conflict(path))?;
        let bytes = log.entries.cell_bytes(chosen).to_vec();
        doc.check_content(map, bytes.len())?;
        doc.set_entry(map, key, Cell::at(&bytes, 0))?;
        Ok(())
    }
}
