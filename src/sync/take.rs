//! The messages of a session, as they come.

use super::documents::{Documents, key_of};
use super::error::SessionError;
use super::event::{Event, Offer};
use super::give::{document_error, name_of, opened};
use super::line::{Finding, Line};
use super::message::{
    BASE, BRIEF, CLOSED, CREDIT, DELTA, DONE, END, FINDING, FINDING_IN, FORK, HELLO, Hello, KIND,
    OFFER, OPEN, Offered, PIECE, PRESENCE, SETTLED, START, Scope, Shown, Start, UNWANTED, VERSION,
    WANT, malformed, take, take_all,
};
use super::presence::STATE_MAX;
use super::resume::Resume;
use super::scope;
use super::seal::Seals;
use super::session::{Session, Stage};
use crate::id::Peer;
use crate::summary::Reconciliation;

/// Peers whose presence passes through one session, at most.
const SHOWN_MAX: usize = 4096;

impl Session {
    /// Takes in a message. Then ask for [`next_message`](Session::next_message), and for
    /// [`next_event`](Session::next_event).
    ///
    /// Takes time in proportion to the message, to the operations that it brings, and, while what differs is being found, as
    /// [`Reconciliation::receive`].
    ///
    /// # Errors
    ///
    /// See [`SessionError`]: the session is over then, and the other side is told so by the next message, which is the last.
    /// What was taken in before stays.
    pub fn receive(
        &mut self,
        documents: &mut dyn Documents,
        message: &[u8],
    ) -> Result<(), SessionError> {
        if self.stage == Stage::Ended {
            return Err(SessionError::Ended);
        }
        let is_first = self.stage == Stage::Waiting;
        let taken = self.take(documents, message);
        if let Err(error) = &taken {
            self.fall_silent();
            self.close();
            if is_first && matches!(error, SessionError::Version { .. }) {
                self.ready.push_back(vec![END, VERSION]);
            }
        }
        taken
    }

    fn take(&mut self, documents: &mut dyn Documents, message: &[u8]) -> Result<(), SessionError> {
        if message.len() > self.options.message_bytes as usize {
            return Err(SessionError::TooLarge {
                what: "a message's bytes",
                limit: self.options.message_bytes.into(),
            });
        }
        match *message {
            [HELLO, found, ..] if self.stage == Stage::Waiting && found != VERSION => {
                return Err(SessionError::Version { found });
            }
            // Of an answerer that does not know our version.
            [END, found] if self.is_asker && !self.is_found => {
                return Err(SessionError::Version { found });
            }
            _ => {}
        }
        let (whole, seal) = Seals::split(message)?;
        let (&first, body) = whole.split_first().ok_or(SessionError::Damaged)?;
        if first & KIND == BRIEF {
            return self.take_brief(documents, whole, seal);
        }
        self.check_seal(whole, seal, &[])?;
        if (first == HELLO) != (self.stage == Stage::Waiting) {
            return Err(malformed("a hello is the first message, and only that"));
        }
        if self.is_found && first == SETTLED {
            // The other side does not object to what we found.
            self.finding = None;
            self.lines.values_mut().for_each(Line::agree);
        }
        match first {
            HELLO => self.take_hello(documents, body),
            FINDING => self.take_finding(documents, body),
            FINDING_IN => self.take_finding_in(documents, body),
            OPEN => self.opened(documents, &take_all(body)?),
            START => self.take_start(documents, take_all(body)?),
            DELTA => {
                let (number, delta) = take(body)?;
                let key = self.key_of_number(number)?;
                self.take_delta(documents, key, delta)
            }
            DONE => {
                let key = self.key_of_number(take_all(body)?)?;
                if let Some(line) = self.lines.get_mut(&key) {
                    line.is_received = true;
                }
                self.note_settled_line(documents, key);
                Ok(())
            }
            CREDIT => self.window.credit(take_all(body)?),
            PRESENCE => self.take_presence(body),
            UNWANTED => {
                let key = self.key_of_number(take_all(body)?)?;
                if let Some(line) = self.lines.get_mut(&key).filter(|line| !line.is_off) {
                    line.is_off = true;
                    let document = name_of(documents, key);
                    self.events.push_back(Event::Unwanted { document });
                }
                Ok(())
            }
            CLOSED => {
                let key = self.key_of_number(take_all(body)?)?;
                self.closed(documents, key);
                Ok(())
            }
            OFFER if self.is_asker && self.offers => self.take_offers(take_all(body)?),
            WANT if !self.is_asker && self.offers => {
                let keys: Vec<[u8; 8]> = take_all(body)?;
                self.send_wanted(documents, keys.into_iter().map(u64::from_le_bytes))
            }
            FORK => self.take_fork(documents, take_all(body)?),
            BASE => self.take_base(documents, take_all(body)?),
            PIECE => {
                let (number, piece) = take(body)?;
                self.take_piece(documents, number, piece)
            }
            SETTLED => {
                let theirs = take_all(body)?;
                self.their_mark = Some(theirs);
                self.note_settled(theirs);
                Ok(())
            }
            END => {
                self.stage = Stage::Ended;
                self.fall_silent();
                self.events.push_back(Event::Ended);
                Ok(())
            }
            _ => Err(malformed(
                "a kind of message that this version does not know",
            )),
        }
    }

