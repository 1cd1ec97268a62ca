//! One side of a reconciliation.

use std::collections::BTreeMap;

use super::compare;
use super::difference::{Difference, Found};
use super::error::ReconcileError;
use super::frames::{Inbox, cut};
use super::keyed::{Keyed, Role};
use super::ladder;
use super::turn::{Item, OLDEST, Says, Turn, VERSION, Words};
use super::{read, write};
use crate::summary::Summary;
use crate::summary::merkle::Range;
use crate::summary::symbols::{Cell, Sketch};

/// Turns of one side, at most.
const TURNS_MAX: u32 = 20;

/// Bytes that one side receives, at most.
const RECEIVED_MAX: u64 = 64 << 20;

/// Bytes that one side sends beyond twice its own list.
const SENT_SPARE: u64 = 64 << 10;

/// How far two replicas had seen each other's changes when they last held the same: [`Reconciliation::known`] gives it,
/// to be kept until the next time. Each number is a [`Summary::tick`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// Our changes that the other side has seen.
    pub ours: u64,
    /// Changes of the other side that we have seen.
    pub theirs: u64,
}

/// How the asker begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Opening {
    /// With what tells a stranger a few differences at once.
    #[default]
    FirstContact,
    /// With the root alone: the cheapest if nothing differs, and a round trip more if something does.
    ExpectingEqual,
    /// With what changed since the last time. If that turns out not to be all, it goes on as a first contact.
    Known(Known),
}

/// One side of a reconciliation: takes the other side's messages, and gives the messages to send.
///
/// The asker's side begins with [`ask`](Reconciliation::ask), the other with [`answer`](Reconciliation::answer). Messages
/// are at most 64 KiB, and are to be delivered in order. It does no input or output, and reads no clock. While it runs, the
/// summary must not change.
///
/// Hashes that are not up to date are computed each time they are needed: call [`Summary::root`] before, where the summary is
/// not a document's, which always is up to date.
///
/// # Examples
///
/// ```
/// use syncline::{Entry, Opening, Reconciliation, Summary};
///
/// # fn main() -> Result<(), syncline::ReconcileError> {
/// let here: Summary = (1..1000).map(|key| Entry { key, length: 5, hash: [1; 32] }).collect();
/// let mut there = here.clone();
/// there.set(Entry { key: 7, length: 6, hash: [2; 32] });
///
/// let nonce = 0x1234_5678_9abc_def0; // to be drawn at random
/// let (mut asker, mut messages) = Reconciliation::ask(&here, nonce, Opening::FirstContact);
/// let mut answerer = Reconciliation::answer();
/// while !messages.is_empty() {
///     let mut answers = Vec::new();
///     for message in messages {
///         answers.extend(answerer.receive(&there, &message)?);
///     }
///     messages = Vec::new();
///     for answer in answers {
///         messages.extend(asker.receive(&here, &answer)?);
///     }
/// }
/// let lacking = asker.difference().expect("it is over").ours.clone();
/// assert_eq!((lacking[0].key, lacking[0].from), (7, 5));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Reconciliation {
    pub(super) role: Role,
    /// Of the messages: the asker's.
    pub(super) version: u8,
    /// As soon as the nonce is known.
    pub(super) keyed: Option<Keyed>,
    pub(super) stage: Stage,
    pub(super) inbox: Inbox,
    pub(super) turns: u32,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) received_max: u64,
    /// Lists carry the hash of every entry: something was found not to be as told.
    pub(super) careful: bool,
    /// What both sides know to differ.
    pub(super) found: BTreeMap<u64, Found>,
    /// The parts whose hashes our last turn told.
    pub(super) asked: Vec<Range>,
    /// The keys that our last turn listed. Of news, how much the other side is taken to have.
    pub(super) listed: Vec<(u64, Option<u32>)>,
    /// We took each other for known, and nothing has shown yet that this was wrong.
    pub(super) took_for_known: bool,
    /// Then: our changes that the other side had seen.
    pub(super) known_since: Option<u64>,
    pub(super) cells_sent: usize,
    pub(super) cells_asked: u32,
    pub(super) cells: Vec<Cell>,
    pub(super) sketch: Option<Sketch>,
    /// Our changes at the beginning, and the other side's.
    pub(super) ticks: (u64, u64),
    pub(super) difference: Option<Difference>,
    /// The roots were equal.
    pub(super) is_equal: bool,
}

