//! Giving back the room of blobs that began to come and were let go of, a little at a time.

use syncline_store::{Collection, Error, Job};

use super::taking::Keeper;

/// That, of so many bytes: what is let go of meanwhile is for the next.
pub(super) struct Reclaiming {
    collection: Collection,
    bytes: u64,
}

impl Keeper {
    /// Counts what is on the disk of blobs that are not whole.
    pub(super) fn count_unfinished(&mut self) {
        let counted = self.claims.count(self.library.store_mut());
        if let Err(error) = counted {
            let why = error.to_string();
            tracing::warn!(why, "what is not whole of blobs is not counted");
        }
    }

    /// Whether there is room to be given back.
    pub(super) fn is_reclaiming(&self) -> bool {
        self.reclaiming.is_some() || self.claims.unfinished.going() > 0
    }

    /// Gives a little of it back. What cannot be is told, and left to the next collection.
    pub(super) fn reclaim(&mut self) {
        let going = self.claims.unfinished.going();
        let is_on = match &mut self.reclaiming {
            None if going == 0 => return,
            None => self.begin_reclaiming(going),
            Some(reclaiming) => reclaiming.collection.go_on(self.library.store_mut()),
        };
        if let Ok(true) = is_on {
            return;
        }
        let bytes = self.reclaiming.take().map_or(going, |done| done.bytes);
        self.claims.unfinished.note_gone(bytes);
        if let Err(error) = is_on {
            let why = error.to_string();
            tracing::warn!(why, "room is not given back");
        }
    }

    fn begin_reclaiming(&mut self, bytes: u64) -> Result<bool, Error> {
        let collection = Collection::of_let_go(self.library.store_mut())?;
        self.reclaiming = Some(Reclaiming { collection, bytes });
        Ok(true)
    }
}
