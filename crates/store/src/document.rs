//! A document of the store, opened.

use std::collections::BTreeSet;

use syncline::{Doc, SavePoint};

use crate::blob::{BlobId, mentioned_in};
use crate::words::Owner;

/// A document of a [`Store`](crate::Store) in memory. It is read and edited as any [`Doc`]; what was done to it is on disk when
/// [`Store::commit`](crate::Store::commit) returns.
///
/// It does not hold on to the store: it may be kept, sent to another thread, edited there, and committed later.
#[derive(Debug)]
pub struct Document {
    pub(crate) name: String,
    pub(crate) owner: Owner,
    pub(crate) doc: Doc,
    /// What of it is on disk.
    pub(crate) point: SavePoint,
    /// The last record of the journal that it holds.
    pub(crate) seq: u32,
    /// Bytes that it has on disk, at most: a compaction may have made them fewer.
    pub(crate) bytes: u64,
}

impl Document {
    /// Its name in the store.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// To read.
    pub fn doc(&self) -> &Doc {
        &self.doc
    }

    /// To edit, or merge into. On disk with the next commit.
    pub fn doc_mut(&mut self) -> &mut Doc {
        &mut self.doc
    }

    /// The number of the last record of its journal that it holds; 0 before the first commit.
    pub fn seq(&self) -> u32 {
        self.seq
    }

    /// The blobs that it refers to: those whose names stand anywhere in what it shows, or in what competes with that. O(n) in what
    /// it shows.
    pub fn blobs(&self) -> BTreeSet<BlobId> {
        let mut found = BTreeSet::new();
        mentioned_in(&self.doc, &mut found);
        found
    }

    /// Whether there is something to commit.
    pub fn is_changed(&self) -> bool {
        self.doc.save_point() != self.point
    }
}
