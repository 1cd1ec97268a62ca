//! Positions that survive edits.

use super::Doc;
use super::path::Found;
use crate::column::{Reader, put_unsigned};
use crate::error::Error;
use crate::id::{Lv, OpId, Peer, Seq};
use crate::oplog::{ContainerIx, Kind, OpKind};
use crate::sequence::{Stand, Tracker};

/// The neighbour that an anchor holds to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// What follows: the anchor stands before it, and what is inserted at the anchor goes before the anchor.
    Before,
    /// What comes first: the anchor stands after it, and what is inserted at the anchor goes behind the anchor.
    After,
}

/// A position in a text or list that survives edits, by anybody: a cursor, or an end of a comment. It holds to a character or
/// element, wherever that goes; where that was deleted, to where it stood. At an end of the text or list, it holds to the end.
///
/// It names an operation, so it means the same on every replica, and for good. [`Anchor::to_bytes`] takes at most 14.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Anchor {
    side: Side,
    holds: Holds,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Holds {
    /// To what an operation inserted.
    Element(OpId),
    /// To an end of a container: the beginning of the hash that names it.
    End([u8; 8]),
}

const AFTER: u8 = 1;
const END: u8 = 2;

impl Anchor {
    /// Which neighbour it holds to.
    pub fn side(&self) -> Side {
        self.side
    }

    /// At most 14 bytes, the same everywhere.
    pub fn to_bytes(&self) -> Vec<u8> {
        let side = match self.side {
            Side::Before => 0,
            Side::After => AFTER,
        };
        let mut bytes = Vec::with_capacity(14);
        match self.holds {
            Holds::Element(id) => {
                bytes.push(side);
                bytes.extend_from_slice(&id.peer.get().to_le_bytes());
                put_unsigned(&mut bytes, id.seq.into());
            }
            Holds::End(container) => {
                bytes.push(side | END);
                bytes.extend_from_slice(&container);
            }
        }
        bytes
    }

    /// What [`to_bytes`](Anchor::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Anchor, Error> {
        let mut reader = Reader::new(bytes, 0);
        let anchor = Anchor::read(&mut reader).map_err(crate::codec::DecodeError::from)?;
        if reader.is_at_end() {
            Ok(anchor)
        } else {
            let left_over = reader.error("bytes behind an anchor");
            Err(crate::codec::DecodeError::from(left_over).into())
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Anchor, crate::column::ReadError> {
        let tag = reader.byte()?;
        let side = if tag & AFTER == 0 {
            Side::Before
        } else {
            Side::After
        };
        let holds = match tag & !AFTER {
            0 => {
                let peer = Peer::new(u64::from_le_bytes(reader.array()?));
                let peer = peer.ok_or_else(|| reader.error("peer 0"))?;
                let seq = Seq::try_from(reader.unsigned()?);
                let seq = seq.map_err(|_| reader.error("no such operation"))?;
                Holds::Element(OpId { peer, seq })
            }
            END => Holds::End(reader.array()?),
            _ => return Err(reader.error("an anchor that Syncline 0.1 does not know")),
        };
        Ok(Anchor { side, holds })
    }
}

impl Doc {
    /// An anchor at a position of the text or list at a path: in Unicode scalars, or elements. The first in a text or list
    /// replays its history, O(r log r) for r runs of it; each other is O(log n).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPath`] where nothing stands, [`Error::WrongKind`] for anything but a text or list;
    /// [`Error::OutOfRange`] past the end; [`Error::NeedsBase`] in what was there before the cut of a document without its
    /// history.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Side};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("Hello world"))?;
    /// let cursor = doc.anchor("body", 5, Side::After)?;
    /// doc.transact(|tx| tx.text("body").insert(0, ">> "))?;
    /// assert_eq!(doc.resolve(&cursor)?, 8);
    /// # Ok(())
    /// # }
    /// ```
    pub fn anchor(&mut self, path: &str, position: usize, side: Side) -> Result<Anchor, Error> {
        self.sequence_at(path)?;
        self.read_history()?;
        let container = self.sequence_at(path)?;
        let shown = self.state.list(container);
        let len = shown.map_or_else(|| self.state.sequence_len(container), |list| list.len());
        let is_text = self.log.containers.kind(container) == Kind::Text;
        let within = u32::try_from(position).ok().filter(|&at| at <= len);
        let at = within.ok_or_else(|| Error::OutOfRange {
            path: path.to_owned(),
            position,
            len: len as usize,
            unit: if is_text { "chars" } else { "elements" },
        })?;
        let held = match side {
            Side::Before => Some(at).filter(|&at| at < len),
            Side::After => at.checked_sub(1),
        };
        let held = held.map(|at| shown.map_or(at, |list| list.place_of(at)));
        let holds = match held {
            Some(at) => {
                let inserted = self
                    .tracker_of(container)
                    .and_then(|all| all.inserted_at(at));
                let inserted = inserted.ok_or_else(|| self.needs_base())?;
                Holds::Element(self.log.id(inserted))
            }
            None => Holds::End(self.end_name(container)),
        };
        Ok(Anchor { side, holds })
    }