/// How far it has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// The answerer waits for the first turn.
    Waiting,
    /// The asker told its root.
    Greeted,
    /// What is open is being closed.
    Running,
    /// What differs is found. The other side may still object, if it was we who said so.
    Told,
    /// The other side said so, and it is proven.
    Proven,
}

impl Reconciliation {
    /// The asker's side, and its first messages. The nonce is to be random, and never used twice.
    pub fn ask(ours: &Summary, nonce: u64, opening: Opening) -> (Self, Vec<Vec<u8>>) {
        Self::ask_in(VERSION, ours, nonce, opening)
    }

    /// The same for who may know the first version of the messages alone. Whoever answers speaks the asker's.
    pub fn ask_first_version(ours: &Summary, nonce: u64, opening: Opening) -> (Self, Vec<Vec<u8>>) {
        Self::ask_in(OLDEST, ours, nonce, opening)
    }

    fn ask_in(version: u8, ours: &Summary, nonce: u64, opening: Opening) -> (Self, Vec<Vec<u8>>) {
        let mut side = Self::new(Role::Asker);
        side.version = version;
        let keyed = Keyed::by(nonce);
        let root = keyed.root(Role::Asker, &ours.current_root());
        side.keyed = Some(keyed);
        side.stage = Stage::Greeted;
        side.ticks.0 = ours.tick();
        let opening = match opening {
            Opening::FirstContact => ladder::opening(ours),
            Opening::ExpectingEqual => Says::Nothing,
            Opening::Known(known) => match ours.since(known.ours) {
                Some(since) => {
                    side.known_since = Some(known.ours);
                    Says::News {
                        seen: known.theirs,
                        news: compare::news(ours, &since),
                    }
                }
                None => ladder::opening(ours),
            },
        };
        let words = Words::Hello {
            nonce,
            root,
            opening,
        };
        let messages = side.send(words);
        (side, messages)
    }

    /// The answerer's side.
    pub fn answer() -> Self {
        Self::new(Role::Answerer)
    }

    fn new(role: Role) -> Self {
        Reconciliation {
            role,
            version: VERSION,
            keyed: None,
            stage: Stage::Waiting,
            inbox: Inbox::default(),
            turns: 0,
            sent: 0,
            received: 0,
            received_max: RECEIVED_MAX,
            careful: false,
            found: BTreeMap::new(),
            asked: Vec::new(),
            listed: Vec::new(),
            took_for_known: false,
            known_since: None,
            cells_sent: 0,
            cells_asked: 0,
            cells: Vec::new(),
            sketch: None,
            ticks: (0, 0),
            difference: None,
            is_equal: false,
        }
    }

    /// Sets how many bytes this side receives at most; 64 MiB if it is not set. A list of a million entries takes 9 MB.
    #[must_use]
    pub fn receiving_at_most(mut self, bytes: u64) -> Self {
        self.received_max = bytes;
        self
    }

    /// Takes in a message, and gives those to send; none while the other side's turn is not complete, or when all is said.
    ///
    /// Takes time in proportion to the bytes received, to the entries of the ranges that they say to differ, and, where more
    /// coded symbols are asked for than are kept, to the entries.
    ///
    /// # Errors
    ///
    /// See [`ReconcileError`]: this reconciliation is over then.
    pub fn receive(
        &mut self,
        ours: &Summary,
        message: &[u8],
    ) -> Result<Vec<Vec<u8>>, ReconcileError> {
        self.received += message.len() as u64;
        if self.received > self.received_max {
            let limit = self.received_max;
            return Err(ReconcileError::TooLong { limit });
        }
        let Some(turn) = self.inbox.take(message)? else {
            return Ok(Vec::new());
        };
        match self.stage {
            Stage::Waiting => self.ticks.0 = ours.tick(),
            Stage::Proven => return Err(ReconcileError::OutOfTurn),
            _ if self.ticks.0 != ours.tick() => return Err(ReconcileError::Contradiction),
            _ => {}
        }
        let turn = read::read(&turn, &self.asked, self.careful)?;
        if self.stage == Stage::Waiting {
            self.version = turn.version;
        }
        if self.version != turn.version {
            let found = turn.version;
            return Err(ReconcileError::Version { found });
        }
        self.ticks.1 = turn.tick;
        let reply = self.take(ours, turn.words)?;
        self.conclude();
        let Some(words) = reply else {
            return Ok(Vec::new());
        };
        self.check_turns()?;
        let messages = self.send(words);
        let limit = 2 * ladder::list_bits(ours, Range::ALL, true) / 8 + SENT_SPARE;
        if self.sent > limit {
            return Err(ReconcileError::TooLong { limit });
        }
        Ok(messages)
    }