    pub(super) fn check_seal(
        &mut self,
        whole: &[u8],
        seal: [u8; 4],
        known: &[u8],
    ) -> Result<(), SessionError> {
        let greeting = &mut self.greeting.seals;
        let seals = self.seals.as_mut().unwrap_or(greeting);
        seals.accept(whole, seal, known)
    }

    pub(super) fn key_of_number(&self, number: u32) -> Result<u64, SessionError> {
        let key = self.their_numbers.get(number as usize);
        key.copied()
            .ok_or(malformed("a document that was not begun with"))
    }

    fn take_hello(
        &mut self,
        documents: &mut dyn Documents,
        body: &[u8],
    ) -> Result<(), SessionError> {
        let (hello, finding): (Hello, _) = take(body)?;
        self.is_single = documents.single().is_some();
        if self.is_single != (hello.scope == Scope::Single) {
            return Err(SessionError::Scope);
        }
        if let Scope::Some { only, offers } = hello.scope {
            self.set_only(scope::heard(only));
            self.offers = offers;
        }
        let (summary, moment) =
            scope::summary(documents, &self.only).map_err(|error| document_error("", error))?;
        self.moment = moment;
        self.stage = Stage::Running;
        let side = Reconciliation::answer().receiving_at_most(self.options.summary_bytes);
        self.begin(Finding::new(side, summary));
        self.take_finding(documents, finding)
    }

    /// A message about what differs: between the only document's sides, or which documents do.
    fn take_finding(
        &mut self,
        documents: &mut dyn Documents,
        message: &[u8],
    ) -> Result<(), SessionError> {
        let finding = match self.is_single {
            true => self
                .lines
                .get_mut(&0)
                .and_then(|line| line.finding.as_mut()),
            false => self.finding.as_mut(),
        };
        let Some(finding) = finding else {
            // A fork is seen to first: then all is found anew.
            return match self.is_single {
                true => Ok(()),
                false => Err(malformed("an answer to what was not asked")),
            };
        };
        let replies = finding.receive(message)?;
        // What was taken for found may be objected to.
        self.is_found = finding.side.difference().is_some();
        self.resume = None;
        if self.seals.is_none()
            && let Some(nonce) = finding.side.nonce()
        {
            self.seals = Some(Seals::new(nonce, false));
        }
        for reply in replies {
            self.ready.push_back([&[FINDING], &*reply].concat());
        }
        if self.is_single {
            return self.learn(documents, 0);
        }
        let found = self.finding.as_mut().and_then(Finding::found);
        if let Some(difference) = found {
            self.begin_with(documents, &difference)?;
        }
        // Nothing more is said about it. Who holds the summary makes whoever changes it copy it.
        if self.finding.as_ref().is_some_and(Finding::is_over) {
            self.finding = None;
        }
        Ok(())
    }

    fn take_finding_in(
        &mut self,
        documents: &mut dyn Documents,
        body: &[u8],
    ) -> Result<(), SessionError> {
        let (number, message): (u32, _) = take(body)?;
        let key = self.key_of_number(number)?;
        let is_expected = |line: &&mut Line| !line.is_off && line.expects == Some(number);
        let line = self.lines.get_mut(&key).filter(is_expected);
        let Some(line) = line else { return Ok(()) };
        let finding = line.finding.as_mut();
        let finding = finding.ok_or(malformed("an answer to what was not asked"))?;
        let replies = finding.receive(message)?;
        self.say_findings(key, replies);
        self.learn(documents, key)
    }

