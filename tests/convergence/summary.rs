//! Summaries of documents, and reconciliation over bytes that may be anything.
//!
//! - The summary depends on the operations alone, not on how they arrived or when it was asked for.
//! - What a reconciliation finds is what two documents need to become equal.
//! - Damaged, lost, repeated and invented messages: no panic, an end after a bounded number of messages, and never a proof
//!   that somebody lacks anything but what they do.

use proptest::prelude::*;
use syncline::{
    Difference, Doc, Entry, Known, Missing, Opening, Peer, Reconciliation, SaveOptions, Summary,
    VersionVector,
};

fn doc(peer: u64) -> Doc {
    Doc::with_peer(Peer::new(peer).expect("not zero"))
}

/// The summary of a document whose history is sound.
fn summary(doc: &mut Doc) -> &Summary {
    doc.summary().expect("sound")
}

fn write(doc: &mut Doc, text: &str) {
    doc.transact(|tx| tx.text("body").insert(0, text))
        .expect("it fits");
}

/// A summary made at once, by a replica that received everything at once.
fn afresh(doc: &Doc) -> Summary {
    let mut copy = Doc::load(&doc.save()).expect("it was saved");
    summary(&mut copy).clone()
}

#[test]
fn a_summary_depends_on_the_operations_alone() {
    let mut one = doc(1);
    let mut other = doc(2);
    for round in 0..70 {
        write(&mut one, "left");
        write(&mut other, "right");
        if round % 3 == 0 {
            let to_one = other.delta_since(&one.version_vector());
            let to_other = one.delta_since(&other.version_vector());
            one.merge(&to_one).expect("a delta");
            other.merge(&to_other).expect("a delta");
            assert!(summary(&mut one).iter().eq(summary(&mut other).iter()));
        }
        if round % 5 == 0 {
            let whole = afresh(&one);
            assert!(summary(&mut one).iter().eq(whole.iter()), "round {round}");
            summary(&mut one).check().expect("sound");
        }
    }
    let to_one = other.delta_since(&one.version_vector());
    let to_other = one.delta_since(&other.version_vector());
    one.merge(&to_one).expect("a delta");
    other.merge(&to_other).expect("a delta");
    assert_eq!(
        summary(&mut one).clone().root(),
        summary(&mut other).clone().root()
    );
    assert_eq!(summary(&mut one).len(), 2);
}

/// A document without its history has the same summary, before and after it is written on.
#[test]
fn a_shallow_document_has_the_same_summary() {
    let mut one = doc(1);
    for _ in 0..70 {
        write(&mut one, "left");
    }
    let mut other = Doc::load(&one.save()).expect("it was saved");
    other.set_peer(Peer::new(2).expect("not zero"));
    write(&mut other, "right");
    let shallow = other.save_with(&SaveOptions::default().shallow());
    let mut copy = Doc::load(&shallow).expect("it was saved");
    assert!(summary(&mut copy).iter().eq(summary(&mut other).iter()));
    write(&mut other, "more");
    let delta = other.delta_since(&copy.version_vector());
    copy.merge(&delta).expect("a delta");
    assert!(summary(&mut copy).iter().eq(summary(&mut other).iter()));
}

#[test]
fn a_transaction_that_failed_is_not_in_the_summary() {
    let mut one = doc(1);
    write(&mut one, "kept");
    let before = summary(&mut one).clone().root();
    let failed = one.transact(|tx| {
        tx.text("body").insert(0, "gone")?;
        tx.text("body").insert(99, "nowhere")
    });
    assert!(failed.is_err());
    assert_eq!(summary(&mut one).clone().root(), before);
    write(&mut one, "more");
    let whole = afresh(&one);
    assert!(summary(&mut one).iter().eq(whole.iter()));
}

/// The version vector that a replica has who lacks this of ours.
fn known_to(doc: &Doc, lacks: &[Missing]) -> VersionVector {
    let mut known = doc.version_vector();
    for missing in lacks {
        known.set(Peer::new(missing.key).expect("a peer"), missing.from);
    }
    known
}

