//! What the store costs, beside the least that it could: `cargo run --release -p syncline-store --example figures`.
//!
//! - Durable commits of one keystroke each, beside bare inserts of the same bytes into an SQLite file with the same settings,
//!   in turns, since disks have moods.
//! - Opening a store of 10,000 documents, one of its documents, and the same bytes without a store.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use syncline::Doc;
use syncline_store::{Durability, Entry, Options, Store};

const COMMITS: usize = 400;
const DOCUMENTS: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for (name, durability) in [("full", Durability::Full), ("fast", Durability::Fast)] {
        commits(&folder.path().join(name), durability)?;
    }
    opening(&folder.path().join("many"))
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
    for at in 0..COMMITS {
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
    let (ours, theirs) = (median(ours), median(theirs));
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
