//! Sessions between two replicas of one document.
//!
//! - Each side comes to have what the other had, and what is written then travels at once.
//! - What it costs, in bytes and round trips.
//!
//! Many documents are in `workspace.rs`, peers with two histories in `forks.rs`, what is cut, damaged or sent
//! twice in `faults.rs`.

use std::mem;

use support::engine::peer;
use support::pair::Pair;
use support::small::{agree, doc, loaded, push, typed, write};
use syncline::sync::{Event, Only, Options, Presence};

#[test]
fn two_documents_come_to_be_the_same() {
    let mut pair = Pair::new(typed(1, "Anna"), typed(2, "Ben"));
    pair.run();
    assert!(pair.is_settled());
    pair.agree();
    assert_eq!(pair.here.operations(), 7);
    let is_synced =
        |event: &Event| matches!(event, Event::Synced { document } if document.is_empty());
    assert_eq!(pair.count(is_synced), 2);
}

#[test]
fn what_is_written_then_travels_at_once() {
    let mut pair = Pair::new(typed(1, "Anna"), doc(2));
    pair.run();
    for letter in ["a", "b", "c"] {
        push(&mut pair.here, letter);
        pair.run();
        pair.agree();
    }
    // The first keystroke names its author; one that goes on is 7 bytes.
    assert_eq!(pair.messages, [(true, 7)]);
    push(&mut pair.there, "!");
    pair.run();
    push(&mut pair.here, "?");
    pair.run();
    pair.agree();
    assert_eq!(pair.here.text("body").to_string(), "Annaabc!?");
}

#[test]
fn both_write_at_once() {
    let mut pair = Pair::new(typed(1, "Anna"), typed(2, "Ben"));
    for turn in 0..20 {
        push(&mut pair.here, "x");
        let early = pair.asker.next_message(&mut pair.here).expect("no fault");
        write(&mut pair.there, |tx| tx.text("body").insert(0, "y"));
        write(&mut pair.there, |tx| tx.map("meta").set("turn", turn));
        if let Some(message) = early {
            pair.reach_there(&message);
        }
        if turn % 3 == 0 {
            pair.run();
        }
    }
    pair.run();
    pair.agree();
}

#[test]
fn a_known_pair_needs_few_bytes_and_one_trip() {
    let mut pair = Pair::new(typed(1, "Anna"), typed(2, "Ben"));
    pair.run();
    let resume = (pair.asker.resume(), pair.answerer.resume());
    assert!(resume.0.is_some() && resume.1.is_some());
    for changed in [false, true] {
        if changed {
            push(&mut pair.here, "here");
            push(&mut pair.there, "there");
        }
        pair = Pair::resumed(pair.here, pair.there, resume.0);
        let trips = pair.run();
        pair.agree();
        if !changed {
            assert!(
                pair.sent <= 64 && trips == 1,
                "{} bytes, {trips} trips",
                pair.sent
            );
            assert!(pair.asker.resume().is_some() && pair.answerer.resume().is_some());
        }
    }
}

/// A document that was loaded anew counts its changes anew: that it is as the last session left it shows only when both know.
#[test]
fn a_resume_that_is_stale_does_not_count_as_being_in_step() {
    let mut pair = Pair::new(typed(1, "Anna"), typed(2, "Bert"));
    pair.run();
    let resume = pair.asker.resume();
    push(&mut pair.here, "!");
    let here = loaded(&pair.here.save(), 3);
    let mut pair = Pair::resumed(here, pair.there, resume);
    for _ in 0..10 {
        pair.send_there();
        pair.send_here();
        if pair.answerer.is_settled() {
            break;
        }
    }
    assert_eq!(pair.there.text("body").len(), 9);
    pair.run();
    assert!(pair.is_settled());
    pair.agree();
}

#[test]
fn presence_travels_and_the_latest_counts() {
    let mut pair = Pair::new(doc(1), doc(2));
    pair.run();
    let mut presence = Presence::new();
    presence.set(peer(1), b"at 1", 0);
    pair.asker.share(&presence);
    presence.set(peer(1), b"at 2", 10);
    pair.asker.share(&presence);
    pair.asker.share(&presence);
    pair.run();
    assert_eq!(pair.messages.len(), 2);
    let mut seen = Presence::new();
    for (_, event) in &pair.events {
        seen.take_event(event, 100);
    }
    assert_eq!(seen.get(peer(1)), Some(&b"at 2"[..]));
    // What came is not sent back.
    pair.answerer.share(&seen);
    pair.run();
    assert!(pair.messages.is_empty());
    assert_eq!(seen.expire(1_000, 2_000), []);
    assert_eq!(seen.expire(2_200, 2_000), [peer(1)]);
}

