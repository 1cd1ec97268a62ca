//! A connection as the keeper has it: its session, what is to be sent on it, and who is to hear how far it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use syncline::sync::{Event, key_of};
use syncline::{Peer, VersionVector};
use syncline_store::BlobId;

use crate::ask::{Asking, Connect, Id, Notice, Out};
use crate::binding::{PeerBinding, Writer};
use crate::blobs::{Claims, Exchange, Moving, Says, Sight};
use crate::confirmations::Confirmations;
use crate::conflicts::Conflicts;
use crate::error::Error;
use crate::features::Features;
use crate::frame::Frame;
use crate::library::Library;
use crate::limits::Limits;
use crate::link::Link;
use crate::metrics::Metrics;
use crate::rights::Rights;
use crate::shown::{Shown, Side};
use crate::view::Views;

/// See the module.
pub(crate) struct Kept {
    pub(crate) link: Link,
    out: Out,
    /// Frames of the session of which it was noted that they wait for the disk.
    noted: u64,
    /// By what name the other side is known.
    pub(crate) name: String,
    /// What it may do with which documents.
    pub(crate) rights: Arc<Rights>,
    /// What is done about operations under another's peer, where it is known who comes.
    binding: Option<PeerBinding>,
    hear: Option<Box<dyn FnMut(Notice) + Send>>,
    was_confirmed: bool,
    conflicts: Conflicts,
    /// Whether it was told what people show of themselves.
    is_introduced: bool,
    /// What those behind it show, that was not taken up yet.
    heard: Vec<(Peer, u32, Vec<u8>)>,
    /// What the other side has of documents of which it lacks some, that was not taken up yet.
    lacking: Vec<(u64, VersionVector)>,
    /// Documents that are not sent.
    held_back: BTreeSet<u64>,
    /// Who of them shows something where.
    showing: BTreeSet<(String, Peer)>,
    id: Id,
    /// Where both sides can.
    blobs: Option<Exchange>,
    blob_bytes: u64,
    /// Blobs that came, of which others were not told.
    finished: Vec<BlobId>,
}

/// Who may show something on one connection, counted by documents.
const SHOWING_MAX: usize = 256;

impl Kept {
    /// Begins the session of a connection. Where it cannot, the other side is told why.
    pub(crate) fn begin(
        connect: Connect,
        library: &mut Library,
        confirmations: &Confirmations,
        limits: &Limits,
    ) -> Option<Kept> {
        let agreed = connect.agreed;
        let has_blobs = agreed.features.include(Features::BLOBS);
        let (link, hear, held_back) = match connect.asking {
            None => (Ok(Link::answer(agreed, limits)), None, BTreeMap::new()),
            Some(Asking { nonce, only, hear }) => (
                Link::ask(library, nonce, only, agreed, limits),
                Some(hear),
                confirmations.held_back(&connect.name),
            ),
        };
        match link {
            Ok(link) => {
                let mut kept = Kept {
                    link,
                    out: connect.out,
                    noted: 0,
                    name: connect.name,
                    rights: connect.rights,
                    binding: connect.binding,
                    hear,
                    was_confirmed: false,
                    conflicts: Conflicts::default(),
                    is_introduced: false,
                    heard: Vec::new(),
                    lacking: Vec::new(),
                    held_back: BTreeSet::new(),
                    showing: BTreeSet::new(),
                    id: connect.id,
                    blobs: has_blobs.then(Exchange::default),
                    blob_bytes: limits.blob_bytes,
                    finished: Vec::new(),
                };
                kept.hold_back(held_back, library);
                if !has_blobs && library.has_blobs() {
                    kept.tell(Notice::LeavesBlobs);
                }
                Some(kept)
            }
            Err(error) => {
                let _ = connect.out.push(Frame::End(error.to_string()));
                None
            }
        }
    }

    /// Sends nothing of these documents, and says why.
    fn hold_back(&mut self, documents: BTreeMap<u64, String>, library: &Library) {
        for (key, why) in documents {
            if let Some(name) = library.name_of(key) {
                self.tell(Notice::HeldBack(name.to_owned(), why));
                self.link.hold_back(key);
                self.held_back.insert(key);
            }
        }
    }

    /// Notes what the other side has stored, has lost, and does not take.
    pub(crate) fn note_in(&mut self, confirmations: &mut Confirmations) {
        self.take_back(confirmations);
        for (key, version) in self.link.confirmed() {
            confirmations.add(self.name.clone(), key, &version);
        }
        for (key, why) in self.link.refused() {
            confirmations.refuse(self.name.clone(), key, why);
        }
    }

