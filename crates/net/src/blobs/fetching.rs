//! The side that lacks blobs: asks for what it lacks of those that are offered, one blob after another.

use std::collections::{BTreeMap, VecDeque};

use syncline_store::{Blob, BlobId, BlobIncoming, Chunk, Error, Missing, Part};

use super::exchange::Sight;
use super::message::{CHUNK_MAX, Offer, Piece, Says};
use super::offering::OPEN_MAX;
use crate::ask::Id;
use crate::library::Library;

/// Chunks, and parts of a list, that are asked for before the first of them has come.
const AHEAD: usize = 4;

/// Bytes of a blob of which one part of its list tells, at most.
const PART_MAX: u64 = 16 * CHUNK_MAX as u64;

/// Blobs of which it is kept why they could not be had.
const FAILED_MAX: usize = 64;

/// Which connection fetches which blob: no blob comes on two at once.
pub(crate) type Claims = BTreeMap<BlobId, Id>;

/// See the module.
#[derive(Default)]
pub(super) struct Fetching {
    /// Not settled yet, in order.
    offers: VecDeque<Offer>,
    /// The other side said that these are all.
    is_all: bool,
    /// So many are here, or not wanted; of so many the other side was told that.
    settled: u64,
    told: u64,
    current: Option<Current>,
    /// Answers that are still to come about a blob that was let go of.
    stale: usize,
    /// Blobs that came, and how many bytes of chunks.
    pub(super) received: u64,
    pub(super) bytes: u64,
    /// Blobs that could not be had, and why; of which the other side was not told that.
    pub(super) failed: BTreeMap<BlobId, String>,
    refusals: VecDeque<(BlobId, String)>,
}

/// A blob that comes.
struct Current {
    offer: Offer,
    incoming: BlobIncoming,
    /// Parts of its list up to this one were asked for.
    parts: u32,
    /// Parts that were asked for and did not come yet.
    open: usize,
    /// Chunks that were asked for and did not come yet.
    asked: Vec<Missing>,
    bytes: u64,
}

/// What came to be of a step.
pub(super) enum Step {
    /// Something is to be said.
    Say(Says),
    /// A blob is here, whole.
    Finished(BlobId),
    /// The blob at hand was let go of: on to the next.
    Again,
    /// Nothing can be done until something comes.
    Wait,
}

