//! Committing what came, and telling that it is stored, or why it is not.

use syncline::sync::key_of;
use syncline_store::Entry;

use super::taking::Keeper;
use crate::ask::Id;
use crate::clock::now_ms;
use crate::error::Error;
use crate::log::LogError;
use crate::logging::ORIGIN;
use crate::syncing::Synced;

impl Keeper {
    /// Commits what came. Whoever sent it is told when the disk has it.
    pub(super) fn commit(&mut self) {
        let mut entry = Entry::new().time_ms(now_ms());
        entry.origin = self.senders.take();
        let committed = match self.syncing.failed() {
            // What the disk did not take before is lost to it, and so would be what builds on that.
            Some(why) => Err(why.to_owned()),
            None => {
                let committed = self.library.commit(&entry);
                committed.map_err(|error| format!("the store: {error}"))
            }
        };
        let committed = match committed {
            Ok(committed) => committed,
            Err(why) => return self.fail(&why),
        };
        let logged = self.logging.append(&mut self.library, &committed.documents);
        if let Err(error) = logged {
            return self.give_up(error);
        }
        self.metrics.note_commit(committed.documents.len());
        for (name, error) in &committed.left_out {
            let why = error.to_string();
            tracing::warn!(document = name.as_str(), why, "left out");
            for (id, kept) in &mut self.kept {
                kept.leave_out(key_of(name), &why, &mut self.library, &mut self.views);
                self.ready.insert(*id);
            }
        }
        let mut waiting = Vec::new();
        for (document, stored) in self.written.drain(..) {
            match committed
                .left_out
                .iter()
                .find(|(name, _)| *name == document)
            {
                Some((_, error)) => {
                    let why = error.to_string();
                    let _ = stored.send(Err(Error::LeftOut { document, why }));
                }
                None => waiting.push(stored),
            }
        }
        let kept = &mut self.kept;
        let received = |id: &Id| Some((*id, kept.get_mut(id)?.take_received()?));
        let received = self.ready.iter().filter_map(received).collect();
        let is_something = !committed.documents.is_empty();
        let synced = self.syncing.begin(is_something, received, waiting);
        self.note_synced(synced);
    }

    /// Takes up what others have appended to the log.
    pub(super) fn take_news(&mut self) {
        if self.syncing.failed().is_some() || !self.logging.take_news() {
            return;
        }
        match self.logging.read(&mut self.library) {
            Ok(false) => {}
            Ok(true) => {
                self.senders.note(ORIGIN);
                self.commit();
                // There may be more, after what came from elsewhere meanwhile.
                self.logging.come_again();
            }
            Err(error) => self.give_up(error),
        }
    }

    /// The log takes or gives nothing more: what builds on that would be lost to it.
    fn give_up(&mut self, error: LogError) {
        let why = format!("the log: {error}");
        self.syncing.fail(why.clone());
        self.fail(&why);
    }

    /// What came is in memory and not on disk: nobody is told that it is.
    fn fail(&mut self, why: &str) {
        tracing::error!(why, "not stored");
        for (_, stored) in self.written.drain(..) {
            let why = why.to_owned();
            let _ = stored.send(Err(Error::NotStored { why }));
        }
        for id in self.kept.keys().copied().collect::<Vec<_>>() {
            self.end(id, why);
        }
    }

    /// So many frames of these connections are on disk; or, where the disk failed, nobody's are any more.
    pub(super) fn note_synced(&mut self, synced: Synced) {
        match synced {
            Ok(synced) => {
                for (id, frames) in synced {
                    if let Some(kept) = self.kept.get_mut(&id) {
                        kept.link.note_durable(frames);
                        self.ready.insert(id);
                    }
                }
            }
            Err(why) => self.fail(&why),
        }
    }
}
