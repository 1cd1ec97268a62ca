//! What a session keeps in step.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::doc::Doc;
use crate::error::Error;
use crate::summary::Summary;

/// What a [`Session`](super::Session) keeps in step: a [`Doc`], or many by name, as a [`Workspace`](super::Workspace).
///
/// Both sides of a session have the same: one document, or many. Whoever keeps documents elsewhere, and opens them when they
/// are needed, implements this; what must not be seen by the other side is left out of everything.
pub trait Documents {
    /// The document, if there is but one, without a name.
    fn single(&mut self) -> Option<&mut Doc>;

    /// For each document under its [`key_of`] the number of its operations and the root of its
    /// [`summary`](Doc::summary). It is to be up to date, and to be changed with [`Summary::set`] where documents
    /// change, not made anew: it remembers in which order they did.
    ///
    /// # Errors
    ///
    /// Where a document cannot be read.
    fn summary(&mut self) -> Result<Arc<Summary>, Error>;

    /// The same, for [`Resume::restore`](super::Resume::restore) to note in it what was known before the documents were loaded.
    /// None, unless said: a session after that costs a round trip more.
    ///
    /// # Errors
    ///
    /// As [`summary`](Documents::summary).
    fn summary_mut(&mut self) -> Result<Option<&mut Summary>, Error> {
        Ok(None)
    }

    /// Which documents changed since a moment that an earlier answer told; `None` asks for the present moment alone. A session
    /// asks before each message.
    ///
    /// Unless said, this is found in the [`summary`](Documents::summary), for which every document that changed is hashed;
    /// whoever counts operations instead spares that.
    ///
    /// # Errors
    ///
    /// As [`summary`](Documents::summary).
    fn changes(&mut self, since: Option<u64>) -> Result<Changes, Error> {
        let summary = self.summary()?;
        Ok(Changes {
            moment: summary.tick(),
            documents: match since {
                Some(since) => summary.changed_since(since),
                None => Some(BTreeMap::new()),
            },
        })
    }

    /// Whether operations that the other side sends of a document are taken in. Where they are not, they are passed over, and the
    /// other side is told so ([`Event::ReadOnly`](super::Event::ReadOnly)); what is written here is sent to it all the same. Unless
    /// said, all are.
    fn takes(&self, key: u64) -> bool {
        let _ = key;
        true
    }

    /// Looks at a delta of a document that the other side sends, before it is merged: [`inspect`](crate::inspect) tells whose operations
    /// are in it. Unless said, all may come.
    ///
    /// # Errors
    ///
    /// Where it is not to be merged: nothing more of the document is taken from the other side, which is told that it is not wanted.
    fn admit(&mut self, key: u64, delta: &[u8]) -> Result<(), Error> {
        let _ = (key, delta);
        Ok(())
    }

    /// Whether what is written here of a document is sent to the other side. Where it is not, what that writes still comes. Unless
    /// said, it is.
    fn sends(&self, key: u64) -> bool {
        let _ = key;
        true
    }

    /// The name of the document with that key.
    fn name(&self, key: u64) -> Option<String>;

    /// The document with that key.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    fn document(&mut self, key: u64) -> Result<Option<&mut Doc>, Error>;

    /// Makes an empty document, since the other side has one of that name; whether it did. If not, the other side is told
    /// that it is not wanted here.
    ///
    /// # Errors
    ///
    /// Where it could not be made.
    fn create(&mut self, name: &str) -> Result<bool, Error>;
}

/// What [`Documents::changes`] tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    /// The present moment. It never goes back, and stays what it is while nothing changes.
    pub moment: u64,
    /// The documents that changed, by key, with the number of operations that each had at the moment asked for. `None` where
    /// more did than is remembered.
    pub documents: Option<BTreeMap<u64, u32>>,
}

/// The key of a document of that name: the first 8 bytes, little-endian, of a hash.
///
/// Two names have the same key by accident once in 2^64. Who tries for a day can find such names: a workspace holds one of
/// them.
pub fn key_of(name: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"syncline document 1");
    hasher.update(name.as_bytes());
    let hash = hasher.finalize();
    hash.as_bytes()
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

impl Documents for Doc {
    fn single(&mut self) -> Option<&mut Doc> {
        Some(self)
    }

    fn summary(&mut self) -> Result<Arc<Summary>, Error> {
        self.shared_summary()
    }

    fn summary_mut(&mut self) -> Result<Option<&mut Summary>, Error> {
        self.summary_to_note_in().map(Some)
    }

    fn name(&self, _: u64) -> Option<String> {
        Some(String::new())
    }

    fn document(&mut self, _: u64) -> Result<Option<&mut Doc>, Error> {
        Ok(Some(self))
    }

    fn create(&mut self, _: &str) -> Result<bool, Error> {
        Ok(false)
    }
}
