//! What a replica lacks, sent in pieces.
//!
//! - A piece is as large as it may be, unless it is one transaction, or one that goes on where typing ended.
//! - Pieces end between transactions. Only one that is a single stretch may come apart, where it is larger than a piece.
//! - Pieces say how much is done, and what the receiver then knows; no piece waits for another. Those who pass them on can also
//!   stop and go on somewhere else.
//! - Pieces of 256 KiB take few bytes more than one delta.

use support::engine::peer;
use support::traces::{self, Trace};
use syncline::{Doc, Level, Pieces, SaveOptions, VersionVector, value};

fn all(mut pieces: Pieces, doc: &mut Doc) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| pieces.next(doc).expect("its history")).collect()
}

fn of_everything(doc: &mut Doc, bytes: usize) -> Vec<Vec<u8>> {
    let pieces = doc.pieces_since(&VersionVector::new()).bytes_most(bytes);
    all(pieces, doc)
}

fn lines(doc: &mut Doc, count: usize) {
    for line in 0..count {
        let line = format!("Line {line}: {}\n", line * 7919 % 1000);
        doc.transact(|tx| tx.text("body").push(&line))
            .expect("it fits");
    }
}

/// Merges pieces in order: each takes effect at once.
fn merge_all(copy: &mut Doc, pieces: &[Vec<u8>]) {
    for piece in pieces {
        let change = copy.merge(piece).expect("a delta");
        assert!(change.applied() > 0 && change.waiting().is_empty());
        copy.check().expect("the invariants");
    }
}

fn assert_same(one: &Doc, other: &Doc) {
    assert_eq!(one.to_json(), other.to_json());
    assert_eq!(one.frontier(), other.frontier());
    assert!(one.save() == other.save(), "other bytes are saved");
}

#[test]
fn who_lacks_nothing_gets_no_piece() {
    let mut doc = Doc::with_peer(peer(1));
    assert!(of_everything(&mut doc, 100).is_empty());
    lines(&mut doc, 3);
    let mut pieces = doc.pieces_since(&doc.version_vector());
    assert_eq!((pieces.done(), pieces.left()), (0, 0));
    assert_eq!(pieces.next(&mut doc), Ok(None));
}

#[test]
fn typing_is_cut_anywhere() {
    let mut doc = Doc::with_peer(peer(1));
    lines(&mut doc, 200);
    let pieces = of_everything(&mut doc, 500);
    assert!((4..40).contains(&pieces.len()), "{}", pieces.len());
    assert!(pieces.iter().all(|piece| piece.len() <= 500));
    let mut copy = Doc::with_peer(peer(2));
    merge_all(&mut copy, &pieces);
    assert_same(&copy, &doc);
}

#[test]
fn pieces_fill_what_they_may_have() {
    let mut doc = Doc::with_peer(peer(1));
    lines(&mut doc, 4000);
    let pieces = of_everything(&mut doc, 4000);
    let (_, whole) = pieces.split_last().expect("there are pieces");
    let most = whole.iter().skip(1).map(Vec::len);
    assert!(
        most.clone().all(|len| (2500..=4000).contains(&len)),
        "{:?}",
        most.collect::<Vec<_>>()
    );
}

#[test]
fn a_transaction_larger_than_a_piece_is_one_of_its_own() {
    let mut doc = Doc::with_peer(peer(1));
    let numbers = || (0..1000).map(|at| (at * 7919) % 10_007);
    doc.transact(|tx| tx.text("body").push("before"))
        .expect("it fits");
    doc.transact(|tx| {
        tx.text("body").delete(0..2)?;
        // Wide characters stand in many runs.
        tx.text("body").insert(0, &"字é🙂".repeat(200))?;
        numbers().try_for_each(|number| tx.map("numbers").set(&number.to_string(), number))?;
        tx.list("list").push(value!([1, 2, { "three": 3 }]))?;
        tx.list("list")
            .insert_all(0, numbers().map(|number| value!(number)))
    })
    .expect("it fits");
    doc.transact(|tx| tx.text("body").push("after"))
        .expect("it fits");
    let pieces = of_everything(&mut doc, 300);
    let mut copy = Doc::with_peer(peer(2));
    let seen: Vec<_> = pieces
        .iter()
        .map(|piece| {
            copy.merge(piece).expect("a delta");
            (
                copy.text("body").len(),
                copy.map("numbers").len(),
                copy.list("list").len(),
            )
        })
        .collect();
    assert_eq!(seen, [(6, 0, 0), (604, 1000, 1001), (609, 1000, 1001)]);
}

/// A replica that had it as a delta, and one that opened it.
fn copies_of(doc: &mut Doc) -> [Doc; 2] {
    let mut received = Doc::with_peer(peer(8));
    received
        .merge(&doc.delta_since(&VersionVector::new()))
        .expect("a delta");
    let mut opened = Doc::load(&doc.save()).expect("it was saved");
    opened.read_history().expect("it was saved");
    [received, opened]
}

