//! What background work costs somebody who types:
//! `cargo run --release -p syncline-store --example typing -- [ROUNDS [KEYSTROKES [WORD…]]]`
//! (8 rounds of 500 keystrokes of each kind; of all, or of what the words name: `full`, `parted`, `fast`, `compaction`, `collection`).
//!
//! A keystroke is due every twenty milliseconds, and committed. Between them the same thread takes steps of a job; what the job reads
//! and packs it does on another thread. Every twenty keystrokes the job is paused for as many, since disks have moods: so both
//! kinds meet with the same.
//!
//! Told is how long after it was due a keystroke was committed, and what that is made of: how long it waited until its thread was
//! done with a step, what the commit took, and, of commits in two parts (`commit_soon`, then a `Syncer`: what `commit` does in
//! one), how long the disk took. Where Linux says how long a thread was ready and no processor was free, that is told by itself,
//! and is in none of the others: it says how busy the machine is. What the job adds is the difference of the 99th in a hundred,
//! round by round, of which the median and the quartiles are told: a disk that stalls makes one round worth nothing, not all. Bare
//! syncs of another file say how far this disk can be measured with.

use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use syncline_store::{
    Collection, Compaction, Document, Durability, Entry, Job, Options, State, Store, Syncer,
};

const PAUSE: Duration = Duration::from_millis(20);

/// Keystrokes after which the job is paused, or goes on.
const TURN: usize = 20;

type Work = Box<dyn Job + Send>;
type Failed = Box<dyn Error>;

/// How a keystroke is committed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Full,
    Parted,
    Fast,
}

/// What the time of a keystroke is made of.
const PARTS: [&str; 5] = ["waited", "committed", "synced", "no processor", "in all"];

/// How long keystrokes took, part by part.
#[derive(Clone, Default)]
struct Times([Vec<Duration>; PARTS.len()]);

fn main() -> Result<(), Failed> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = [8, 500];
    for number in &mut numbers {
        if let Some(Ok(given)) = words.first().map(|word| word.parse()) {
            words.remove(0);
            *number = given;
        }
    }
    let [rounds, keystrokes] = numbers;
    let folder = tempfile::tempdir()?;
    bare_syncs(&folder.path().join("bare"))?;
    for (name, way) in [
        ("full", Way::Full),
        ("parted", Way::Parted),
        ("fast", Way::Fast),
    ] {
        for job in ["compaction", "collection"] {
            if !words.iter().all(|word| word == name || word == job) {
                continue;
            }
            println!("{name} commits beside a {job}, {rounds} times {keystrokes}");
            let mut typist = Typist::new(folder.path().join(format!("{name}-{job}")), way, job)?;
            for _ in 0..rounds {
                typist.round(keystrokes)?;
            }
            typist.tell();
        }
    }
    Ok(())
}

/// What the disk does where nothing else is asked of it.
fn bare_syncs(path: &Path) -> Result<(), Failed> {
    let mut file = File::create(path)?;
    let mut times = Vec::new();
    for _ in 0..500 {
        thread::sleep(PAUSE / 4);
        file.write_all(&[7; 2096])?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(start.elapsed());
    }
    println!("bare syncs {}", Spread::of(times));
    Ok(())
}

/// Somebody who types, and what is done meanwhile.
struct Typist {
    path: PathBuf,
    store: Store,
    way: Way,
    job: &'static str,
    syncer: Option<Syncer>,
    typed: Document,
    background: Option<Background>,
    /// How often there was something made for a job to do.
    filled: u64,
    steps: Vec<Duration>,
    /// Keystrokes while the job was paused, and while it ran.
    rounds: Vec<[Times; 2]>,
}

impl Typist {
    fn new(path: PathBuf, way: Way, job: &'static str) -> Result<Typist, Failed> {
        let durability = match way {
            Way::Fast => Durability::Fast,
            _ => Durability::Full,
        };
        let mut store = Store::create(&path, &Options::new().durability(durability))?;
        let mut typed = store.create_document("typed")?;
        store.commit(&mut typed, &Entry::new())?;
        Ok(Typist {
            path,
            syncer: match way {
                Way::Parted => store.syncer()?,
                _ => None,
            },
            store,
            way,
            job,
            typed,
            background: None,
            filled: 0,
            steps: Vec::new(),
            rounds: Vec::new(),
        })
    }

    /// Types until there are so many keystrokes of both kinds; a job that ends is followed by another.
    fn round(&mut self, keystrokes: usize) -> Result<(), Failed> {
        let mut both = [Times::default(), Times::default()];
        while both.iter().any(|times| times.count() < keystrokes) {
            for (times, is_paused) in both.iter_mut().zip([true, false]) {
                for _ in 0..TURN {
                    let mut background = match self.background.take() {
                        Some(background) => background,
                        None => self.begin()?,
                    };
                    let due = Instant::now() + PAUSE;
                    let mut before = not_run();
                    while Instant::now() < due {
                        before = not_run();
                        match is_paused {
                            true => thread::sleep(Duration::from_micros(50)),
                            false => background.go_on(&mut self.store, &mut self.steps)?,
                        }
                    }
                    self.keystroke((due, before), times)?;
                    self.background = (!background.is_done).then_some(background);
                }
            }
        }
        self.rounds.push(both);
        Ok(())
    }

