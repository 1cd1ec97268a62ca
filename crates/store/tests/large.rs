//! A large blob, in little memory.
//!
//! - It is put as it comes, read by ranges, taken into another store, verified, and collected; none of that holds it.
//! - A range costs what it touches, not what lies before it.
//! - What a collection frees is given back as it goes: finding free pages again among gigabytes of them would take hours.
//!
//! 48 MiB; with `SYNCLINE_LONG=1` 1 GiB.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod support;

use std::fs;
use std::io::{self, Read};

use rusqlite::Connection;
use support::Place;
use syncline_store::{BlobId, Collection, Durability, Entry, Job, Options, Store, Verification};

/// What the process may grow by at its peak: SQLite's pages, and a few MiB of chunks.
const MEMORY: u64 = 32 << 20;

/// The byte at a place of the blob.
fn byte(at: u64) -> u8 {
    let mut word = (at / 8).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word ^= word >> 29;
    word = word.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word.to_le_bytes()[7 - (at % 8) as usize]
}

/// Gives the blob's bytes, holding none of them.
struct Source {
    at: u64,
    len: u64,
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len - self.at).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        for (to, at) in buffer[..count].iter_mut().zip(self.at..) {
            *to = byte(at);
        }
        self.at += count as u64;
        Ok(count)
    }
}

/// The most memory that the process ever had, in bytes, where the system tells it.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}

fn create(place: &Place) -> Store {
    Store::create(&place.path, &Options::new().durability(Durability::Fast)).unwrap()
}

fn check(store: &Store, blob: &BlobId, len: u64) {
    let mut reader = store.open_blob(blob).unwrap();
    let mut range = vec![0; 100_000];
    for at in [0, 1, len / 3, len / 2 + 7, len - 100_000] {
        reader.fill(at, &mut range).unwrap();
        assert!(
            range.iter().zip(at..).all(|(found, at)| *found == byte(at)),
            "{at}"
        );
    }
}

#[test]
fn a_large_blob_takes_little_memory() {
    let len: u64 = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => 1 << 30,
        None => 48 << 20,
    };
    let (place, second) = (Place::new(), Place::new());
    let mut store = create(&place);
    // Once on a small scale, so that what the program needs anyway is there.
    store
        .put_blob(Source {
            at: 0,
            len: 3 << 20,
        })
        .unwrap();
    let before = peak();
    let grown = |what: &str| {
        if let (Some(before), Some(now)) = (before, peak()) {
            println!("{what}: {} KiB more at the peak", (now - before) >> 10);
            assert!(now - before < MEMORY, "{what}: {}", now - before);
        }
    };
    let blob = store.put_blob(Source { at: 0, len }).unwrap();
    grown("put");
    check(&store, &blob, len);
    grown("ranges");
    let mut verification = Verification::new(&store).unwrap();
    while verification.work().unwrap() {}
    assert!(verification.failures().is_empty());
    grown("verified");
    let mut other = create(&second);
    other.import(&store, &Entry::new()).unwrap();
    check(&other, &blob, len);
    grown("imported");
    let mut collection = Collection::new(&mut other).unwrap().at_once();
    let reader = Connection::open(&second.path).unwrap();
    let mut free = 0;
    while collection.go_on(&mut other).unwrap() {
        let count = reader.pragma_query_value(None, "freelist_count", |row| row.get(0));
        free = free.max(count.unwrap());
    }
    drop(reader);
    // One chunk has 256 KiB at most.
    assert!((1..5_000).contains(&free), "{free} pages were free");
    assert_eq!(collection.collected().blobs, 2);
    grown("collected");
    drop((collection, other));
    assert!(fs::metadata(&second.path).unwrap().len() < 100_000);
}
