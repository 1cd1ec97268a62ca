//! What a transaction or a merge did, as edits for an editor.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::compose::compose;
use crate::error::Error;
use crate::id::{Lv, OpId};
use crate::oplog::{ContainerIx, KeyIx};
use crate::value::Value;

/// What a transaction or a merge did.
///
/// Changes are listed per container, by path. Paths are those after the change; a container comes before those nested in
/// it. A container that the change brought into view appears with its contents in the list or map that shows it, and has no
/// entry of its own.
///
/// A change of one keystroke in a root text holds no memory on the heap.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub(super) containers: SmallVec<[ContainerChange; 1]>,
    pub(super) applied: u32,
    /// Seldom there; a change stays small enough to be moved in registers.
    pub(super) held: Option<Box<Held>>,
}

/// What was held back.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pub(super) waiting: Vec<Waiting>,
    pub(super) rejected: Vec<Rejected>,
}

/// One step of an edited text, in one pass over the old text. What follows the last step stays as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextEdit {
    /// So many scalars stay.
    Retain(usize),
    /// This text is inserted.
    Insert(String),
    /// So many scalars go.
    Delete(usize),
}

/// One step of an edited list, in one pass over the old list. What follows the last step stays as it is.
#[derive(Clone, PartialEq, Debug)]
pub enum ListEdit {
    /// So many elements stay.
    Retain(usize),
    /// These values are inserted.
    Insert(Vec<Value>),
    /// So many elements go.
    Delete(usize),
}

/// A delta of which something is held back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// The operation that must come first.
    pub needs: OpId,
}

/// A delta that had been held back, was tried when what it needed arrived, and could not be.
#[derive(Clone, PartialEq, Debug)]
pub struct Rejected {
    /// Why.
    pub error: Error,
}

#[derive(Clone, Debug)]
pub(super) struct ContainerChange {
    pub(super) container: ContainerIx,
    /// Known once the change is complete.
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

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Edits in order, and all text they inserted.
    Text {
        edits: SmallVec<[Edit; 1]>,
        inserted: CompactString,
    },
    List(Box<ListChange>),
    Map(Box<MapChange>),
    Counter(i128),
}

#[derive(Clone, Debug, Default)]
pub(super) struct ListChange {
    /// In order.
    pub(super) edits: SmallVec<[Edit; 1]>,
    /// The operations whose values the edits inserted.
    pub(super) operations: SmallVec<[(Lv, u32); 1]>,
    /// Those values, once the change is complete.
    pub(super) values: SmallVec<[Value; 1]>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct MapChange {
    /// Keys, and what won before.
    pub(super) keys: SmallVec<[(KeyIx, Option<u32>); 1]>,
    /// Names, and what is shown, once the change is complete.
    pub(super) entries: SmallVec<[(CompactString, Option<Value>); 1]>,
}

impl Change {
    /// Whether nothing that can be seen changed.
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty()
    }

    /// Paths of the containers that changed, containers before those within them.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.containers.iter().map(|change| change.path.as_str())
    }

    /// How many operations were new to this document.
    pub fn applied(&self) -> u32 {
        self.applied
    }

    /// What is held back of the delta merged, and for whom.
    pub fn waiting(&self) -> &[Waiting] {
        self.held.as_ref().map_or(&[], |held| &held.waiting)
    }

    /// Deltas held back earlier that turned out not to be valid. They are gone.
    pub fn rejected(&self) -> &[Rejected] {
        self.held.as_ref().map_or(&[], |held| &held.rejected)
    }

    fn bodies<'c>(&'c self, path: &'c str) -> impl Iterator<Item = &'c Body> {
        self.containers
            .iter()
            .filter(move |change| change.path == path)
            .map(|change| &change.body)
    }

    /// What happened to the text at a path. O(n log n) in edits, O(1) for one.
    pub fn text(&self, path: &str) -> Vec<TextEdit> {
        for body in self.bodies(path) {
            if let Body::Text { edits, inserted } = body {
                return text_edits(edits, inserted);
            }
        }
        Vec::new()
    }

    /// What happened to the list at a path. A set element appears as deleted and inserted. O(n log n) in edits.
    pub fn list(&self, path: &str) -> Vec<ListEdit> {
        for body in self.bodies(path) {
            if let Body::List(list) = body {
                return list_edits(&list.edits, &list.values);
            }
        }
        Vec::new()
    }

    /// Keys of the map at a path that show something else now, by name, with what; `None` for those that show nothing.
    pub fn map(&self, path: &str) -> Vec<(String, Option<Value>)> {
        for body in self.bodies(path) {
            if let Body::Map(map) = body {
                let mut entries: Vec<_> = map
                    .entries
                    .iter()
                    .map(|(key, value)| (key.to_string(), value.clone()))
                    .collect();
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                return entries;
            }
        }
        Vec::new()
    }

    /// What was added to the counter at a path, at the ends of the range where it lies beyond.
    pub fn counter(&self, path: &str) -> i64 {
        for body in self.bodies(path) {
            if let Body::Counter(by) = body {
                return i64::try_from(*by).unwrap_or(if *by < 0 { i64::MIN } else { i64::MAX });
            }
        }
        0
    }
}

fn text_edits(edits: &[Edit], inserted: &str) -> Vec<TextEdit> {
    let mut offsets = None;
    let mut steps = Vec::new();
    compose(edits, |step| {
        steps.push(match step {
            super::compose::Step::Retain(len) => TextEdit::Retain(len as usize),
            super::compose::Step::Delete(len) => TextEdit::Delete(len as usize),
            super::compose::Step::Insert { from, len } => {
                let (from, to) = (from as usize, (from + len) as usize);
                let text = if inserted.is_ascii() {
                    inserted.get(from..to)
                } else {
                    let offsets: &Vec<usize> = offsets.get_or_insert_with(|| {
                        inserted
                            .char_indices()
                            .map(|(at, _)| at)
                            .chain([inserted.len()])
                            .collect()
                    });
                    match (offsets.get(from), offsets.get(to)) {
                        (Some(&from), Some(&to)) => inserted.get(from..to),
                        _ => None,
                    }
                };
                TextEdit::Insert(text.unwrap_or("").to_owned())
            }
        });
    });
    steps
}

fn list_edits(edits: &[Edit], values: &[Value]) -> Vec<ListEdit> {
    let mut steps = Vec::new();
    compose(edits, |step| {
        steps.push(match step {
            super::compose::Step::Retain(len) => ListEdit::Retain(len as usize),
            super::compose::Step::Delete(len) => ListEdit::Delete(len as usize),
            super::compose::Step::Insert { from, len } => ListEdit::Insert(
                values
                    .get(from as usize..(from + len) as usize)
                    .unwrap_or(&[])
                    .to_vec(),
            ),
        });
    });
    steps
}
