//! `repair --from URL`: what a relay has of what is damaged or lost, as a store of its own for as long as that is needed.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use syncline::sync::Only;
use syncline_net::{Limits, Options, Phase, Replica, Worker};
use syncline_store::{BlobId, BlobIncoming, Error, Store};

use super::arguments::At;
use super::opened::{Stop, options as store_options, runtime};
use super::sync::until_stored;
use crate::failure::Failure;

/// Bytes of a blob that are read at once.
const PIECE: usize = 256 << 10;

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

/// Fetches what a relay has of the documents of a store that are damaged, of which something was lost before, or that refer to blobs
/// of which that is so.
pub(super) fn fetch(at: &At, store: &Store, url: &str, options: Options) -> Result<Fetched, Stop> {
    let (damaged, most) = damaged_blobs(store)?;
    let mut names = Vec::new();
    for name in store.documents()?.names {
        let is_wanted = match store.document(&name) {
            Err(_) => true,
            Ok(document) => {
                let mut blobs = document.blobs().into_iter();
                let lacks = |blob| damaged.contains(&blob) || is_missing(store, &blob);
                blobs.any(lacks) || store.has_lost(&name)?
            }
        };
        if is_wanted {
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
    let mut limits = Limits::default();
    // One that is here may come again, however large it is.
    limits.blob_bytes = most.max(limits.blob_bytes);
    let replica = Replica::open(copy, limits)?;
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

/// The blobs that are not what was written, or not all of it, and how many bytes the largest has.
fn damaged_blobs(store: &Store) -> Result<(BTreeSet<BlobId>, u64), Stop> {
    let mut damaged = BTreeSet::new();
    let mut most = 0;
    let mut piece = vec![0; PIECE];
    for blob in store.blobs()?.0 {
        let mut reader = store.open_blob(&blob.id)?;
        let mut at = 0;
        while at < blob.bytes {
            let left = usize::try_from(blob.bytes - at).unwrap_or(PIECE);
            let piece = piece.get_mut(..left.min(PIECE)).unwrap_or_default();
            match reader.fill(at, piece) {
                Ok(()) => at += piece.len() as u64,
                Err(Error::Damaged { .. }) => {
                    damaged.insert(blob.id);
                    most = most.max(blob.bytes);
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok((damaged, most))
}

fn is_missing(store: &Store, blob: &BlobId) -> bool {
    matches!(store.blob(blob), Err(Error::NoBlob { .. }))
}

/// Takes in the blobs of another store that are not here at all; gives what came, and how many bytes each has.
pub(super) fn bring_missing(store: &mut Store, other: &Store) -> Result<Vec<(BlobId, u64)>, Error> {
    let mut brought = Vec::new();
    for blob in other.blobs()?.0 {
        if is_missing(store, &blob.id) {
            brought.push((blob.id, bring(store, other, &blob.id)?));
        }
    }
    Ok(brought)
}

fn bring(store: &mut Store, other: &Store, blob: &BlobId) -> Result<u64, Error> {
    let there = other.blob(blob)?;
    let mut incoming = BlobIncoming::new(store, &there)?;
    while let Some(number) = incoming.next_part() {
        incoming.part(store, &other.blob_part(blob, number)?)?;
    }
    let mut reader = other.open_blob(blob)?;
    loop {
        let missing = incoming.missing(store, 16)?;
        if missing.is_empty() {
            break;
        }
        for chunk in missing {
            let mut bytes = vec![0; chunk.bytes as usize];
            reader.fill(chunk.offset, &mut bytes)?;
            incoming.chunk(store, &bytes)?;
        }
    }
    incoming.finish(store)?;
    Ok(there.bytes)
}