    fn take_back(&mut self, confirmations: &mut Confirmations) {
        let lost = std::mem::take(&mut self.lacking).into_iter();
        let lost = lost.map(|(key, has)| confirmations.take_back(&self.name, key, &has));
        let lost = lost.sum();
        if lost > 0 {
            self.tell(Notice::Lost(lost));
        }
    }

    /// Tells the other side why it ends.
    pub(crate) fn end(self, why: &str) {
        let _ = self.out.push(Frame::End(why.to_owned()));
    }

    /// Whether nothing will be said on it any more.
    pub(crate) fn is_over(&self) -> bool {
        // A task that was ended takes nothing any more.
        self.link.is_over() || self.out.frames.is_closed()
    }

    /// Whether there may be something to say of a document that was written to.
    pub(crate) fn concerns(&self, key: u64, name: &str) -> bool {
        self.link.concerns(key, name) && self.rights.of(name).is_some()
    }

    /// Takes up what those behind it show, of documents that they may see.
    pub(crate) fn take_heard(&mut self, shown: &mut Shown) {
        let side = self.link.side();
        for (peer, clock, state) in std::mem::take(&mut self.heard) {
            let document = Shown::document(&state).unwrap_or_default().to_owned();
            let place = (document, peer);
            let has_room = self.showing.len() < SHOWING_MAX || self.showing.contains(&place);
            let may_see = self.rights.of(&place.0).is_some();
            if side == Side::Far || (has_room && may_see) {
                shown.hear(side, peer, clock, &state);
                self.showing.insert(place);
            }
        }
    }

    /// It is gone, and with it what those behind it showed.
    pub(crate) fn leave(&self, shown: &mut Shown) {
        match self.link.side() {
            Side::Far => shown.lose(),
            Side::Near => {
                for (document, peer) in &self.showing {
                    shown.leave(document, *peer);
                }
            }
        }
    }

    /// Whether the other side is to hear what people show in a document.
    pub(crate) fn sees(&self, (key, name): &(u64, String)) -> bool {
        self.link.includes(*key, name) && self.rights.of(name).is_some()
    }

    /// Tells what people show of themselves in these documents; at first, in all.
    pub(crate) fn share(&mut self, shown: &Shown, news: &[(u64, String)]) {
        let all = match self.is_introduced || !self.link.is_running() {
            true => Vec::new(),
            false => shown.documents(),
        };
        self.is_introduced |= self.link.is_running();
        for document in all.iter().chain(news) {
            if self.sees(document) {
                self.link.share(shown, &document.1);
            }
        }
    }

    /// How many frames of the session have come, where some came since this was last asked for.
    pub(crate) fn take_received(&mut self) -> Option<u64> {
        let before = std::mem::replace(&mut self.noted, self.link.received());
        (self.noted > before).then_some(self.noted)
    }

    /// What came of a document cannot be stored: no more of it is taken.
    pub(crate) fn leave_out(
        &mut self,
        key: u64,
        why: &str,
        library: &mut Library,
        views: &mut Views,
    ) {
        let mut view = views.of(library, &self.rights, &self.held_back);
        self.link.leave_out(&mut view, key, why);
    }

    /// Takes in what came.
    pub(crate) fn receive(
        &mut self,
        message: &[u8],
        library: &mut Library,
        views: &mut Views,
    ) -> Result<(), Error> {
        let writer = self.binding.map(|binding| Writer {
            name: &self.name,
            is_live: self.link.is_settled(),
            binding,
        });
        let view = views.of(library, &self.rights, &self.held_back);
        self.link.receive(&mut view.written_by(writer), message)?;
        self.tell_events();
        Ok(())
    }

    /// Takes in what was said of blobs.
    pub(crate) fn receive_of_blobs(
        &mut self,
        says: Says,
        library: &mut Library,
        claims: &mut Claims,
    ) -> Result<(), Error> {
        let what = "blobs were not agreed on";
        let blobs = self.blobs.as_mut().ok_or(Error::Malformed { what })?;
        let taken = blobs.take(says, (library, self.id, claims));
        taken.map_err(|what| Error::Malformed { what })
    }

    /// Blobs that came since this was last asked for.
    pub(crate) fn take_finished(&mut self) -> Vec<BlobId> {
        std::mem::take(&mut self.finished)
    }