#[test]
fn what_is_found_makes_documents_equal() {
    let mut one = doc(1);
    write(&mut one, "both know this");
    let mut other = Doc::load(&one.save()).expect("it was saved");
    let base = Doc::load(&one.save()).expect("it was saved");
    for peer in 10..120 {
        let mut writer = Doc::load(&base.save()).expect("it was saved");
        writer.set_peer(Peer::new(peer).expect("not zero"));
        write(&mut writer, "mine");
        let delta = writer.delta_since(&base.version_vector());
        if peer % 10 != 0 {
            one.merge(&delta).expect("a delta");
        }
        if peer % 15 != 0 {
            other.merge(&delta).expect("a delta");
        }
    }
    let (asker, answerer) = reconciled(
        summary(&mut one),
        summary(&mut other),
        Opening::FirstContact,
    );
    let (here, there) = (
        asker.difference().expect("found"),
        answerer.difference().expect("found"),
    );
    assert_eq!((here.ours.len(), here.theirs.len()), (8, 4));
    assert_eq!((&here.ours, &here.theirs), (&there.theirs, &there.ours));
    let known = known_to(&one, &here.theirs);
    let to_other = one.delta_since(&known);
    let known = known_to(&other, &there.theirs);
    let to_one = other.delta_since(&known);
    one.merge(&to_one).expect("a delta");
    other.merge(&to_other).expect("a delta");
    assert_eq!(one.version_vector(), other.version_vector());
    let (asker, _) = reconciled(
        summary(&mut one),
        summary(&mut other),
        Opening::ExpectingEqual,
    );
    assert!(asker.difference().expect("found").is_empty());
}

/// One peer id, two histories: seen without either having written on.
#[test]
fn a_fork_is_named() {
    let (mut one, mut other) = (doc(7), doc(7));
    write(&mut one, "one");
    write(&mut other, "two");
    let (asker, answerer) = reconciled(
        summary(&mut one),
        summary(&mut other),
        Opening::FirstContact,
    );
    assert_eq!(asker.difference().expect("found").forks, [7]);
    assert_eq!(answerer.difference().expect("found").forks, [7]);
}

fn reconciled(
    here: &Summary,
    there: &Summary,
    opening: Opening,
) -> (Reconciliation, Reconciliation) {
    let (mut asker, mut messages) = Reconciliation::ask(here, 5, opening);
    let mut answerer = Reconciliation::answer();
    while !messages.is_empty() {
        let mut answers = Vec::new();
        for message in messages {
            answers.extend(
                answerer
                    .receive(there, &message)
                    .expect("an honest message"),
            );
        }
        messages = Vec::new();
        for answer in answers {
            messages.extend(asker.receive(here, &answer).expect("an honest message"));
        }
    }
    (asker, answerer)
}

fn entry(key: u64, length: u32) -> Entry {
    let mut hash = [0; 32];
    // Any bytes that differ from entry to entry.
    for (at, byte) in hash.iter_mut().enumerate() {
        let mixed = (key ^ u64::from(length) << 40 ^ at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        *byte = mixed.to_be_bytes()[0];
    }
    Entry { key, length, hash }
}

/// What is done to a message on its way.
#[derive(Clone, Debug)]
enum Harm {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Replace(Vec<u8>),
    Extend(Vec<u8>),
    Repeat,
    Lose,
}

fn harms() -> impl Strategy<Value = Harm> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => (index(), 0u8..8).prop_map(|(at, bit)| Harm::Flip(at, bit)),
        1 => index().prop_map(Harm::Cut),
        1 => bytes().prop_map(Harm::Replace),
        1 => bytes().prop_map(Harm::Extend),
        1 => Just(Harm::Repeat),
        1 => Just(Harm::Lose),
    ]
}

impl Harm {
    fn done_to(&self, message: Vec<u8>) -> Vec<Vec<u8>> {
        let mut harmed = message;
        match self {
            Harm::Flip(at, bit) => {
                let at = at.index(harmed.len());
                harmed[at] ^= 1 << bit;
            }
            Harm::Cut(at) => harmed.truncate(at.index(harmed.len())),
            Harm::Replace(bytes) => harmed = bytes.clone(),
            Harm::Extend(bytes) => harmed.extend(bytes),
            Harm::Repeat => return vec![harmed.clone(), harmed],
            Harm::Lose => return Vec::new(),
        }
        vec![harmed]
    }
}

