//! The side that lacks blobs: asks for what it lacks of those that are offered, one blob after another.
//!
//! Answers come in the order of the questions; before one blob is asked for, all that was asked about others is answered.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use syncline_store::{BlobId, BlobIncoming, Chunk, Error, Missing, Part, Store};

use super::claims::Claims;
use super::exchange::Sight;
use super::message::{CHUNK_MAX, Offer, Piece, Says};
use super::offers::Offers;
use crate::ask::Id;
use crate::library::Library;

/// Chunks, and parts of a list, that are asked for before the first of them has come.
const AHEAD: usize = 4;

/// Bytes of a blob of which one part of its list tells, at most.
const PART_MAX: u64 = 16 * CHUNK_MAX as u64;

/// What each part of a list has listed at least, unless the blob ends there: no store cuts smaller chunks than this.
const PART_LEAST: u64 = 16 << 10;

/// Blobs of which it is kept why they could not be had.
const FAILED_MAX: usize = 64;

/// See the module.
#[derive(Default)]
pub(super) struct Fetching {
    pub(super) offers: Offers,
    current: Option<Current>,
    /// All of it is here, and it is held against its name then.
    finishes: Option<Duration>,
    /// Blobs that were begun, and lists that were begun afresh.
    begun: u64,
    /// What was asked for and did not come yet, in order.
    asked: VecDeque<Asked>,
    /// How often another took over what this one was to bring.
    pub(super) lapses: u32,
    /// Blobs that came, and how many bytes of chunks.
    pub(super) received: u64,
    pub(super) bytes: u64,
    /// Blobs that could not be had, and why; of which the other side was not told that.
    pub(super) failed: BTreeMap<BlobId, String>,
    refusals: VecDeque<(BlobId, String)>,
}

/// A blob that comes.
struct Current {
    number: u64,
    offer: Offer,
    incoming: BlobIncoming,
    /// What is asked for about it has this number.
    begun: u64,
    /// All of its list is from this connection. If not, what does not fit may be another's fault.
    is_own: bool,
    /// Parts of its list up to this one were asked for.
    parts: u32,
    bytes: u64,
}

/// A question that is open.
struct Asked {
    begun: u64,
    what: Wanted,
}

#[derive(PartialEq)]
enum Wanted {
    List(u32),
    Chunk(Missing),
}

/// What came to be of a step.
pub(super) enum Step {
    /// Something is to be said.
    Say(Says),
    /// A blob is here, whole.
    Finished(BlobId),
    /// Nothing can be done until something comes.
    Wait,
}

impl Fetching {
    /// The blob that comes at present, how many bytes of it came, and how many it has.
    pub(super) fn current(&self) -> Option<(BlobId, u64, u64)> {
        let current = self.current.as_ref()?;
        Some((current.offer.blob, current.bytes, current.offer.bytes))
    }

    /// Whether it may go on with what another was to bring, without anything coming.
    pub(super) fn has_news(&self, claims: &Claims) -> bool {
        if let Some(from) = self.finishes {
            return from <= claims.now();
        }
        let is_free = self.current.is_none() && self.asked.is_empty();
        is_free && self.offers.has_news(claims)
    }

    /// Goes on as far as it can without anything coming.
    pub(super) fn step(
        &mut self,
        library: &mut Library,
        sight: &Sight<'_>,
        claims: &mut Claims,
    ) -> Step {
        let step = self.go_on(library, sight, claims);
        if !matches!(step, Step::Wait) {
            return step;
        }
        if let Some((blob, why)) = self.refusals.pop_front() {
            return Step::Say(Says::Refused { blob, why });
        }
        match self.offers.news() {
            Some(settled) => Step::Say(Says::Settled(settled)),
            None => Step::Wait,
        }
    }

