//! A long, deterministic run of encodings that were changed behind right checksums.
//!
//! Each case is a number: from the seed and it follow the program that replicas play, the encoding that is taken, how it is
//! changed, and who receives it. So a failure is told by two numbers, and comes again.

use std::time::{Duration, Instant};

use arbitrary::{Arbitrary, Unstructured};
use syncline::{Doc, Level, SaveOptions, VersionVector};

use crate::encodings::{self, peer};
use crate::frame::{close, open, split};
use crate::mutator::{Mutation, mutate};
use crate::program::Program;
use crate::promise::{self, Cost};
use crate::stage::Stage;

/// Cases that share a program.
const SHARE: u64 = 512;
/// Inputs shorter than this are to take less than the time a case may take.
pub const SHORT_BYTES: usize = 64 << 10;

/// Numbers that look random (SplitMix64, Steele et al. 2014).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cases, and how many of them were taken.
    pub cases: u64,
    /// Of those, how many were taken.
    pub taken: u64,
    /// The longest time that a short input took, and its case.
    pub longest: (Duration, u64),
    /// The most that refused input cost beyond 1 MiB, in bytes for each of its own, and its case.
    pub costliest: (f64, u64),
    /// The most that refused input cost in bytes, and its case.
    pub largest: (usize, u64),
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
        let doc = Doc::load(&saved).expect("it was saved");
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
            ground = Some((
                program,
                lay(Random(seed ^ program.wrapping_mul(0xa076_1d64_78bd_642f))),
            ));
        }
        let Some((_, ground)) = &mut ground else {
            continue;
        };
        let random = Random(seed.rotate_left(17) ^ case.wrapping_mul(0xe703_7ed1_a0b4_28db));
        run_one(random, case, ground, &mut tally);
        tally.cases += 1;
    }
    tally
}

/// The encodings of a random program's replicas, at every level, and those of the small document.
fn lay(mut random: Random) -> Ground {
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
        doc.transact(|tx| tx.text("file").push(text))
            .expect("it fits");
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
    let note = |cost: Cost, tally: &mut Tally| {
        if bytes.len() < SHORT_BYTES && cost.time > tally.longest.0 {
            tally.longest = (cost.time, case);
        }
        if cost.refused {
            let beyond = cost.peak.saturating_sub(1 << 20) as f64 / bytes.len().max(1) as f64;
            if beyond > tally.costliest.0 {
                tally.costliest = (beyond, case);
            }
            if cost.peak > tally.largest.0 {
                tally.largest = (cost.peak, case);
            }
        }
    };
    let mut taken = false;
    let (loaded, cost) = promise::try_load(&bytes);
    note(cost, tally);
    if let Some(mut doc) = loaded {
        taken = true;
        promise::works(&mut doc);
    }
    for victim in &mut ground.victims {
        let (merged, cost) = promise::try_merge(&mut victim.doc, &victim.known, &bytes);
        note(cost, tally);
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
    let started = Instant::now();
    let _ = syncline::inspect(&bytes);
    if bytes.len() < SHORT_BYTES && started.elapsed() > tally.longest.0 {
        tally.longest = (started.elapsed(), case);
    }
    tally.taken += u64::from(taken);
}
