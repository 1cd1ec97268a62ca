//! Loading what was saved.

use super::Doc;
use super::change::{Change, Rejected};
use super::history::Encoded;
use super::record::Record;
use crate::codec::{
    DecodeError, FORMAT_SNAPSHOT, Frame, read_frame, read_piece, read_snapshot, splits_in,
};
use crate::column::Reader;
use crate::error::Error;
use crate::id::{Lv, LvSpan};
use crate::limits::Limits;

impl Doc {
    /// A document from what [`save`](Doc::save) gave, and what of [`save_since`](Doc::save_since) was appended to it. It
    /// writes as a new peer.
    ///
    /// What it shows is there at once; its history is read when something needs it. Of deltas that were held back when it was
    /// saved, those that turn out not to be valid are left out: [`rejected`](Doc::rejected) tells of them.
    ///
    /// # Errors
    ///
    /// [`Error::Torn`] where the last piece was not written to its end: all before it is whole. Else as
    /// [`merge`](Doc::merge).
    pub fn load(bytes: &[u8]) -> Result<Doc, Error> {
        Doc::load_with_limits(bytes, Limits::default())
    }

    /// As [`load`](Doc::load), within these limits.
    ///
    /// # Errors
    ///
    /// As [`load`](Doc::load).
    pub fn load_with_limits(bytes: &[u8], limits: Limits) -> Result<Doc, Error> {
        let mut reader = Reader::new(bytes, 0);
        let first = read_frame(&mut reader)?;
        let mut doc = Doc::with_limits(limits);
        if first.format == FORMAT_SNAPSHOT {
            doc.open_frame(&first)?;
        } else {
            doc.take_in_piece(&first)?;
        }
        while !reader.is_at_end() {
            let piece = next_piece(&mut reader)?;
            doc.with_history_at_need(|doc| doc.take_in_piece(&piece))?;
        }
        doc.loaded = doc.arrived();
        Ok(doc)
    }

    /// Deltas held back when the document was saved that turned out not to be valid when it was loaded. They are gone: it is no
    /// fault of the rest. Those of later merges are told by [`Change::rejected`].
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let doc = Doc::load(&Doc::new().save())?;
    /// for rejected in doc.rejected() {
    ///     eprintln!("a delta that had been waiting was left out: {}", rejected.error);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// Shows what a snapshot does, in a document that is empty.
    fn open_frame(&mut self, frame: &Frame<'_>) -> Result<(), Error> {
        let limits = self.limits.clone();
        let snapshot = read_snapshot(frame, &limits)?;
        if snapshot.sketch.operations() > 0 {
            *self = Doc::open(&snapshot.sketch, limits)?;
            self.encoded = Some(Encoded {
                bytes: frame.bytes.into(),
                has_history: snapshot.has_history(),
            });
        } else {
            self.log.peers.splits = snapshot.sketch.tables.all_splits();
            self.check_splits_room(&self.log.peers.splits)?;
        }
        if snapshot.waiting.is_empty() {
            return Ok(());
        }
        let waiting: Vec<_> = snapshot.waiting.iter().map(|frame| frame.bytes).collect();
        self.read_history()?;
        let mut record = Record::default();
        self.take_in_waiting(&waiting, &mut record);
        self.wake(LvSpan::new(Lv(0), self.log.end()), &mut record);
        self.rejected = record.rejected;
        Ok(())
    }

    /// What a document without history was opened from, and nothing that waits there.
    pub(super) fn open_ground(encoded: &Encoded, limits: Limits) -> Result<Doc, Error> {
        let frame = only_frame(&encoded.bytes)?;
        let snapshot = read_snapshot(&frame, &limits)?;
        let mut doc = Doc::open(&snapshot.sketch, limits)?;
        doc.encoded = Some(Encoded {
            bytes: encoded.bytes.clone(),
            has_history: encoded.has_history,
        });
        Ok(doc)
    }

    fn take_in_piece(&mut self, piece: &Frame<'_>) -> Result<(), Error> {
        if self.pending.len() > 0 {
            self.read_history()?;
        }
        let taken = match piece.format {
            FORMAT_SNAPSHOT => {
                let merged = self.merge_document(piece, piece.bytes);
                match merged {
                    Err(Error::NeedsBase { .. }) if !self.history_is_encoded() => {
                        self.adopt_piece(piece)?
                    }
                    // What is appended after it may need its history.
                    Ok(merged) if self.has_cut() => self.adopt_piece(piece).unwrap_or(merged),
                    merged => merged?,
                }
            }
            _ => self.take_in_delta(piece)?,
        };
        self.rejected.extend_from_slice(taken.rejected());
        Ok(())
    }

    /// The document was replaced by one that has its history, or has it no more.
    fn adopt_piece(&mut self, piece: &Frame<'_>) -> Result<Change, Error> {
        let base = Doc::load_with_limits(piece.bytes, self.limits.clone())?;
        self.adopt(base)
    }

    fn take_in_delta(&mut self, delta: &Frame<'_>) -> Result<Change, Error> {
        let splits = splits_in(delta)?.unwrap_or_default();
        self.with_splits(&splits, |doc| {
            let mut record = Record::default();
            let start = doc.log.end();
            doc.take_in(delta, &mut record)?;
            doc.wake(LvSpan::new(start, doc.log.end()), &mut record);
            Ok(match record.rejected.is_empty() {
                true => Change::default(),
                false => doc.told_of(record),
            })
        })
    }
}

/// The piece that was appended next.
fn next_piece<'a>(reader: &mut Reader<'a>) -> Result<Frame<'a>, Error> {
    let offset = reader.offset();
    read_piece(reader).map_err(|broken| match broken.is_last {
        true => Error::Torn {
            offset,
            error: broken.error,
        },
        false => broken.error.into(),
    })
}

/// The frame that is all of an input.
pub(super) fn only_frame(bytes: &[u8]) -> Result<Frame<'_>, DecodeError> {
    let mut reader = Reader::new(bytes, 0);
    let frame = read_frame(&mut reader)?;
    if reader.is_at_end() {
        Ok(frame)
    } else {
        Err(reader.error("bytes after the end").into())
    }
}
