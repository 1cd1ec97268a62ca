//! Waiting until the log, which is usually the disk, has what was committed, on a thread of its own: meanwhile the keeper takes in, and
//! passes on, what comes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio::sync::mpsc::WeakSender;

use crate::ask::Ask;
use crate::log::Acknowledge;

/// The thread, as the keeper has it. It ends when this is dropped.
pub(crate) struct Disk {
    wanted: Sender<u64>,
    sync: Acknowledge,
}

impl Disk {
    /// Begins; the keeper is told of what is done as of anything that it is asked for.
    pub(crate) fn start(sync: Acknowledge, tell: WeakSender<Ask>) -> std::io::Result<Disk> {
        let (wanted, wants) = channel();
        let thread = thread::Builder::new().name("syncline-disk".to_owned());
        let of_thread = Arc::clone(&sync);
        thread.spawn(move || run(&of_thread, &wants, &tell))?;
        Ok(Disk { wanted, sync })
    }

    /// The commits up to this one are to be on disk.
    pub(crate) fn want(&self, commit: u64) {
        // The thread ends with the keeper alone.
        let _ = self.wanted.send(commit);
    }

    /// Waits until all is there.
    pub(crate) fn sync(&self) -> Result<(), String> {
        (self.sync)().map_err(|error| error.to_string())
    }
}

fn run(sync: &Acknowledge, wants: &Receiver<u64>, tell: &WeakSender<Ask>) {
    while let Ok(mut commit) = wants.recv() {
        // One sync does for all that was committed before it.
        while let Ok(later) = wants.try_recv() {
            commit = later;
        }
        let failed = sync().err().map(|error| error.to_string());
        let Some(tell) = tell.upgrade() else { return };
        if tell.blocking_send(Ask::Synced(commit, failed)).is_err() {
            return;
        }
    }
}
