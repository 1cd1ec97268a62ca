//! The power is lost at every moment of a workload: commits, blobs that they refer to, compactions, collections, and opening again;
//! and of another, whose commits do not wait for the disk, in two documents.
//!
//! At each recorded operation, with all that was not synced there, with none of it, and with some of it, torn at sectors:
//!
//! - the store opens, and everything that had been committed is there, once and in order; at most one commit more is;
//! - of commits that do not wait, those are there that were told as synced, and of the others the first so many, over all documents;
//! - the blob that it refers to is there, whole;
//! - it can be written to.
//!
//! And so where the system could not sync something, says so once, and forgets it: whichever sync that is.
//!
//! Every third operation; with `SYNCLINE_LONG=1` every one, with 20 seeds. `SYNCLINE_LONG=20..40` looks at those from 20 to 40 in a
//! hundred only: so all of it can be run in parts.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use syncline_store::{
    BlobId, Collection, Compaction, Document, Entry, Error, Job, Options, Store, Verification,
};
use syncline_store_faults::{
    Disk, Event, Fault, Loss, fail, heal, install, mark, record, recorded, skip_syncs,
};

/// Files by their names.
type Files = BTreeMap<String, Vec<u8>>;

/// The mark before those of commits.
const MADE: u32 = 1;

/// The mark, and those after it, of commits that are on disk where that is told apart.
const SYNCED: u32 = 1_000_000;

/// What is recorded is so for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How many commits were done, and how many of them told to be on disk, when the power is lost.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
struct Told {
    is_made: bool,
    done: u32,
    synced: u32,
}

impl Told {
    fn note(&mut self, mark: u32) {
        self.is_made = true;
        match mark.checked_sub(SYNCED) {
            Some(synced) => self.synced = synced,
            None => self.done = mark - MADE,
        }
    }
}

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

/// Numbers that are committed to one of two documents or to both, and are on disk when a syncer has synced, or another commit has.
fn soon(path: &Path, commits: u32) -> Vec<Event> {
    record();
    let mut store = Store::open(path, &Options::new()).unwrap();
    let mut documents = NAMES.map(|name| store.begin_document(name).unwrap());
    let mut job: Box<dyn Job> = Box::new(Compaction::new(&store).unwrap());
    for number in 0..commits {
        let mut to: Vec<&mut Document> = documents.iter_mut().collect();
        to.retain(|document| is_for(document.name(), number));
        for document in &mut to {
            let push =
                |tx: &mut syncline::Transaction<'_>| tx.text("body").push(&format!("{number} "));
            document.doc_mut().transact(push).unwrap();
        }
        let waits = number % 13 == 12;
        match waits {
            true => store.commit_all(&mut to, &Entry::new()).unwrap(),
            false => store.commit_soon(&mut to, &Entry::new()).unwrap(),
        }
        mark(MADE + 1 + number);
        if waits {
            mark(SYNCED + 1 + number);
        } else if number % 5 == 3 {
            store.syncer().unwrap().unwrap().sync().unwrap();
            mark(SYNCED + 1 + number);
        }
        if !job.go_on(&mut store).unwrap() {
            job = Box::new(Compaction::new(&store).unwrap());
        }
        if number % 20 == 19 {
            drop(job);
            drop(store);
            store = Store::open(path, &Options::new()).unwrap();
            documents = NAMES.map(|name| store.document(name).unwrap());
            job = Box::new(Compaction::new(&store).unwrap());
        }
    }
    drop((job, store));
    recorded()
}

/// The documents of the second workload.
const NAMES: [&str; 2] = ["often", "rare"];

/// Whether a number goes into a document.
fn is_for(name: &str, number: u32) -> bool {
    match name {
        "rare" => number.is_multiple_of(3),
        _ => !number.is_multiple_of(3) || number.is_multiple_of(2),
    }
}

/// The numbers in a document.
fn numbers(document: &Document) -> Vec<u32> {
    let body = document.doc().text("body").to_string();
    let words = body.split_whitespace();
    words.map(|number| number.parse().unwrap()).collect()
}