#[test]
fn what_is_shown_before_the_hello_came_waits_for_it() {
    let mut pair = Pair::new(doc(1), doc(2));
    let mut presence = Presence::new();
    presence.set(peer(2), b"early", 0);
    pair.answerer.share(&presence);
    assert!(pair.said_there().is_empty());
    pair.run();
    assert!(pair.is_settled());
    let mut seen = Presence::new();
    for (_, event) in &pair.events {
        seen.take_event(event, 0);
    }
    assert_eq!(seen.get(peer(2)), Some(&b"early"[..]));
}

#[test]
fn who_ends_a_session_before_the_hello_came_says_nothing() {
    let mut pair = Pair::new(doc(1), doc(2));
    let mut presence = Presence::new();
    presence.set(peer(2), b"early", 0);
    pair.answerer.share(&presence);
    pair.answerer.close();
    assert!(pair.said_there().is_empty());
}

#[test]
fn who_was_silent_for_long_is_seen_again() {
    let mut pair = Pair::new(doc(1), doc(2));
    let (mut presence, mut seen) = (Presence::new(), Presence::new());
    for (now, state) in [(0, "a"), (10, "b"), (60_000, "c")] {
        assert_eq!(presence.expire(now, 30_000).len(), usize::from(now > 10));
        presence.set(peer(1), state.as_bytes(), now);
        pair.asker.share(&presence);
        pair.run();
        for (_, event) in mem::take(&mut pair.events) {
            seen.take_event(&event, now);
        }
        assert_eq!(seen.get(peer(1)), Some(state.as_bytes()));
    }
}

#[test]
fn who_is_shown_no_more_is_not_by_hearsay() {
    let mut presence = Presence::new();
    presence.take(peer(1), 7, b"at 7", 0);
    let told = presence.clone();
    assert_eq!(presence.expire(60_000, 30_000), [peer(1)]);
    assert_eq!(presence.expire(60_000, 30_000), []);
    assert!(!presence.take(peer(1), 7, b"at 7", 60_000));
    assert_eq!(presence.get(peer(1)), None);
    assert_eq!((presence.iter().count(), told.iter().count()), (0, 1));
    // Nor does it tell others that they left.
    let mut pair = Pair::new(doc(1), doc(2));
    pair.asker.share(&presence);
    pair.run();
    assert_eq!(
        pair.count(|event| matches!(event, Event::Presence { .. })),
        0
    );
    assert!(presence.take(peer(1), 8, b"at 8", 60_000));
}

/// Of too many, those who were silent for longest are forgotten.
#[test]
fn presence_is_bounded() {
    let mut presence = Presence::new();
    let most = 4096;
    for id in 1..=most {
        assert!(presence.take(peer(id), 1, b"here", id));
    }
    assert!(!presence.take(peer(most + 1), 1, b"here", most));
    assert_eq!(presence.expire(most, most - 3).len(), 2);
    assert!(presence.take(peer(most + 1), 1, b"here", most));
    // The second is still known to have said that.
    assert!(!presence.take(peer(2), 1, b"here", most));
    assert_eq!(presence.iter().count(), 4095);
}

#[test]
fn what_comes_from_a_third_side_is_passed_on() {
    let mut left = Pair::new(typed(1, "Anna"), doc(2));
    left.run();
    let mut right = Pair::new(mem::take(&mut left.there), doc(3));
    right.run();
    for turn in 0..10 {
        push(&mut left.here, "a");
        // The hub is where it is spoken to.
        mem::swap(&mut left.there, &mut right.here);
        left.send_there();
        mem::swap(&mut left.there, &mut right.here);
        right.run();
        if turn % 2 == 0 {
            push(&mut right.there, "c");
            right.run();
            mem::swap(&mut left.there, &mut right.here);
            left.send_here();
            mem::swap(&mut left.there, &mut right.here);
        }
        agree(&mut left.here, &mut right.there);
    }
}

#[test]
fn what_comes_twice_does_not_hide_what_is_new() {
    let mut pair = Pair::new(typed(1, "Anna"), doc(2));
    pair.run();
    // Both hear the same from a third side; then one of them writes, before it hears that from the other too.
    let told = typed(3, "Carol").delta_since(&Default::default());
    pair.here.merge(&told).expect("a delta");
    pair.there.merge(&told).expect("a delta");
    push(&mut pair.here, "new");
    pair.send_here();
    pair.run();
    pair.agree();
}

#[test]
fn a_single_document_is_never_left_out() {
    let mut options = Options::default();
    options.only = Only::Prefix("none".into());
    options.offers = true;
    let mut pair = Pair::with(typed(1, "Anna"), doc(2), options, Options::default());
    pair.run();
    pair.agree();
}
