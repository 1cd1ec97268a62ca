//! Noting what happens while it does, and completing a change when it is over.

use std::collections::BTreeSet;

use compact_str::CompactString;
use smallvec::{SmallVec, smallvec};

use super::Doc;
use super::change::{Body, Change, ContainerChange, Edit, ListChange, MapChange};
use super::path::Found;
use crate::id::Lv;
use crate::oplog::{ContainerIx, KeyIx};

impl Change {
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

    #[inline]
    pub(super) fn text_inserted(&mut self, text: ContainerIx, at: u32, content: &str, len: u32) {
        let edit = Edit {
            at,
            deleted: 0,
            inserted: len,
        };
        if let Some(Body::Text { edits, inserted }) = self.last(text) {
            inserted.push_str(content);
            push_edit(edits, edit);
            return;
        }
        self.push(
            text,
            Body::Text {
                edits: smallvec![edit],
                inserted: content.into(),
            },
        );
    }

    #[inline]
    pub(super) fn text_deleted(&mut self, text: ContainerIx, at: u32, len: u32) {
        let edit = Edit {
            at,
            deleted: len,
            inserted: 0,
        };
        if let Some(Body::Text { edits, .. }) = self.last(text) {
            push_edit(edits, edit);
            return;
        }
        self.push(
            text,
            Body::Text {
                edits: smallvec![edit],
                inserted: CompactString::default(),
            },
        );
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
        self.push(list, Body::List(Box::new(change)));
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
        let change = MapChange {
            keys: smallvec![(key, before)],
            entries: SmallVec::new(),
        };
        self.push(map, Body::Map(Box::new(change)));
    }

    pub(super) fn counted(&mut self, counter: ContainerIx, by: i64) {
        if let Some(Body::Counter(sum)) = self.last(counter) {
            *sum += i128::from(by);
            return;
        }
        self.push(counter, Body::Counter(by.into()));
    }

    /// Brings the entries of each container together.
    fn gather(&mut self) {
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

fn push_edit(edits: &mut SmallVec<[Edit; 1]>, edit: Edit) {
    if let Some(last) = edits.last_mut()
        && last.deleted == 0
        && edit.deleted == 0
        && last.at + last.inserted == edit.at
    {
        last.inserted += edit.inserted;
        return;
    }
    edits.push(edit);
}

fn join(kept: &mut Body, next: &mut Body) {
    match (kept, next) {
        (
            Body::Text { edits, inserted },
            Body::Text {
                edits: more,
                inserted: text,
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

impl Doc {
    /// Completes a change: paths, and the values that are shown now.
    #[inline]
    pub(super) fn finish(&self, change: &mut Change) {
        // Typing into a root text: nothing but the path is missing.
        if let [
            ContainerChange {
                container,
                path,
                body: Body::Text { .. },
            },
        ] = change.containers.as_mut_slice()
            && let Some(last) = &self.last_root
            && last.container == *container
        {
            *path = last.path.clone();
            return;
        }
        self.finish_all(change);
    }

    fn finish_all(&self, change: &mut Change) {
        change.gather();
        let mut shown = BTreeSet::new();
        for change in &mut change.containers {
            self.finish_body(change.container, &mut change.body, &mut shown);
        }
        // Tables list a container after the one around it, so sorted changes are in the promised order.
        change.containers.retain(|change| {
            let keep = !is_nothing(&change.body)
                && (shown.is_empty() || !self.is_within(change.container, &shown));
            let path = if keep {
                self.path_of(change.container)
            } else {
                None
            };
            match path {
                Some(path) => {
                    change.path = path;
                    true
                }
                None => false,
            }
        });
    }

    fn finish_body(
        &self,
        container: ContainerIx,
        body: &mut Body,
        shown: &mut BTreeSet<ContainerIx>,
    ) {
        match body {
            Body::Text { .. } | Body::Counter(_) => {}
            Body::List(change) => {
                let ListChange {
                    operations, values, ..
                } = &mut **change;
                let Some(sequence) = self.log.sequence(container) else {
                    return;
                };
                for (lv, len) in operations.drain(..) {
                    for lv in (lv.0..lv.0 + len).map(Lv) {
                        let cell = sequence.cell(lv);
                        let nested = self.log.container_shown(cell, lv, None);
                        shown.extend(nested);
                        values.push(
                            self.value_of(nested.map_or(Found::Plain(cell), Found::Container)),
                        );
                    }
                }
            }
            Body::Map(change) => {
                let MapChange { keys, entries } = &mut **change;
                // The first note of a key tells what it showed before the change.
                if keys.len() > 1 {
                    keys.sort_by_key(|&(key, _)| key);
                    keys.dedup_by_key(|&mut (key, _)| key);
                }
                for (key, before) in keys.drain(..) {
                    let now = self.state.registers.winner((container, key));
                    if now == before {
                        continue;
                    }
                    let found = now.map(|entry| {
                        let cell = self.log.entries.cell(entry);
                        let nested = self.log.container_shown(
                            cell,
                            self.log.entries.op(entry).lv,
                            Some(key),
                        );
                        shown.extend(nested);
                        self.value_of(nested.map_or(Found::Plain(cell), Found::Container))
                    });
                    entries.push((CompactString::from(&**self.log.keys.name(key)), found));
                }
            }
        }
    }

    /// Whether a container is, or lies within, one of these.
    fn is_within(&self, container: ContainerIx, these: &BTreeSet<ContainerIx>) -> bool {
        let mut at = Some(container);
        while let Some(container) = at {
            if these.contains(&container) {
                return true;
            }
            at = self.parent_of(container).map(|(parent, _)| parent);
        }
        false
    }
}

fn is_nothing(body: &Body) -> bool {
    match body {
        Body::Text { edits, .. } => edits.is_empty(),
        Body::List(list) => list.edits.is_empty(),
        Body::Map(map) => map.entries.is_empty(),
        Body::Counter(by) => *by == 0,
    }
}