/// Checks what is there of commits that waited for the disk.
fn check(store: &mut Store, told: Told, is_thorough: bool) {
    let mut document = match store.document("numbers") {
        Err(Error::NoDocument { .. }) if !told.is_made => return,
        document => document.unwrap(),
    };
    let there = numbers(&document);
    let count = u32::try_from(there.len()).unwrap();
    assert!(there.iter().copied().eq(0..count), "{there:?}");
    assert!(
        (told.done..=told.done + 1).contains(&count),
        "{count} are there, {told:?}"
    );
    check_picture(store, &document);
    if is_thorough {
        push(store, &mut document, count);
    }
}

/// Checks what is there of commits that did not wait: the first so many, over both documents.
fn check_soon(store: &mut Store, told: Told, is_thorough: bool) {
    let there = NAMES.map(|name| match store.document(name) {
        Err(Error::NoDocument { .. }) => Vec::new(),
        document => numbers(&document.unwrap()),
    });
    let first = |count: u32| {
        NAMES.map(|name| {
            (0..count)
                .filter(|number| is_for(name, *number))
                .collect::<Vec<_>>()
        })
    };
    let mut counts = told.synced..=told.done + 1;
    assert!(
        counts.any(|count| first(count) == there),
        "{there:?}, {told:?}"
    );
    if is_thorough && told.synced > 0 {
        let mut document = store.document("rare").unwrap();
        let push = |tx: &mut syncline::Transaction<'_>| tx.text("body").push("on");
        document.doc_mut().transact(push).unwrap();
        store.commit(&mut document, &Entry::new()).unwrap();
    }
}

/// What tells files from others.
fn hash_of(files: &Files) -> u64 {
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    hasher.finish()
}

/// Opens what a disk holds after the power was lost.
fn after(files: Files, path: &Path, check: impl FnOnce(&mut Store)) {
    let folder = tempfile::tempdir().unwrap();
    let name = path.to_str().unwrap();
    let image = folder.path().join("numbers");
    for (file, bytes) in files {
        match file.strip_prefix(name) {
            // The lock means nothing without its process, and what SQLite keeps of its readers is made anew.
            None | Some("-shm") => {}
            Some(end) if end.starts_with("-lock") => {}
            Some(end) => fs::write(folder.path().join(format!("numbers{end}")), bytes).unwrap(),
        }
    }
    check(&mut Store::open(&image, &Options::new()).unwrap());
}

/// How much of a workload is looked at: every so many operations, and how many losses by chance at each.
#[derive(Clone, Copy)]
struct Care {
    step: usize,
    seeds: u64,
}

/// Loses the power at each moment of a workload.
fn at_each_operation(
    work: fn(&Path, u32) -> Vec<Event>,
    check: fn(&mut Store, Told, bool),
    [commits, step]: [u32; 2],
) -> Told {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    install();
    let (commits, step, seeds) = match std::env::var_os("SYNCLINE_LONG") {
        Some(_) => (200, 1, 20),
        None => (commits, step as usize, 1),
    };
    let (told, images) = lose(|path| work(path, commits), check, Care { step, seeds });
    assert!(images > 300, "{images}");
    assert_eq!(told.done, commits);
    told
}

/// Which operations are looked at.
fn part(operations: usize) -> Range<usize> {
    let long = std::env::var("SYNCLINE_LONG").unwrap_or_default();
    match long.split_once("..") {
        None => 0..operations,
        Some((from, to)) => {
            let place = |hundredth: &str| operations * hundredth.parse::<usize>().unwrap() / 100;
            place(from)..place(to)
        }
    }
}

