//! Telling what happened, when it is over.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Doc;
use super::brief::{write_name, write_nothing};
use super::change::Change;
use super::compose::come_to_nothing;
use super::handle::LastRoot;
use super::origin::Origin;
use super::path::Found;
use super::paths::Paths;
use super::record::{Body, ContainerChange, GONE, ListChange, MapChange, Record};
use super::short_path::ShortPath;
use super::text_edits::Before;
use super::what::{Keystroke, Other, What};
use crate::id::Lv;
use crate::oplog::ContainerIx;
use crate::state::{Note, Stroke};

impl Doc {
    /// The keystroke in the root written to last, if the open transaction did that alone. Most do.
    #[inline]
    pub(super) fn keystroke(&self) -> Option<Keystroke> {
        match (self.notes.all(), &self.last_root) {
            (
                &[Note::Stroke { text, stroke }],
                &Some(LastRoot {
                    container,
                    path: Some(path),
                    ..
                }),
            ) if text == container && self.state.marks(text).is_none() => {
                Some(Keystroke { path, stroke })
            }
            _ => None,
        }
    }

    /// What the open transaction did.
    pub(super) fn told(&mut self) -> Change {
        let typed = matches!(
            self.notes.all(),
            [Note::Stroke { .. } | Note::TextInserted { .. }, ..]
        );
        if typed {
            return self
                .told_of_one_text()
                .unwrap_or_else(|| self.told_at_length());
        }
        let mut memory = std::mem::take(&mut self.notes.memory);
        let brief = self.told_briefly(&mut memory);
        self.notes.put_back(memory);
        match brief {
            Some(brief) => Change {
                what: What::Other(Other::Brief(brief)),
            },
            None => self.told_at_length(),
        }
    }

    /// The same, if it edited the root written to last and nothing else, and more than a keystroke: then no path need be
    /// sought and nothing brought together.
    #[inline(never)]
    fn told_of_one_text(&self) -> Option<Change> {
        let &Some(LastRoot {
            container,
            path: Some(path),
            ..
        }) = &self.last_root
        else {
            return None;
        };
        if self.state.marks(container).is_some() {
            return None;
        }
        let mut record = Record {
            applied: self.log.end().0 - self.open.start.0,
            ..Record::default()
        };
        let mut change = record.text(container);
        for &note in self.notes.all() {
            match note {
                Note::Stroke { text, stroke } if text == container => change.stroke_made(stroke),
                Note::TextInserted { text, .. } if text == container => {
                    self.text_inserted(note, &mut change);
                }
                _ => return None,
            }
        }
        if change.may_be_a_stroke() || change.comes_to_nothing() {
            return None;
        }
        record.containers.first_mut()?.path = path.as_str().into();
        Some(Change {
            what: What::Other(Other::Record(Some(Arc::new(record)))),
        })
    }

    #[inline(never)]
    fn told_at_length(&self) -> Change {
        self.finish(self.recorded())
    }

    /// What the open transaction did, where policies choose what shows.
    #[cold]
    #[inline(never)]
    pub(super) fn told_as_ruled(&mut self) -> Change {
        let mut record = self.recorded();
        let written: Vec<_> = self.keys_written().collect();
        self.rule(self.open.is_ruled, &written, &mut record);
        self.finish(record)
    }

    /// What a merge did.
    pub(super) fn told_of(&mut self, record: Record) -> Change {
        // Often it is a keystroke in a root that somebody wrote to before.
        if let Some((text, stroke)) = record.stroke()
            && self.state.marks(text).is_none()
            && let Some(mut path) = self.short_path(text)
        {
            path.set_origin(Origin::Remote);
            return Change {
                what: What::Keystroke(Keystroke { path, stroke }),
            };
        }
        self.finish(record).come_from(Origin::Remote)
    }

    /// Completes a record: paths, and the values that are shown now.
    pub(super) fn finish(&self, mut record: Record) -> Change {
        // What stands for an element of a list is told of there.
        if self.log.has_moves() {
            let is_seat = |container| self.log.is_seat(container);
            record
                .containers
                .retain(|change| !is_seat(change.container));
        }
        record.gather();
        let mut shown = BTreeSet::new();
        let before = Before {
            since: record.since.take().unwrap_or(self.log.end()),
            turned: std::mem::take(&mut record.turned),
        };
        for change in &mut record.containers {
            self.finish_body(change.container, &mut change.body, &before, &mut shown);
        }
        self.tell_paths(&mut record, &shown);
        record.into()
    }

