//! Noting what happens to each container while it does.

use std::collections::BTreeSet;

use compact_str::CompactString;
use smallvec::{SmallVec, smallvec};

use super::change::{Rejected, Waiting};
use super::compose::come_to_nothing;
use super::origin::Origin;
use super::text_edits::{Attributes, TextEdit};
use crate::id::Lv;
use crate::oplog::{ContainerIx, KeyIx, Kind};
use crate::state::Stroke;

/// No entry: what a key showed before that was no single one.
pub(super) const GONE: u32 = u32::MAX;

/// Containers that are looked through one by one.
const FEW: usize = 8;

/// What a transaction or a merge did; a [`Change`](super::Change) once it is complete.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) containers: SmallVec<[ContainerChange; 1]>,
    /// Indexes of the containers by path, where there are many.
    pub(super) by_path: Vec<u32>,
    pub(super) applied: u32,
    /// The first new operation, where any can have marked text.
    pub(super) since: Option<Lv>,
    /// Marks from before that count now and did not, or the other way.
    pub(super) turned: BTreeSet<Lv>,
    pub(super) origin: Origin,
    pub(super) waiting: Vec<Waiting>,
    pub(super) rejected: Vec<Rejected>,
}

#[derive(Clone, Debug)]
pub(super) struct ContainerChange {
    pub(super) container: ContainerIx,
    /// Known once the record is complete.
    pub(super) path: CompactString,
    pub(super) body: Body,
}

/// One edit of a sequence; its position is that after all edits before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Edit {
    pub(super) at: u32,
    pub(super) deleted: u32,
    pub(super) inserted: u32,
}

