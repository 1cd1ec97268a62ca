//! Keeping a document: saving and loading it.

use super::Doc;
use super::record::Record;
use crate::codec::{
    DecodeError, FORMAT_SNAPSHOT, Level, read_frame, read_snapshot, write_snapshot,
};
use crate::column::Reader;
use crate::error::Error;
use crate::id::{Lv, LvSpan};
use crate::limits::Limits;
use crate::state::order;

/// How to save a document; see [`Doc::save_with`].
///
/// # Examples
///
/// ```
/// use syncline::{Doc, Level, SaveOptions};
///
/// let doc = Doc::new();
/// let bytes = doc.save_with(&SaveOptions::new().level(Level::Compact));
/// assert!(Doc::load(&bytes).is_ok());
/// ```
#[derive(Clone, Debug, Default)]
pub struct SaveOptions {
    level: Level,
}

impl SaveOptions {
    /// As [`Doc::save`] saves.
    pub fn new() -> Self {
        SaveOptions::default()
    }

    /// How hard to pack; [`Level::Fast`] unless said.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }
}

impl Doc {
    /// The whole document with its history, and what waits. Another replica can [`load`](Doc::load) or
    /// [`merge`](Doc::merge) it. Replicas with the same operations save the same bytes.
    ///
    /// What the document shows stands apart from its history, so that it opens at once. Costs a replay of the history.
    pub fn save(&self) -> Vec<u8> {
        self.save_with(&SaveOptions::new())
    }

    /// As [`save`](Doc::save), as the options say.
    pub fn save_with(&self, options: &SaveOptions) -> Vec<u8> {
        if let Some(encoded) = &self.encoded {
            return match self.with_history_read() {
                Ok(whole) => whole.save_with(options),
                // What cannot be read is kept as it is.
                Err(_) => encoded.to_vec(),
            };
        }
        // Positions were checked when each operation came: a replay of all of them does not fail.
        let order = order(&self.log).unwrap_or_default();
        let waiting = self.pending.iter().map(|(_, delta)| delta);
        let mut chains = self.chains.clone();
        write_snapshot(
            &self.log,
            &self.state,
            order,
            &mut chains,
            waiting,
            options.level,
        )
    }

    /// A document from what [`save`](Doc::save) gave. It writes as a new peer.
    ///
    /// What it shows is there at once; its history is read when something needs it: merging, or a delta for somebody who is
    /// behind.
    ///
    /// # Errors
    ///
    /// As [`merge`](Doc::merge).
    pub fn load(bytes: &[u8]) -> Result<Doc, Error> {
        Doc::load_with_limits(bytes, Limits::default())
    }

    /// As [`load`](Doc::load), within these limits.
    ///
    /// # Errors
    ///
    /// As [`merge`](Doc::merge).
    pub fn load_with_limits(bytes: &[u8], limits: Limits) -> Result<Doc, Error> {
        let mut reader = Reader::new(bytes, 0);
        let frame = read_frame(&mut reader)?;
        if !reader.is_at_end() {
            return Err(DecodeError::from(reader.error("bytes after the end")).into());
        }
        if frame.format != FORMAT_SNAPSHOT {
            let mut doc = Doc::with_limits(limits);
            doc.merge(bytes)?;
            return Ok(doc);
        }
        let snapshot = read_snapshot(&frame, &limits)?;
        let waiting: Vec<_> = snapshot.waiting.iter().map(|frame| frame.bytes).collect();
        let mut doc = if snapshot.sketch.operations() == 0 {
            Doc::with_limits(limits)
        } else {
            let mut doc = Doc::open(&snapshot.sketch, limits)?;
            doc.encoded = Some(bytes.into());
            doc
        };
        if !waiting.is_empty() {
            doc.read_history()?;
            let mut record = Record::default();
            doc.take_in_waiting(&waiting, &mut record);
            doc.wake(LvSpan::new(Lv(0), doc.log.end()), &mut record);
        }
        Ok(doc)
    }
}
