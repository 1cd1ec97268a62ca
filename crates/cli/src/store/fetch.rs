//! `repair --from URL`: what a relay has of damaged documents, as a store of its own for as long as that is needed.

use std::fs;
use std::path::PathBuf;

use syncline::sync::Only;
use syncline_net::{Limits, Options, Phase, Replica, Worker};
use syncline_store::Store;

use super::arguments::At;
use super::opened::{Stop, options as store_options, runtime};
use super::sync::until_stored;
use crate::failure::Failure;

/// A store that is gone with this.
pub(super) struct Fetched {
    pub(super) store: Option<Store>,
    path: PathBuf,
}

impl Drop for Fetched {
    fn drop(&mut self) {
        self.store = None;
        for beside in ["", "-wal", "-shm", "-lock"] {
            let mut path = self.path.clone().into_os_string();
            path.push(beside);
            // What is not there is gone too.
            let _ = fs::remove_file(path);
        }
    }
}

/// Fetches what a relay has of the documents of a store that are damaged, or of which something was lost before.
pub(super) fn fetch(at: &At, store: &Store, url: &str, options: Options) -> Result<Fetched, Stop> {
    let mut names = Vec::new();
    for name in store.documents()?.names {
        if store.document(&name).is_err() || store.has_lost(&name)? {
            names.push(name);
        }
    }
    let mut path = store.path().as_os_str().to_owned();
    path.push(format!(".fetched-{}", std::process::id()));
    let path = PathBuf::from(path);
    let copy = Store::create(&path, &store_options(at)?)?;
    let mut fetched = Fetched { store: None, path };
    if names.is_empty() {
        fetched.store = Some(copy);
        return Ok(fetched);
    }
    let replica = Replica::open(copy, Limits::default())?;
    let copy = runtime()?.block_on(async {
        let options = options.only(Only::Names(names));
        let worker = Worker::start(replica.clone(), url, options)?;
        let status = until_stored(at, "fetching", &worker).await;
        worker.stop().await;
        let copy = replica.close().await?;
        let status = status?;
        match status.phase {
            Phase::Live => Ok::<_, Stop>(copy),
            _ => Err(Failure::new("the worker ended", "do it again").into()),
        }
    })?;
    fetched.store = Some(copy);
    Ok(fetched)
}