/// Has a workload write to a new store, and loses the power at its operations; gives what it told, and how many images there were.
fn lose(
    work: impl FnOnce(&Path) -> Vec<Event>,
    check: fn(&mut Store, Told, bool),
    Care { step, seeds }: Care,
) -> (Told, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers");
    // What is recorded is what counts.
    skip_syncs(true);
    drop(Store::create(&path, &Options::new()).unwrap());
    let mut disk = Disk::holding(path.to_str().unwrap(), fs::read(&path).unwrap());
    let events = work(&path);
    let part = part(events.len());
    let (mut told, mut images, mut checked) = (Told::default(), 0, HashSet::new());
    for (at, event) in events.iter().enumerate() {
        disk.apply(event);
        // Nothing is as easily lost as what was just told to be there.
        let mut is_told = false;
        if let Event::Mark(number) = event {
            told.note(*number);
            is_told = *number > SYNCED;
        }
        if !part.contains(&at) || (at % step != 0 && !is_told) {
            continue;
        }
        let is_thorough = at % (step * 20) == 0;
        let seeds = (0..seeds).map(|seed| Loss::Some(seed * 1_000_003 + at as u64));
        for loss in [Loss::Nothing, Loss::Everything].into_iter().chain(seeds) {
            images += 1;
            let files = disk.after(loss);
            // Where little was written since the last sync, most losses leave the same.
            if !checked.insert((told, is_thorough, hash_of(&files))) {
                continue;
            }
            let opened = std::panic::catch_unwind(|| {
                after(files, &path, |store| {
                    check(store, told, is_thorough);
                    if is_thorough {
                        let mut verification = Verification::new(store).unwrap();
                        while verification.work().unwrap() {}
                        let failures = verification.failures();
                        assert!(failures.is_empty(), "{failures:?}");
                    }
                });
            });
            let operations = events.len();
            assert!(
                opened.is_ok(),
                "after operation {at} of {operations}, {loss:?}"
            );
        }
    }
    println!("{images} images, {} of them different", checked.len());
    (told, images)
}

#[test]
fn nothing_committed_is_lost_with_the_power() {
    at_each_operation(workload, check, [60, 3]);
}

#[test]
fn nothing_told_as_synced_is_lost_with_the_power() {
    let told = at_each_operation(soon, check_soon, [60, 3]);
    assert!(told.synced > told.done - 5, "{told:?}");
}

/// A name stands in its folder, which is brought to disk apart from the file, and after it.
#[test]
fn what_is_made_has_its_name_for_good() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    install();
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let [path, export, rescued] = ["numbers", "export", "rescued"].map(|name| real.join(name));
    let makes: [(&Path, &dyn Fn()); 3] = [
        (&path, &|| {
            drop(Store::create(&path, &Options::new()).unwrap());
        }),
        (&export, &|| {
            let store = Store::open(&path, &Options::new()).unwrap();
            store.export(&export).unwrap();
        }),
        (&rescued, &|| {
            Store::rescue(&export, &rescued).unwrap();
        }),
    ];
    for (made, make) in makes {
        record();
        make();
        let is_sync_of = |event: &Event, path: &Path| matches!(event, Event::Sync { file } if Path::new(file) == path);
        let part = made.with_extension("part");
        let events = recorded();
        let mut pairs = events.windows(2);
        assert!(
            pairs.any(|pair| is_sync_of(&pair[0], &part) && is_sync_of(&pair[1], &real)),
            "{events:?}"
        );
        assert!(made.is_file());
    }
}

/// What a program does where a commit fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Then {
    Again,
    /// It opens the store anew, and commits then.
    Anew,
    /// The same; as it closes the store syncs fail still.
    AnewLater,
}

/// Does something that a failed sync may keep from being done, and does it again then.
fn twice<T>(mut act: impl FnMut() -> Result<T, Error>) -> T {
    match act() {
        Err(Error::Io { .. }) => act().unwrap(),
        done => done.unwrap(),
    }
}