    /// Where an anchor stands now: Unicode scalars, or elements, before it. Costs what [`anchor`](Doc::anchor) does.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownAnchor`] for an anchor of another document, or to something that has not arrived;
    /// [`Error::NeedsBase`] for one from before the cut of a document without its history.
    pub fn resolve(&mut self, anchor: &Anchor) -> Result<usize, Error> {
        self.read_history()?;
        let at = match anchor.holds {
            Holds::End(name) => {
                let container = self.container_named(name)?;
                match (anchor.side, self.state.list(container)) {
                    (Side::After, _) => 0,
                    (Side::Before, Some(list)) => list.len(),
                    (Side::Before, None) => self.state.sequence_len(container),
                }
            }
            Holds::Element(id) => {
                let inserted = self.lv_of(id)?;
                let container = self.log.container_of(inserted);
                let stand = self.stand_of(container, inserted)?;
                let behind = stand.at + u32::from(stand.shows && anchor.side == Side::After);
                // An element that does not show counts as one that was deleted.
                match self.state.list(container) {
                    Some(list) => list.place(behind).index(),
                    None => behind,
                }
            }
        };
        Ok(at as usize)
    }

    /// The path of the text or list that an anchor stands in; `None` where nothing shows that.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Doc::resolve).
    pub fn path_of_anchor(&mut self, anchor: &Anchor) -> Result<Option<String>, Error> {
        let container = self.container_of_anchor(anchor)?;
        Ok(self.path_of(container).map(String::from))
    }

    fn container_of_anchor(&mut self, anchor: &Anchor) -> Result<ContainerIx, Error> {
        self.read_history()?;
        match anchor.holds {
            Holds::Element(id) => self.insertion(id),
            Holds::End(name) => self.container_named(name),
        }
    }

    fn stand_of(&mut self, container: ContainerIx, inserted: Lv) -> Result<Stand, Error> {
        if let Some(stand) = self.replay.carried(&self.log, container, inserted) {
            return Ok(stand);
        }
        // No tracker is made for what is refused.
        let inserts = self.inserts(container, inserted);
        let all = inserts.then(|| self.tracker_of(container)).flatten();
        let stand = all.and_then(|all| all.stand_of(inserted));
        stand.ok_or(Error::UnknownAnchor)
    }

    fn lv_of(&self, id: OpId) -> Result<Lv, Error> {
        self.log.lv(id).ok_or_else(|| match self.log.knows(id) {
            true => Error::NeedsBase { id },
            false => Error::UnknownAnchor,
        })
    }

    /// The text or list that an operation inserted something into.
    fn insertion(&self, id: OpId) -> Result<ContainerIx, Error> {
        let inserted = self.lv_of(id)?;
        let container = self.log.container_of(inserted);
        let inserts = self.inserts(container, inserted);
        inserts.then_some(container).ok_or(Error::UnknownAnchor)
    }

    /// The text or list that an anchor to its end names.
    fn container_named(&mut self, name: [u8; 8]) -> Result<ContainerIx, Error> {
        let count = self.log.containers.len();
        let digests = self.chains.digests(&self.log);
        let at = digests
            .take(count)
            .position(|digest| digest.starts_with(&name));
        let at = at.ok_or(Error::UnknownAnchor)?;
        let mut containers = self.log.containers.iter();
        let (container, of) = containers.nth(at).ok_or(Error::UnknownAnchor)?;
        let is_sequence = matches!(of.kind(), Kind::Text | Kind::List);
        is_sequence.then_some(container).ok_or(Error::UnknownAnchor)
    }

    /// Whether an operation inserts something into a text or list.
    fn inserts(&self, container: ContainerIx, lv: Lv) -> bool {
        let sequence = self.log.sequence(container);
        let run = sequence.and_then(|sequence| sequence.runs().get(sequence.index_after(lv)));
        run.is_some_and(|run| run.kind() == OpKind::Insert && run.lv <= lv)
    }

    fn end_name(&mut self, container: ContainerIx) -> [u8; 8] {
        let mut name = [0; 8];
        if let Some(digest) = self.chains.digests(&self.log).nth(container.at()) {
            name.copy_from_slice(&digest[..8]);
        }
        name
    }

    /// The tracker of all that happened to a text or list.
    pub(super) fn tracker_of(&mut self, container: ContainerIx) -> Option<&Tracker> {
        let len = self.state.sequence_len(container);
        self.replay.whole(&self.log, container, len)
    }

    fn needs_base(&self) -> Error {
        match self.frontier().iter().next() {
            Some(id) => Error::NeedsBase { id },
            None => Error::UnknownAnchor,
        }
    }

    /// The text or list at a path.
    fn sequence_at(&self, path: &str) -> Result<ContainerIx, Error> {
        let wrong = |found| Error::WrongKind {
            path: path.to_owned(),
            expected: Kind::Text,
            found,
        };
        match self.find(path) {
            None => Err(Error::NoSuchPath {
                path: path.to_owned(),
            }),
            Some(Found::Plain(_) | Found::Several(_)) => Err(wrong(None)),
            Some(Found::Container(container)) => match self.log.containers.kind(container) {
                Kind::Text | Kind::List => Ok(container),
                kind => Err(wrong(Some(kind))),
            },
        }
    }
}