    /// Documents may refer to more blobs that are here.
    pub(crate) fn offer(&mut self, found: &[(u64, BlobId)]) {
        match &mut self.blobs {
            Some(blobs) => blobs.add(found),
            None => self.tell(Notice::LeavesBlobs),
        }
    }

    /// Whether it has something to say once all documents were read for the blobs to which they refer.
    pub(crate) fn waits_for_reading(&self) -> bool {
        let blobs = self.blobs.as_ref();
        blobs.is_some_and(|blobs| self.hear.is_some() || blobs.waits_for_reading())
    }

    /// Its blobs, where both sides can.
    pub(crate) fn blobs(&self) -> Option<&Exchange> {
        self.blobs.as_ref()
    }

    /// What is to be said of blobs, once all is said of documents.
    fn next_of_blobs(&mut self, library: &mut Library, claims: &mut Claims) -> Option<Frame> {
        let has_room = self.has_all_room();
        let blobs = self.blobs.as_mut()?;
        if self.link.has_said_all() {
            blobs.begin(library);
        }
        let sight = Sight {
            id: self.id,
            name: &self.name,
            link: &self.link,
            rights: &self.rights,
            held_back: &self.held_back,
            blob_bytes: self.blob_bytes,
        };
        loop {
            match blobs.next(library, &sight, claims, has_room)? {
                Moving::Say(says) => return Some(Frame::Blob(says)),
                Moving::Finished(blob) => self.finished.push(blob),
            }
        }
    }

    /// Whether nothing waits to be sent, so that what is large holds up nobody. If not, the keeper is told when it is so.
    fn has_all_room(&self) -> bool {
        let is_asked = self.blobs.as_ref().is_some_and(Exchange::has_asked);
        !is_asked || self.out.has_room(self.out.frames.max_capacity())
    }

    /// Says what the session has to say, that what came is stored, and what there is to say of blobs, as long as there is room for it.
    pub(crate) fn say(
        &mut self,
        library: &mut Library,
        views: &mut Views,
        claims: &mut Claims,
        metrics: &Metrics,
    ) -> Result<(), Error> {
        while self.out.has_room(1) {
            let mut view = views.of(library, &self.rights, &self.held_back);
            let next = self.link.next_frame(&mut view)?;
            // What was not taken is said before what was taken is said to be stored.
            let frame = match next.or_else(|| self.link.stored()) {
                Some(frame) => Some(frame),
                None => {
                    self.link.note_sent(library);
                    self.next_of_blobs(library, claims)
                }
            };
            let Some(frame) = frame else { break };
            if let Frame::Session(message) = &frame {
                metrics.note_sent(message.len());
            }
            if !self.out.push(frame) {
                break;
            }
        }
        self.tell_events();
        Ok(())
    }

    /// Whether it is to hear of conflicts, and does not know of these.
    pub(crate) fn lacks(&self, conflicts: Conflicts) -> bool {
        self.hear.is_some() && self.conflicts != conflicts
    }

    /// Tells whether all that was sent is stored, how far blobs are, and how many conflicts there are, where that is news.
    pub(crate) fn tell_confirmed(&mut self, library: &mut Library) {
        if self.hear.is_none() {
            return;
        }
        let conflicts = library.conflicts();
        if std::mem::replace(&mut self.conflicts, conflicts) != conflicts {
            self.tell(Notice::Conflicts(conflicts));
        }
        if let Some(news) = self.blobs.as_mut().and_then(Exchange::news) {
            self.tell(Notice::Blobs(news));
        }
        let blobs = self.blobs.as_ref();
        let has_blobs = blobs.is_none_or(|blobs| blobs.is_over(library));
        let is_confirmed = self.link.is_settled() && self.link.is_confirmed() && has_blobs;
        if is_confirmed != self.was_confirmed {
            self.was_confirmed = is_confirmed;
            self.tell(Notice::Confirmed(is_confirmed));
        }
    }

    fn tell(&mut self, notice: Notice) {
        if let Some(hear) = &mut self.hear {
            hear(notice);
        }
    }

    fn tell_events(&mut self) {
        while let Some(event) = self.link.next_event() {
            match event {
                Event::Presence { peer, clock, state } => self.heard.push((peer, clock, state)),
                Event::Lacking { document, has } if self.hear.is_some() => {
                    self.lacking.push((key_of(&document), has));
                }
                event => self.tell(Notice::Event(event)),
            }
        }
    }
}