impl Fetching {
    /// Takes up what the other side has.
    pub(super) fn offer(&mut self, is_all: bool, offers: Vec<Offer>) -> Result<(), &'static str> {
        self.offers.extend(offers);
        self.is_all = is_all;
        match self.offers.len() as u64 > OPEN_MAX {
            true => Err("more blobs are offered than may be open"),
            false => Ok(()),
        }
    }

    /// Whether all that the other side has is here, but for what cannot be had.
    pub(super) fn is_over(&self) -> bool {
        self.is_all && self.offers.is_empty() && self.current.is_none()
    }

    /// The blob that comes at present, how many bytes of it came, and how many it has.
    pub(super) fn current(&self) -> Option<(BlobId, u64, u64)> {
        let current = self.current.as_ref()?;
        Some((current.offer.blob, current.bytes, current.offer.bytes))
    }

    /// How many blobs may still come.
    pub(super) fn left(&self) -> u64 {
        self.offers.len() as u64 + u64::from(self.current.is_some())
    }

    /// Goes on as far as it can without anything coming.
    pub(super) fn step(
        &mut self,
        library: &mut Library,
        sight: &Sight<'_>,
        claims: &mut Claims,
    ) -> Step {
        loop {
            if self.current.is_some() {
                match self.go_on(library, claims) {
                    Step::Again => {}
                    step => return step,
                }
            }
            if !self.refusals.is_empty() {
                break;
            }
            let Some(offer) = self.offers.front().copied() else {
                break;
            };
            if !self.is_wanted(&offer, library, sight) {
                self.settle();
                continue;
            }
            if claims.contains_key(&offer.blob) {
                // Another brings it. Either it comes, or that ends.
                break;
            }
            match BlobIncoming::new(library.store_mut(), &Blob::new(offer.blob, offer.bytes)) {
                Ok(incoming) => {
                    claims.insert(offer.blob, sight.id);
                    self.offers.pop_front();
                    self.current = Some(Current {
                        offer,
                        parts: incoming.next_part().unwrap_or(0),
                        incoming,
                        open: 0,
                        asked: Vec::new(),
                        bytes: 0,
                    });
                }
                Err(error) => {
                    self.fail(offer.blob, error.to_string());
                    self.settle();
                }
            }
        }
        if let Some((blob, why)) = self.refusals.pop_front() {
            return Step::Say(Says::Refused { blob, why });
        }
        match self.told < self.settled {
            true => {
                self.told = self.settled;
                Step::Say(Says::Settled(self.settled))
            }
            false => Step::Wait,
        }
    }

    fn settle(&mut self) {
        self.offers.pop_front();
        self.settled += 1;
    }

    /// Whether a blob is to be fetched: a document refers to it that the other side may write, and it is not here.
    fn is_wanted(&mut self, offer: &Offer, library: &mut Library, sight: &Sight<'_>) -> bool {
        if !sight.takes(library, offer.document) {
            return false;
        }
        library.read_blobs_of(offer.document);
        if !library.blobs_of(offer.document).contains(&offer.blob) {
            return false;
        }
        if offer.bytes > sight.blob_bytes {
            let most = sight.blob_bytes;
            let why = format!("it has {} bytes, and {most} may come", offer.bytes);
            self.fail(offer.blob, why);
            return false;
        }
        match library.store_mut().blob(&offer.blob) {
            Ok(_) => false,
            Err(Error::NoBlob { .. }) => true,
            Err(error) => {
                self.fail(offer.blob, error.to_string());
                false
            }
        }
    }

    /// Asks for what is missing of the blob at hand; when nothing is, ends it.
    fn go_on(&mut self, library: &mut Library, claims: &mut Claims) -> Step {
        let store = library.store_mut();
        let Some(current) = &mut self.current else {
            return Step::Wait;
        };
        let want = |piece| {
            Step::Say(Says::Want {
                blob: current.offer.blob,
                document: current.offer.document,
                piece,
            })
        };
        if current.incoming.next_part().is_some() {
            let Some(number) = current.next_part() else {
                return Step::Wait;
            };
            current.parts = number + 1;
            current.open += 1;
            return want(Piece::List { number });
        }
        let most = current.asked.len() + AHEAD;
        let missing = match current.incoming.missing(store, most) {
            Ok(missing) => missing,
            Err(error) => {
                self.give_up(error.to_string(), claims);
                return Step::Again;
            }
        };
        let is_new = |chunk: &&Missing| !current.asked.contains(chunk);
        match missing.iter().find(is_new) {
            Some(chunk) if current.asked.len() < AHEAD => {
                current.asked.push(*chunk);
                let (offset, bytes) = (chunk.offset, chunk.bytes);
                return want(Piece::Chunk { offset, bytes });
            }
            None if missing.is_empty() && current.asked.is_empty() && current.open == 0 => {}
            _ => return Step::Wait,
        }
        match current.incoming.finish(store) {
            Ok(()) => {
                let blob = current.offer.blob;
                self.received += 1;
                self.failed.remove(&blob);
                self.leave(claims);
                Step::Finished(blob)
            }
            Err(error) => {
                self.give_up(error.to_string(), claims);
                Step::Again
            }
        }
    }

    /// Lets go of the blob at hand: what came of it stays, and the next connection goes on with it.
    fn give_up(&mut self, why: String, claims: &mut Claims) {
        if let Some(current) = &self.current {
            let blob = current.offer.blob;
            self.stale += current.outstanding();
            self.fail(blob, why);
        }
        self.leave(claims);
    }

    fn fail(&mut self, blob: BlobId, why: String) {
        self.refusals.push_back((blob, why.clone()));
        if self.failed.len() < FAILED_MAX {
            self.failed.insert(blob, why);
        }
    }

    /// Whether what comes answers something about a blob that was let go of.
    fn is_stale(&mut self) -> bool {
        let is_stale = self.stale > 0;
        self.stale -= usize::from(is_stale);
        is_stale
    }

    fn leave(&mut self, claims: &mut Claims) {
        if let Some(current) = self.current.take() {
            claims.remove(&current.offer.blob);
            self.settled += 1;
        }
    }

    /// The connection is gone.
    pub(super) fn abandon(&self, claims: &mut Claims) {
        if let Some(current) = &self.current {
            claims.remove(&current.offer.blob);
        }
    }

    /// A part of the list came.
    pub(super) fn take_list(
        &mut self,
        library: &mut Library,
        number: u32,
        chunks: Vec<Chunk>,
        claims: &mut Claims,
    ) -> Result<(), &'static str> {
        if self.is_stale() {
            return Ok(());
        }
        let Some(current) = self.current.as_mut().filter(|current| current.open > 0) else {
            return Err("a list of chunks that was not asked for");
        };
        current.open -= 1;
        let part = Part::new(number, chunks);
        match current.incoming.part(library.store_mut(), &part) {
            Ok(()) => Ok(()),
            Err(Error::WrongList { .. }) => Err("what it says is no list of the blob's chunks"),
            Err(error) => {
                self.give_up(error.to_string(), claims);
                Ok(())
            }
        }
    }

    /// The bytes of a chunk came.
    pub(super) fn take_chunk(
        &mut self,
        library: &mut Library,
        bytes: &[u8],
        claims: &mut Claims,
    ) -> Result<(), &'static str> {
        if self.is_stale() {
            return Ok(());
        }
        let Some(current) = &mut self.current else {
            return Err("bytes of a blob that were not asked for");
        };
        let came = Chunk::of(bytes);
        let is_it = |missing: &Missing| missing.hash == came.hash;
        let Some(at) = current.asked.iter().position(is_it) else {
            return Err("bytes of a blob that were not asked for");
        };
        current.asked.remove(at);
        current.bytes += bytes.len() as u64;
        self.bytes += bytes.len() as u64;
        match current.incoming.chunk(library.store_mut(), bytes) {
            Ok(()) => Ok(()),
            Err(Error::WrongBytes { .. }) => Err("bytes of a blob that are other ones"),
            Err(error) => {
                self.give_up(error.to_string(), claims);
                Ok(())
            }
        }
    }

    /// What was asked for cannot be had.
    pub(super) fn take_gone(&mut self, claims: &mut Claims) -> Result<(), &'static str> {
        if self.is_stale() {
            return Ok(());
        }
        if self
            .current
            .as_ref()
            .is_none_or(|current| current.outstanding() == 0)
        {
            return Err("nothing was asked for");
        }
        self.give_up("the other side has it no more".to_owned(), claims);
        // This was one of the answers.
        self.stale -= 1;
        Ok(())
    }
}

impl Current {
    /// The part of the list to be asked for next, where it is known that there is one: a part holds no more than 4 MiB.
    fn next_part(&self) -> Option<u32> {
        let next = self.incoming.next_part()?;
        let is_there = u64::from(self.parts) * PART_MAX < self.offer.bytes;
        match self.open {
            0 => Some(next),
            _ => Some(self.parts).filter(|_| is_there && self.open < AHEAD),
        }
    }

    /// How many answers are still to come.
    fn outstanding(&self) -> usize {
        self.open + self.asked.len()
    }
}
