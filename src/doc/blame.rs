//! Who wrote what is shown.

use super::Doc;
use super::path::Found;
use crate::error::Error;
use crate::id::{LvSpan, OpId};
use crate::oplog::{ContainerIx, Kind};
use crate::sequence::{Held, held_at};

/// Who wrote what a container shows, and with which operation; see [`Doc::blame`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Blame {
    /// Of a text, in order.
    Text(Vec<Written>),
    /// Of a list, in order: who inserted each element, or set it last.
    List(Vec<Written>),
    /// Of a map, by key: who set it.
    Map(Vec<(String, OpId)>),
}

/// Characters or elements in a row that one peer wrote with consecutive operations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// How many: Unicode scalars, or elements.
    pub len: usize,
    /// The operation that wrote the first; the k-th behind it was written by the k-th operation after that. `None` for text
    /// from before the cut of a document without its history.
    pub id: Option<OpId>,
}

impl Doc {
    /// Who wrote what stands at a path: stretches of a text, elements of a list, keys of a map. For a text, O(r log r) in
    /// runs of its history, which is replayed; else O(what it shows).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPath`] where nothing stands; [`Error::WrongKind`] for a plain value, which the map or list around it
    /// tells of, and for a counter, which is everybody's; [`Error::Decode`] and the like where the history is damaged.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Blame, Doc, Peer};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let [ada, grace] = [1, 2].map(|id| Peer::new(id).expect("not zero"));
    /// let mut doc = Doc::with_peer(ada);
    /// doc.transact(|tx| tx.text("body").push("Hello world"))?;
    /// doc.set_peer(grace);
    /// doc.transact(|tx| tx.text("body").insert(5, ", dear"))?;
    ///
    /// let Blame::Text(written) = doc.blame("body")? else { unreachable!() };
    /// let stretches: Vec<_> = written.iter().map(|by| (by.len, by.id.map(|id| id.peer))).collect();
    /// assert_eq!(stretches, [(5, Some(ada)), (6, Some(grace)), (6, Some(ada))]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn blame(&mut self, path: &str) -> Result<Blame, Error> {
        if let Some(Found::Container(found)) = self.find(path)
            && self.log.containers.kind(found) == Kind::Text
        {
            self.read_history()?;
        }
        let found = self.find(path).ok_or_else(|| Error::NoSuchPath {
            path: path.to_owned(),
        })?;
        let wrong = |found| Error::WrongKind {
            path: path.to_owned(),
            expected: Kind::Text,
            found,
        };
        let Found::Container(container) = found else {
            return Err(wrong(None));
        };
        match self.log.containers.kind(container) {
            Kind::Text => Ok(Blame::Text(self.written_in_text(container))),
            Kind::List => Ok(Blame::List(self.written_in_list(container))),
            Kind::Map => Ok(Blame::Map(self.written_in_map(container))),
            Kind::Counter => Err(wrong(Some(Kind::Counter))),
        }
    }

    fn written_in_text(&self, text: ContainerIx) -> Vec<Written> {
        let Some(sequence) = self.log.sequence(text) else {
            return Vec::new();
        };
        let own = self.operations_at(self.log.graph.heads());
        let mut written = Vec::new();
        for held in held_at(&self.log, sequence, &own, self.state.sequence_len(text)) {
            match held {
                Held::By(span) => self.write_authors(span, &mut written),
                Held::Before(len) => written.push(Written {
                    len: len as usize,
                    id: None,
                }),
            }
        }
        written
    }

    fn written_in_list(&self, list: ContainerIx) -> Vec<Written> {
        let mut written = Vec::new();
        let spans = self.state.list(list).into_iter();
        for span in spans.flat_map(|list| list.spans()) {
            self.write_authors(span, &mut written);
        }
        written
    }

    /// Appends who made these operations.
    fn write_authors(&self, span: LvSpan, written: &mut Vec<Written>) {
        for (part, _) in self.log.graph.parts_of(span) {
            let (id, len) = (self.log.id(part.start), part.len());
            let goes_on = |last: &&mut Written| {
                last.id.is_some_and(|first| {
                    first.peer == id.peer && first.seq as usize + last.len == id.seq as usize
                })
            };
            match written.last_mut().filter(goes_on) {
                Some(last) => last.len += len as usize,
                None => written.push(Written {
                    len: len as usize,
                    id: Some(id),
                }),
            }
        }
    }

    fn written_in_map(&self, map: ContainerIx) -> Vec<(String, OpId)> {
        let entries = self.state.entries_of(&self.log.entries, map);
        let mut written: Vec<_> = entries
            .map(|(key, entry)| {
                let name = self.log.keys.name(key).to_owned();
                (name, self.log.id(self.log.entry_lv(entry)))
            })
            .collect();
        written.sort_unstable();
        written
    }
}
