//! A whole store as one file, and taking in another.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::record::Entry;
use crate::store::{Store, sync_folder};

impl Store {
    /// Writes the whole store as one file, which is a store itself: packed, without anything beside it, as of this moment. It is
    /// synced to disk, and has its name only when it is whole.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] where there is a file; [`Error::Damaged`], [`Error::Full`], [`Error::Io`].
    pub fn export(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let io = |error: io::Error| Error::Io {
            path: path.to_owned(),
            doing: "writing the export",
            error: Box::new(error),
        };
        let part = part_path(path);
        if fs::symlink_metadata(path).is_ok() {
            return Err(Error::Exists {
                path: path.to_owned(),
            });
        }
        // What an export that was cut short left.
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
        let target = part.to_str().ok_or_else(|| {
            io(io::Error::new(
                io::ErrorKind::InvalidFilename,
                "the path is no UTF-8",
            ))
        })?;
        let written = self.db.connection.execute("VACUUM INTO ?1", [target]);
        self.db.named("writing the export", written)?;
        let keep = || -> io::Result<()> {
            File::options().write(true).open(&part)?.sync_all()?;
            fs::rename(&part, path)?;
            sync_folder(path)
        };
        keep().map_err(io)
    }

    /// Takes in every document of another store, merging those that are here already. Gives, of each that brought something,
    /// its name and how many operations were new.
    ///
    /// # Errors
    ///
    /// As [`receive`](Store::receive). What came before the document at fault has been committed.
    pub fn import(&mut self, other: &Store, entry: &Entry) -> Result<Vec<(String, u32)>, Error> {
        let mut taken = Vec::new();
        for name in other.documents()? {
            let mut document = match self.has_document(&name)? {
                true => self.document(&name)?,
                false => self.create_document(&name)?,
            };
            let operations = self.take_in_document(other, &mut document, entry)?;
            if operations > 0 {
                taken.push((name, operations));
            }
        }
        Ok(taken)
    }
}

fn part_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