    /// Takes up what a document was found to differ in.
    fn learn(&mut self, documents: &mut dyn Documents, key: u64) -> Result<(), SessionError> {
        let Some(line) = self.lines.get_mut(&key) else {
            return Ok(());
        };
        let Some(finding) = &mut line.finding else {
            return Ok(());
        };
        let Some(difference) = finding.found() else {
            return Ok(());
        };
        if let Some(peer) = difference.forks.iter().find_map(|&key| Peer::new(key)) {
            return self.forked(documents, key, peer);
        }
        let (summary, known) = (finding.summary.clone(), finding.side.known());
        let Some(doc) = opened(documents, key)? else {
            return Ok(());
        };
        if finding.is_over() {
            line.finding = None;
        }
        line.take_back_offer();
        if !line.learn(&difference, &summary, doc, self.options.piece_bytes) {
            return self.open_asking(documents, key);
        }
        let sends = !line.is_sent;
        if self.is_single && difference.is_empty() {
            let root = summary.current_root();
            self.resume = Some(Resume { known, root });
        }
        if sends {
            self.say_start(documents, key, false);
        }
        self.note_settled_line(documents, key);
        Ok(())
    }

    fn take_start(
        &mut self,
        documents: &mut dyn Documents,
        start: Start,
    ) -> Result<(), SessionError> {
        let key = self.key_of_number(start.number)?;
        if self.options.looks {
            return self.look_at_start(documents, key, start);
        }
        let exists = opened(documents, key)?.is_some();
        if start.operations > 0 && exists && !documents.takes(key) {
            self.take_none(key);
            self.note_settled_line(documents, key);
            return Ok(());
        }
        if start.operations > 0 && !self.make_if_wanted(documents, key, start.name)? {
            return Ok(());
        }
        let has_nothing = |line: &Line| line.known.is_none() && line.finding.is_none();
        if !exists && self.lines.get(&key).is_some_and(has_nothing) {
            // They took us to have some of it.
            self.open_asking(documents, key)?;
        }
        if let Some(line) = self.lines.get_mut(&key) {
            line.to_receive = start.operations;
            line.received = 0;
            line.is_received = start.operations == 0;
        }
        self.note_settled_line(documents, key);
        Ok(())
    }

    /// Makes a document of which the other side has something, unless there is one; whether there is one then.
    pub(super) fn make_if_wanted(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        name: Option<String>,
    ) -> Result<bool, SessionError> {
        let name = name.unwrap_or_default();
        let failed = |error| document_error(&name, error);
        if documents.document(key).map_err(failed)?.is_some() {
            return Ok(true);
        }
        let is_wanted = key_of(&name) == key && self.only.includes(&name);
        let is_made = is_wanted && documents.create(&name).map_err(failed)?;
        if !is_made {
            self.put_off(key);
        }
        Ok(is_made)
    }

    fn take_presence(&mut self, body: &[u8]) -> Result<(), SessionError> {
        let (Shown { peer, clock }, state) = take(body)?;
        let peer = Peer::new(u64::from_le_bytes(peer)).ok_or(malformed("peer 0"))?;
        if state.len() > STATE_MAX {
            return Err(malformed("a presence of over 4 KiB"));
        }
        if self.shown.len() >= SHOWN_MAX && !self.shown.contains_key(&peer) {
            return Ok(());
        }
        let shown = self.shown.entry(peer).or_default();
        if clock > *shown {
            *shown = clock;
            let state = state.to_vec();
            self.events
                .push_back(Event::Presence { peer, clock, state });
        }
        Ok(())
    }

    fn take_offers(&mut self, offered: Vec<Offered>) -> Result<(), SessionError> {
        if self.offered.len() + offered.len() > self.options.documents as usize {
            return Err(SessionError::TooLarge {
                what: "documents",
                limit: self.options.documents.into(),
            });
        }
        let documents = offered.into_iter().map(|offered| {
            self.offered
                .insert(offered.name.clone(), key_of(&offered.name));
            Offer {
                name: offered.name,
                operations: offered.operations,
                lacking: offered.lacking,
            }
        });
        let documents = documents.collect();
        self.events.push_back(Event::Offered { documents });
        Ok(())
    }
}
