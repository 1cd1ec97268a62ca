//! A session: its state, and how it begins and ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::documents::{Documents, key_of};
use super::error::SessionError;
use super::event::Event;
use super::give::document_error;
use super::line::{Finding, Line};
use super::looking::Looked;
use super::message::{self, END, FINDING, HELLO, Hello, PRESENCE, Scope, Shown, VERSION, WANT};
use super::options::{Only, Options};
use super::presence::{Presence, STATE_MAX};
use super::resume::Resume;
use super::scope;
use super::seal::Seals;
use super::window::Window;
use crate::id::Peer;
use crate::summary::{Known, Opening};

/// Keeps the documents of two replicas in step: takes the other side's messages, and gives those to send.
///
/// It does no input or output, reads no clock and draws no random numbers; the documents are passed to each call. Messages
/// are to be delivered whole and in order, as WebSockets do; if they are not, the session ends with an error, and a new one
/// goes on where it ended. It keeps no more than some hundred bytes for each document that differed, and makes a message when
/// it is asked for one.
///
/// 1. The sides find out what each lacks ([`Reconciliation`](crate::Reconciliation)), in one or two round trips.
/// 2. They send it to each other in pieces, both ways at once: [`Event::Progress`], then [`Event::Synced`].
/// 3. From then on what is written on either side is sent as it comes: after each transaction ask for the
///    [`next_message`](Session::next_message). A keystroke takes 7 bytes.
///
/// # Examples
///
/// ```
/// use syncline::Doc;
/// use syncline::sync::{Documents, Options, Session};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut laptop = Doc::new();
/// laptop.transact(|tx| tx.text("body").push("Hello"))?;
/// let mut phone = Doc::new();
///
/// let nonce = 0x1234_5678_9abc_def0; // to be drawn at random
/// let mut here = Session::ask(&mut laptop, nonce, Options::default())?;
/// let mut there = Session::answer(Options::default());
/// loop {
///     if let Some(message) = here.next_message(&mut laptop)? {
///         there.receive(&mut phone, &message)?;
///     } else if let Some(message) = there.next_message(&mut phone)? {
///         here.receive(&mut laptop, &message)?;
///     } else {
///         break;
///     }
/// }
/// assert_eq!(phone.text("body").to_string(), "Hello");
///
/// phone.transact(|tx| tx.text("body").push("!"))?;
/// let message = there.next_message(&mut phone)?.expect("what was typed");
/// here.receive(&mut laptop, &message)?;
/// assert_eq!(laptop.text("body").to_string(), "Hello!");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    pub(super) options: Options,
    pub(super) is_asker: bool,
    pub(super) stage: Stage,
    pub(super) greeting: Greeting,
    /// As soon as the nonce is known.
    pub(super) seals: Option<Seals>,
    /// Messages that are ready, in order; sealed when they are given.
    pub(super) ready: VecDeque<Vec<u8>>,
    pub(super) events: VecDeque<Event>,
    /// What differs between workspaces is being found.
    pub(super) finding: Option<Finding>,
    /// A single document, without a name.
    pub(super) is_single: bool,
    /// The asker's word; where it is names, their documents' keys in order.
    pub(super) only: Only,
    pub(super) only_keys: Option<Vec<u64>>,
    /// The answerer is to say what it has, and to wait.
    pub(super) offers: bool,
    /// Of what was offered, by name.
    pub(super) offered: BTreeMap<String, u64>,
    /// What the asker has of what it was offered, by key.
    pub(super) wanting: BTreeMap<u64, u32>,
    /// What was found of documents, where it only looks; by key.
    pub(super) looked: BTreeMap<u64, Looked>,
    /// By key.
    pub(super) lines: BTreeMap<u64, Line>,
    /// By their number: our documents, theirs.
    pub(super) numbers: Vec<u64>,
    pub(super) their_numbers: Vec<u64>,
    /// Whose documents have something to be sent, in turn.
    pub(super) due: BTreeSet<u64>,
    pub(super) turn: u64,
    /// Lines that are not settled; whether the caller was told that none is.
    pub(super) unsettled: BTreeSet<u64>,
    pub(super) is_settled: bool,
    /// Up to when changes of documents were looked at.
    pub(super) moment: u64,
    pub(super) window: Window,
    /// Of the last brief: said, heard.
    pub(super) last_said: Option<u64>,
    pub(super) last_heard: Option<u64>,
    /// What was shared with the other side, or came from there.
    pub(super) shown: BTreeMap<Peer, u32>,
    pub(super) resume: Option<Resume>,
    /// Where both were when settled: our tick and root, and the other side's tick.
    pub(super) marked: Option<(u64, [u8; 32])>,
    pub(super) their_mark: Option<u64>,
    /// Which documents differ is known.
    pub(super) is_found: bool,
}

/// What the asker says first.
#[derive(Debug)]
pub(super) struct Greeting {
    pub(super) seals: Seals,
    /// How many of the messages that are ready belong to it.
    pub(super) left: usize,
}

/// How far a session has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// The answerer waits for the hello.
    Waiting,
    Running,
    /// The last message is ready, or was received.
    Ended,
}

