//! What a program asks for that is done once all before it has been taken in.

use syncline_store::{BlobId, Error as StoreError, Store};

use super::taking::Keeper;

impl Keeper {
    /// Does something to what the store keeps of deliveries, which counts from the next connections on.
    pub(crate) fn with_deliveries<T>(&mut self, act: impl FnOnce(&mut Store) -> T) -> T {
        self.confirmations.keep(&mut self.library);
        let done = act(self.library.store_mut());
        self.confirmations.load(&self.library);
        done
    }

    /// Puts a blob beside the documents.
    pub(crate) fn put_blob(&mut self, bytes: &[u8]) -> Result<BlobId, StoreError> {
        let blob = self.library.store_mut().put_blob(bytes)?;
        let found = self.library.referring_to(&blob);
        self.offer(&found);
        Ok(blob)
    }

    /// The documents of which no remote has said that it has all of them, and how many operations of each are missing there.
    pub(crate) fn unconfirmed(&mut self) -> Vec<(String, u64)> {
        // What was written is counted first.
        self.library.moment();
        let mut unconfirmed = Vec::new();
        for key in self.library.keys() {
            let (Some(name), Some(version)) =
                (self.library.name_of(key), self.library.version_of(key))
            else {
                continue;
            };
            let missing = self.confirmations.missing(key, version);
            if missing > 0 {
                unconfirmed.push((name.to_owned(), missing));
            }
        }
        unconfirmed
    }
}
