//! A long, deterministic run of encodings that were changed behind right checksums.
//!
//! Each case is a number: from the seed and it follow the program that replicas play, the encoding that is taken, how it is
//! changed, and who receives it. So a failure is told by two numbers, and comes again.

use std::sync::OnceLock;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use syncline::{Doc, InspectedFrame, InspectedSection, Level, SaveOptions, Value, VersionVector};

use crate::encodings::{self, peer, write};
use crate::frame::{close, open, split};
use crate::mutator::{Mutation, mutate};
use crate::program::Program;
use crate::promise::{self, Cost, Refused};
use crate::stage::Stage;

/// Cases that share a program.
const SHARE: u64 = 512;
/// One of so many programs is a dense one.
const DENSE: u64 = 256;
/// The number of a snapshot's format.
const SNAPSHOT: u8 = 3;
/// Input that is worth less than this is to take less than the time a case may take.
pub const SHORT_BYTES: usize = 64 << 10;

/// What short input may take, and a MiB of others.
const LONGEST: Duration = Duration::from_millis(50);
const LONGEST_A_MIB: Duration = Duration::from_millis(100);

/// Numbers that look random (SplitMix64, Steele et al. 2014).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// Draws a number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        (self.draw() % most.max(1) as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.draw() as u8).collect()
    }
}

/// What a run found. Cases are named by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cases.
    pub cases: u64,
    /// How many of them were taken, by somebody.
    pub taken: u64,
    /// The longest time that input worth less than [`SHORT_BYTES`] took.
    pub longest: (Duration, u64),
    /// The longest time for each MiB that input is worth, of the rest.
    pub longest_a_mib: (Duration, u64),
    /// Those that took longer than they may. A machine that does other things too makes a case slow that is not: they count
    /// if they are [slow](is_slow) again alone.
    pub slow: Vec<u64>,
    /// The most that input refused while it was read cost beyond 1 MiB, in bytes for each of its own and of those that it
    /// says that it unpacks to.
    pub costliest: (f64, u64),
    /// The same of all that was refused, for each byte that it is worth.
    pub costliest_said: (f64, u64),
    /// The most that refused input cost, in bytes.
    pub largest: (usize, u64),
}

impl Tally {
    fn note(&mut self, case: u64, worth: Worth, cost: Cost) {
        let Worth {
            packed,
            worth,
            beside,
        } = worth;
        if worth < SHORT_BYTES {
            self.longest = self.longest.max((cost.time, case));
            self.slow.extend((cost.time > LONGEST).then_some(case));
        } else {
            let time = cost.time.mul_f64((1 << 20) as f64 / worth as f64);
            self.longest_a_mib = self.longest_a_mib.max((time, case));
            self.slow.extend((time > LONGEST_A_MIB).then_some(case));
        }
        let beyond = cost.peak.saturating_sub(1 << 20) as f64;
        let note = |most: &mut (f64, u64), ratio: f64| {
            if ratio > most.0 {
                *most = (ratio, case);
            }
        };
        match (cost.refused, packed) {
            (Refused::No, _) => return,
            (Refused::Reading, Some(packed)) => note(&mut self.costliest, beyond / packed as f64),
            _ => note(&mut self.costliest_said, beyond / (worth + beside) as f64),
        }
        self.largest = self.largest.max((cost.peak, case));
    }
}

/// What bytes are worth.
#[derive(Clone, Copy, Debug)]
struct Worth {
    /// Themselves, and what they say that they unpack to; `None` where a part of them is taken in before another is read.
    packed: Option<usize>,
    /// The same, with 16 for each operation that can be read; the values that a snapshot shows take four bits each, at least,
    /// or a byte in each of their columns.
    worth: usize,
    /// 16 for each operation of a document that they are merged into.
    beside: usize,
}

impl Worth {
    fn of(bytes: &[u8]) -> Worth {
        let frames = syncline::inspect(bytes).frames;
        let packed = bytes.len() + sum(&frames, unpacked);
        let worth = packed.saturating_add(sum(&frames, held)).max(1);
        Worth {
            packed: (frames.len() == 1).then_some(packed),
            worth,
            beside: 0,
        }
    }

