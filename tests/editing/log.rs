//! What is said of transactions: by whom, when and why.
//!
//! - It comes with the operations, by every way they take, and every replica tells the same.
//! - It is part of a peer's history: who says something else of it has another.

use proptest::prelude::*;
use support::engine::peer;
use support::forks;
use support::pair::Pair;
use support::small::{doc, type_at, write};
use syncline::{Doc, Error, Level, Limits, LogEntry, SaveOptions, Transaction, VersionVector};

/// Peer, first number, operations, author, message and time.
type Told<'e> = (u64, u32, u32, Option<&'e str>, Option<&'e str>, Option<i64>);

fn told(log: &[LogEntry]) -> Vec<Told<'_>> {
    log.iter()
        .map(|entry| {
            (
                entry.peer.get(),
                entry.seq,
                entry.operations,
                entry.author.as_deref(),
                entry.message.as_deref(),
                entry.time,
            )
        })
        .collect()
}

fn say(tx: &mut Transaction<'_>, message: &str, time: i64) -> Result<(), Error> {
    tx.set_time(time);
    tx.set_message(message)
}

/// Ann's: typing, of which some is told apart by what is said of it.
fn written() -> Doc {
    let mut doc = doc(1);
    type_at(&mut doc, 0, "ab");
    doc.set_author("Ann").expect("a short name");
    type_at(&mut doc, 2, "cd");
    write(&mut doc, |tx| {
        say(tx, "goes on", 1_000)?;
        tx.text("body").insert(4, "efg")
    });
    type_at(&mut doc, 7, "h");
    write(&mut doc, |tx| {
        tx.set_time(900);
        tx.map("meta").set("done", true)?;
        tx.text("body").delete(0..2)
    });
    type_at(&mut doc, 6, "ij");
    doc
}

const WRITTEN: [Told<'static>; 6] = [
    (1, 0, 2, None, None, None),
    (1, 2, 2, Some("Ann"), None, None),
    (1, 4, 3, Some("Ann"), Some("goes on"), Some(1_000)),
    (1, 7, 1, Some("Ann"), None, None),
    (1, 8, 3, Some("Ann"), None, Some(900)),
    (1, 11, 2, Some("Ann"), None, None),
];

fn log_of(doc: &mut Doc) -> Vec<LogEntry> {
    doc.check().expect("the invariants");
    doc.log().expect("its history")
}

#[test]
fn transactions_are_told_with_what_was_said_of_them() {
    let mut doc = written();
    let log = log_of(&mut doc);
    assert_eq!(told(&log), WRITTEN);
    let texts = ["ab", "abcd", "abcdefg", "abcdefgh", "cdefgh", "cdefghij"];
    for (entry, text) in log.iter().zip(texts) {
        let past = doc.at(&entry.version()).expect("a version of its own");
        assert_eq!(past.text("body").to_string(), text);
    }
}

#[test]
fn it_comes_with_the_operations_by_every_way() {
    let mut doc = written();
    let empty = VersionVector::new();
    for level in [Level::None, Level::Fast, Level::Compact] {
        let mut whole = Doc::new();
        whole
            .merge(&doc.delta_since_with(&empty, level))
            .expect("a delta");
        assert_eq!(told(&log_of(&mut whole)), WRITTEN);
        let saved = doc.save_with(&SaveOptions::new().level(level));
        let mut opened = Doc::load(&saved).expect("what it saved");
        // The first edit needs no history, and what it says comes behind.
        opened.set_peer(peer(2));
        write(&mut opened, |tx| {
            tx.set_message("later")?;
            tx.text("body").push("!")
        });
        let mut all = WRITTEN.to_vec();
        all.push((2, 0, 1, None, Some("later"), None));
        assert_eq!(told(&log_of(&mut opened)), all);
        assert_eq!(root(&mut opened), root(&mut whole_with(&doc, &mut opened)));
    }
    let mut behind = Doc::new();
    let mut pieces = doc.pieces_since(&empty).bytes_most(1);
    while let Some(piece) = pieces.next(&mut doc).expect("its history") {
        behind.merge(&piece).expect("a piece");
    }
    assert_eq!(told(&log_of(&mut behind)), WRITTEN);
    let mut fork = doc.fork();
    assert_eq!(told(&log_of(&mut fork)), WRITTEN);
    let third = doc.log().expect("its history")[2].version();
    let mut fork = doc.fork_at(&third).expect("its own version");
    assert_eq!(told(&log_of(&mut fork)), WRITTEN[..3]);
}