    fn begin(&mut self) -> Result<Background, Failed> {
        fill(&mut self.store, self.filled)?;
        self.filled += 1;
        // The disk is still busy with that.
        let mut log = OsString::from(&self.path);
        log.push("-wal");
        for file in [&self.path, Path::new(&log)] {
            File::open(file)?.sync_all()?;
        }
        Ok(Background::new(match self.job {
            "compaction" => Box::new(Compaction::new(&self.store)?),
            _ => Box::new(Collection::new(&mut self.store)?.at_once()),
        }))
    }

    /// A keystroke that was due; and how long its thread had not run before.
    fn keystroke(
        &mut self,
        (due, before): (Instant, Duration),
        times: &mut Times,
    ) -> Result<(), Failed> {
        let mut moments = vec![(due, before), now()];
        self.typed
            .doc_mut()
            .transact(|tx| tx.text("body").push("x"))?;
        match self.way {
            Way::Parted => self
                .store
                .commit_soon(&mut [&mut self.typed], &Entry::new())?,
            _ => self.store.commit(&mut self.typed, &Entry::new())?,
        }
        moments.push(now());
        if let Some(syncer) = &self.syncer {
            syncer.sync()?;
        }
        moments.push(now());
        let ran = |(from, to): (&(Instant, Duration), &(Instant, Duration))| {
            (to.0 - from.0).saturating_sub(to.1.saturating_sub(from.1))
        };
        let parts = moments.iter().zip(moments.iter().skip(1)).map(ran);
        let in_all = due.elapsed();
        let idle = in_all.saturating_sub(parts.clone().sum());
        for (all, part) in times.0.iter_mut().zip(parts.chain([idle, in_all])) {
            all.push(part);
        }
        Ok(())
    }

    fn tell(self) {
        for (part, name) in PARTS.iter().enumerate() {
            if *name == "synced" && self.syncer.is_none() {
                continue;
            }
            let mut all = [Vec::new(), Vec::new()];
            let mut added = Vec::new();
            for round in &self.rounds {
                let [paused, running] = round.each_ref().map(|times| {
                    let times = times.0.get(part).map(Vec::as_slice).unwrap_or_default();
                    Spread::of(times.to_vec()).p99.as_secs_f64() * 1e3
                });
                added.push(running - paused);
                for (all, times) in all.iter_mut().zip(round) {
                    all.extend(times.0.get(part).into_iter().flatten());
                }
            }
            let [paused, running] = all.map(Spread::of);
            added.sort_by(f64::total_cmp);
            let quarter = |quarters: usize| {
                let last = added.len().saturating_sub(1);
                added
                    .get((last * quarters + 2) / 4)
                    .copied()
                    .unwrap_or_default()
            };
            println!("  {name}, paused  {paused}");
            println!("  {name}, running {running}");
            println!(
                "  {name}, added to p99: {:.2} ms (quartiles {:.2} to {:.2}) of {} rounds",
                quarter(2),
                quarter(1),
                quarter(3),
                added.len()
            );
        }
        println!(
            "  {} jobs begun; steps {}",
            self.filled,
            Spread::of(self.steps)
        );
    }
}

fn now() -> (Instant, Duration) {
    (Instant::now(), not_run())
}

/// How long this thread was ready and had to wait for a processor, since it began; nothing, where the system does not say.
fn not_run() -> Duration {
    let said = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited = said.split_whitespace().nth(1);
    Duration::from_nanos(waited.and_then(|waited| waited.parse().ok()).unwrap_or(0))
}

impl Times {
    fn count(&self) -> usize {
        self.0.iter().map(Vec::len).min().unwrap_or_default()
    }
}

/// Something for the jobs to do, for some hundred keystrokes: documents that grow, and blobs that nothing refers to.
fn fill(store: &mut Store, round: u64) -> Result<(), Failed> {
    let mut state = round;
    for number in 0..240 {
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
    while bytes.len() < 64 << 20 {
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

/// What is done while nobody types.
struct Background {
    job: Option<Work>,
    to_worker: Sender<Work>,
    from_worker: Receiver<Result<Work, syncline_store::Error>>,
    is_done: bool,
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
            to_worker,
            from_worker,
            is_done: false,
        }
    }

    /// A step, or handing the job to the worker and back.
    fn go_on(&mut self, store: &mut Store, steps: &mut Vec<Duration>) -> Result<(), Failed> {
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
                let (start, before) = now();
                job.step(store)?;
                let not_run = not_run().saturating_sub(before);
                steps.push(start.elapsed().saturating_sub(not_run));
                self.job = Some(job);
            }
        }
        Ok(())
    }
}

/// How long something took: half of the times, 99 in a hundred, all.
struct Spread {
    median: Duration,
    p99: Duration,
    longest: Duration,
    count: usize,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Spread {
        times.sort_unstable();
        let at = |part: usize| {
            let found = times.get(times.len() * part / 100).or(times.last());
            found.copied().unwrap_or_default()
        };
        Spread {
            median: at(50),
            p99: at(99),
            longest: at(100),
            count: times.len(),
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Spread {
            median,
            p99,
            longest,
            count,
        } = self;
        write!(
            f,
            "median {median:.2?}, p99 {p99:.2?}, longest {longest:.2?}, of {count}"
        )
    }
}