    /// Goes on with the blob at hand, or with the next.
    fn go_on(&mut self, library: &mut Library, sight: &Sight<'_>, claims: &mut Claims) -> Step {
        loop {
            if let Some(current) = &self.current {
                if claims.has(&current.offer.blob, sight.id) {
                    match self.fetch(library, sight, claims) {
                        Some(step) => return step,
                        None => continue,
                    }
                }
                if self.asked.is_empty() {
                    self.put_back();
                }
            }
            // Whoever does not answer is asked for nothing else.
            if !self.asked.is_empty() || !self.refusals.is_empty() {
                return Step::Wait;
            }
            let Some((number, offer)) = self.offers.next(claims) else {
                return Step::Wait;
            };
            self.look_at(number, offer, (library, sight, claims));
        }
    }

    /// Another took over the blob at hand, and all that was asked for about it has come.
    fn put_back(&mut self) {
        self.finishes = None;
        if let Some(current) = self.current.take() {
            self.offers.put_back(current.number);
            self.lapses = self.lapses.saturating_add(1);
        }
    }

    /// Begins a blob that is offered, if it is wanted and no other brings it.
    fn look_at(
        &mut self,
        number: u64,
        offer: Offer,
        (library, sight, claims): (&mut Library, &Sight<'_>, &mut Claims),
    ) {
        if let Some(until) = claims.until(&offer.blob, sight.id) {
            let now = claims.now();
            self.offers.pass_by(number, offer.blob, until, now);
            return;
        }
        if library.is_unread(offer.document) {
            // There was no time yet to find out to what it refers.
            let now = claims.now();
            self.offers.pass_by(number, offer.blob, now, now);
            return;
        }
        let begun = match sight.wants(library, &offer) {
            Ok(true) => {
                let reads_from = claims.reads_from(sight.name);
                if reads_from.is_some() || !claims.admit(&offer.told(), sight.name, sight.id) {
                    self.offers.rest(number, reads_from, claims.now());
                    return;
                }
                self.begin(number, offer, library.store_mut(), (sight, claims))
            }
            Ok(false) => return self.offers.settle(number),
            Err(why) => Err(why),
        };
        if let Err(why) = begun {
            self.fail(offer.blob, why);
            self.offers.settle(number);
        }
    }

    /// Begins a blob, or goes on with it.
    fn begin(
        &mut self,
        number: u64,
        offer: Offer,
        store: &mut Store,
        (sight, claims): (&Sight<'_>, &mut Claims),
    ) -> Result<(), String> {
        let incoming = BlobIncoming::new(store, &offer.told());
        let incoming = incoming.map_err(|error| error.to_string())?;
        let held = incoming.held(store, 0..u32::MAX);
        claims.note_read(sight.name, PART_LEAST * u64::from(incoming.parts()));
        claims.claim(offer.blob, sight.id);
        claims.hold(
            &offer.told(),
            held.map_err(|error| error.to_string())?,
            store,
        );
        self.begun += 1;
        self.current = Some(Current {
            number,
            offer,
            begun: self.begun,
            is_own: incoming.next_part() == Some(0),
            parts: incoming.next_part().unwrap_or(0),
            incoming,
            bytes: 0,
        });
        Ok(())
    }

    /// Asks for what is missing of the blob at hand; when nothing is, ends it. Nothing where it was let go of.
    fn fetch(
        &mut self,
        library: &mut Library,
        sight: &Sight<'_>,
        claims: &mut Claims,
    ) -> Option<Step> {
        let id = sight.id;
        let store = library.store_mut();
        let current = self.current.as_mut()?;
        let (begun, open) = (current.begun, self.asked.len());
        let (what, piece) = if current.incoming.next_part().is_some() {
            let Some(number) = current.next_part(open) else {
                return Some(Step::Wait);
            };
            current.parts = number + 1;
            (Wanted::List(number), Piece::List { number })
        } else {
            if open >= AHEAD {
                return Some(Step::Wait);
            }
            match current.next_missing(store, &self.asked) {
                Err(error) => {
                    self.give_up(error.to_string(), id, claims);
                    return None;
                }
                Ok(Some(chunk)) => {
                    let (offset, bytes) = (chunk.offset, chunk.bytes);
                    (Wanted::Chunk(chunk), Piece::Chunk { offset, bytes })
                }
                Ok(None) if open > 0 => return Some(Step::Wait),
                Ok(None) => {
                    self.finishes = claims.reads_from(sight.name);
                    if self.finishes.is_some() {
                        return Some(Step::Wait);
                    }
                    let came = current.bytes;
                    claims.note_read(sight.name, current.offer.bytes.saturating_sub(came));
                    let finished = current.incoming.finish(store);
                    return self.finish(finished, (library, id, claims));
                }
            }
        };
        self.asked.push_back(Asked { begun, what });
        Some(Step::Say(Says::Want {
            blob: current.offer.blob,
            document: current.offer.document,
            piece,
        }))
    }

    /// All of the blob at hand is here, and was held against its name.
    fn finish(
        &mut self,
        finished: Result<(), Error>,
        (library, id, claims): (&mut Library, Id, &mut Claims),
    ) -> Option<Step> {
        match finished {
            Ok(()) => {
                let offer = self.current.as_ref()?.offer;
                claims.unfinished.finish(&offer.told());
                let blob = offer.blob;
                self.received += 1;
                self.failed.remove(&blob);
                self.leave(id, claims);
                return Some(Step::Finished(blob));
            }
            Err(error) => {
                let current = self.current.as_ref()?;
                if matches!(error, Error::WrongBytes { .. }) {
                    claims.unfinished.restart(&current.offer.told());
                }
                if !self.begin_afresh(library, claims) {
                    self.give_up(error.to_string(), id, claims);
                }
            }
        }
        None
    }

    /// Begins the list of the blob at hand afresh, where some of what does not fit together came from elsewhere; whether that was so.
    fn begin_afresh(&mut self, library: &mut Library, claims: &mut Claims) -> bool {
        let Some(current) = self.current.as_mut().filter(|current| !current.is_own) else {
            return false;
        };
        self.begun += 1;
        (current.begun, current.parts, current.is_own) = (self.begun, 0, true);
        claims.unfinished.restart(&current.offer.told());
        current.incoming.begin_again(library.store_mut()).is_ok()
    }

    /// Lets go of the blob at hand: what came of it stays, and the next connection goes on with it.
    fn give_up(&mut self, why: String, id: Id, claims: &mut Claims) {
        if let Some(current) = &self.current {
            self.fail(current.offer.blob, why);
        }
        self.leave(id, claims);
    }

    fn fail(&mut self, blob: BlobId, why: String) {
        self.refusals.push_back((blob, why.clone()));
        if self.failed.len() < FAILED_MAX {
            self.failed.insert(blob, why);
        }
    }

    fn leave(&mut self, id: Id, claims: &mut Claims) {
        self.finishes = None;
        if let Some(current) = self.current.take() {
            claims.end(&current.offer.blob, id);
            self.offers.settle(current.number);
        }
    }

    /// The connection is gone.
    pub(super) fn abandon(&self, id: Id, claims: &mut Claims) {
        if let Some(current) = &self.current {
            claims.end(&current.offer.blob, id);
        }
    }

    /// What was asked for first, where that is of the kind that came; and whether it is about the blob at hand.
    fn answered(&mut self, is_list: bool) -> Result<(Wanted, bool), &'static str> {
        let asked = self.asked.pop_front();
        match asked {
            Some(Asked { begun, what }) if matches!(what, Wanted::List(_)) == is_list => {
                let current = self.current.as_ref();
                Ok((what, current.is_some_and(|current| current.begun == begun)))
            }
            _ if is_list => Err("a list of chunks that was not asked for"),
            _ => Err("bytes of a blob that were not asked for"),
        }
    }

    /// A part of the list came.
    pub(super) fn take_list(
        &mut self,
        part: &Part,
        (library, id, claims): (&mut Library, Id, &mut Claims),
    ) -> Result<(), &'static str> {
        let (what, is_current) = self.answered(true)?;
        let has_claim = |current: &&mut Current| claims.has(&current.offer.blob, id);
        let Some(current) = self
            .current
            .as_mut()
            .filter(has_claim)
            .filter(|_| is_current)
        else {
            return Ok(());
        };
        if what != Wanted::List(part.number) {
            return Err("another part of a list than was asked for");
        }
        let listed: u64 = part.chunks.iter().map(|chunk| u64::from(chunk.bytes)).sum();
        let taken = current.incoming.part(library.store_mut(), part);
        let is_sparse = listed < PART_LEAST && current.incoming.next_part().is_some();
        if is_sparse && taken.is_ok() {
            // Nobody is to go on with it.
            claims.unfinished.restart(&current.offer.told());
            if let Err(error) = current.incoming.begin_again(library.store_mut()) {
                self.give_up(error.to_string(), id, claims);
                return Ok(());
            }
        }
        match taken {
            Ok(()) if !is_sparse => {
                let store = library.store_mut();
                let held = current.incoming.held(store, part.number..part.number + 1);
                claims.grow(&current.offer.told(), held.unwrap_or(0), store);
            }
            Ok(()) | Err(Error::WrongList { .. }) => {
                if !self.begin_afresh(library, claims) {
                    return Err("what it says is no list of the blob's chunks");
                }
            }
            Err(error) => self.give_up(error.to_string(), id, claims),
        }
        Ok(())
    }

