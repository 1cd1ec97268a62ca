//! What the store costs, beside the least that it could: `cargo run --release -p syncline-store --example figures`.
//!
//! - Durable commits of one keystroke each, beside bare inserts of the same bytes into an SQLite file with the same settings,
//!   in turns, since disks have moods; once both logs are as long as they get, since a file that grows is synced more slowly.
//! - How long a step of a compaction keeps a commit waiting, and how large the file is after it.
//! - Opening a store of 10,000 documents, one of its documents, and the same bytes without a store.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use syncline::Doc;
use syncline_store::{Compaction, Durability, Entry, Job, Options, State, Store};

const COMMITS: usize = 1000;

/// Commits after which SQLite's log is written from its start again, of both.
const BEFORE: usize = 2200;
const DOCUMENTS: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for (name, durability) in [("full", Durability::Full), ("fast", Durability::Fast)] {
        commits(&folder.path().join(name), durability)?;
    }
    opening(&folder.path().join("many"))?;
    compacting(&folder.path().join("grown"))
}

/// What a commit waits for a step of a compaction, at most, and what the file comes to.
fn compacting(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut store = Store::create(path, &Options::new())?;
    let mut histories = 0;
    for number in 0..20_usize {
        let mut document = store.create_document(&format!("notes/{number}"))?;
        for line in 0..2000_usize {
            let text = format!(
                "{} {} of note {number}\n",
                line * 7919 % 1000,
                line * 31 % 977
            );
            document
                .doc_mut()
                .transact(|tx| tx.text("body").insert(line * number % (line + 1), &text))?;
        }
        store.commit(&mut document, &Entry::new())?;
        histories += document.doc().save().len();
    }
    let mut compaction = Compaction::new(&store)?;
    let mut steps = Vec::new();
    while compaction.progress().state != State::Done {
        if compaction.progress().state == State::Working {
            compaction.work()?;
            continue;
        }
        let start = Instant::now();
        compaction.step(&mut store)?;
        steps.push(start.elapsed());
    }
    steps.sort_unstable();
    let at = |part: usize| steps.get(steps.len() * part / 100).or(steps.last());
    println!(
        "{} steps of a compaction: median {:?}, 95 of 100 within {:?}, longest {:?}",
        steps.len(),
        at(50).copied().unwrap_or_default(),
        at(95).copied().unwrap_or_default(),
        steps.last().copied().unwrap_or_default()
    );
    drop((compaction, store));
    let file = std::fs::metadata(path)?.len();
    println!(
        "the file: {file} bytes, for histories of {histories}, {:.1} % more",
        (file as f64 / histories as f64 - 1.0) * 100.0
    );
    Ok(())
}

/// Keystrokes, each committed, in turns with bare inserts.
fn commits(path: &Path, durability: Durability) -> Result<(), Box<dyn Error>> {
    let mut store = Store::create(path, &Options::new().durability(durability))?;
    let mut notes = store.create_document("notes")?;
    let entry = Entry::new().time_ms(1_795_000_000_000);
    let bare = Connection::open(path.with_extension("bare"))?;
    bare.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        _ => "NORMAL",
    };
    bare.pragma_update(None, "synchronous", synchronous)?;
    bare.execute_batch("CREATE TABLE journal (id INTEGER PRIMARY KEY, bytes BLOB)")?;
    let mut insert = bare.prepare("INSERT INTO journal (bytes) VALUES (?1)")?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for at in 0..BEFORE + COMMITS {
        let start = Instant::now();
        notes
            .doc_mut()
            .transact(|tx| tx.text("body").insert(at, "x"))?;
        store.commit(&mut notes, &entry)?;
        ours.push(start.elapsed());
        let start = Instant::now();
        insert.execute([[7_u8; 24]])?;
        theirs.push(start.elapsed());
    }
    let (ours, theirs) = (
        median(ours.split_off(BEFORE)),
        median(theirs.split_off(BEFORE)),
    );
    println!(
        "{durability:?} commit of a keystroke: {ours:?}, bare insert {theirs:?}, ratio {:.2}",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
    Ok(())
}

/// A store of many small documents, and one that is larger.
fn opening(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut store = Store::create(path, &Options::new().durability(Durability::Fast))?;
    let mut documents = Vec::new();
    for number in 0..DOCUMENTS {
        let mut document = store.create_document(&format!("notes/{number}"))?;
        document.doc_mut().transact(|tx| {
            tx.text("body").push(&format!("This is note {number}. "))?;
            tx.map("meta")
                .set("number", i64::try_from(number).unwrap_or(0))
        })?;
        documents.push(document);
    }
    let mut all: Vec<_> = documents.iter_mut().collect();
    store.commit_all(&mut all, &Entry::new())?;
    let bytes = documents
        .get(DOCUMENTS / 2)
        .map(|document| document.doc().save());
    drop((store, documents));

    let options = Options::new();
    let opened = median(times(20, || Ok(Store::open(path, &options)?))?);
    let store = Store::open(path, &options)?;
    let listed = median(times(20, || Ok(store.documents()?))?);
    let name = format!("notes/{}", DOCUMENTS / 2);
    let one = median(times(200, || Ok(store.document(&name)?))?);
    let bytes = bytes.unwrap_or_default();
    let alone = median(times(200, || Ok(Doc::load(&bytes)?))?);
    println!("opening a store of {DOCUMENTS} documents: {opened:?}; listing them: {listed:?}");
    println!("opening one of its documents: {one:?}; its bytes alone: {alone:?}");
    Ok(())
}

fn times<T>(
    count: usize,
    mut act: impl FnMut() -> Result<T, Box<dyn Error>>,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        let done = act()?;
        times.push(start.elapsed());
        drop(done);
    }
    Ok(times)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