    /// Gives each change its path, and drops those of containers that nothing shows or that are told of with one of
    /// `shown`. Returns how many walks through lists it took.
    pub(super) fn tell_paths(&self, record: &mut Record, shown: &BTreeSet<ContainerIx>) -> usize {
        let mut paths = None;
        // Tables list a container after the one around it, so sorted changes are in the promised order.
        record.containers.retain(|change| {
            let keep = !is_nothing(&change.body)
                && (shown.is_empty()
                    || !self
                        .log
                        .is_in(change.container, |around| shown.contains(&around)));
            let path = if keep {
                self.root_path(change.container).or_else(|| {
                    let paths = paths.get_or_insert_with(|| Paths::new(self));
                    paths.of(change.container)
                })
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
        if self.log.has_moves() {
            let depth = |change: &ContainerChange| self.log.depth_of(change.container);
            record.containers.sort_by_cached_key(depth);
        }
        record.index();
        paths.map_or(0, |paths| paths.walks)
    }

    fn finish_body(
        &self,
        container: ContainerIx,
        body: &mut Body,
        before: &Before,
        shown: &mut BTreeSet<ContainerIx>,
    ) {
        match body {
            Body::Text {
                edits,
                inserted,
                marked,
            } => {
                if marked.is_none() && self.state.marks(container).is_some() {
                    *marked = Some(self.marked_edits(container, edits, inserted, before));
                }
            }
            Body::Counter(_) => {}
            Body::List(change) => {
                let ListChange {
                    operations, values, ..
                } = change;
                let Some(sequence) = self.log.sequence(container) else {
                    return;
                };
                let mut cells = sequence.cells();
                for (lv, len) in operations.drain(..) {
                    for lv in (lv.0..lv.0 + len).map(Lv) {
                        let cell = cells.get(lv);
                        let found = self.element_shown(cell, lv);
                        // What showed here for a moment only is told of where it stands.
                        let may_hide = self.log.has_moves();
                        if let Found::Container(nested) = found
                            && !(may_hide && self.log.is_hidden(cell, lv))
                        {
                            shown.insert(nested);
                        }
                        self.write_shown(found, values);
                    }
                }
            }
            Body::Map(change) => {
                let MapChange { keys, entries } = change;
                // The first note of a key tells what it showed before the change.
                if keys.len() > 1 {
                    keys.sort_by_key(|&(key, _)| key);
                    keys.dedup_by_key(|&mut (key, _)| key);
                }
                for (key, before) in keys.drain(..) {
                    let now = self.state.winner(&self.log.entries, (container, key));
                    let slot = (container, key);
                    if now == before && !self.shows_several(slot) {
                        continue;
                    }
                    // Who opens a key where others did makes an entry of their own for the container that it shows.
                    let found = now.map(|entry| self.key_shown(slot, entry));
                    if let Some(Found::Container(nested)) = found {
                        let before = before.filter(|&entry| entry != GONE);
                        let before = before.map(|entry| self.entry_shown(container, entry));
                        if matches!(before, Some(Found::Container(before)) if before == nested) {
                            continue;
                        }
                        shown.insert(nested);
                    }
                    write_name(entries, self.log.keys.name(key));
                    match found {
                        Some(found) => self.write_shown(found, entries),
                        None => write_nothing(entries),
                    }
                }
            }
        }
    }
}

fn is_nothing(body: &Body) -> bool {
    match body {
        Body::Text {
            marked: Some(all), ..
        } => all.is_empty(),
        Body::Text { edits, .. } => come_to_nothing(edits),
        Body::List(list) => come_to_nothing(&list.edits),
        Body::Map(map) => map.entries.is_empty(),
        Body::Counter(by) => *by == 0,
    }
}

impl From<Record> for Change {
    fn from(record: Record) -> Self {
        let what = match record.as_keystroke() {
            Some(keystroke) => What::Keystroke(keystroke),
            None if record.is_nothing() => What::default(),
            None => What::Other(Other::Record(Some(Arc::new(record)))),
        };
        Change { what }
    }
}

impl Record {
    fn is_nothing(&self) -> bool {
        self.containers.is_empty() && self.applied == 0 && !self.holds_back()
    }

    fn holds_back(&self) -> bool {
        !self.waiting.is_empty() || !self.rejected.is_empty()
    }

    /// The one stroke that is all of the record, if it is.
    fn stroke(&self) -> Option<(ContainerIx, Stroke)> {
        let [change] = self.containers.as_slice() else {
            return None;
        };
        let Body::Text {
            edits,
            inserted,
            marked: None,
        } = &change.body
        else {
            return None;
        };
        let &[edit] = edits.as_slice() else {
            return None;
        };
        let stroke = match (edit.deleted, inserted.chars().next()) {
            (0, Some(typed)) if edit.inserted == 1 => Stroke::typed(edit.at, typed),
            (deleted, None) => Stroke::deleted(edit.at, deleted),
            _ => return None,
        };
        let is_all = stroke.operations() == self.applied && !self.holds_back();
        is_all.then_some((change.container, stroke))
    }

    /// The record as a keystroke, if it is one, at a short path.
    fn as_keystroke(&self) -> Option<Keystroke> {
        let (_, stroke) = self.stroke()?;
        let path = ShortPath::new(&self.containers.first()?.path)?;
        Some(Keystroke { path, stroke })
    }
}
