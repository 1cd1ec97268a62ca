//! The power is lost at every moment of a workload: commits, blobs that they refer to, compactions, collections, and opening again.
//!
//! At each recorded operation, with all that was not synced there, with none of it, and with some of it, torn at sectors:
//!
//! - the store opens, and everything that had been committed is there, once and in order; at most one commit more is;
//! - the blob that it refers to is there, whole;
//! - it can be written to.
//!
//! Every third operation; with `SYNCLINE_LONG=1` every one, with 20 seeds.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::io::Read;
use std::path::Path;

use syncline_store::{
    BlobId, Collection, Compaction, Document, Entry, Error, Job, Options, Store, Verification,
};
use syncline_store_faults::{Disk, Event, Loss, install, mark, record, recorded, skip_syncs};

/// The mark before those of commits.
const MADE: u32 = 1;

fn push(store: &mut Store, numbers: &mut Document, number: u32) {
    let entry = Entry::new().key(number.to_string());
    let picture = match number % 10 {
        7 => Some(
            store
                .put_blob(&*number.to_string().repeat(3000).into_bytes())
                .unwrap(),
        ),
        _ => None,
    };
    let push = |tx: &mut syncline::Transaction<'_>| {
        if let Some(picture) = picture {
            tx.map("meta").set("picture", picture.to_string())?;
        }
        tx.text("body").push(&format!("{number} "))
    };
    store.write(numbers, &entry, push).unwrap();
}

/// Reads the blob that a document refers to, if it refers to one.
fn check_picture(store: &Store, document: &Document) {
    let Some(picture) = document.doc().get("meta/picture") else {
        return;
    };
    let picture: BlobId = picture.as_str().unwrap().parse().unwrap();
    let mut content = Vec::new();
    let mut reader = store.open_blob(&picture).unwrap();
    reader.read_to_end(&mut content).unwrap();
    assert_eq!(BlobId::of(&content), picture);
}

/// Everything that is written to a store while numbers are committed, it is compacted between commits, and opened again.
fn workload(path: &Path, commits: u32) -> Vec<Event> {
    record();
    let mut store = Store::open(path, &Options::new()).unwrap();
    let mut numbers = store.create_document("numbers").unwrap();
    mark(MADE);
    let mut job: Box<dyn Job> = Box::new(Compaction::new(&store).unwrap());
    for number in 0..commits {
        push(&mut store, &mut numbers, number);
        mark(MADE + 1 + number);
        if !job.go_on(&mut store).unwrap() {
            job = match number % 2 {
                0 => Box::new(Compaction::new(&store).unwrap()),
                _ => Box::new(Collection::new(&mut store).unwrap().at_once()),
            };
        }
        if number % 20 == 19 {
            drop(job);
            drop(store);
            store = Store::open(path, &Options::new()).unwrap();
            numbers = store.document("numbers").unwrap();
            job = Box::new(Compaction::new(&store).unwrap());
        }
    }
    drop((job, store));
    recorded()
}

/// Checks what a disk holds after the power was lost, when marks up to one had been left.
fn check(disk: &Disk, path: &Path, marked: u32, loss: Loss, is_thorough: bool) {
    let folder = tempfile::tempdir().unwrap();
    let name = path.to_str().unwrap();
    let image = folder.path().join("numbers");
    for (file, bytes) in disk.after(loss) {
        match file.strip_prefix(name) {
            // The lock means nothing without its process, and what SQLite keeps of its readers is made anew.
            None | Some("-shm") => {}
            Some(end) if end.starts_with("-lock") => {}
            Some(end) => fs::write(folder.path().join(format!("numbers{end}")), bytes).unwrap(),
        }
    }
    let mut store = Store::open(&image, &Options::new()).unwrap();
    let mut document = match store.document("numbers") {
        Err(Error::NoDocument { .. }) if marked < MADE => return,
        document => document.unwrap(),
    };
    let body = document.doc().text("body").to_string();
    let there: Vec<u32> = body
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    let count = u32::try_from(there.len()).unwrap();
    let committed = marked.saturating_sub(MADE);
    assert!(there.iter().copied().eq(0..count), "{there:?}");
    assert!(
        (committed..=committed + 1).contains(&count),
        "{count} are there, {committed} were committed"
    );
    check_picture(&store, &document);
    if is_thorough {
        push(&mut store, &mut document, count);
        let mut verification = Verification::new(&store).unwrap();
        while verification.work().unwrap() {}
        let failures = verification.failures();
        assert!(failures.is_empty(), "{failures:?}");
    }
}

#[test]
fn nothing_committed_is_lost_with_the_power() {
    install();
    let (commits, step, seeds) = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => (200, 1, 20),
        None => (60, 3, 1),
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers");
    drop(Store::create(&path, &Options::new()).unwrap());
    let mut disk = Disk::holding(path.to_str().unwrap(), fs::read(&path).unwrap());
    let events = workload(&path, commits);
    skip_syncs(true);
    let (mut marked, mut images) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        disk.apply(event);
        if let Event::Mark(number) = event {
            marked = *number;
        }
        if at % step != 0 {
            continue;
        }
        let seeds = (0..seeds).map(|seed| Loss::Some(seed * 1_000_003 + at as u64));
        for loss in [Loss::Nothing, Loss::Everything].into_iter().chain(seeds) {
            let checked = std::panic::catch_unwind(|| {
                check(&disk, &path, marked, loss, at % (step * 20) == 0);
            });
            assert!(
                checked.is_ok(),
                "after operation {at} of {}, {loss:?}",
                events.len()
            );
            images += 1;
        }
    }
    assert_eq!(marked, MADE + commits);
    assert!(images > 300, "{images}");
}
