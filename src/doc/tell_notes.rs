//! Telling of a transaction by its notes.

use super::Doc;
use super::record::{Record, TextChange};
use crate::id::{Lv, LvSpan};
use crate::oplog::{ContainerIx, Kind};
use crate::state::Note;

impl Doc {
    /// What the open transaction did, note by note.
    pub(super) fn recorded(&self) -> Record {
        let mut record = Record {
            applied: self.log.end().0 - self.open.start.0,
            since: Some(self.open.start),
            ..Record::default()
        };
        let mut lv = self.open.start;
        for &note in self.notes.all() {
            self.record(note, lv, &mut record);
            lv = lv.plus(note.operations());
        }
        record
    }

    fn record(&self, note: Note, lv: Lv, record: &mut Record) {
        match note {
            Note::Stroke { text, stroke } => record.text(text).stroke_made(stroke),
            Note::TextInserted { text, .. } => self.text_inserted(note, &mut record.text(text)),
            // Told with what deletes.
            Note::Loosened { .. } => {}
            Note::Marked { text, .. } => record.text_touched(text),
            Note::Restored { .. } => {}
            Note::MarkSettled { text, .. } => record.text_touched(text),
            Note::MarkTurned { text, mark, .. } => {
                record.text_touched(text);
                record.mark_turned(mark);
            }
            Note::ShownAgain {
                sequence,
                at,
                lv,
                len,
            } if self.log.containers.kind(sequence) == Kind::Text => {
                self.record_again(sequence, at.at, LvSpan::new(lv, lv.plus(len)), record);
            }
            Note::ListInserted { list, at, len } => {
                record.list_inserted(list, at.index(), lv, len);
            }
            Note::ListSet { list, at, .. } => record.list_set(list, at.index(), lv),
            Note::ShownAgain { .. }
            | Note::SetAgain { .. }
            | Note::ListDeleted { .. }
            | Note::ListMoved { .. }
            | Note::Appeared { .. }
            | Note::Unseen { .. } => record.of_list(note),
            Note::Register {
                slot: (map, key),
                before,
                ..
            }
            | Note::Stands {
                slot: (map, key),
                before,
                ..
            } => record.entry_changed(map, key, self.shown_before((map, key), before)),
            Note::Counted { counter, by } => record.counted(counter, by),
        }
    }

    #[inline]
    pub(super) fn text_inserted(&self, note: Note, change: &mut TextChange<'_>) {
        let Note::TextInserted {
            text,
            at,
            len,
            from,
            bytes,
        } = note
        else {
            return;
        };
        let sequence = self.log.sequence(text);
        let content = sequence.map_or("", |sequence| sequence.content_at(from, bytes));
        change.inserted(at, content, len);
    }

    /// Records text that shows again.
    fn record_again(&self, container: ContainerIx, at: u32, span: LvSpan, record: &mut Record) {
        let Some(sequence) = self.log.sequence(container) else {
            return;
        };
        let mut content = String::new();
        sequence.each_text(span, |piece| content.push_str(piece));
        record.text(container).inserted(at, &content, span.len());
    }
}
