//! The side that has blobs: offers them, and gives what is asked for of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use syncline_store::{BlobId, Error, Store};

use super::exchange::Sight;
use super::message::{CHUNK_MAX, OFFERED_MAX, Offer, Piece, Says};
use crate::library::Library;

/// Offers that the other side may leave open, at most: after that it is offered no more.
pub(crate) const OPEN_MAX: u64 = 4096;

/// Questions that it may leave open.
pub(crate) const ASKED_MAX: usize = 32;

/// Blobs of which it is kept why they were not taken.
const REFUSED_MAX: usize = 64;

/// Blobs that are looked for in the store before others have a turn.
const LOOKED_MAX: usize = 1024;

/// See the module.
#[derive(Default)]
pub(super) struct Offering {
    /// Documents whose blobs are to be offered, all of them; and what came to those since.
    due: BTreeSet<u64>,
    found: BTreeSet<(u64, BlobId)>,
    /// Documents that had changed when it began, and were not read since for the blobs to which they refer.
    awaited: BTreeSet<u64>,
    /// Of one document, the rest.
    rest: VecDeque<(u64, BlobId)>,
    /// How many were offered, and of how many the other side said that it has, or does not want, them.
    offered: u64,
    settled: u64,
    /// It was told that this is all.
    is_told: bool,
    asked: VecDeque<(BlobId, u64, Piece)>,
    /// Bytes of chunks that were given.
    pub(super) bytes: u64,
    /// What is being given.
    pub(super) giving: Option<BlobId>,
    /// What the other side does not take, and why.
    pub(super) refused: BTreeMap<BlobId, String>,
}

impl Offering {
    /// The blobs of all documents are to be offered; of those that changed and were not read since, once they were.
    pub(super) fn begin(&mut self, library: &Library) {
        self.awaited = library.unread().clone();
        self.due.extend(library.with_blobs());
    }

    /// These are to be offered too, to who may see the documents.
    pub(super) fn add(&mut self, found: &[(u64, BlobId)]) {
        let of_others = found.iter().filter(|(key, _)| !self.due.contains(key));
        self.found.extend(of_others);
        self.is_told &= self.found.is_empty();
    }

    /// The other side is done with so many offers.
    pub(super) fn note_settled(&mut self, count: u64) -> Result<(), &'static str> {
        if count > self.offered {
            return Err("more blobs are said to be stored than were offered");
        }
        self.settled = self.settled.max(count);
        if self.settled == self.offered {
            self.giving = None;
        }
        Ok(())
    }

    /// How many are stored there, or not wanted, of how many that were offered.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.settled, self.offered + self.rest.len() as u64)
    }

    /// Whether all was offered, and the other side is done with it.
    pub(super) fn is_over(&self) -> bool {
        self.is_told && self.settled == self.offered
    }

    /// The other side does not take a blob.
    pub(super) fn note_refused(&mut self, blob: BlobId, why: String) {
        if self.refused.len() < REFUSED_MAX {
            self.refused.insert(blob, why);
        }
    }

    pub(super) fn ask(
        &mut self,
        blob: BlobId,
        document: u64,
        piece: Piece,
    ) -> Result<(), &'static str> {
        if self.asked.len() >= ASKED_MAX {
            return Err("too much is asked for at once");
        }
        if matches!(piece, Piece::Chunk { bytes, .. } if bytes > CHUNK_MAX) {
            return Err("no chunk is so large");
        }
        self.asked.push_back((blob, document, piece));
        Ok(())
    }

    /// Whether the other side is to be told something.
    pub(super) fn is_due(&self) -> bool {
        !self.is_told
    }

    pub(super) fn has_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// What is asked for first.
    pub(super) fn answer(&mut self, library: &mut Library, sight: &Sight<'_>) -> Option<Says> {
        let (blob, document, piece) = self.asked.pop_front()?;
        let is_seen = sight.sees(library, document);
        let is_its = library.blobs_of(document).contains(&blob);
        let given = match is_seen && is_its {
            true => give(library.store_mut(), &blob, piece),
            false => None,
        };
        self.giving = Some(blob);
        if let Some(Says::Chunk(bytes)) = &given {
            self.bytes += bytes.len() as u64;
        }
        Some(given.unwrap_or(Says::Gone))
    }

    /// The next offers, once those before are settled as far as there is room.
    pub(super) fn next(&mut self, library: &mut Library, sight: &Sight<'_>) -> Option<Says> {
        let room = OPEN_MAX.saturating_sub(self.offered - self.settled);
        let most = OFFERED_MAX.min(usize::try_from(room).unwrap_or(usize::MAX));
        let mut offers = Vec::new();
        let mut looked = 0;
        while offers.len() < most && looked < LOOKED_MAX {
            let Some((document, blob)) = self.next_of(library, sight) else {
                break;
            };
            looked += 1;
            if let Ok(found) = library.store_mut().blob(&blob) {
                let bytes = found.bytes;
                offers.push(Offer {
                    blob,
                    bytes,
                    document,
                });
            }
        }
        self.offered += offers.len() as u64;
        self.awaited.retain(|key| library.unread().contains(key));
        let is_all = self.due.is_empty() && self.found.is_empty() && self.rest.is_empty();
        let is_all = is_all && self.awaited.is_empty();
        // Where many were looked for and none is here, that is said, so that others have a turn.
        if offers.is_empty() && (!is_all || self.is_told || most == 0) && looked < LOOKED_MAX {
            return None;
        }
        self.is_told = is_all;
        Some(Says::Offer { is_all, offers })
    }

    /// What may be offered next, of a document that the other side sees.
    fn next_of(&mut self, library: &Library, sight: &Sight<'_>) -> Option<(u64, BlobId)> {
        loop {
            if let Some(next) = self.rest.pop_front() {
                return Some(next);
            }
            if let Some(document) = self.due.pop_first() {
                if sight.sees(library, document) {
                    let blobs = library.blobs_of(document).iter();
                    self.rest = blobs.map(|blob| (document, *blob)).collect();
                }
                continue;
            }
            let (document, blob) = self.found.pop_first()?;
            if sight.sees(library, document) && library.blobs_of(document).contains(&blob) {
                return Some((document, blob));
            }
        }
    }
}

/// A piece of a blob; `None` where it cannot be given.
fn give(store: &Store, blob: &BlobId, piece: Piece) -> Option<Says> {
    let given: Result<Says, Error> = match piece {
        Piece::List { number } => store.blob_part(blob, number).map(|part| Says::List {
            number,
            chunks: part.chunks,
        }),
        // Whole chunks alone, as they are listed: a few bytes of one would cost reading all of it.
        Piece::Chunk { offset, bytes } => {
            let mut reader = store.open_blob(blob).ok()?;
            let chunk = reader.chunk(offset, bytes);
            chunk.transpose()?.map(Says::Chunk)
        }
    };
    given.ok()
}
