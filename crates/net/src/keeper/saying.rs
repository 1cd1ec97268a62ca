//! Asking the sessions for what there is to say, and letting go of those that are over.

use syncline_store::BlobId;

use super::taking::Keeper;
use crate::ask::Id;
use crate::blobs::Exchange;
use crate::kept::Kept;

impl Keeper {
    /// Asks those connections for what there is to say that what happened is something to.
    pub(super) fn say(&mut self) {
        let ready = std::mem::take(&mut self.ready);
        let changed = self.library.changed_since(self.moment);
        self.moment = self.library.moment();
        let is_unknown = changed.is_none();
        let news = self.shown.take_news();
        let changed: Vec<(u64, String)> = changed
            .into_iter()
            .flatten()
            .filter_map(|(key, _)| Some((key, self.library.name_of(key)?.to_owned())))
            .collect();
        let (mut over, mut finished) = (Vec::new(), Vec::new());
        let is_concerned = |id: &Id, kept: &Kept| {
            ready.contains(id)
                || is_unknown
                || changed.iter().any(|(key, name)| kept.concerns(*key, name))
                || news.iter().any(|document| kept.sees(document))
                || kept
                    .blobs()
                    .is_some_and(|blobs| blobs.has_news(&self.claims))
        };
        let concerned = self.kept.iter();
        let concerned = concerned.filter(|(id, kept)| is_concerned(id, kept));
        // Those who let no blob wait have the first choice of what others let wait.
        let mut concerned: Vec<(u32, Id)> = concerned
            .map(|(id, kept)| (kept.blobs().map_or(0, Exchange::lapses), *id))
            .collect();
        concerned.sort_unstable();
        for (_, id) in concerned {
            let Some(kept) = self.kept.get_mut(&id) else {
                continue;
            };
            kept.share(&self.shown, &news);
            let (views, claims) = (&mut self.views, &mut self.claims);
            match kept.say(&mut self.library, views, claims, &self.metrics) {
                Ok(()) if kept.is_over() => over.push((id, None)),
                Ok(()) => {}
                Err(error) => over.push((id, Some(error.to_string()))),
            }
            kept.note_in(&mut self.confirmations);
            finished.extend(kept.take_finished());
            kept.tell_confirmed(&mut self.library);
        }
        for blob in finished {
            let found = self.library.referring_to(&blob);
            self.offer(&found);
        }
        let now = self.moment + self.shown.count();
        self.changed
            .send_if_modified(|then| std::mem::replace(then, now) != now);
        for (id, why) in over {
            self.end(id, why.as_deref().unwrap_or("the session is over"));
        }
    }

    /// Ends a connection, and tells the other side why.
    pub(super) fn end(&mut self, id: Id, why: &str) {
        if let Some(mut kept) = self.kept.remove(&id) {
            kept.note_in(&mut self.confirmations);
            self.release(&kept, id);
            kept.leave(&mut self.shown);
            self.views.leave(&kept.rights);
            kept.end(why);
            self.metrics.set_connections(self.kept.len());
        }
    }

    /// What documents refer to, or what of that is here, is other than before: whoever may see it is offered it.
    pub(super) fn offer(&mut self, found: &[(u64, BlobId)]) {
        if found.is_empty() {
            return;
        }
        for (id, kept) in &mut self.kept {
            kept.offer(found);
            self.ready.insert(*id);
        }
    }

    /// Reads what changed for the blobs to which it refers, as far as there is time.
    pub(super) fn read_blobs(&mut self) {
        let (read, found) = self.library.read_blobs();
        let conflicts = self.library.conflicts();
        let lacking = self.kept.iter().filter(|(_, kept)| kept.lacks(conflicts));
        self.ready.extend(lacking.map(|(id, _)| *id));
        self.offer(&found);
        if read > 0 {
            let waiting = self
                .kept
                .iter()
                .filter(|(_, kept)| kept.waits_for_reading());
            self.ready.extend(waiting.map(|(id, _)| *id));
        }
    }

    /// Other connections may fetch the blob that this one did.
    pub(super) fn release(&mut self, kept: &Kept, id: Id) {
        if let Some(blobs) = kept.blobs() {
            blobs.abandon(id, &mut self.claims);
        }
    }
}