fn root(doc: &mut Doc) -> [u8; 32] {
    doc.summary().expect("a summary").clone().root()
}

/// A replica with what both know.
fn whole_with(one: &Doc, other: &mut Doc) -> Doc {
    let mut whole = forks::copy(one);
    whole
        .merge(&other.delta_since(&whole.version_vector()))
        .expect("a delta");
    whole
}

#[test]
fn a_session_brings_it_live() {
    let mut pair = Pair::new(written(), doc(2));
    pair.run();
    write(&mut pair.here, |tx| {
        say(tx, "a keystroke", -5)?;
        tx.text("body").push("x")
    });
    pair.run();
    type_at(&mut pair.here, 0, "y");
    pair.run();
    pair.agree();
    let here = log_of(&mut pair.here);
    assert_eq!(told(&here), told(&log_of(&mut pair.there)));
    let last = told(&here);
    assert_eq!(
        last[6..],
        [
            (1, 13, 1, Some("Ann"), Some("a keystroke"), Some(-5)),
            (1, 14, 1, Some("Ann"), None, None)
        ]
    );
}

#[test]
fn who_says_something_else_has_another_history() {
    let said = |message: &str| {
        let mut doc = doc(1);
        write(&mut doc, |tx| {
            tx.set_message(message)?;
            tx.text("body").push("a")
        });
        doc
    };
    let (mut one, mut same, mut other) = (said("one"), said("one"), said("other"));
    assert_eq!(root(&mut one), root(&mut same));
    assert_ne!(root(&mut one), root(&mut other));
    type_at(&mut other, 1, "b");
    let behind = other.delta_since(&one.version_vector());
    assert!(matches!(one.merge(&behind), Err(Error::Forked { .. })));
    let mut unsaid = doc(1);
    type_at(&mut unsaid, 0, "a");
    assert_ne!(root(&mut one), root(&mut unsaid));
}

#[test]
fn what_is_taken_back_says_nothing() {
    let mut doc = doc(1);
    doc.set_author("Ann").expect("a short name");
    let refused = doc.transact(|tx| {
        say(tx, "not to be", 1)?;
        tx.text("body").push("a")?;
        Err(Error::aborted("no"))
    });
    assert!(refused.is_err());
    write(&mut doc, |tx| tx.set_message("nothing written"));
    write(&mut doc, |tx| tx.text("body").push("b"));
    assert_eq!(
        told(&log_of(&mut doc)),
        [(1, 0, 1, Some("Ann"), None, None)]
    );
    // A new peer tells its name again.
    doc.set_peer(peer(3));
    write(&mut doc, |tx| tx.text("body").push("c"));
    assert_eq!(log_of(&mut doc)[1].author.as_deref(), Some("Ann"));
}

#[test]
fn long_messages_are_refused_where_they_are_said_and_where_they_come() {
    let mut limits = Limits::default();
    limits.message_bytes = 4;
    let mut strict = Doc::with_limits(limits);
    let is_limit = |error: &Error| {
        matches!(
            error,
            Error::Limit {
                what: "message_bytes",
                found: 5,
                ..
            }
        )
    };
    assert!(is_limit(&strict.set_author("Annie").expect_err("5 bytes")));
    let said = strict.transact(|tx| tx.set_message("why so"));
    assert!(said.is_err());
    let mut doc = doc(1);
    write(&mut doc, |tx| {
        tx.set_message("12345")?;
        tx.text("body").push("a")
    });
    let delta = doc.delta_since(&VersionVector::new());
    assert!(is_limit(&strict.merge(&delta).expect_err("5 bytes")));
    strict.check().expect("the invariants");
    assert_eq!(strict.operations(), 0);
}

#[test]
fn messages_count_as_what_a_piece_holds() {
    let mut doc = doc(1);
    for at in 0..200_usize {
        write(&mut doc, |tx| {
            tx.set_message(&format!("{at:>50}"))?;
            tx.text("body").insert(at, "a")
        });
    }
    let known = VersionVector::new();
    let mut pieces = doc
        .pieces_since(&known)
        .bytes_most(1_000)
        .level(Level::None);
    let mut count = 0;
    while let Some(piece) = pieces.next(&mut doc).expect("its history") {
        assert!(piece.len() <= 1_100, "{} bytes", piece.len());
        count += 1;
    }
    assert!(count <= 20, "{count} pieces");
}

