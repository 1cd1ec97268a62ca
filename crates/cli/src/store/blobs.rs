//! `put` and `get`: blobs, from and to files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::path::Path;

use serde_json::json;
use syncline_store::{BlobId, BlobReader, Store};

use super::arguments::{At, Get, Of, Put};
use super::opened::{Ended, Stop, to_read, to_write};
use super::told::{bar, outcome, tell_errors};
use crate::exit::Outcome;
use crate::failure::Failure;
use crate::progress::Progress;

/// Bytes that are read or written at once.
const PIECE: usize = 256 << 10;

/// A source, and how much has come from it.
struct Watched<R> {
    from: R,
    bar: Progress,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.bar.advance(read);
        Ok(read)
    }
}

pub(super) fn put(of: &Of<Put>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    refuse_own(&at.store, &asked.file)?;
    let (from, bytes) = source(&asked.file)?;
    let mut store = to_write(at)?;
    let bar = bar(at, "putting", bytes);
    let blob = store.put_blob(Watched { from, bar })?;
    if let Some(name) = &asked.name {
        store.name_blob(name, &blob)?;
    }
    let bytes = store.blob(&blob)?.bytes;
    match at.json {
        true => {
            let told = json!({ "blob": blob.to_string(), "bytes": bytes, "name": asked.name });
            writeln!(out, "{told}")?;
        }
        false => writeln!(out, "{blob}")?,
    }
    Ok(Outcome::Done)
}

/// Refuses the store's own files: closing one that SQLite has open would let go of SQLite's locks on it.
fn refuse_own(store: &Path, file: &Path) -> Result<(), Failure> {
    let Ok(file) = fs::canonicalize(file) else {
        return Ok(());
    };
    let is_own = ["", "-wal", "-shm", "-lock"].into_iter().any(|beside| {
        let mut own = fs::canonicalize(store).unwrap_or_default().into_os_string();
        own.push(beside);
        file.as_os_str() == own
    });
    match is_own {
        true => Err(Failure::new(
            format!("{} is a file of the store itself", file.display()),
            "put a copy of it, which `syncline export` writes",
        )),
        false => Ok(()),
    }
}

/// A file to read, or standard input; and how many bytes it has, where that is known.
fn source(file: &Path) -> Result<(Box<dyn Read>, u64), Failure> {
    if file == Path::new("-") {
        return Ok((Box::new(io::stdin()), 0));
    }
    let open = || -> io::Result<(File, u64)> {
        let opened = File::open(file)?;
        let found = opened.metadata()?;
        match found.is_dir() {
            true => Err(ErrorKind::IsADirectory.into()),
            false => Ok((opened, found.len())),
        }
    };
    let (opened, bytes) = open().map_err(|error| {
        let what = format!("cannot read {}: {error}", file.display());
        Failure::new(
            what,
            "check the name and your right to read it; nothing was put",
        )
    })?;
    Ok((Box::new(opened), bytes))
}

pub(super) fn get(of: &Of<Get>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let store = to_read(at)?;
    let Some(named) = &asked.blob else {
        return list(at, &store, out);
    };
    let blob = match named.parse::<BlobId>() {
        Ok(blob) => blob,
        Err(_) => store.named_blob(named)?,
    };
    let mut reader = store.open_blob(&blob)?;
    let range = range(asked.range.as_deref(), reader.len())?;
    let bytes = range.end - range.start;
    let Some(output) = &asked.output else {
        if at.json {
            let next = "name a file for the bytes by --output";
            return Err(Failure::new("JSON and bytes do not go to one place", next).into());
        }
        copy(at, &mut reader, range, out)?;
        return Ok(Outcome::Done);
    };
    write_file(output, |file| copy(at, &mut reader, range, file))?;
    let path = output.display().to_string();
    match at.json {
        true => {
            let told = json!({ "blob": blob.to_string(), "bytes": bytes, "output": path });
            writeln!(out, "{told}")?;
        }
        false => writeln!(out, "{path}: {bytes} bytes")?,
    }
    Ok(Outcome::Done)
}

/// Writes a new file; one that could not be written whole is taken away again.
fn write_file(path: &Path, write: impl FnOnce(&mut File) -> Result<(), Stop>) -> Result<(), Stop> {
    let told = |error: io::Error| {
        let what = format!("cannot write {}: {error}", path.display());
        Failure::new(what, "choose another name, or free some space")
    };
    let mut file = File::create_new(path).map_err(told)?;
    let written = match write(&mut file) {
        Err(Stop::Output(error)) => Err(told(error).into()),
        written => written,
    };
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

fn copy(
    at: &At,
    reader: &mut BlobReader<'_>,
    range: Range<u64>,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let mut bar = bar(at, "getting", range.end - range.start);
    let mut piece = vec![0; PIECE];
    let mut from = range.start;
    while from < range.end {
        let left = usize::try_from(range.end - from).unwrap_or(usize::MAX);
        let len = left.min(PIECE);
        let piece = piece.get_mut(..len).unwrap_or_default();
        reader.fill(from, piece)?;
        out.write_all(piece)?;
        bar.advance(len);
        from += len as u64;
    }
    Ok(())
}

/// Reads `0..1000`, `1000..` or `..1000`.
fn range(written: Option<&str>, len: u64) -> Result<Range<u64>, Failure> {
    let Some(written) = written else {
        return Ok(0..len);
    };
    let end = |digits: &str, unless: u64| match digits {
        "" => Some(unless),
        digits => digits.parse().ok(),
    };
    let read = written.split_once("..");
    let read = read.and_then(|(start, last)| Some(end(start, 0)?..end(last, len)?));
    let next = "write it as 0..1000, 1000.. or ..1000, within the blob";
    match read {
        Some(range) if range.start <= range.end && range.end <= len => Ok(range),
        _ => {
            let what = format!("{written:?} is no range of the blob's {len} bytes");
            Err(Failure::new(what, next))
        }
    }
}

fn list(at: &At, store: &Store, out: &mut dyn Write) -> Ended {
    let mut names: BTreeMap<BlobId, Vec<String>> = BTreeMap::new();
    for (name, blob) in store.blob_names()? {
        names.entry(blob).or_default().push(name);
    }
    let (blobs, damaged) = store.blobs()?;
    for blob in blobs {
        let (id, bytes) = (blob.id.to_string(), blob.bytes);
        let names = names.remove(&blob.id).unwrap_or_default();
        match at.json {
            true => {
                let told = json!({ "blob": id, "bytes": bytes, "names": names });
                writeln!(out, "{told}")?;
            }
            false => writeln!(out, "{id}  {bytes} bytes  {}", names.join(", "))?,
        }
    }
    tell_errors(at, damaged.iter().map(|error| (None, error)), out)?;
    Ok(outcome(damaged.is_empty()))
}
