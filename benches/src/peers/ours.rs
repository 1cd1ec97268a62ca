//! Syncline.

use syncline::{Doc, Error, Peer, Text, Transaction, VersionVector};

use crate::engine::{Exchange, Outcome, Structured, Todo, Typing};
use crate::trace::Patch;

/// A document; its text, map and list are roots, which everyone knows without being told.
pub struct Ours(Doc);

fn said<T>(result: Result<T, Error>) -> Outcome<T> {
    result.map_err(|error| error.to_string())
}

fn apply(tx: &mut Transaction<'_>, patches: &[Patch]) -> Result<(), Error> {
    let mut text = tx.text("text");
    for patch in patches {
        if patch.deleted > 0 {
            text.delete(patch.at..patch.at + patch.deleted)?;
        }
        if !patch.inserted.is_empty() {
            text.insert(patch.at, &patch.inserted)?;
        }
    }
    Ok(())
}

impl Ours {
    fn reading(&self) -> Text<'_> {
        self.0.text("text")
    }

    fn transaction(
        &mut self,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Outcome<()> {
        said(self.0.transact(write)).map(drop)
    }

    /// [`Typing::transact`] of one patch whose positions count UTF-16 units.
    ///
    /// # Errors
    /// The engine's.
    pub fn transact_utf16(&mut self, patch: &Patch) -> Outcome<()> {
        self.transaction(|tx| {
            let mut text = tx.text("text");
            let mut text = text.utf16();
            if patch.deleted > 0 {
                text.delete(patch.at..patch.at + patch.deleted)?;
            }
            if patch.inserted.is_empty() {
                Ok(())
            } else {
                text.insert(patch.at, &patch.inserted)
            }
        })
    }
}

impl Typing for Ours {
    fn new(peer: u64) -> Outcome<Self> {
        let peer = Peer::new(peer).ok_or("a peer id is not zero")?;
        Ok(Self(Doc::with_peer(peer)))
    }

    fn transact(&mut self, patches: &[Patch]) -> Outcome<()> {
        self.transaction(|tx| apply(tx, patches))
    }

    fn text(&self) -> String {
        self.reading().to_string()
    }
}

impl Exchange for Ours {
    type Version = VersionVector;

    fn len(&self) -> usize {
        self.reading().len()
    }

    const FORKS: bool = true;

    fn fork(&mut self) -> Outcome<Self> {
        Self::open(&self.save()?)
    }

    fn write_as(&mut self, peer: u64) -> Outcome<()> {
        self.0
            .set_peer(Peer::new(peer).ok_or("a peer id is not zero")?);
        Ok(())
    }

    fn version(&self) -> VersionVector {
        self.0.version_vector()
    }

    fn delta_since(&mut self, version: &VersionVector) -> Outcome<Vec<u8>> {
        Ok(self.0.delta_since(version))
    }

    fn whole(&mut self) -> Outcome<Vec<u8>> {
        Ok(self.0.delta_since(&VersionVector::new()))
    }

    fn merge(&mut self, delta: &[u8]) -> Outcome<()> {
        said(self.0.merge(delta)).map(drop)
    }

    fn save(&mut self) -> Outcome<Vec<u8>> {
        Ok(self.0.save())
    }

    fn open(saved: &[u8]) -> Outcome<Self> {
        said(Doc::load(saved)).map(Self)
    }
}

impl Structured for Ours {
    fn new() -> Outcome<Self> {
        <Self as Typing>::new(1)
    }

    fn set_in_map(&mut self, key: &str, value: i64) -> Outcome<()> {
        self.transaction(|tx| tx.map("map").set(key, value))
    }

    fn insert_in_list(&mut self, at: usize, value: i64) -> Outcome<()> {
        self.transaction(|tx| tx.list("list").insert(at, value))
    }

    fn push_todo(&mut self, todo: &Todo) -> Outcome<()> {
        self.transaction(|tx| {
            let mut item = tx.list("list").push_map()?;
            item.set("title", todo.title.as_str())?;
            item.set("done", todo.done)?;
            item.set("priority", todo.priority)
        })
    }

    fn counts(&mut self) -> (usize, usize) {
        (self.0.map("map").len(), self.0.list("list").len())
    }
}
