//! What is written while a session is under way.
//!
//! - What is larger than a piece goes in pieces, within the window.
//! - A peer that is split meanwhile, elsewhere, loses nothing of what was to be sent.

use support::engine::peer;
use support::pair::Pair;
use support::small::{doc, type_at, write};
use syncline::Doc;
use syncline::sync::{Event, Options};

fn small_pieces() -> Options {
    let mut options = Options::default();
    options.piece_bytes = 1 << 10;
    options.window_bytes = 4 << 10;
    options
}

/// Text that packing does not shorten much.
fn noise(len: usize, seed: u64) -> String {
    let mut state = seed;
    let letter = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + u8::try_from((state >> 33) % 26).expect("a letter"))
    };
    (0..len).map(letter).collect()
}

fn settled() -> Pair<Doc, Doc> {
    let mut pair = Pair::with(doc(1), doc(2), small_pieces(), small_pieces());
    type_at(&mut pair.here, 0, "begun");
    pair.run();
    assert!(pair.is_settled());
    pair
}

#[test]
fn what_is_written_at_once_goes_in_pieces() {
    let mut pair = settled();
    let text = noise(40_000, 1);
    type_at(&mut pair.here, 5, &text);
    let first: usize = pair.said_here().iter().map(Vec::len).sum();
    assert!((4 << 10..6 << 10).contains(&first), "{first} bytes unasked");

    let mut pair = settled();
    type_at(&mut pair.here, 5, &text);
    write(&mut pair.there, |tx| tx.map("meta").set("k", 1));
    pair.run();
    let largest = pair.messages.iter().map(|message| message.1).max();
    assert!(largest <= Some(1100), "{largest:?}");
    pair.agree();
    assert_eq!(pair.here.operations(), 5 + 40_000 + 1);
    // And then as before.
    for letter in ["a", "b", "c"] {
        type_at(&mut pair.there, 3, letter);
        pair.run();
    }
    let bytes: Vec<usize> = pair.messages.iter().map(|message| message.1).collect();
    assert!(bytes.len() == 1 && bytes[0] < 12, "{bytes:?}");
    pair.agree();
}

/// Whoever keeps what comes as they are told of it would lose it otherwise.
#[test]
fn what_changes_nothing_that_shows_is_told_too() {
    let mut pair = settled();
    write(&mut pair.here, |tx| tx.map("meta").set("k", 1));
    write(&mut pair.there, |tx| tx.map("meta").set("k", 2));
    pair.run();
    pair.agree();
    let told = |is_here: bool| {
        let events = pair
            .events
            .iter()
            .rev()
            .filter(|(here, _)| *here == is_here);
        let mut told = events.filter_map(|(_, event)| match event {
            Event::Changed { change, .. } => Some((change.applied(), change.is_empty())),
            _ => None,
        });
        told.next()
    };
    // The set of peer 2 comes after that of peer 1.
    assert_eq!(told(true), Some((1, false)));
    assert_eq!(told(false), Some((1, true)));
}

/// What is written goes on while pieces of what was written before are under way.
#[test]
fn what_is_written_meanwhile_comes_too() {
    let mut pair = settled();
    for turn in 0..30 {
        type_at(&mut pair.here, 5, &noise(3_000, turn));
        pair.send_there();
        type_at(&mut pair.there, 0, "x");
        pair.send_here();
    }
    pair.run();
    pair.agree();
    assert_eq!(pair.here.operations(), 5 + 30 * 3_001);
}

#[test]
fn nobody_is_settled_while_something_is_on_its_way() {
    let mut pair = Pair::with(doc(1), doc(2), small_pieces(), small_pieces());
    type_at(&mut pair.here, 0, &noise(10_000, 3));
    pair.send_there();
    pair.send_here();
    type_at(&mut pair.here, 0, &noise(30_000, 4));
    while !pair.asker.is_settled() {
        pair.send_there();
        pair.send_here();
    }
    pair.send_there();
    pair.agree();
}

/// One side hears from a third that a peer has two histories, while it sends that peer's operations.
#[test]
fn a_peer_that_is_split_meanwhile_loses_nothing() {
    let mut pair = settled();
    type_at(&mut pair.here, 5, &noise(20_000, 2));
    pair.send_there();
    pair.here.split_peer(peer(1), 2).expect("it wrote that");
    pair.run();
    pair.agree();
    assert_eq!(pair.there.operations(), 5 + 20_000);
    assert!(pair.is_settled());
}