/// What `ours` and `theirs` lack of each other, the slow way.
fn truth(ours: &Summary, theirs: &Summary) -> Difference {
    let lacking = |one: &Summary, other: &Summary| {
        let mut lacking = Vec::new();
        for entry in other.iter() {
            let from = one.get(entry.key).map_or(0, |entry| entry.length);
            if from < entry.length {
                lacking.push(Missing {
                    key: entry.key,
                    from,
                });
            }
        }
        lacking
    };
    Difference {
        ours: lacking(ours, theirs),
        theirs: lacking(theirs, ours),
        forks: Vec::new(),
    }
}

/// Whether a proof, if the side has one, is one of the truth. Only that entries of one length are the same cannot be known
/// of those whose hash was harmed on the way.
fn proves_the_truth(side: &Reconciliation, ours: &Summary, theirs: &Summary) -> bool {
    let Some(difference) = side.difference().filter(|_| side.is_proven()) else {
        return true;
    };
    let forks = difference.forks.clone();
    *difference
        == Difference {
            forks,
            ..truth(ours, theirs)
        }
}

proptest! {
    #[test]
    fn harm_on_the_way_proves_nothing(
        both in prop::collection::btree_map(any::<u64>(), 1u32..9, 0..300),
        here in prop::collection::btree_map(any::<u64>(), 1u32..9, 0..30),
        there in prop::collection::btree_map(any::<u64>(), 1u32..9, 0..30),
        dense: bool,
        known in prop::option::of((0u64..300, 0u64..300)),
        harms in prop::collection::vec((0usize..6, harms()), 1..4),
    ) {
        let key = |key: u64| if dense { key % 400 } else { key };
        let mut ours: Summary = both.iter().map(|(&at, &length)| entry(key(at), length)).collect();
        let mut theirs = ours.clone();
        for (&at, &length) in &here {
            ours.set(entry(key(at), length));
        }
        for (&at, &length) in &there {
            theirs.set(entry(key(at), length));
        }
        let opening = known.map_or(Opening::FirstContact, |(ours, theirs)| Opening::Known(Known { ours, theirs }));
        let (mut asker, mut messages) = Reconciliation::ask(&ours, 5, opening);
        let mut answerer = Reconciliation::answer();
        let mut passed = 0;
        let mut to_answerer = true;
        'all: for _ in 0..50 {
            let mut answers = Vec::new();
            for message in std::mem::take(&mut messages) {
                let harmed = match harms.iter().find(|(at, _)| *at == passed) {
                    Some((_, harm)) => harm.done_to(message),
                    None => vec![message],
                };
                passed += 1;
                for message in harmed {
                    let received = match to_answerer {
                        true => answerer.receive(&theirs, &message),
                        false => asker.receive(&ours, &message),
                    };
                    match received {
                        Ok(more) => answers.extend(more),
                        Err(_) => break 'all,
                    }
                }
            }
            messages = answers;
            to_answerer = !to_answerer;
        }
        prop_assert!(messages.is_empty());
        prop_assert!(proves_the_truth(&asker, &ours, &theirs));
        prop_assert!(proves_the_truth(&answerer, &theirs, &ours));
    }

    #[test]
    fn invented_messages_end(
        held in prop::collection::btree_map(0u64..3_000, 1u32..9, 0..300),
        invented in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 1..30),
        asks: bool,
        kinds in prop::collection::vec(0u8..5, 30),
    ) {
        let held: Summary = held.into_iter().map(|(key, length)| entry(key, length)).collect();
        let mut side = match asks {
            true => Reconciliation::ask(&held, 5, Opening::FirstContact).0,
            false => Reconciliation::answer(),
        };
        for (mut message, kind) in invented.into_iter().zip(kinds) {
            // The beginning of a message that is read further.
            message.splice(0..message.len().min(2), [0, 1 | kind << 4]);
            if side.receive(&held, &message).is_err() {
                break;
            }
        }
        prop_assert!(!side.is_proven());
    }
}

#[test]
fn a_side_receives_no_more_than_it_was_told_to() {
    let held: Summary = (0..9_000)
        .map(|key| entry(key * 0x1234_5678_9ABC, 4))
        .collect();
    let other = Summary::new();
    let (_, messages) = Reconciliation::ask(&held, 5, Opening::FirstContact);
    let mut answerer = Reconciliation::answer().receiving_at_most(500);
    let error = answerer
        .receive(&other, &messages[0])
        .expect_err("too long");
    assert!(error.to_string().contains("500"), "{error}");
}
