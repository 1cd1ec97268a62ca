//! Any bytes as the messages of a reconciliation, and honest ones with a few bytes changed: it ends, and proves nothing
//! but the truth.

#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use syncline::{Entry, Known, Opening, ReconcileError, Reconciliation, Summary};

#[derive(Arbitrary, Debug)]
struct Story {
    both: u16,
    here: Vec<(u16, u8)>,
    there: Vec<(u16, u8)>,
    spread: bool,
    known: Option<(u16, u16)>,
    /// In the message of this number the byte of this number is changed so.
    harms: Vec<(u8, u16, u8)>,
    invented: Vec<Vec<u8>>,
}

/// An entry whose hash says its key and length.
fn entry(key: u16, length: u8, spread: bool) -> Entry {
    let mixed = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut hash = [length; 32];
    hash[..8].copy_from_slice(&mixed.to_le_bytes());
    Entry {
        key: if spread { mixed } else { key.into() },
        length: length.into(),
        hash,
    }
}

fn truth(ours: &Summary, theirs: &Summary) -> Vec<(u64, u32)> {
    let length = |key| ours.get(key).map_or(0, |entry| entry.length);
    let longer = theirs
        .iter()
        .filter(|entry| length(entry.key) < entry.length);
    longer.map(|entry| (entry.key, length(entry.key))).collect()
}

fn check(side: &Reconciliation, ours: &Summary, theirs: &Summary) {
    if let Some(found) = side.difference().filter(|_| side.is_proven()) {
        let named = |missing: &[syncline::Missing]| -> Vec<(u64, u32)> {
            missing
                .iter()
                .map(|missing| (missing.key, missing.from))
                .collect()
        };
        assert_eq!(named(&found.ours), truth(ours, theirs));
        assert_eq!(named(&found.theirs), truth(theirs, ours));
    }
}

fn exchange(story: &Story, here: &Summary, there: &Summary) -> Result<(), ReconcileError> {
    let opening = story.known.map_or(Opening::FirstContact, |(ours, theirs)| {
        Opening::Known(Known {
            ours: ours.into(),
            theirs: theirs.into(),
        })
    });
    let (mut asker, mut messages) = Reconciliation::ask(here, 5, opening);
    let mut answerer = Reconciliation::answer();
    let mut number = 0u8;
    let mut asks = true;
    while !messages.is_empty() {
        let mut answers = Vec::new();
        for mut message in messages {
            for (_, at, change) in story.harms.iter().filter(|harm| harm.0 == number) {
                let at = usize::from(*at) % message.len();
                message[at] ^= change;
            }
            number = number.checked_add(1).expect("it ends");
            answers.extend(match asks {
                true => answerer.receive(there, &message)?,
                false => asker.receive(here, &message)?,
            });
            check(&asker, here, there);
            check(&answerer, there, here);
        }
        messages = answers;
        asks = !asks;
    }
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(story) = Story::arbitrary(&mut Unstructured::new(bytes)) else {
        return;
    };
    let both = (0..story.both % 2_000).map(|key| entry(key, 1, story.spread));
    let mut here: Summary = both.collect();
    let mut there = here.clone();
    for (summary, changes) in [(&mut here, &story.here), (&mut there, &story.there)] {
        for &(key, length) in changes {
            summary.set(entry(key, length.max(1), story.spread));
        }
        summary.check().expect("sound");
    }
    // A message that was refused ends it.
    let _ = exchange(&story, &here, &there);
    for mut side in [
        Reconciliation::ask(&here, 5, Opening::FirstContact).0,
        Reconciliation::answer(),
    ] {
        for message in &story.invented {
            if side.receive(&here, message).is_err() {
                break;
            }
        }
    }
});
