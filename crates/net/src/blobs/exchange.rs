//! Both directions on one connection.

use std::collections::BTreeSet;

use syncline_store::{BlobId, Error, Part};

use super::claims::Claims;
use super::fetching::{Fetching, Step};
use super::message::{Offer, Says};
use super::offering::Offering;
use crate::ask::Id;
use crate::library::Library;
use crate::link::Link;
use crate::rights::{Right, Rights};
use crate::status::{BlobState, Blobs};

/// What the other side of a connection may see, and write.
pub(crate) struct Sight<'k> {
    pub(crate) id: Id,
    /// By what name the other side is known.
    pub(crate) name: &'k str,
    pub(crate) link: &'k Link,
    pub(crate) rights: &'k Rights,
    /// Documents of which nothing is sent.
    pub(crate) held_back: &'k BTreeSet<u64>,
    /// Bytes of a blob that may come.
    pub(crate) blob_bytes: u64,
}

impl Sight<'_> {
    /// Whether what belongs to a document is shown to the other side.
    pub(super) fn sees(&self, library: &Library, document: u64) -> bool {
        let Some(name) = library.name_of(document) else {
            return false;
        };
        let is_sent = !self.held_back.contains(&document);
        is_sent && self.link.includes(document, name) && self.rights.of(name).is_some()
    }

    /// Whether what belongs to a document is taken from the other side.
    fn takes(&self, library: &Library, document: u64) -> bool {
        let name = library.name_of(document);
        name.is_some_and(|name| self.rights.of(name) == Some(Right::Write))
    }

    /// Whether a blob is wanted: not where it is here, or no document refers to it that the other side may write. An error says why it
    /// cannot be had.
    pub(super) fn wants(&self, library: &mut Library, offer: &Offer) -> Result<bool, String> {
        if !self.takes(library, offer.document) {
            return Ok(false);
        }
        if !library.blobs_of(offer.document).contains(&offer.blob) {
            return Ok(false);
        }
        let (bytes, most) = (offer.bytes, self.blob_bytes);
        if bytes > most {
            return Err(format!("it has {bytes} bytes, and {most} may come"));
        }
        match library.store_mut().blob(&offer.blob) {
            Ok(_) => Ok(false),
            Err(Error::NoBlob { .. }) => Ok(true),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The blobs of one connection.
#[derive(Default)]
pub(crate) struct Exchange {
    offering: Offering,
    fetching: Fetching,
    is_begun: bool,
    told: Blobs,
}

/// What is to be done next.
pub(crate) enum Moving {
    /// Something is to be said.
    Say(Says),
    /// A blob is here, whole: others may be offered it.
    Finished(BlobId),
}

impl Exchange {
    /// Begins, once both sides have the documents that the other had: the blobs of these are offered.
    pub(crate) fn begin(&mut self, library: &Library) {
        if !std::mem::replace(&mut self.is_begun, true) {
            self.offering.begin(library);
        }
    }

    /// More may be offered.
    pub(crate) fn add(&mut self, found: &[(u64, BlobId)]) {
        if self.is_begun {
            self.offering.add(found);
        }
    }

    /// Takes in what the other side said.
    pub(crate) fn take(
        &mut self,
        says: Says,
        (library, id, claims): (&mut Library, Id, &mut Claims),
    ) -> Result<(), &'static str> {
        let fetching = &mut self.fetching;
        match says {
            Says::Offer { is_all, offers } => fetching.offers.add(is_all, offers),
            Says::Settled(count) => self.offering.note_settled(count),
            Says::Want {
                blob,
                document,
                piece,
            } => self.offering.ask(blob, document, piece),
            Says::List { number, chunks } => {
                fetching.take_list(&Part::new(number, chunks), (library, id, claims))
            }
            Says::Chunk(bytes) => fetching.take_chunk(&bytes, (library, id, claims)),
            Says::Gone => fetching.take_gone((library, id, claims)),
            Says::Refused { blob, why } => {
                self.offering.note_refused(blob, why);
                Ok(())
            }
        }
    }

    /// The next thing to be done. What was asked for is given only where there is room for what is large.
    pub(crate) fn next(
        &mut self,
        library: &mut Library,
        sight: &Sight<'_>,
        claims: &mut Claims,
        has_room: bool,
    ) -> Option<Moving> {
        match self.fetching.step(library, sight, claims) {
            Step::Say(says) => return Some(Moving::Say(says)),
            Step::Finished(blob) => return Some(Moving::Finished(blob)),
            Step::Wait => {}
        }
        if has_room && let Some(says) = self.offering.answer(library, sight) {
            return Some(Moving::Say(says));
        }
        // Who does not have a document yet wants none of its blobs.
        if !self.is_begun || !sight.link.has_said_all() {
            return None;
        }
        self.offering.next(library, sight).map(Moving::Say)
    }

    /// Whether something is asked for that was not given yet.
    pub(crate) fn has_asked(&self) -> bool {
        self.offering.has_asked()
    }

    /// Whether the other side waits to be told that it knows all.
    pub(crate) fn waits_for_reading(&self) -> bool {
        self.is_begun && self.offering.is_due()
    }

    /// Whether each side has all blobs that the other has, but for those that cannot be had.
    pub(crate) fn is_over(&self, library: &Library) -> bool {
        self.offering.is_over() && self.fetching.offers.is_over() && !library.has_unread()
    }

    /// The connection is gone: others may fetch what it did.
    pub(crate) fn abandon(&self, id: Id, claims: &mut Claims) {
        self.fetching.abandon(id, claims);
    }

    /// Whether it may go on with what another connection brought, without anything coming.
    pub(crate) fn has_news(&self, claims: &Claims) -> bool {
        self.fetching.has_news(claims)
    }

    /// How often another took over what was to come on this connection: who has fewer of these is asked first.
    pub(crate) fn lapses(&self) -> u32 {
        self.fetching.lapses
    }

    /// How far it is, where that is news.
    pub(crate) fn news(&mut self) -> Option<Blobs> {
        let (stored, offered) = self.offering.counts();
        let mut blobs = Blobs {
            received: self.fetching.received,
            to_receive: self.fetching.received + self.fetching.offers.left(),
            received_bytes: self.fetching.bytes,
            stored,
            offered,
            sent_bytes: self.offering.bytes,
            ..Blobs::default()
        };
        let failed = self.fetching.failed.iter();
        let refused = self.offering.refused.iter();
        for (blob, why) in failed.chain(refused) {
            let why = why.clone();
            let state = BlobState::Failed { why };
            blobs.jobs.insert(blob.to_string(), state);
        }
        if let Some((blob, bytes, of)) = self.fetching.current() {
            let state = BlobState::Receiving { bytes, of };
            blobs.jobs.insert(blob.to_string(), state);
        }
        if let Some(blob) = self.offering.giving {
            blobs.jobs.insert(blob.to_string(), BlobState::Sending);
        }
        let is_news = blobs != self.told;
        self.told.clone_from(&blobs);
        is_news.then_some(blobs)
    }
}