    /// Of what is merged into a document, which may have to be replayed with it. A snapshot's history is read when what it
    /// shows has been; and what tells of splits has the document take on the names that go with them first, in a copy.
    fn merged(self, bytes: &[u8], doc: &Doc) -> Worth {
        let frames = syncline::inspect(bytes).frames;
        let is_split =
            |frame: &InspectedFrame| frame.sections.iter().any(|part| part.name == "splits");
        let is_delta = bytes.first() != Some(&SNAPSHOT) && !frames.iter().any(is_split);
        let own = usize::try_from(doc.operations()).unwrap_or(usize::MAX);
        Worth {
            packed: self.packed.filter(|_| is_delta),
            beside: own.saturating_mul(16),
            ..self
        }
    }
}

fn sum(frames: &[InspectedFrame], of: fn(&InspectedFrame) -> u64) -> usize {
    let all = frames
        .iter()
        .flat_map(|frame| [frame].into_iter().chain(&frame.frames));
    let sum = all.map(of).fold(0, u64::saturating_add);
    usize::try_from(sum).unwrap_or(usize::MAX)
}

/// What packed parts say that they unpack to, where that is not refused at once.
fn unpacked(frame: &InspectedFrame) -> u64 {
    let of = |part: &InspectedSection| {
        let times = match part.packing {
            Some("brotli") => u64::MAX,
            Some("lz4" | "lz4+prefix" | "prefix") => 8 * 256,
            _ => 0,
        };
        let most = times.saturating_mul(part.bytes as u64).min(64 << 20);
        part.unpacked.filter(|&bytes| bytes <= most).unwrap_or(0)
    };
    let keys = frame.key_bytes as u64;
    frame.sections.iter().map(of).sum::<u64>() + keys
}

fn held(frame: &InspectedFrame) -> u64 {
    let values = frame.sections.iter().map(|part| match &*part.name {
        "state" => 2 * part.bytes as u64,
        "column Value" => part.unpacked.unwrap_or(0),
        _ => 0,
    });
    let held = values.fold(frame.operations, u64::saturating_add);
    16 * held.min(1 << 32)
}

/// What replicas wrote, and those who receive what became of it.
struct Ground {
    encodings: Vec<Vec<u8>>,
    victims: Vec<Victim>,
}

struct Victim {
    saved: Vec<u8>,
    doc: Doc,
    known: promise::Known,
}

impl Victim {
    fn new(saved: Vec<u8>) -> Victim {
        let mut doc = Doc::load(&saved).expect("it was saved");
        // Its own history is not what a case costs.
        doc.read_history().expect("it was saved");
        let known = promise::Known::of(&doc);
        Victim { saved, doc, known }
    }
}

/// Runs the cases `from..to` of a seed. `tell` hears of each before it is run.
pub fn run(seed: u64, from: u64, to: u64, mut tell: impl FnMut(u64, &Tally)) -> Tally {
    let mut tally = Tally::default();
    let mut ground: Option<(u64, Ground)> = None;
    for case in from..to {
        tell(case, &tally);
        let program = case / SHARE;
        if ground.as_ref().is_none_or(|(number, _)| *number != program) {
            ground = Some((program, ground_of(seed, case)));
        }
        if let Some((_, ground)) = &mut ground {
            run_one(random_of(seed, case), case, ground, &mut tally);
        }
        tally.cases += 1;
    }
    tally
}

/// Whether a case takes longer than it may, each of three times.
pub fn is_slow(seed: u64, case: u64) -> bool {
    (0..3).all(|_| !run(seed, case, case + 1, |_, _| {}).slow.is_empty())
}

/// The bytes of a case.
pub fn bytes_of(seed: u64, case: u64) -> Vec<u8> {
    hostile(&mut random_of(seed, case), &ground_of(seed, case).encodings)
}

