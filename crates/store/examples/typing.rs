//! What background work costs somebody who types: `cargo run --release -p syncline-store --example typing`.
//!
//! A keystroke is due every five milliseconds, and committed, synced to disk. Between them the same thread takes steps of a job;
//! what the job reads and packs it does on another thread. Told is how long after it was due a keystroke is on disk, without a job,
//! with a compaction, and with a collection: in turns, since disks have moods.

use std::error::Error;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use syncline_store::{Collection, Compaction, Entry, Job, Options, State, Store};

const ROUNDS: u64 = 8;
const KEYSTROKES: u32 = 400;
const PAUSE: Duration = Duration::from_millis(5);

type Work = Box<dyn Job + Send>;
type Failed = Box<dyn Error>;

/// How long after they were due keystrokes were on disk, and how long steps took.
#[derive(Default)]
struct Times {
    keystrokes: Vec<Duration>,
    steps: Vec<Duration>,
    jobs: u64,
}

fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("typing");
    let mut store = Store::create(&path, &Options::new())?;
    let mut none = Times::default();
    let (mut compaction, mut collection) = (Times::default(), Times::default());
    for round in 0..ROUNDS {
        fill(&mut store, round)?;
        type_along(&mut store, None, &mut none)?;
        let compact = |store: &mut Store| Ok(Box::new(Compaction::new(store)?) as Work);
        type_along(&mut store, Some(&compact), &mut compaction)?;
        let collect = |store: &mut Store| Ok(Box::new(Collection::new(store)?.at_once()) as Work);
        type_along(&mut store, Some(&collect), &mut collection)?;
    }
    tell("alone", none, &path);
    tell("beside a compaction", compaction, &path);
    tell("beside a collection", collection, &path);
    Ok(())
}

/// Something for the jobs to do: documents that grow, and blobs that nothing refers to.
fn fill(store: &mut Store, round: u64) -> Result<(), Failed> {
    let mut state = round;
    for number in 0..10 {
        let name = format!("notes/{number}");
        let mut document = match store.has_document(&name)? {
            true => store.document(&name)?,
            false => store.create_document(&name)?,
        };
        for line in 0..500 {
            state = next(state);
            let text = format!("{state} {line} of note {number}\n");
            document
                .doc_mut()
                .transact(|tx| tx.text("body").push(&text))?;
        }
        store.commit(&mut document, &Entry::new())?;
    }
    let mut bytes = Vec::new();
    while bytes.len() < 4 << 20 {
        state = next(state);
        bytes.extend(state.to_le_bytes());
    }
    store.put_blob(&*bytes)?;
    Ok(())
}

fn next(state: u64) -> u64 {
    let next = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    next ^ (next >> 31)
}

/// Begins a job.
type Begin<'b> = &'b dyn Fn(&mut Store) -> Result<Work, Failed>;

/// Types, and drives a job, where there is one, from its start.
fn type_along(
    store: &mut Store,
    begin: Option<Begin<'_>>,
    times: &mut Times,
) -> Result<(), Failed> {
    let (to_worker, jobs) = channel();
    let (done, from_worker) = channel();
    let worker = thread::spawn(move || work(&jobs, &done));
    let mut notes = match store.has_document("typed")? {
        true => store.document("typed")?,
        false => store.create_document("typed")?,
    };
    let mut job = match begin {
        Some(begin) => Some(begin(store)?),
        None => None,
    };
    let start = Instant::now();
    for keystroke in 0..KEYSTROKES {
        let due = start + PAUSE * keystroke;
        while Instant::now() < due {
            job = between(store, job, (&to_worker, &from_worker), times)?;
        }
        notes.doc_mut().transact(|tx| tx.text("body").push("x"))?;
        store.commit(&mut notes, &Entry::new())?;
        times.keystrokes.push(due.elapsed());
    }
    drop(to_worker);
    drop(worker.join());
    Ok(())
}

/// Reads and packs, on a thread of its own.
fn work(jobs: &Receiver<Work>, done: &Sender<Work>) {
    for mut job in jobs {
        if job.work().is_err() || done.send(job).is_err() {
            return;
        }
    }
}

/// What is done while nobody types: a step, or handing the job to the worker and back.
fn between(
    store: &mut Store,
    job: Option<Work>,
    (to_worker, from_worker): (&Sender<Work>, &Receiver<Work>),
    times: &mut Times,
) -> Result<Option<Work>, Failed> {
    let Some(mut job) = job else {
        return match from_worker.try_recv() {
            Ok(job) => Ok(Some(job)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => {
                thread::sleep(Duration::from_micros(50));
                Ok(None)
            }
        };
    };
    match job.progress().state {
        State::Done => {
            times.jobs += 1;
            Ok(None)
        }
        State::Working => {
            to_worker.send(job)?;
            Ok(None)
        }
        _ => {
            let start = Instant::now();
            job.step(store)?;
            times.steps.push(start.elapsed());
            Ok(Some(job))
        }
    }
}

fn tell(what: &str, mut times: Times, path: &Path) {
    let at = |times: &mut Vec<Duration>, part: usize| {
        times.sort_unstable();
        let index = times.len() * part / 1000;
        times
            .get(index)
            .or(times.last())
            .copied()
            .unwrap_or_default()
    };
    let keystrokes = &mut times.keystrokes;
    println!(
        "{what}: {} keystrokes, median {:?}, p99 {:?}, longest {:?}",
        keystrokes.len(),
        at(keystrokes, 500),
        at(keystrokes, 990),
        at(keystrokes, 1000)
    );
    if !times.steps.is_empty() {
        let steps = &mut times.steps;
        println!(
            "  {} jobs ended, {} steps, median {:?}, p99 {:?}, longest {:?}; the file has {} bytes",
            times.jobs,
            steps.len(),
            at(steps, 500),
            at(steps, 990),
            at(steps, 1000),
            std::fs::metadata(path).map_or(0, |file| file.len())
        );
    }
}