impl Session {
    /// The side that begins. The nonce is to be random, and never used twice.
    ///
    /// # Errors
    ///
    /// [`SessionError::Document`] where a summary cannot be had.
    pub fn ask(
        documents: &mut dyn Documents,
        nonce: u64,
        options: Options,
    ) -> Result<Session, SessionError> {
        let mut session = Session::new(options, true);
        session.is_single = documents.single().is_some();
        if !session.is_single {
            session.set_only(session.options.only.clone());
            session.offers = session.options.offers;
        }
        session.stage = Stage::Running;
        session.seals = Some(Seals::new(nonce, true));
        let (summary, moment) =
            scope::summary(documents, &session.only).map_err(|error| document_error("", error))?;
        session.moment = moment;
        let opening = match &session.options.resume {
            Some(_) if session.only != Only::All => Opening::FirstContact,
            // Loaded anew: what changed since cannot be told, but that nothing did.
            Some(resume)
                if summary.tick() < resume.known.ours && resume.root == summary.current_root() =>
            {
                Opening::ExpectingEqual
            }
            Some(resume) => Opening::Known(resume.known),
            None => Opening::FirstContact,
        };
        let (side, messages) = session.options.ask(&summary, nonce, opening);
        let scope = match (&session.only, session.is_single, session.offers) {
            (_, true, _) => Scope::Single,
            (Only::All, _, false) => Scope::Workspace,
            (only, _, offers) => Scope::Some {
                only: scope::told(only),
                offers,
            },
        };
        let mut hello = message::message(
            HELLO,
            Hello {
                version: VERSION,
                scope,
            },
        );
        let mut messages = messages.into_iter();
        hello.extend(messages.next().unwrap_or_default());
        session.ready.push_back(hello);
        for message in messages {
            session.ready.push_back([&[FINDING], &*message].concat());
        }
        session.greeting.left = session.ready.len();
        session.begin(Finding::new(side, summary));
        Ok(session)
    }

    /// The side that answers.
    pub fn answer(options: Options) -> Session {
        Session::new(options, false)
    }

    fn new(options: Options, is_asker: bool) -> Session {
        Session {
            window: Window::new(options.window_bytes),
            options,
            is_asker,
            stage: Stage::Waiting,
            greeting: Greeting {
                seals: Seals::of_greeting(is_asker),
                left: 0,
            },
            seals: None,
            ready: VecDeque::new(),
            events: VecDeque::new(),
            finding: None,
            is_single: false,
            only: Only::All,
            only_keys: None,
            offers: false,
            offered: BTreeMap::new(),
            wanting: BTreeMap::new(),
            looked: BTreeMap::new(),
            lines: BTreeMap::new(),
            numbers: Vec::new(),
            their_numbers: Vec::new(),
            due: BTreeSet::new(),
            turn: 0,
            unsettled: BTreeSet::new(),
            is_settled: false,
            moment: 0,
            last_said: None,
            last_heard: None,
            shown: BTreeMap::new(),
            resume: None,
            marked: None,
            their_mark: None,
            is_found: false,
        }
    }

    /// Notes which documents it is about.
    pub(super) fn set_only(&mut self, only: Only) {
        self.only_keys = only.keys();
        if let Some(keys) = &mut self.only_keys {
            keys.sort_unstable();
        }
        self.only = only;
    }

    /// Begins to find what differs: of the only document, or which documents do.
    pub(super) fn begin(&mut self, mut finding: Finding) {
        finding.is_only = true;
        if self.is_single {
            self.numbers.push(0);
            self.their_numbers.push(0);
            let line = Line {
                number: Some(0),
                finding: Some(finding),
                ..Line::default()
            };
            self.lines.insert(0, line);
            self.unsettled.insert(0);
        } else {
            self.finding = Some(finding);
        }
    }

    /// What happened, in order, since it was last asked for.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether both sides have what the other had at the beginning.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Whether the session is over.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// Sends what is new in a presence: what this session has neither sent nor received.
    pub fn share(&mut self, presence: &Presence) {
        for (peer, clock, state) in presence.said() {
            let shown = self.shown.entry(peer).or_default();
            if *shown >= clock || self.stage == Stage::Ended {
                continue;
            }
            *shown = clock;
            let peer = peer.get().to_le_bytes();
            let mut message = message::message(PRESENCE, Shown { peer, clock });
            message.extend_from_slice(state.get(..STATE_MAX).unwrap_or(state));
            self.ready.push_back(message);
        }
    }

    /// Asks for documents of those that were [offered](Event::Offered).
    pub fn fetch<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        let offered = &mut self.offered;
        let keys: Vec<u64> = names
            .into_iter()
            .filter_map(|name| offered.remove(name))
            .collect();
        for keys in keys.chunks(message::LISTED_MAX) {
            let keys: Vec<[u8; 8]> = keys.iter().map(|key| key.to_le_bytes()).collect();
            self.ready.push_back(message::message(WANT, keys));
        }
        if !keys.is_empty() {
            self.is_settled = false;
            self.unsettled.extend(keys);
        }
    }

    pub(super) fn key_of(&self, name: &str) -> u64 {
        match self.is_single {
            true => 0,
            false => key_of(name),
        }
    }

    /// Ends the session: the next message is the last.
    pub fn close(&mut self) {
        if self.stage != Stage::Ended {
            self.stage = Stage::Ended;
            match self.seals {
                Some(_) => self.ready.push_back(vec![END]),
                // Nobody has spoken to us yet.
                None => self.fall_silent(),
            }
        }
    }

    /// What to begin the next session with, between the same two replicas; once both were settled. It is to be kept only
    /// where the documents of both sides are: one that is not true any more costs a round trip.
    pub fn resume(&self) -> Option<Resume> {
        self.resume
    }

    pub(super) fn note_settled(&mut self, theirs: u64) {
        if let Some((ours, root)) = self.marked {
            let known = Known { ours, theirs };
            self.resume = Some(Resume { known, root });
        }
    }
}