fn ground_of(seed: u64, case: u64) -> Ground {
    let program = case / SHARE;
    let random = Random(seed ^ program.wrapping_mul(0xa076_1d64_78bd_642f));
    lay(random, program % DENSE == 31)
}

fn random_of(seed: u64, case: u64) -> Random {
    Random(seed.rotate_left(17) ^ case.wrapping_mul(0xe703_7ed1_a0b4_28db))
}

/// Documents whose operations take hardly any bytes: what they cost is far from what they weigh.
fn dense() -> Vec<Doc> {
    let mut docs = [40, 41, 42, 43].map(|id| Doc::with_peer(peer(id)));
    let [typed, set, filled, long] = &mut docs;
    for _ in 0..1000 {
        write(typed, |tx| tx.text("body").insert(0, "x"));
        write(typed, |tx| tx.text("body").delete(0..1));
        write(set, |tx| tx.map("meta").set("key", true));
    }
    let nothing = vec![Value::Null; 5000];
    write(filled, |tx| tx.list("todo").insert_all(0, nothing));
    write(long, |tx| tx.text("body").push(&"x".repeat(1 << 18)));
    docs.into()
}

/// What holds more than its bytes are trusted with, before all of it has been gone through.
fn many() -> &'static [Vec<u8>] {
    static MANY: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MANY.get_or_init(|| {
        let mut docs = [44, 45, 46].map(|id| Doc::with_peer(peer(id)));
        let [set, typed, filled] = &mut docs;
        write(set, |tx| {
            (0..50_000).try_for_each(|_| tx.map("meta").set("key", true))
        });
        write(typed, |tx| {
            (0..25_000).try_for_each(|_| {
                tx.text("body").insert(0, "x")?;
                tx.text("body").delete(0..1)
            })
        });
        let nothing = vec![Value::Null; 50_000];
        write(filled, |tx| tx.list("todo").insert_all(0, nothing));
        let all = VersionVector::new();
        let deltas = |doc: &mut Doc| {
            [Level::None, Level::Compact].map(|level| doc.delta_since_with(&all, level))
        };
        let [set, typed] = [set, typed].map(deltas);
        let saved = [filled.save(), filled.delta_since(&all)];
        [set, typed, saved].concat()
    })
}

/// The encodings of a random program's replicas, at every level, and those of the small document; now and then dense ones.
fn lay(mut random: Random, is_dense: bool) -> Ground {
    let bytes = random.bytes(200);
    let bytes = &bytes[random.below(180)..];
    let program = Program::arbitrary(&mut Unstructured::new(bytes)).unwrap_or(Program {
        replicas: crate::program::Replicas(2),
        steps: Vec::new(),
    });
    let mut stage = Stage::play(&program);
    let mut encodings = stage.encodings();
    let mut docs = stage.into_docs();
    docs.push(Doc::load(encodings::small()).expect("it was saved"));
    if is_dense {
        encodings.clear();
        docs = dense();
    }
    for at in 0..docs.len() {
        let others: Vec<_> = docs.iter().map(Doc::version_vector).collect();
        for level in [Level::None, Level::Fast, Level::Compact] {
            encodings.push(docs[at].save_with(&SaveOptions::new().level(level)));
            for known in others.iter().chain([&VersionVector::new()]) {
                encodings.push(docs[at].delta_since_with(known, level));
            }
        }
        encodings.push(file(&mut docs[at]));
    }
    encodings.extend_from_slice(encodings::all());
    if is_dense {
        encodings.extend_from_slice(many());
    }
    let empty = Doc::with_peer(peer(50)).save();
    let victims = [docs[random.below(docs.len())].save(), empty];
    Ground {
        encodings,
        victims: victims.into_iter().map(Victim::new).collect(),
    }
}

/// A file of several pieces.
fn file(doc: &mut Doc) -> Vec<u8> {
    doc.set_peer(peer(60));
    let mut file = doc.save();
    for text in ["one", "and another"] {
        let point = doc.save_point();
        write(doc, |tx| tx.text("file").push(text));
        file.extend(doc.save_since(&point));
    }
    file
}

