//! Telling of a transaction that changed one container, without a value made. Not of one that wrote to keys where policies choose.

use smallvec::SmallVec;

use super::Doc;
use super::brief::{Brief, write_edit, write_name, write_nothing, write_start, write_sum};
use super::compose::come_to_nothing;
use super::handle::LastRoot;
use super::record::Edit;
use crate::column::put_unsigned;
use crate::id::Lv;
use crate::oplog::{ContainerIx, KeyIx, Kind, Name};
use crate::state::Note;

/// What a key showed before and shows now: entries of the log.
#[derive(Clone, Copy)]
struct Shown {
    key: KeyIx,
    before: Option<u32>,
    now: Option<u32>,
}

impl Doc {
    /// What the open transaction did, if it changed one map, list or counter, and containers that it made within. `out`
    /// is empty memory to work with.
    pub(super) fn told_briefly(&self, out: &mut Vec<u8>) -> Option<Brief> {
        // What moves away and back again shows what it did.
        if self.log.has_moves() {
            return None;
        }
        let container = self.only_changed()?;
        let applied = self.log.end().0 - self.open.start.0;
        let kind = self.log.containers.kind(container);
        match &self.last_root {
            Some(LastRoot {
                container: last,
                path: Some(path),
                ..
            }) if *last == container => write_start(out, applied, kind, path.as_bytes()),
            _ => {
                let path = self.path_of(container)?;
                write_start(out, applied, kind, path.as_bytes());
            }
        }
        let anything = match kind {
            Kind::Map => self.write_entries(container, out),
            Kind::List => self.write_elements(container, out),
            Kind::Counter => self.write_counted(out),
            Kind::Text => false,
        };
        anything.then(|| Brief::new(out))
    }

    /// The container that changed, if there is but one. Those made meanwhile, unless they are roots, are shown as contents
    /// of what they are within, or not at all.
    fn only_changed(&self) -> Option<ContainerIx> {
        let mut only = None;
        for note in self.notes.all() {
            let container = note.container();
            if only == Some(container) || self.is_made_within(container) {
                continue;
            }
            if only.is_some() {
                return None;
            }
            only = Some(container);
        }
        only
    }

    #[inline]
    fn is_made_within(&self, container: ContainerIx) -> bool {
        container.at() >= self.open.containers()
            && !matches!(self.log.containers.name(container), Name::Root { .. })
    }

    fn write_entries(&self, map: ContainerIx, out: &mut Vec<u8>) -> bool {
        let changes = self.notes.all().iter().filter_map(|note| match *note {
            Note::Register {
                slot, before, now, ..
            } if slot.0 == map => Some(Shown {
                key: slot.1,
                before,
                now,
            }),
            _ => None,
        });
        let mut changes: SmallVec<[Shown; 2]> = changes.collect();
        if changes.len() > 1 {
            changes.sort_by_key(|change| change.key);
            changes.dedup_by(|next, kept| {
                let same = next.key == kept.key;
                if same {
                    kept.now = next.now;
                }
                same
            });
        }
        let mut anything = false;
        for &Shown { key, before, now } in &changes {
            if now == before {
                continue;
            }
            anything = true;
            write_name(out, self.log.keys.name(key));
            match now {
                Some(entry) => self.write_entry(map, entry, out),
                None => write_nothing(out),
            }
        }
        anything
    }

    fn write_elements(&self, list: ContainerIx, out: &mut Vec<u8>) -> bool {
        // What a move or a restore shows again was written by an earlier operation.
        let shows_again = |note: &Note| {
            matches!(
                note,
                Note::ListMoved { .. }
                    | Note::ShownAgain { .. }
                    | Note::SetAgain { .. }
                    | Note::Appeared { .. }
            )
        };
        if self.notes.all().iter().any(shows_again) {
            return false;
        }
        let edits = || {
            let mut lv = self.open.start;
            self.notes.all().iter().filter_map(move |&note| {
                let first = lv;
                lv = lv.plus(note.operations());
                let (at, deleted, inserted) = match note {
                    Note::ListInserted { at, len, .. } => (at.index(), 0, len),
                    Note::ListDeleted { at, len, .. } => (at.index(), len, 0),
                    Note::ListSet { at, .. } => (at.index(), 1, 1),
                    _ => return None,
                };
                let edit = Edit {
                    at,
                    deleted,
                    inserted,
                };
                (note.container() == list).then_some((first, edit))
            })
        };
        let Some(sequence) = self.log.sequence(list) else {
            return false;
        };
        let told: SmallVec<[Edit; 2]> = edits().map(|(_, edit)| edit).collect();
        if come_to_nothing(&told) {
            return false;
        }
        put_unsigned(out, told.len() as u64);
        for edit in &told {
            write_edit(out, edit);
        }
        for (first, edit) in edits() {
            for lv in (first.0..first.0 + edit.inserted).map(Lv) {
                self.write_element(sequence, lv, out);
            }
        }
        true
    }

    fn write_counted(&self, out: &mut Vec<u8>) -> bool {
        let changes = self.notes.all().iter().map(|&note| match note {
            Note::Counted { by, .. } => i128::from(by),
            _ => 0,
        });
        let sum = changes.sum();
        write_sum(out, sum);
        sum != 0
    }
}
