//! What background work costs somebody who types: `cargo run --release -p syncline-store --example typing`.
//!
//! A keystroke is due every twenty milliseconds, and committed. Between them the same thread takes steps of a job; what the job reads
//! and packs it does on another thread. Every twenty keystrokes the job is paused for as many, since disks have moods: so both
//! kinds meet with the same. Told is how long after it was due a keystroke was committed, and how long of that it waited for a step.

use std::error::Error;
use std::fs::File;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use syncline_store::{Collection, Compaction, Durability, Entry, Job, Options, State, Store};

const KEYSTROKES: usize = 600;
const PAUSE: Duration = Duration::from_millis(20);

/// Keystrokes after which the job is paused, or goes on.
const TURN: usize = 20;

type Work = Box<dyn Job + Send>;
type Failed = Box<dyn Error>;

/// How long after they were due keystrokes were committed, and how long they waited.
#[derive(Default)]
struct Times {
    committed: Vec<Duration>,
    waited: Vec<Duration>,
}

/// What is done while nobody types.
struct Background {
    job: Option<Work>,
    is_paused: bool,
    to_worker: Sender<Work>,
    from_worker: Receiver<Result<Work, syncline_store::Error>>,
    steps: Vec<Duration>,
    is_done: bool,
}

fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for (name, durability) in [("full", Durability::Full), ("fast", Durability::Fast)] {
        let create = |job: &str| {
            let options = Options::new().durability(durability);
            Store::create(folder.path().join(format!("{name} {job}")), &options)
        };
        println!("{durability:?} commits, beside a compaction");
        measure(&mut create("compaction")?, &|store| {
            Ok(Box::new(Compaction::new(store)?))
        })?;
        println!("{durability:?} commits, beside a collection");
        measure(&mut create("collection")?, &|store| {
            Ok(Box::new(Collection::new(store)?.at_once()))
        })?;
    }
    Ok(())
}

/// Types beside one job after another.
fn measure(store: &mut Store, begin: Begin<'_>) -> Result<(), Failed> {
    let (mut alone, mut beside) = (Times::default(), Times::default());
    let (mut steps, mut jobs, mut round) = (Vec::new(), 0, 0);
    while beside.committed.len() < KEYSTROKES {
        fill(store, round)?;
        // The disk is still busy with that.
        File::open(store.path())?.sync_all()?;
        round += 1;
        let mut background = Background::new(begin(store)?);
        type_along(store, &mut background, [&mut alone, &mut beside])?;
        steps.append(&mut background.steps);
        jobs += usize::from(background.is_done);
    }
    tell("job paused", alone);
    tell("job running", beside);
    println!(
        "  {jobs} jobs ended; {} steps, median {:?}, p99 {:?}, longest {:?}",
        steps.len(),
        at(&mut steps, 500),
        at(&mut steps, 990),
        at(&mut steps, 1000)
    );
    Ok(())
}

/// Something for the jobs to do: documents that grow, and blobs that nothing refers to.
fn fill(store: &mut Store, round: u64) -> Result<(), Failed> {
    let mut state = round;
    for number in 0..60 {
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
    while bytes.len() < 8 << 20 {
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

/// Types until the job is done.
fn type_along(
    store: &mut Store,
    background: &mut Background,
    [alone, beside]: [&mut Times; 2],
) -> Result<(), Failed> {
    let mut notes = match store.has_document("typed")? {
        true => store.document("typed")?,
        false => store.create_document("typed")?,
    };
    let mut keystroke = 0;
    while !background.is_done && beside.committed.len() < KEYSTROKES {
        let due = Instant::now() + PAUSE;
        background.is_paused = (keystroke / TURN).is_multiple_of(2);
        keystroke += 1;
        while Instant::now() < due {
            background.go_on(store)?;
        }
        let waited = due.elapsed();
        notes.doc_mut().transact(|tx| tx.text("body").push("x"))?;
        store.commit(&mut notes, &Entry::new())?;
        let times = match background.is_paused {
            true => &mut *alone,
            false => &mut *beside,
        };
        times.committed.push(due.elapsed());
        times.waited.push(waited);
    }
    Ok(())
}

impl Background {
    fn new(job: Work) -> Background {
        let (to_worker, jobs) = channel::<Work>();
        let (done, from_worker) = channel();
        thread::spawn(move || {
            for mut job in jobs {
                let worked = job.work().map(|()| job);
                if done.send(worked).is_err() {
                    return;
                }
            }
        });
        Background {
            job: Some(job),
            is_paused: false,
            to_worker,
            from_worker,
            steps: Vec::new(),
            is_done: false,
        }
    }

    /// A step, or handing the job to the worker and back; nothing, while it is paused.
    fn go_on(&mut self, store: &mut Store) -> Result<(), Failed> {
        if self.is_paused {
            thread::sleep(Duration::from_micros(50));
            return Ok(());
        }
        let Some(mut job) = self.job.take() else {
            match self.from_worker.try_recv() {
                Ok(job) => self.job = Some(job?),
                Err(_) => thread::sleep(Duration::from_micros(50)),
            }
            return Ok(());
        };
        match job.progress().state {
            State::Done => self.is_done = true,
            State::Working => self.to_worker.send(job)?,
            _ => {
                let start = Instant::now();
                job.step(store)?;
                self.steps.push(start.elapsed());
                self.job = Some(job);
            }
        }
        Ok(())
    }
}

fn tell(what: &str, mut times: Times) {
    println!(
        "  {what}: {} keystrokes, median {:?}, p99 {:?}; waited p99 {:?}, longest {:?}",
        times.committed.len(),
        at(&mut times.committed, 500),
        at(&mut times.committed, 990),
        at(&mut times.waited, 990),
        at(&mut times.waited, 1000),
    );
}

/// How long so many of a thousand took at most.
fn at(times: &mut [Duration], part: usize) -> Duration {
    times.sort_unstable();
    let index = times.len() * part / 1000;
    times
        .get(index)
        .or(times.last())
        .copied()
        .unwrap_or_default()
}
