//! What is committed and not on disk yet, and who is to hear when it is.

use std::collections::VecDeque;

use crate::ask::{Id, Stored};
use crate::disk::Disk;
use crate::error::Error;

/// Commits that may wait for the disk before everything does.
const WAITING_MAX: usize = 1024;

/// See the module.
pub(crate) struct Syncing {
    /// None where commits do not wait for the disk.
    disk: Option<Disk>,
    /// How many commits there were.
    commits: u64,
    waiting: VecDeque<Waiting>,
    /// Why the disk failed. From then on nothing more is taken.
    failed: Option<String>,
}

/// What the sync after a commit brings to disk.
struct Waiting {
    commit: u64,
    /// Of which connections so many frames.
    received: Vec<(Id, u64)>,
    written: Vec<Stored>,
}

/// Frames of connections that are on disk; or why nothing is any more.
pub(crate) type Synced = Result<Vec<(Id, u64)>, String>;

impl Syncing {
    pub(crate) fn new(disk: Option<Disk>) -> Syncing {
        Syncing {
            disk,
            commits: 0,
            waiting: VecDeque::new(),
            failed: None,
        }
    }

    /// Nothing more is on disk from here on.
    pub(crate) fn fail(&mut self, why: String) {
        self.failed.get_or_insert(why);
    }

    /// What the disk failed by, if it did.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// A commit was made, of something or of nothing: these frames and writes are on disk with it, and with what was committed
    /// before.
    pub(crate) fn begin(
        &mut self,
        is_something: bool,
        received: Vec<(Id, u64)>,
        written: Vec<Stored>,
    ) -> Synced {
        self.commits += u64::from(is_something);
        if received.is_empty() && written.is_empty() && !is_something {
            return Ok(Vec::new());
        }
        self.waiting.push_back(Waiting {
            commit: self.commits,
            received,
            written,
        });
        if self.waiting.len() > WAITING_MAX {
            return self.finish();
        }
        match &self.disk {
            Some(disk) if is_something => disk.want(self.commits),
            // It waits for the sync of what came before.
            Some(_) if self.waiting.len() > 1 => {}
            _ => return self.done(self.commits, None),
        }
        Ok(Vec::new())
    }

    /// The commits up to this one are on disk, or could not be brought there.
    pub(crate) fn done(&mut self, commit: u64, failed: Option<String>) -> Synced {
        let why = failed.map(|failed| format!("the disk: {failed}"));
        self.failed = self.failed.take().or(why);
        let mut frames = Vec::new();
        let is_done = |waiting: &Waiting| waiting.commit <= commit;
        let done = self
            .waiting
            .iter()
            .take_while(|waiting| is_done(waiting))
            .count();
        for waiting in self.waiting.drain(..done) {
            for stored in waiting.written {
                let _ = stored.send(match &self.failed {
                    Some(why) => Err(Error::NotStored { why: why.clone() }),
                    None => Ok(()),
                });
            }
            frames.extend(waiting.received);
        }
        match &self.failed {
            Some(why) => Err(why.clone()),
            None => Ok(frames),
        }
    }

    /// Waits until all is on disk.
    pub(crate) fn finish(&mut self) -> Synced {
        let is_waiting = !self.waiting.is_empty();
        let failed = match &self.disk {
            Some(disk) if is_waiting => disk.sync().err(),
            _ => None,
        };
        self.done(self.commits, failed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex};

    use tokio::sync::mpsc;

    use super::*;

    #[test]
    fn so_many_commits_wait_for_a_slow_disk_and_then_all_does() {
        // The disk's own thread does not come back; whoever asks for it otherwise has it at once.
        let ((go_on, wait), (tell_begun, begun)) = (channel::<()>(), channel());
        let first = Mutex::new(Some((wait, tell_begun)));
        let sync = move || {
            let first = first.lock().unwrap().take();
            if let Some((wait, tell_begun)) = first {
                tell_begun.send(()).unwrap();
                let _ = wait.recv();
            }
            Ok(())
        };
        let (tell, mut told) = mpsc::channel(1);
        let disk = Disk::start(Arc::new(sync), tell.downgrade()).unwrap();
        let mut syncing = Syncing::new(Some(disk));
        let synced = syncing.begin(true, vec![(0, 1)], Vec::new());
        assert_eq!(synced, Ok(Vec::new()));
        begun.recv().unwrap();
        let mut frames = 1;
        let all = loop {
            frames += 1;
            let synced = syncing.begin(true, vec![(0, frames)], Vec::new()).unwrap();
            if !synced.is_empty() {
                break synced;
            }
        };
        assert_eq!(all.len(), WAITING_MAX + 1);
        assert_eq!(all.last(), Some(&(0, frames)));
        // What the disk says of them then is nothing new.
        drop(go_on);
        assert!(told.blocking_recv().is_some());
        assert_eq!(syncing.done(frames, None), Ok(Vec::new()));
    }
}