    /// The bytes of a chunk came.
    pub(super) fn take_chunk(
        &mut self,
        bytes: &[u8],
        (library, id, claims): (&mut Library, Id, &mut Claims),
    ) -> Result<(), &'static str> {
        let (what, is_current) = self.answered(false)?;
        let Some(current) = self.current.as_mut().filter(|_| is_current) else {
            return Ok(());
        };
        let blob = current.offer.blob;
        let has_claim = claims.has(&blob, id);
        let came = Chunk::of(bytes);
        if !matches!(what, Wanted::Chunk(asked) if asked.hash == came.hash) {
            return match !has_claim || self.begin_afresh(library, claims) {
                true => Ok(()),
                false => Err("bytes of a blob that are other ones"),
            };
        }
        current.bytes += bytes.len() as u64;
        self.bytes += bytes.len() as u64;
        let offer = current.offer;
        let store = library.store_mut();
        match current.incoming.chunk(store, bytes) {
            Ok(()) => {
                claims.renew(&blob, id, bytes.len() as u64);
                claims.grow(&offer.told(), bytes.len() as u64, store);
            }
            // Whoever took it over may have begun its list afresh.
            Err(_) if !has_claim => {}
            Err(error) => self.give_up(error.to_string(), id, claims),
        }
        Ok(())
    }

    /// What was asked for cannot be had.
    pub(super) fn take_gone(
        &mut self,
        (library, id, claims): (&mut Library, Id, &mut Claims),
    ) -> Result<(), &'static str> {
        let asked = self.asked.pop_front().ok_or("nothing was asked for")?;
        let is_current = |current: &&Current| current.begun == asked.begun;
        let current = self.current.as_ref().filter(is_current);
        if current.is_some_and(|current| claims.has(&current.offer.blob, id))
            && !self.begin_afresh(library, claims)
        {
            self.give_up("the other side has it no more".to_owned(), id, claims);
        }
        Ok(())
    }
}

impl Current {
    /// The next chunk that is neither here nor asked for.
    fn next_missing(
        &mut self,
        store: &Store,
        asked: &VecDeque<Asked>,
    ) -> Result<Option<Missing>, Error> {
        while let Some(missing) = self.incoming.next_missing(store)? {
            let is_it = |asked: &Asked| matches!(&asked.what, Wanted::Chunk(chunk) if chunk.hash == missing.hash);
            if !asked.iter().any(is_it) {
                return Ok(Some(missing));
            }
        }
        Ok(None)
    }

    /// The part of the list to be asked for next while so many are, where it is known that there is one: a part holds no more than
    /// 4 MiB.
    fn next_part(&self, open: usize) -> Option<u32> {
        let next = self.incoming.next_part()?;
        let is_there = u64::from(self.parts) * PART_MAX < self.offer.bytes;
        match open {
            0 => Some(next),
            _ => Some(self.parts).filter(|_| is_there && open < AHEAD),
        }
    }
}
