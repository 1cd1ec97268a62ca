//! Files beside a store, and giving a file its name only when it is whole.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// What SQLite keeps beside a file.
const COMPANIONS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// A file beside another, whose name goes on so.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Refuses a path at which something stands, or beside which SQLite kept something: should its file be gone, it would be taken for
/// the next one's. An empty file is nobody's.
pub(crate) fn check_free(path: &Path) -> Result<(), Error> {
    let is_there = |path: &Path| match fs::symlink_metadata(path) {
        Ok(found) => !found.is_file() || found.len() > 0,
        Err(_) => false,
    };
    let mut companions = COMPANIONS.iter().map(|end| beside(path, end));
    let is_kept = companions.any(|companion| fs::symlink_metadata(companion).is_ok());
    match is_there(path) || is_kept {
        true => Err(Error::Exists {
            path: path.to_owned(),
        }),
        false => Ok(()),
    }
}

/// Refuses a file of several names, where the system tells that: what SQLite keeps beside one of them belongs to the others too.
pub(crate) fn check_one_name(path: &Path, found: &Metadata) -> Result<(), Error> {
    #[cfg(unix)]
    let names = std::os::unix::fs::MetadataExt::nlink(found);
    #[cfg(not(unix))]
    let names = u64::from(found.is_file());
    match names > 1 {
        true => Err(Error::Linked {
            path: path.to_owned(),
        }),
        false => Ok(()),
    }
}

/// The file itself, not a link to it.
pub(crate) fn real(path: &Path) -> Result<PathBuf, Error> {
    fs::canonicalize(path).map_err(|error| Error::io(path, "looking for it", error))
}

/// Makes a file by another name first, with which what was cut short before is taken away. It has its own name when all of it
/// is on disk; what fails takes away what there is of it, so that it takes no room.
pub(crate) fn make_whole(
    path: &Path,
    doing: &'static str,
    make: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let io = |error: io::Error| Error::io(path, doing, error);
    let part = beside(path, ".part");
    clear(&part).map_err(io)?;
    let made = make(&part)
        // Somebody else may have made one there meanwhile.
        .and_then(|()| check_free(path))
        .and_then(|()| keep(&part, path).map_err(io));
    if made.is_err() {
        let _ = clear(&part);
    }
    made
}

/// Takes away a file that is not whole, with what SQLite keeps beside it.
fn clear(part: &Path) -> io::Result<()> {
    let left = COMPANIONS.iter().map(|end| beside(part, end));
    for left in left.chain([part.to_owned()]) {
        match fs::remove_file(&left) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Gives a whole file its name.
fn keep(part: &Path, path: &Path) -> io::Result<()> {
    let mut companions = COMPANIONS.iter().map(|end| beside(part, end));
    if companions.any(|companion| companion.exists()) {
        return Err(io::Error::other("it could not be closed"));
    }
    File::options().write(true).open(part)?.sync_all()?;
    fs::rename(part, path)?;
    sync_folder(path)
}

/// A new name is there after a power loss once its folder is on disk. Where folders cannot be opened they need no sync.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
