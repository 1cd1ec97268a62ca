//! The log behind a store: where what was committed goes beyond it, and what makes it safe.
//!
//! A replica's documents are in its store, whatever its log is. Of the store's own [`Journal`], which is the usual log, a commit is
//! part already, and it is safe when the disk has it. With another log, such as one that several machines hold, the store is this
//! machine's copy of it: what is committed is appended to the log too, counts as stored when the log says so, and what others append
//! comes from it.

use std::error::Error as StdError;
use std::sync::Arc;

use syncline::{Peer, VersionVector};
use syncline_store::{Error as StoreError, Store, Syncer};

/// Why a log could not do what it was to.
pub type LogError = Box<dyn StdError + Send + Sync>;

/// Returns when all that was appended before it was called is safe; or says why it is not.
pub type Acknowledge = Arc<dyn Fn() -> Result<(), LogError> + Send + Sync>;

/// Says that others have appended something. It returns at once, may be called from any thread, and more often than there is news.
pub type News = Arc<dyn Fn() + Send + Sync>;

/// An ordered log of what was committed to documents, which one or several replicas append to and read.
///
/// It is to give its records in one order, the same to everybody, and to lose none that came before one that it keeps. What it holds
/// twice, or gives to who appended it, does no harm. Records of a document may be replaced by one that holds them all
/// ([`Doc::save`](syncline::Doc::save)). An error of any of these ends the work of the replica: nothing is said to be stored any more
/// until it is opened anew, which appends what the log lacks.
///
/// Of a store the log has what documents say, and nothing else: blobs, and what is known of remotes, are each store's own.
pub trait Log: Send + 'static {
    /// Appends records, if there are any, without waiting until they are safe. A log to which the store's commits belong asks for none of them.
    ///
    /// # Errors
    ///
    /// Why it does not take them.
    fn append(&mut self, records: &mut dyn Iterator<Item = Record>) -> Result<(), LogError>;

    /// What waits until what was appended is safe, on a thread of its own; nothing where that is so when it was appended.
    fn acknowledge(&self) -> Option<Acknowledge>;

    /// Some of the records after a position, in order, and the position after them: the same one where there are no more. It begins
    /// with 0. Unless it says otherwise, a log has nothing that its replica's store has not: then nobody else may append to it.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    fn read_from(&mut self, position: u64) -> Result<(Vec<Record>, u64), LogError> {
        Ok((Vec::new(), position))
    }

    /// Has this called whenever others appended something that can be read. Unless it says otherwise, nobody else appends.
    ///
    /// # Errors
    ///
    /// Why it cannot tell.
    fn watch(&mut self, news: News) -> Result<(), LogError> {
        drop(news);
        Ok(())
    }
}

/// What was committed to a document.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Record {
    /// Its name.
    pub document: String,
    /// All that the log has of it with this record.
    pub version: VersionVector,
    /// What a document [merges](syncline::Doc::merge): a delta, or one that was saved.
    pub changes: Vec<u8>,
}

impl Record {
    /// What was committed to a document, of which the log has so much with that.
    pub fn new(document: impl Into<String>, version: VersionVector, changes: Vec<u8>) -> Record {
        Record {
            document: document.into(),
            version,
            changes,
        }
    }

    /// As bytes, for a log that holds such. `docs/network.md` in the project specifies them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let counted = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = vec![VERSION];
        bytes.extend(counted(self.document.len()));
        bytes.extend(self.document.as_bytes());
        bytes.extend(counted(self.version.len()));
        for (peer, count) in self.version.iter() {
            bytes.extend(peer.get().to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
        bytes.extend(&self.changes);
        bytes
    }

    /// What bytes say; nothing where they are no record. What they say of changes is found out when these are merged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Record> {
        let (&version, mut rest) = bytes.split_first()?;
        if version != VERSION {
            return None;
        }
        let name = count(&mut rest)?;
        let name = taken(&mut rest, name)?;
        let document = std::str::from_utf8(name).ok()?.to_owned();
        let mut version = VersionVector::new();
        for _ in 0..count(&mut rest)? {
            let peer = u64::from_le_bytes(taken(&mut rest, 8)?.try_into().ok()?);
            let operations = u32::from_le_bytes(taken(&mut rest, 4)?.try_into().ok()?);
            version.set(Peer::new(peer)?, operations);
        }
        Some(Record::new(document, version, rest.to_vec()))
    }
}

/// The first byte of a record.
const VERSION: u8 = 1;

fn taken<'b>(rest: &mut &'b [u8], bytes: usize) -> Option<&'b [u8]> {
    let (taken, left) = rest.split_at_checked(bytes)?;
    *rest = left;
    Some(taken)
}

fn count(rest: &mut &[u8]) -> Option<usize> {
    let bytes = taken(rest, 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

/// The journal of a store, which commits are part of: what is left is to sync the file. Nobody else appends to it.
pub(crate) struct Journal(Option<Arc<Syncer>>);

impl Journal {
    pub(crate) fn of(store: &Store) -> Result<Journal, StoreError> {
        Ok(Journal(store.syncer()?.map(Arc::new)))
    }
}

impl Log for Journal {
    fn append(&mut self, _: &mut dyn Iterator<Item = Record>) -> Result<(), LogError> {
        Ok(())
    }

    fn acknowledge(&self) -> Option<Acknowledge> {
        let syncer = Arc::clone(self.0.as_ref()?);
        Some(Arc::new(move || Ok(syncer.sync()?)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    fn record() -> Record {
        let peers = [(7, 3), (u64::MAX, 1)].map(|(peer, count)| (Peer::new(peer).unwrap(), count));
        Record::new("nötes", peers.into_iter().collect(), vec![1, 2, 3])
    }

    #[test]
    fn what_is_written_is_read() {
        let nothing = Record::new("", VersionVector::new(), Vec::new());
        for record in [record(), nothing] {
            assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
        }
    }

    #[test]
    fn what_is_no_record_is_none() {
        let mut changeless = record();
        changeless.changes.clear();
        let bytes = changeless.to_bytes();
        // One that is cut anywhere, of another version, of no peer, with a name that is no text.
        for end in 0..bytes.len() {
            assert_eq!(Record::from_bytes(&bytes[..end]), None, "{end}");
        }
        let at_peers = 1 + 4 + "nötes".len() + 4;
        for (at, to) in [(0, vec![2]), (at_peers, vec![0; 8]), (5, vec![0xff])] {
            let mut changed = bytes.clone();
            changed.splice(at..at + to.len(), to);
            assert_eq!(Record::from_bytes(&changed), None, "{at}");
        }
        // What it claims to have is not allocated.
        assert_eq!(
            Record::from_bytes(&[1, 0, 0, 0, 0, 255, 255, 255, 255]),
            None
        );
        assert_eq!(Record::from_bytes(&[1, 255, 255, 255, 255]), None);
    }
}