    /// What differs, once it is found. If it was this side that said so last, the other side may still object, and what is
    /// found then counts.
    pub fn difference(&self) -> Option<&Difference> {
        self.difference.as_ref()
    }

    /// Whether nothing more is expected: the other side has said what differs, and it is proven.
    pub fn is_proven(&self) -> bool {
        self.stage == Stage::Proven
    }

    /// Whether the other side cannot object: what differs is proven, or nothing does.
    pub(crate) fn is_sure(&self) -> bool {
        self.is_proven() || self.is_equal
    }

    /// How many turns this side took: for the asker, the number of round trips until it can have all that it lacks.
    pub fn turns(&self) -> u32 {
        self.turns
    }

    /// What to remember for the next time, once both sides have got what they lacked.
    pub fn known(&self) -> Known {
        Known {
            ours: self.ticks.0,
            theirs: self.ticks.1,
        }
    }

    /// The asker's nonce, once it is known.
    pub(crate) fn nonce(&self) -> Option<u64> {
        self.keyed.as_ref().map(|keyed| keyed.nonce)
    }

    /// Where the sides took each other for known: our changes that the other side had seen.
    pub(crate) fn known_since(&self) -> Option<u64> {
        self.known_since
    }

    fn check_turns(&self) -> Result<(), ReconcileError> {
        if self.turns >= TURNS_MAX {
            return Err(ReconcileError::TooManyTrips { limit: TURNS_MAX });
        }
        Ok(())
    }

    fn conclude(&mut self) {
        let over = matches!(self.stage, Stage::Told | Stage::Proven);
        self.difference = over.then(|| Difference::of(&self.found));
    }

    /// Notes what the other side will speak about, and writes the messages.
    fn send(&mut self, words: Words) -> Vec<Vec<u8>> {
        self.asked.clear();
        self.listed.clear();
        match &words {
            Words::Hello { opening: says, .. } | Words::Offer(says) => match says {
                Says::Nothing => {}
                Says::List(lines) => {
                    self.listed
                        .extend(lines.iter().map(|line| (line.key, None)));
                }
                Says::Symbols { from, cells, .. } => self.cells_sent = from + cells.len(),
                Says::News { news, .. } => {
                    self.took_for_known = true;
                    let listed = news.iter().map(|news| (news.key, Some(news.from)));
                    self.listed.extend(listed);
                }
            },
            Words::Equal(_) => {}
            Words::More { look, .. } => {
                let parts = look.iter().flat_map(|look| &look.parts);
                self.asked.extend(parts.map(|(part, _)| *part));
            }
            Words::Answer(answer) => {
                for item in answer.open.iter().flatten() {
                    match item {
                        Item::List(lines) => {
                            self.listed
                                .extend(lines.iter().map(|line| (line.key, None)));
                        }
                        Item::Parts(_, parts) => {
                            self.asked.extend(parts.iter().map(|(part, _)| *part));
                        }
                    }
                }
            }
        }
        self.turns += 1;
        let tick = self.ticks.0;
        let turn = write::write(&Turn {
            version: self.version,
            tick,
            words,
        });
        let messages = cut(&turn);
        self.sent += messages
            .iter()
            .map(|message| message.len() as u64)
            .sum::<u64>();
        messages
    }
}