#[test]
fn a_split_peer_keeps_what_it_said() {
    let (mut one, mut other) = (written(), forks::copy_as(&written(), 1));
    for (doc, message) in [(&mut one, "here"), (&mut other, "there")] {
        write(doc, |tx| {
            tx.set_message(message)?;
            tx.text("body").push("z")
        });
    }
    forks::meet(&mut one, &mut other);
    let log = log_of(&mut one);
    assert_eq!(told(&log), told(&log_of(&mut other)));
    let mut last: Vec<_> = log[log.len() - 2..]
        .iter()
        .map(|entry| (entry.author.as_deref(), entry.message.as_deref()))
        .collect();
    last.sort_unstable();
    assert_eq!(
        last,
        [(Some("Ann"), Some("here")), (Some("Ann"), Some("there"))]
    );
}

#[test]
fn a_time_for_each_keystroke_takes_little() {
    let mut doc = doc(1);
    let mut plain = support::small::doc(1);
    for at in 0..1_000_usize {
        type_at(&mut plain, at, "a");
        write(&mut doc, |tx| {
            tx.set_time(1_795_000_000_000 + 180 * i64::try_from(at).expect("small"));
            tx.text("body").insert(at, "a")
        });
    }
    let bytes = |doc: &mut Doc| doc.delta_since(&VersionVector::new()).len();
    let (with, without) = (bytes(&mut doc), bytes(&mut plain));
    assert!(with - without < 100, "{with} bytes beside {without}");
}

/// One step: who, whether they receive first, what is written, and what is said.
type Step = (usize, bool, u8, Option<String>, Option<i64>);

fn step() -> impl Strategy<Value = Step> {
    (
        0..3_usize,
        any::<bool>(),
        0..4_u8,
        proptest::option::of("[a-z]{0,12}"),
        proptest::option::of(-5_000_i64..5_000),
    )
}

proptest! {
    /// A list of what each wrote says the same as the log, on every replica.
    #[test]
    fn every_replica_tells_what_was_said(steps in prop::collection::vec(step(), 1..40)) {
        let mut docs: Vec<Doc> = (1..4).map(doc).collect();
        let mut said = Vec::new();
        for (who, receives, work, message, time) in steps {
            if receives {
                let (from, to) = ((who + 1) % 3, who);
                let known = docs[to].version_vector();
                let delta = docs[from].delta_since(&known);
                docs[to].merge(&delta).expect("a delta");
            }
            let doc = &mut docs[who];
            let seq = doc.version_vector().get(peer(who as u64 + 1));
            write(doc, |tx| {
                if let Some(message) = &message {
                    tx.set_message(message)?;
                }
                if let Some(time) = time {
                    tx.set_time(time);
                }
                match work {
                    0 => tx.text("body").push("abc"),
                    1 => tx.text("body").insert(0, "x"),
                    2 => tx.map("meta").set("k", 1),
                    _ => {
                        tx.list("todo").push(1)?;
                        tx.text("body").push("d")
                    }
                }
            });
            let to = doc.version_vector().get(peer(who as u64 + 1));
            if message.is_some() || time.is_some() {
                said.push((who as u64 + 1, seq, to - seq, message, time));
            }
        }
        for from in 0..3 {
            for to in 0..3 {
                let known = docs[to].version_vector();
                let delta = docs[from].delta_since(&known);
                docs[to].merge(&delta).expect("a delta");
            }
        }
        said.sort();
        let first = log_of(&mut docs[0]);
        for doc in &mut docs {
            let log = log_of(doc);
            prop_assert_eq!(&log, &first);
            let mut reloaded = Doc::load(&doc.save()).expect("what it saved");
            prop_assert_eq!(&log_of(&mut reloaded), &first);
            let operations: u32 = log.iter().map(|entry| entry.operations).sum();
            prop_assert_eq!(operations, doc.operations());
            let mut found: Vec<_> = log
                .iter()
                .filter(|entry| entry.message.is_some() || entry.time.is_some())
                .map(|entry| (entry.peer.get(), entry.seq, entry.operations, entry.message.clone(), entry.time))
                .collect();
            found.sort();
            prop_assert_eq!(&found, &said);
        }
    }
}
