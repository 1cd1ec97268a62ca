//! What two replicas remember of each other between sessions.

use std::collections::BTreeMap;

use super::documents::Documents;
use crate::column::{ReadError, Reader, put_unsigned};
use crate::error::Error;
use crate::summary::Known;

/// What a session leaves, for the next one between the same two replicas to begin with: then that costs bytes for what changed
/// since, and one round trip, however much there is. See [`Session::resume`](super::Session::resume).
///
/// It speaks of changes as the [`Summary`](crate::Summary) of each side counts them, which begins anew where documents are
/// loaded: [`keep`](Resume::keep) and [`restore`](Resume::restore) carry it across that. One that does not fit any more costs a
/// round trip, nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Resume {
    /// How far each had seen the other's changes.
    pub known: Known,
    /// The root of the own summary then.
    pub root: [u8; 32],
}

impl Resume {
    /// Bytes to keep beside the documents, from which [`restore`](Resume::restore) makes what will do when those were loaded
    /// anew: about 10 for each peer of a document, or each document of many. `None` where too much has changed since.
    ///
    /// # Errors
    ///
    /// As [`Documents::summary`].
    pub fn keep(&self, documents: &mut dyn Documents) -> Result<Option<Vec<u8>>, Error> {
        let summary = documents.summary()?;
        let Some(lengths) = summary.lengths_at(self.known.ours) else {
            return Ok(None);
        };
        let mut bytes = self.root.to_vec();
        put_unsigned(&mut bytes, self.known.ours);
        put_unsigned(&mut bytes, self.known.theirs);
        let mut before = 0;
        for (key, length) in lengths {
            put_unsigned(&mut bytes, key - before);
            put_unsigned(&mut bytes, length.into());
            before = key;
        }
        Ok(Some(bytes))
    }

    /// What was [kept](Resume::keep), for documents that were loaded since. Both sides are to do that, each of the session with
    /// that other, before they meet. `None` for bytes that say nothing.
    ///
    /// # Errors
    ///
    /// As [`Documents::summary`].
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    /// use syncline::sync::{Options, Resume, Session};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut doc = Doc::new();
    /// # let resume = Resume::default();
    /// // After a session: `resume` is what it left.
    /// let (file, kept) = (doc.save(), resume.keep(&mut doc)?);
    ///
    /// // After a restart.
    /// let mut doc = Doc::load(&file)?;
    /// let mut options = Options::default();
    /// if let Some(kept) = kept {
    ///     options.resume = Resume::restore(&kept, &mut doc)?;
    /// }
    /// let session = Session::ask(&mut doc, 0x1234_5678_9abc_def0, options)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(bytes: &[u8], documents: &mut dyn Documents) -> Result<Option<Resume>, Error> {
        let Ok((resume, lengths)) = read(bytes) else {
            return Ok(None);
        };
        if let Some(summary) = documents.summary_mut()? {
            summary.remember(resume.known.ours, &lengths);
        }
        Ok(Some(resume))
    }
}

fn read(bytes: &[u8]) -> Result<(Resume, BTreeMap<u64, u32>), ReadError> {
    let mut reader = Reader::new(bytes, 0);
    let root = reader.array()?;
    let (ours, theirs) = (reader.unsigned()?, reader.unsigned()?);
    let mut lengths = BTreeMap::new();
    let mut key = 0_u64;
    while !reader.is_at_end() {
        key = key.wrapping_add(reader.unsigned()?);
        lengths.insert(key, reader.u32()?);
    }
    let known = Known { ours, theirs };
    Ok((Resume { known, root }, lengths))
}