/// Numbers that are committed in both ways, a compaction and a collection, and opening again, while the sync after so many fails;
/// between them a blob of so many bytes is put. Gives whether one failed.
fn forgetful(path: &Path, left: u64, blob: usize, then: Then) -> (Vec<Event>, bool) {
    record();
    let mut store = Store::open(path, &Options::new()).unwrap();
    let mut documents = NAMES.map(|name| store.begin_document(name).unwrap());
    let mut has_failed = false;
    fail(left, Fault::Sync, false);
    for number in 0..12 {
        let is_waited_for = number % 4 == 3;
        let mut done = commit_number(&mut store, &mut documents, number, is_waited_for);
        if done.is_err() && then != Then::Again {
            has_failed |= heal();
            if then == Then::AnewLater {
                fail(0, Fault::Sync, true);
            }
            drop(store);
            heal();
            store = Store::open(path, &Options::new()).unwrap();
            documents = NAMES.map(|name| store.document(name).unwrap());
            done = commit_number(&mut store, &mut documents, number, is_waited_for);
        }
        if let Err(Error::Io { .. }) = done {
            done = commit_number(&mut store, &mut documents, number, is_waited_for);
        }
        done.unwrap();
        mark(MADE + 1 + number);
        if is_waited_for {
            mark(SYNCED + 1 + number);
        }
        match number {
            2 => {
                // Chunks that are put do not wait for the disk, and have the log brought into the file.
                twice(|| store.put_blob(&*noise(blob)));
            }
            5 => {
                twice(|| store.syncer()?.unwrap().sync());
                mark(SYNCED + 1 + number);
            }
            6 => twice(|| Compaction::new(&store)?.run(&mut store)),
            8 => {
                drop(store);
                store = twice(|| Store::open(path, &Options::new()));
                documents = NAMES.map(|name| store.document(name).unwrap());
            }
            9 => twice(|| Collection::new(&mut store)?.at_once().run(&mut store)),
            _ => {}
        }
    }
    drop((documents, store));
    has_failed |= heal();
    (recorded(), has_failed)
}

/// Commits a number to the documents that it is for, where it is not in them yet.
fn commit_number(
    store: &mut Store,
    documents: &mut [Document],
    number: u32,
    is_waited_for: bool,
) -> Result<(), Error> {
    let mut to: Vec<&mut Document> = documents.iter_mut().collect();
    to.retain(|document| is_for(document.name(), number));
    for document in &mut to {
        if !numbers(document).contains(&number) {
            let push =
                |tx: &mut syncline::Transaction<'_>| tx.text("body").push(&format!("{number} "));
            document.doc_mut().transact(push).unwrap();
        }
    }
    match is_waited_for {
        true => store.commit_all(&mut to, &Entry::new()),
        false => store.commit_soon(&mut to, &Entry::new()),
    }
}

/// Bytes that do not repeat.
fn noise(len: usize) -> Vec<u8> {
    let word = |at: u64| {
        let word = (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (word ^ (word >> 29))
            .wrapping_mul(0xbf58_476d_1ce4_e5b9)
            .to_le_bytes()
    };
    (0..len as u64 / 8).flat_map(word).collect()
}

/// The system says once that it could not sync, and forgets what it could not write.
#[test]
fn a_sync_that_failed_takes_no_later_commit_along() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    install();
    let is_long = std::env::var_os("SYNCLINE_LONG").is_some();
    let long = |care: [usize; 2]| if is_long { [1, 1] } else { care };
    // Every so many operations, of every so many syncs. With the second the log grows so long that it is brought into the file.
    let all = [
        (Then::Again, 1000, long([50, 1])),
        (
            Then::Again,
            LONG,
            if is_long { [200, 1] } else { [6000, 12] },
        ),
        (Then::Anew, 1000, long([7, 3])),
        (Then::AnewLater, 1000, long([50, 2])),
    ];
    for (then, blob, [step, syncs]) in all {
        for left in (0..).step_by(syncs) {
            let mut has_failed = false;
            let work = |path: &Path| {
                let (events, failed) = forgetful(path, left, blob, then);
                has_failed = failed;
                events
            };
            let (told, _) = lose(work, check_soon, Care { step, seeds: 1 });
            assert_eq!([told.done, told.synced], [12, 12], "sync {left}, {then:?}");
            if !has_failed {
                assert!(left > 5, "{left} syncs");
                break;
            }
        }
    }
}

/// Bytes that take more pages of the log than it is to have.
const LONG: usize = 5 << 20;