/// How long the text is after each piece.
fn lens_seen(doc: &mut Doc) -> Vec<usize> {
    let mut copy = Doc::with_peer(peer(9));
    let pieces = of_everything(doc, 60);
    let len = |piece: &Vec<u8>| {
        copy.merge(piece).expect("a delta");
        copy.text("body").len()
    };
    pieces.iter().map(len).collect()
}

/// Of what is inserted at once, other replicas may have a part that has one byte a character.
#[test]
fn a_transaction_of_wide_text_that_begins_narrow_stays_whole() {
    let mut doc = Doc::with_peer(peer(1));
    let text = ["x".repeat(128), "字".repeat(300)].concat();
    doc.transact(|tx| {
        tx.list("list").push(1)?;
        tx.text("body").push(&text)?;
        tx.list("list").push(2)
    })
    .expect("it fits");
    let copies = copies_of(&mut doc);
    for mut doc in [doc].into_iter().chain(copies) {
        assert_eq!(lens_seen(&mut doc), [428]);
    }
}

/// Where typing goes on after others wrote, whoever opens the document has it in runs that begin elsewhere.
#[test]
fn a_transaction_of_wide_text_that_goes_on_stays_whole() {
    let [mut doc, mut other] = [2, 1].map(|id| Doc::with_peer(peer(id)));
    other
        .transact(|tx| tx.list("list").push(0))
        .expect("it fits");
    doc.transact(|tx| tx.text("body").push(&"字".repeat(172)))
        .expect("it fits");
    doc.merge(&other.delta_since(&VersionVector::new()))
        .expect("a delta");
    doc.transact(|tx| {
        tx.text("body").push(&"é".repeat(300))?;
        tx.list("list").push(1)
    })
    .expect("it fits");
    let copies = copies_of(&mut doc);
    for mut doc in [doc].into_iter().chain(copies) {
        let seen = lens_seen(&mut doc);
        let within = |&len: &usize| (173..472).contains(&len);
        assert!(!seen.iter().any(within), "{seen:?}");
    }
}

#[test]
#[cfg_attr(
    feature = "small-nodes",
    ignore = "there the log itself cuts wide text sooner than a piece has to"
)]
fn what_is_put_in_at_once_is_cut_only_where_it_must_be() {
    let mut doc = Doc::with_peer(peer(1));
    for (at, text) in ["字".repeat(150), "x".repeat(2000), "é".repeat(90)]
        .iter()
        .enumerate()
    {
        doc.transact(|tx| tx.text(&format!("text {at}")).push(text))
            .expect("it fits");
    }
    // Packed, all of it would be one piece; 200 bytes hold the last text and not the first.
    let pieces = doc
        .pieces_since(&VersionVector::new())
        .bytes_most(250)
        .level(Level::None);
    let pieces = all(pieces, &mut doc);
    let mut copy = Doc::with_peer(peer(2));
    let lens: Vec<_> = pieces
        .iter()
        .map(|piece| {
            copy.merge(piece).expect("a delta");
            copy.text("text 2").len()
        })
        .collect();
    assert!(lens.iter().all(|&len| len == 0 || len == 90), "{lens:?}");
    assert!(pieces.iter().all(|piece| piece.len() <= 250));
    assert_same(&copy, &doc);
}

#[test]
fn they_are_of_what_was_known_when_they_were_asked_for() {
    let mut doc = Doc::with_peer(peer(1));
    lines(&mut doc, 100);
    let before = doc.version_vector();
    let mut pieces = doc.pieces_since(&VersionVector::new()).bytes_most(200);
    let mut copy = Doc::with_peer(peer(2));
    let mut rounds = 0;
    while let Some(piece) = pieces.next(&mut doc).expect("its history") {
        copy.merge(&piece).expect("a delta");
        assert_eq!(copy.version_vector(), *pieces.version());
        assert_eq!(pieces.done(), copy.operations());
        lines(&mut doc, 1);
        // Saved and opened again, its history has to be read first.
        if rounds % 2 == 1 {
            doc = Doc::load(&doc.save()).expect("it was saved");
            doc.set_peer(peer(3 + rounds));
        }
        rounds += 1;
    }
    assert!(rounds > 3);
    assert_eq!((pieces.left(), copy.version_vector()), (0, before));
}

#[test]
fn a_shallow_document_sends_what_it_has() {
    let mut doc = Doc::with_peer(peer(1));
    lines(&mut doc, 60);
    let before = doc.version_vector();
    let mut copy = Doc::load(&doc.save()).expect("it was saved");
    lines(&mut doc, 60);
    let shallow = SaveOptions::new().shallow_since(before);
    let mut shallow = Doc::load(&doc.save_with(&shallow)).expect("it was saved");
    let pieces = shallow.pieces_since(&copy.version_vector()).bytes_most(200);
    let pieces = all(pieces, &mut shallow);
    assert!(pieces.len() > 3);
    merge_all(&mut copy, &pieces);
    assert_same(&copy, &doc);
    // Whoever lacks more than it has gets the same, which waits for the rest.
    assert_eq!(of_everything(&mut shallow, 200), pieces);
    let mut counted = shallow.pieces_since(&VersionVector::new()).bytes_most(200);
    while counted.next(&mut shallow).expect("its history").is_some() {}
    let after = shallow.operations() - shallow.cut().iter().map(|end| end.1).sum::<u32>();
    assert_eq!((counted.done(), counted.left()), (after, 0));
}

