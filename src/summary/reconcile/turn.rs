//! What a turn says.

use super::keyed::Proof;
use crate::summary::merkle::Range;
use crate::summary::symbols::{Cell, Sketch, Stratum, WHOLE};

/// The version of the messages: in the first one, a proof tells the rest in hashes alone.
pub(super) const VERSION: u8 = 2;
/// The oldest that is understood. Who answers speaks the asker's.
pub(super) const OLDEST: u8 = 1;

/// All that one side says before the other answers.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Turn {
    pub(super) version: u8,
    /// How many changes the sender's summary had.
    pub(super) tick: u64,
    pub(super) words: Words,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Words {
    /// The first turn.
    Hello {
        nonce: u64,
        root: Proof,
        opening: Says,
    },
    /// Our roots are equal.
    Equal(Proof),
    /// What we hold.
    Offer(Says),
    /// Your symbols do not tell: send them on up to this number.
    More {
        upto: usize,
        /// When asked first: to see how many it takes, and whether what differs lies together.
        look: Option<Box<Look>>,
    },
    Answer(Answer),
}

/// What shows more about how much differs, and where.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Look {
    /// Those that tell most where about as much differs as the number of symbols asked for is enough for.
    pub(super) strata: [Stratum; WHOLE],
    /// The hashes of parts of all keys.
    pub(super) parts: Vec<(Range, u64)>,
}

/// What a side says of what it holds.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Says {
    Nothing,
    /// All entries.
    List(Vec<Line>),
    /// Cells from a number on, and with the first of them the sketch.
    Symbols {
        from: usize,
        cells: Vec<Cell>,
        sketch: Option<Sketch>,
    },
    /// What changed since the other had seen it. And how many of the other's changes we have seen.
    News {
        seen: u64,
        news: Vec<News>,
    },
}

/// A line of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub(super) key: u64,
    pub(super) length: u32,
    /// In careful lists: the keyed hash of the entry.
    pub(super) mark: Option<u64>,
}

/// An entry that changed: how long it was, and is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct News {
    pub(super) key: u64,
    pub(super) from: u32,
    pub(super) length: u32,
}

/// How a key differs, told to the other side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Told {
    /// You lack some of it.
    Lack,
    /// I lack some: I have so much.
    Want(u32),
    /// As long with both, and not the same.
    Fork,
    /// It does not differ.
    Same,
}

/// What was learnt, and what is still open.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Answer {
    /// Forget what was told; items are about all keys.
    pub(super) afresh: bool,
    /// From now on lists carry marks.
    pub(super) careful: bool,
    /// Of the lines of the turn before, counted through all its lists.
    pub(super) lines: Vec<(usize, Told)>,
    /// Of other keys.
    pub(super) keys: Vec<(u64, Told)>,
    /// Of further keys, which changed.
    pub(super) news: Vec<News>,
    /// Of each part whose hash the turn before told, whether it differs, and if so more about it.
    pub(super) open: Vec<Option<Item>>,
    /// Where nothing is open: all but the keys told.
    pub(super) rest: Option<Proof>,
}

/// More about a range.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Item {
    /// All entries in it.
    List(Vec<Line>),
    /// The hashes of the range's parts; nothing stands outside of them.
    Parts(Range, Vec<(Range, u64)>),
}
