//! A store with many documents that the relay has none of, which goes up while others write.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use syncline_net::{Limits, Options, Phase, Replica, Worker};
use syncline_store::{Durability, Entry, Options as StoreOptions, Store};

use crate::Failed;

/// Documents that are made in one commit.
const AT_ONCE: usize = 1000;

/// Makes so many documents of a line each; gives how long it took until the relay had stored all of them, and how often the connection
/// was lost meanwhile.
pub(crate) async fn upload(address: SocketAddr, count: usize) -> Result<(Duration, u32), Failed> {
    let folder = tempfile::tempdir()?;
    let options = StoreOptions::new().durability(Durability::Fast);
    let mut store = Store::create(folder.path().join("many.store"), &options)?;
    for first in (0..count).step_by(AT_ONCE) {
        let mut made = Vec::new();
        for number in first..count.min(first + AT_ONCE) {
            let mut document = store.begin_document(&format!("many/{number}"))?;
            let line = format!("This is what note {number} says, and no more.");
            document
                .doc_mut()
                .transact(|tx| tx.text("body").push(&line))?;
            made.push(document);
        }
        let mut all: Vec<_> = made.iter_mut().collect();
        store.commit_all(&mut all, &Entry::new())?;
    }
    let replica = Replica::open(store, Limits::default())?;
    let begun = Instant::now();
    let worker = Worker::start(replica, &format!("ws://{address}/"), Options::new())?;
    let mut status = worker.status();
    let mut failures = 0;
    status
        .wait_for(|status| {
            failures = failures.max(status.failures);
            status.phase == Phase::Live && status.is_confirmed
        })
        .await?;
    Ok((begun.elapsed(), failures))
}