#[test]
fn whoever_breaks_off_goes_on_elsewhere() {
    let mut doc = Doc::with_peer(peer(1));
    let mut other = Doc::with_peer(peer(2));
    lines(&mut doc, 50);
    lines(&mut other, 50);
    doc.merge(&other.delta_since(&VersionVector::new()))
        .expect("a delta");
    other
        .merge(&doc.delta_since(&VersionVector::new()))
        .expect("a delta");
    let mut copy = Doc::with_peer(peer(3));
    for round in 0.. {
        let from = if round % 2 == 0 { &mut doc } else { &mut other };
        let mut pieces = from.pieces_since(&copy.version_vector()).bytes_most(150);
        match pieces.next(from).expect("its history") {
            Some(piece) => merge_all(&mut copy, &[piece]),
            None => break,
        }
    }
    assert_same(&copy, &doc);
}

/// A trace typed by one replica; each agent's transactions as a peer of its own, one after another.
fn typed(name: &str) -> Option<Doc> {
    let trace = Trace::parse(&traces::read(name)?);
    let count = if traces::brief() {
        3000
    } else {
        trace.transactions.len()
    };
    let mut doc = Doc::with_peer(peer(1));
    for transaction in trace.transactions.iter().take(count) {
        let typed = doc.transact(|tx| {
            transaction.patches.iter().try_for_each(|patch| {
                tx.text("body").delete(patch.at..patch.at + patch.deleted)?;
                tx.text("body").insert(patch.at, &patch.inserted)
            })
        });
        typed.expect("it fits");
    }
    Some(doc)
}

#[test]
fn traces_come_in_pieces() {
    for name in ["automerge-paper.json.gz", "rustcode.json.gz"] {
        let Some(mut doc) = typed(name) else { continue };
        let whole = doc.delta_since(&VersionVector::new()).len();
        for (bytes, more) in [(256 << 10, 50), (16 << 10, 12), (2 << 10, 3)] {
            let pieces = of_everything(&mut doc, bytes);
            let sum: usize = pieces.iter().map(Vec::len).sum();
            println!(
                "{name}: {whole} bytes in {} pieces of {bytes}: {sum}",
                pieces.len()
            );
            assert!(
                sum <= whole + whole / more + 100,
                "{sum} bytes, not {whole}"
            );
            assert!(pieces.iter().all(|piece| piece.len() <= bytes));
            let mut copy = Doc::with_peer(peer(2));
            for piece in &pieces {
                copy.merge(piece).expect("a delta");
            }
            assert_same(&copy, &doc);
        }
    }
}

/// The last small piece is kept for whoever asks for the same: another question gets another answer.
#[test]
fn a_piece_is_that_of_who_asks_whatever_was_asked_before() {
    let mut doc = Doc::with_peer(peer(1));
    lines(&mut doc, 3);
    let mut other = Doc::with_peer(peer(2));
    lines(&mut other, 3);
    doc.merge(&other.delta_since(&VersionVector::new()))
        .expect("a delta");
    let known = |counts: [u32; 2]| -> VersionVector {
        let peers = [1, 2].map(peer).into_iter();
        peers.zip(counts).collect()
    };
    let [one, two] = [1, 2].map(|id| doc.version_vector().get(peer(id)));
    assert_eq!(one, two, "as many by each");
    let questions = [
        known([0, two]),
        known([one, 0]),
        known([0, 0]),
        known([one - 5, two]),
        known([one, two - 5]),
        known([one - 6, two]),
        known([one - 5, two - 5]),
    ];
    let mut answers = Vec::new();
    for known in &questions {
        for level in [Level::None, Level::Fast] {
            let fresh = &mut Doc::load(&doc.save()).expect("it was saved");
            let [again, answer] =
                [fresh, &mut doc].map(|doc| all(doc.pieces_since(known).level(level), doc));
            assert_eq!(answer, again, "{known:?} at {level:?}");
            answers.push(answer);
        }
    }
    // One behind another, in both orders.
    for (at, known) in questions.iter().enumerate() {
        for (then, level) in [(0, Level::None), (1, Level::Fast)] {
            for (before, first) in questions.iter().enumerate() {
                all(doc.pieces_since(first).level(Level::Fast), &mut doc);
                let answer = all(doc.pieces_since(known).level(level), &mut doc);
                assert!(answer == answers[2 * at + then], "{at} after {before}");
            }
        }
    }
    // And what is written meanwhile is in it.
    merge_all(&mut other, &answers[0]);
    for _ in 0..2 {
        let before = doc.version_vector();
        lines(&mut doc, 1);
        let answer = all(doc.pieces_since(&before), &mut doc);
        merge_all(&mut other, &answer);
    }
    assert_same(&doc, &other);
}