impl From<Stroke> for Edit {
    fn from(stroke: Stroke) -> Self {
        Edit {
            at: stroke.at(),
            deleted: stroke.deletions(),
            inserted: stroke.char().is_some().into(),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Edits in order, and all text they inserted.
    Text {
        edits: SmallVec<[Edit; 1]>,
        inserted: CompactString,
        /// Once the record is complete, of a text that is marked: all that happened to it.
        marked: Option<Vec<(TextEdit, Attributes)>>,
    },
    List(ListChange),
    Map(MapChange),
    Counter(i128),
}

impl Body {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Body::Text { .. } => Kind::Text,
            Body::List(_) => Kind::List,
            Body::Map(_) => Kind::Map,
            Body::Counter(_) => Kind::Counter,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct ListChange {
    /// In order.
    pub(super) edits: SmallVec<[Edit; 1]>,
    /// The operations whose values the edits inserted.
    pub(super) operations: SmallVec<[(Lv, u32); 1]>,
    /// Those values, once the record is complete; see [`brief`](super::brief).
    pub(super) values: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct MapChange {
    /// Keys, and what won before.
    pub(super) keys: SmallVec<[(KeyIx, Option<u32>); 1]>,
    /// Names, and what is shown, once the record is complete; see [`brief`](super::brief).
    pub(super) entries: Vec<u8>,
}

impl Record {
    /// The entry of a container, if it is the one that changed last; others are brought together at the end.
    #[inline]
    fn last(&mut self, container: ContainerIx) -> Option<&mut Body> {
        self.containers
            .last_mut()
            .filter(|last| last.container == container)
            .map(|last| &mut last.body)
    }

    fn push(&mut self, container: ContainerIx, body: Body) {
        self.containers.push(ContainerChange {
            container,
            path: CompactString::default(),
            body,
        });
    }

    /// What happened to a text so far, to be gone on with.
    #[inline]
    pub(super) fn text(&mut self, text: ContainerIx) -> TextChange<'_> {
        if !matches!(self.last(text), Some(Body::Text { .. })) {
            self.push(
                text,
                Body::Text {
                    edits: SmallVec::new(),
                    inserted: CompactString::default(),
                    marked: None,
                },
            );
        }
        match self.containers.last_mut().map(|last| &mut last.body) {
            Some(Body::Text {
                edits, inserted, ..
            }) => TextChange { edits, inserted },
            _ => unreachable!("it was pushed"),
        }
    }

    /// Says that a text is to be told of, also where only its marks changed.
    pub(super) fn text_touched(&mut self, text: ContainerIx) {
        self.text(text);
    }

    /// Says that a mark counts from now on, or no longer.
    pub(super) fn mark_turned(&mut self, mark: Lv) {
        if self.since.is_some_and(|since| mark < since) && !self.turned.remove(&mark) {
            self.turned.insert(mark);
        }
    }

    /// Says all that happened to a text, with its marks.
    pub(super) fn text_marked(&mut self, text: ContainerIx, all: Vec<(TextEdit, Attributes)>) {
        self.text_touched(text);
        if let Some(Body::Text { marked, .. }) = self.last(text) {
            *marked = Some(all);
        }
    }

    fn list_edited(&mut self, list: ContainerIx, edit: Edit, operation: Option<(Lv, u32)>) {
        if let Some(Body::List(change)) = self.last(list) {
            change.edits.push(edit);
            change.operations.extend(operation);
            return;
        }
        let mut change = ListChange::default();
        change.edits.push(edit);
        change.operations.extend(operation);
        self.push(list, Body::List(change));
    }

    pub(super) fn list_moved(&mut self, list: ContainerIx, from: u32, to: u32, lv: Lv) {
        self.list_deleted(list, from, 1);
        self.list_inserted(list, to, lv, 1);
    }

    pub(super) fn list_inserted(&mut self, list: ContainerIx, at: u32, lv: Lv, len: u32) {
        self.list_edited(
            list,
            Edit {
                at,
                deleted: 0,
                inserted: len,
            },
            Some((lv, len)),
        );
    }

    pub(super) fn list_deleted(&mut self, list: ContainerIx, at: u32, len: u32) {
        self.list_edited(
            list,
            Edit {
                at,
                deleted: len,
                inserted: 0,
            },
            None,
        );
    }

    pub(super) fn list_set(&mut self, list: ContainerIx, at: u32, lv: Lv) {
        self.list_edited(
            list,
            Edit {
                at,
                deleted: 1,
                inserted: 1,
            },
            Some((lv, 1)),
        );
    }

    /// A key may show something else than `before`.
    pub(super) fn entry_changed(&mut self, map: ContainerIx, key: KeyIx, before: Option<u32>) {
        if let Some(Body::Map(change)) = self.last(map) {
            change.keys.push((key, before));
            return;
        }
        self.push(
            map,
            Body::Map(MapChange {
                keys: smallvec![(key, before)],
                entries: Vec::new(),
            }),
        );
    }

    pub(super) fn counted(&mut self, counter: ContainerIx, by: impl Into<i128>) {
        let by = by.into();
        if let Some(Body::Counter(sum)) = self.last(counter) {
            *sum += by;
            return;
        }
        self.push(counter, Body::Counter(by));
    }

    /// What happened at a path, to the containers of each kind that stand there.
    pub(super) fn bodies_at<'r>(&'r self, path: &'r str) -> impl Iterator<Item = &'r Body> {
        let path_of = |&nth: &u32| self.containers[nth as usize].path.as_str();
        let from = self.by_path.partition_point(|nth| path_of(nth) < path);
        let found = self.by_path[from..].iter();
        let found = found.take_while(move |nth| path_of(nth) == path);
        let found = found.map(|&nth| &self.containers[nth as usize]);
        let is_indexed = !self.by_path.is_empty();
        let few = if is_indexed {
            &[]
        } else {
            self.containers.as_slice()
        };
        let few = few.iter().filter(move |change| change.path == path);
        found.chain(few).map(|change| &change.body)
    }

    /// Makes finding by path fast, once all paths are known.
    pub(super) fn index(&mut self) {
        if self.containers.len() > FEW {
            self.by_path = (0..).take(self.containers.len()).collect();
            let containers = &self.containers;
            self.by_path
                .sort_by_key(|&nth| containers[nth as usize].path.as_str());
        }
    }

    /// Brings the entries of each container together.
    pub(super) fn gather(&mut self) {
        if self.containers.len() < 2 {
            return;
        }
        self.containers.sort_by_key(|change| change.container);
        self.containers.dedup_by(|next, kept| {
            if next.container != kept.container {
                return false;
            }
            join(&mut kept.body, &mut next.body);
            true
        });
    }
}

/// Edits of a text in order, and all text they inserted.
pub(super) struct TextChange<'r> {
    edits: &'r mut SmallVec<[Edit; 1]>,
    inserted: &'r mut CompactString,
}

impl TextChange<'_> {
    /// Makes room for so many edits.
    pub(super) fn expect(&mut self, edits: usize) {
        self.edits.reserve(edits);
    }

    #[inline]
    pub(super) fn inserted(&mut self, at: u32, content: &str, len: u32) {
        self.inserted_later(at, len);
        self.content(content);
    }

    /// Notes an insertion of `len` characters; [`content`](Self::content) tells which.
    #[inline]
    pub(super) fn inserted_later(&mut self, at: u32, len: u32) {
        // Typing on, also where something was deleted just before.
        if let Some(last) = self.edits.last_mut()
            && last.at + last.inserted == at
        {
            last.inserted += len;
            return;
        }
        self.edits.push(Edit {
            at,
            deleted: 0,
            inserted: len,
        });
    }

    /// The text of insertions noted before.
    pub(super) fn content(&mut self, content: &str) {
        self.inserted.push_str(content);
    }

    #[inline]
    pub(super) fn stroke_made(&mut self, stroke: Stroke) {
        match stroke.char() {
            Some(typed) => {
                self.inserted_later(stroke.at(), 1);
                self.inserted.push(typed);
            }
            None => self.deleted(stroke.at(), stroke.deletions()),
        }
    }

    /// Whether it may be told as a keystroke.
    pub(super) fn may_be_a_stroke(&self) -> bool {
        matches!(
            self.edits.as_slice(),
            [] | [Edit { inserted: 0, .. }
                | Edit {
                    deleted: 0,
                    inserted: 1,
                    ..
                }]
        )
    }

    pub(super) fn comes_to_nothing(&self) -> bool {
        come_to_nothing(self.edits)
    }

    #[inline]
    pub(super) fn deleted(&mut self, at: u32, len: u32) {
        self.edits.push(Edit {
            at,
            deleted: len,
            inserted: 0,
        });
    }
}

fn join(kept: &mut Body, next: &mut Body) {
    match (kept, next) {
        (
            Body::Text {
                edits, inserted, ..
            },
            Body::Text {
                edits: more,
                inserted: text,
                ..
            },
        ) => {
            edits.extend(more.drain(..));
            inserted.push_str(text);
        }
        (Body::List(list), Body::List(more)) => {
            list.edits.extend(more.edits.drain(..));
            list.operations.extend(more.operations.drain(..));
        }
        (Body::Map(map), Body::Map(more)) => map.keys.extend(more.keys.drain(..)),
        (Body::Counter(sum), Body::Counter(by)) => *sum += *by,
        // A container has one kind.
        _ => {}
    }
}