/// One of the encodings, changed.
fn hostile(random: &mut Random, encodings: &[Vec<u8>]) -> Vec<u8> {
    let honest = &encodings[random.below(encodings.len())];
    let mut frames: Vec<Vec<u8>> = split(honest).into_iter().map(<[u8]>::to_vec).collect();
    let at = random.below(frames.len());
    let Some(frame) = frames.get_mut(at) else {
        return honest.clone();
    };
    let noise = random.bytes(40);
    let mut noise = Unstructured::new(&noise);
    let mutations: Vec<_> = (0..1 + random.below(3))
        .filter_map(|_| Mutation::arbitrary(&mut noise).ok())
        .collect();
    *frame = match random.below(16) {
        // Another's body under this format, or its own under another.
        0 => crossed(random, frame, encodings),
        1 => open(frame).map_or(Vec::new(), |(format, body)| close(format % 4 + 1, body)),
        2 => spliced(random, frame, encodings),
        _ => mutate(frame, &mutations),
    };
    match random.below(32) {
        // Accidents: the checksum is left wrong.
        0 => {
            let mut bytes = frames.concat();
            let at = random.below(bytes.len());
            bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1);
            bytes
        }
        1 => [
            frames.concat(),
            encodings[random.below(encodings.len())].clone(),
        ]
        .concat(),
        _ => frames.concat(),
    }
}

fn crossed(random: &mut Random, frame: &[u8], encodings: &[Vec<u8>]) -> Vec<u8> {
    let other = &encodings[random.below(encodings.len())];
    match (open(frame), open(other)) {
        (Some((format, _)), Some((_, body))) => close(format, body),
        _ => frame.to_vec(),
    }
}

fn spliced(random: &mut Random, frame: &[u8], encodings: &[Vec<u8>]) -> Vec<u8> {
    let other = &encodings[random.below(encodings.len())];
    let (Some((format, body)), Some((_, other))) = (open(frame), open(other)) else {
        return frame.to_vec();
    };
    let head = &body[..random.below(body.len() + 1)];
    let tail = &other[random.below(other.len() + 1)..];
    close(format, &[head, tail].concat())
}

fn run_one(mut random: Random, case: u64, ground: &mut Ground, tally: &mut Tally) {
    let bytes = hostile(&mut random, &ground.encodings);
    let worth = Worth::of(&bytes);
    let note = |worth, cost, tally: &mut Tally| tally.note(case, worth, cost);
    let mut taken = false;
    let (loaded, cost) = promise::try_load(&bytes);
    note(worth, quickest(cost, || promise::try_load(&bytes).1), tally);
    if let Some(mut doc) = loaded {
        taken = true;
        promise::works(&mut doc);
    }
    for victim in &mut ground.victims {
        let (merged, cost) = promise::try_merge(&mut victim.doc, &victim.known, &bytes);
        let again = || {
            let mut victim = Victim::new(victim.saved.clone());
            promise::try_merge(&mut victim.doc, &victim.known, &bytes).1
        };
        note(
            worth.merged(&bytes, &victim.doc),
            quickest(cost, again),
            tally,
        );
        if merged {
            taken = true;
            promise::works(&mut victim.doc);
            *victim = Victim::new(std::mem::take(&mut victim.saved));
        } else if random.below(16) == 0 {
            assert!(
                victim.doc.save() == victim.saved,
                "a refused merge changed what is saved"
            );
        }
    }
    let inspected = || promise::try_inspect(&bytes);
    note(worth, quickest(inspected(), inspected), tally);
    tally.taken += u64::from(taken);
}

/// The machine has other things to do: what took long is tried again.
fn quickest(first: Cost, again: impl Fn() -> Cost) -> Cost {
    let mut cost = first;
    for _ in 0..3 {
        if cost.time > Duration::from_millis(10) {
            cost.time = cost.time.min(again().time);
        }
    }
    cost
}
