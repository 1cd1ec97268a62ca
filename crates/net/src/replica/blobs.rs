//! Blobs beside the documents.

use std::ops::Range;

use syncline_store::{Blob, BlobId, Error as StoreError, Store};
use tokio::sync::oneshot;

use super::handle::Replica;
use crate::ask::Ask;
use crate::error::Error;
use crate::keeper::Keeper;
use crate::library::Library;

impl Replica {
    /// Puts a blob beside the documents: it travels with those that refer to it, by its name. On this disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn put_blob(&self, bytes: Vec<u8>) -> Result<BlobId, Error> {
        let (told, answer) = oneshot::channel();
        let then = move |keeper: &mut Keeper| {
            let _ = told.send(keeper.put_blob(&bytes));
        };
        self.ask(Ask::Then(Box::new(then))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }

    /// Some bytes of a blob, each chunk held against its hash.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], where it is not here, or has not so many; [`Error::Closed`].
    pub async fn read_blob(&self, blob: BlobId, range: Range<u64>) -> Result<Vec<u8>, Error> {
        let (told, answer) = oneshot::channel();
        let act = move |library: &mut Library| {
            let _ = told.send(read_blob(library.store_mut(), &blob, &range));
        };
        self.ask(Ask::Act(Box::new(act))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }

    /// What is known of a blob that is here; `None` where it is not.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Closed`].
    pub async fn blob(&self, blob: BlobId) -> Result<Option<Blob>, Error> {
        let (told, answer) = oneshot::channel();
        let act = move |library: &mut Library| {
            let _ = told.send(match library.store_mut().blob(&blob) {
                Err(StoreError::NoBlob { .. }) => Ok(None),
                found => found.map(Some),
            });
        };
        self.ask(Ask::Act(Box::new(act))).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }
}

fn read_blob(store: &Store, blob: &BlobId, range: &Range<u64>) -> Result<Vec<u8>, StoreError> {
    let mut reader = store.open_blob(blob)?;
    let asked = range.end.saturating_sub(range.start);
    // No more is taken for it than the blob has.
    let bytes = usize::try_from(asked.min(reader.len())).unwrap_or(usize::MAX);
    let mut buffer = vec![0; bytes];
    reader.fill(range.start, &mut buffer)?;
    Ok(buffer)
}
