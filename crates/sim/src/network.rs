//! Messages on their way, and what happens to them there.

use syncline::inspect;

use crate::link::{Parcel, State};
use crate::world::{Due, World};

/// The kinds of messages, by the lower half of the first byte.
const KINDS: [&str; 16] = [
    "hello",
    "finding",
    "finding of a document",
    "open",
    "start",
    "delta",
    "done",
    "keystroke",
    "credit",
    "presence",
    "unwanted",
    "offer",
    "want",
    "settled",
    "end",
    "fork",
];

/// The first message: whoever waits for one takes any.
const HELLO: u8 = 0;

/// A document is begun with, and gets its sender's next number.
pub(crate) const OPEN: u8 = 3;

/// What is said of documents without their history.
pub(crate) const BASE: u8 = 64;

/// What a message says that it is, for people.
pub(crate) fn kind(message: &[u8]) -> &'static str {
    // Two bits are a keystroke's.
    match message.first().map(|kind| kind & !48) {
        Some(BASE) => "base",
        Some(65) => "piece of a base",
        Some(kind) => KINDS.get(usize::from(kind)).unwrap_or(&"unknown"),
        None => "nothing",
    }
}

/// Whether a message reads as a keystroke that goes on from the last one.
pub(crate) fn is_brief(message: &[u8]) -> bool {
    message.first().is_some_and(|kind| kind & !48 == 7)
}

/// How many operations a message brings, if it is a delta of a small number.
pub(crate) fn operations(message: &[u8]) -> u64 {
    match message {
        // The kind, the document's number, the delta, the seal.
        [kind, 0..=250, rest @ ..] if kind & 15 == 5 => {
            let delta = rest.get(..rest.len().saturating_sub(4)).unwrap_or(&[]);
            let frames = inspect(delta).frames;
            frames.iter().map(|frame| frame.operations).sum()
        }
        _ => 0,
    }
}

impl World<'_> {
    /// Sends a message from one end of a link, if nothing happens to it.
    pub(crate) fn send(&mut self, edge: usize, from: usize, bytes: Vec<u8>) -> Result<(), String> {
        let most = self.message_bytes_max();
        if bytes.len() > most {
            return Err(format!("a message of {} bytes, over {most}", bytes.len()));
        }
        self.outcome.messages += 1;
        self.outcome.bytes += bytes.len() as u64;
        let Some(link) = &self.edges[edge].link else {
            return Ok(());
        };
        let (nth, depth) = (link.nth, link.depths[from] + 1);
        let replica = link.ends[from];
        self.note(format_args!(
            "replica {replica} sends message {depth} on edge {edge}: {}, {} bytes",
            kind(&bytes),
            bytes.len()
        ));
        self.note_base(edge, from, &bytes);
        let Some(link) = &mut self.edges[edge].link else {
            return Ok(());
        };
        if link.ways[from].is_dead {
            return Ok(());
        }
        let parcel = |bytes: Vec<u8>, is_harmed: bool| Parcel {
            state: if is_harmed {
                State::Wrong
            } else {
                State::Whole
            },
            bytes,
            depth,
        };
        if self.is_calm {
            self.put(edge, from, parcel(bytes, false));
            return Ok(());
        }
        let rates = self.plan.rates.clone();
        if self.random.happens(rates.lose) {
            self.fault(format_args!(
                "message {depth} on edge {edge} is lost, and all that follow"
            ));
            if let Some(link) = &mut self.edges[edge].link {
                link.ways[from].is_dead = true;
            }
            self.soon(2, Due::Notice { edge, nth });
            return Ok(());
        }
        if self.random.happens(rates.stray)
            && let Some(stray) = self.stray(edge)
        {
            self.fault(format_args!("edge {edge} brings a message of another"));
            let mut stray = parcel(stray, true);
            if stray.bytes.first() == Some(&HELLO) {
                stray.state = State::Odd;
            }
            self.put(edge, from, stray);
        }
        if self.random.happens(rates.flip) {
            self.fault(format_args!(
                "a bit of message {depth} on edge {edge} flips"
            ));
            let changed = self.flipped(bytes);
            self.put(edge, from, parcel(changed, true));
        } else if self.random.happens(rates.shorten) {
            self.fault(format_args!("message {depth} on edge {edge} loses its end"));
            let left = self.random.index(bytes.len());
            let short = bytes.get(..left).unwrap_or(&[]).to_vec();
            self.put(edge, from, parcel(short, true));
        } else if self.random.happens(rates.repeat) {
            self.fault(format_args!("message {depth} on edge {edge} comes twice"));
            self.put(edge, from, parcel(bytes.clone(), false));
            self.put(edge, from, parcel(bytes, true));
        } else if self.random.happens(rates.overtake) {
            self.overtake(edge, from, parcel(bytes, false));
        } else {
            self.put(edge, from, parcel(bytes, false));
        }
        Ok(())
    }

    /// A message that is on its way on another edge.
    fn stray(&mut self, edge: usize) -> Option<Vec<u8>> {
        let other = self.random.index(self.edges.len());
        let link = self.edges[other].link.as_ref().filter(|_| other != edge)?;
        let mut parcels = link.ways.iter().flat_map(|way| &way.parcels);
        parcels.next().map(|parcel| parcel.bytes.clone())
    }

    fn flipped(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let at = self.random.index(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << self.random.below(8);
        }
        bytes
    }

    /// Puts a message before the last, where there is one on its way.
    fn overtake(&mut self, edge: usize, from: usize, mut parcel: Parcel) {
        let link = self.edges[edge].link.as_mut();
        let last = link.and_then(|link| link.ways[from].parcels.back_mut());
        let last = last.filter(|last| last.state == State::Whole);
        let is_first = last.is_none();
        if let Some(last) = last {
            std::mem::swap(last, &mut parcel);
            last.state = State::Wrong;
            parcel.state = State::Wrong;
        }
        if !is_first {
            self.fault(format_args!("two messages on edge {edge} change places"));
        }
        self.put(edge, from, parcel);
    }

    /// Puts a message on its way, behind the others.
    fn put(&mut self, edge: usize, from: usize, parcel: Parcel) {
        let [least, most] = self.plan.delay;
        let at = self.now + self.random.between(least, most);
        let Some(link) = &mut self.edges[edge].link else {
            return;
        };
        let nth = link.nth;
        let way = &mut link.ways[from];
        way.last_at = way.last_at.max(at);
        way.parcels.push_back(parcel);
        let at = way.last_at;
        self.at(at, Due::Arrive { edge, nth, from });
    }

    /// A piece ends with a transaction; what finds differences takes up to 64 KiB.
    fn message_bytes_max(&self) -> usize {
        (self.plan.piece_bytes as usize).max(64 << 10) + 4_096 + 64 * self.plan.operations
    }
}
