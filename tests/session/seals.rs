//! Seals of a session's messages.
//!
//! - Whatever bit of whatever message flips, the message is not taken, and nobody looks for a fork.
//! - Keystrokes that a side cannot place, since a peer was split meanwhile, end nothing.

use support::engine::peer;
use support::pair::Pair;
use support::small::{doc, type_at};
use syncline::sync::{Documents, Event, Presence, SessionError, Workspace};
use syncline::{Doc, Error};

/// What happens in a session after it has settled.
type Work<D> = fn(&mut Pair<D, D>);

/// All messages of a session in order, each with whether it is the asker's; up to the one of that number, which arrives with
/// a flipped bit.
fn play<D: Documents>(
    mut pair: Pair<D, D>,
    work: Work<D>,
    flip: Option<(usize, usize)>,
) -> Result<Vec<Vec<u8>>, SessionError> {
    let mut all = Vec::new();
    let mut is_written = false;
    loop {
        let before = all.len();
        for by_asker in [true, false] {
            let said = match by_asker {
                true => pair.said_here(),
                false => pair.said_there(),
            };
            for mut message in said {
                if let Some((_, bit)) = flip.filter(|&(nth, _)| nth == all.len()) {
                    message[bit / 8] ^= 1 << (bit % 8);
                }
                match by_asker {
                    true => pair.answerer.receive(&mut pair.there, &message)?,
                    false => pair.asker.receive(&mut pair.here, &message)?,
                }
                all.push(message);
            }
        }
        if all.len() == before {
            if is_written {
                return Ok(all);
            }
            work(&mut pair);
            is_written = true;
        }
    }
}

fn every_flip_is_noticed<D: Documents>(pair: impl Fn() -> Pair<D, D>, work: Work<D>) {
    let whole = play(pair(), work, None).expect("nothing happened to it");
    assert!(whole.len() > 10, "{}", whole.len());
    for (nth, message) in whole.iter().enumerate() {
        for bit in 0..message.len() * 8 {
            let taken = play(pair(), work, Some((nth, bit)));
            let named = format!("bit {bit} of message {nth}, {message:x?}");
            assert!(taken.is_err(), "{named}");
        }
    }
}

#[test]
fn no_bit_of_any_message_flips_unnoticed() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "Anna");
    type_at(&mut ben, 0, "Ben");
    let saved = [anna, ben].map(|doc| doc.save());
    let pair = || {
        let [mut here, mut there] =
            [&saved[0], &saved[1]].map(|bytes| Doc::load(bytes).expect("saved"));
        here.set_peer(peer(3));
        there.set_peer(peer(4));
        Pair::new(here, there)
    };
    every_flip_is_noticed(pair, |pair| {
        for letter in ["a", "b"] {
            type_at(&mut pair.here, 0, letter);
            pair.send_there();
        }
        let mut presence = Presence::new();
        presence.set(peer(4), b"at 1", 0);
        pair.answerer.share(&presence);
        type_at(&mut pair.here, 0, "c");
        type_at(&mut pair.there, 0, "d");
    });
}

#[test]
fn no_bit_flips_unnoticed_between_workspaces() {
    let pair = || {
        let sides = [&[("both", 1)][..], &[("both", 2), ("there", 3)]];
        let [here, there] = sides.map(|documents| {
            let mut side = Workspace::new();
            for &(name, id) in documents {
                let mut doc = doc(id);
                type_at(&mut doc, 0, "xy");
                side.insert(name, doc);
            }
            side
        });
        Pair::new(here, there)
    };
    every_flip_is_noticed(pair, |pair| {
        type_at(pair.here.open("there"), 0, "z");
    });
}

/// A session of two in which Anna's keystrokes go without what both know.
fn typing() -> Pair<Doc, Doc> {
    let mut pair = Pair::new(doc(1), doc(2));
    type_at(&mut pair.here, 0, "Anna");
    pair.run();
    for letter in ["a", "b"] {
        type_at(&mut pair.here, 0, letter);
        pair.run();
    }
    assert!(pair.messages[0].1 < 10, "a brief");
    pair
}

fn damaged(event: &Event) -> bool {
    matches!(
        event,
        Event::Refused {
            error: Error::Decode(_),
            ..
        }
    )
}

#[test]
fn keystrokes_of_a_peer_that_was_just_split_end_nothing() {
    for at in [0, 3, 5, 6] {
        let mut pair = typing();
        // Somebody else has shown the other side another history of Anna's.
        pair.there.split_peer(peer(1), at).expect("it wrote that");
        for letter in ["c", "d", "e"] {
            type_at(&mut pair.here, 0, letter);
            pair.send_there();
        }
        pair.run();
        pair.agree();
        type_at(&mut pair.here, 0, "f");
        type_at(&mut pair.there, 0, "g");
        pair.run();
        pair.agree();
        assert!(!pair.asker.is_over() && !pair.answerer.is_over());
        assert_eq!(pair.count(damaged), 0);
        assert_eq!(pair.here.text("body").len(), 11);
    }
}

/// The second keystroke goes on from one that was passed over, since it showed the fork.
#[test]
fn keystrokes_after_one_that_showed_a_fork_end_nothing() {
    let mut pair = typing();
    pair.there.set_peer(peer(1));
    type_at(&mut pair.there, 0, "twin");
    for letter in ["c", "d", "e"] {
        type_at(&mut pair.here, 0, letter);
        pair.send_there();
    }
    pair.run();
    pair.agree();
    assert!(!pair.asker.is_over() && !pair.answerer.is_over());
    assert_eq!(pair.here.text("body").len(), 13);
}

/// What is passed over in between is held against the next seal.
#[test]
fn what_is_passed_over_is_not_changed_unnoticed() {
    let mut pair = typing();
    pair.there.set_peer(peer(1));
    type_at(&mut pair.there, 0, "twin");
    let mut said = Vec::new();
    for letter in ["c", "d", "e"] {
        type_at(&mut pair.here, 0, letter);
        said.extend(pair.said_here());
    }
    let last = said.pop().expect("a keystroke");
    said[1][2] ^= 1;
    for message in &said {
        pair.reach_there(message);
    }
    let taken = pair.answerer.receive(&mut pair.there, &last);
    assert_eq!(taken, Ok(()), "it is passed over too");
    let share = |pair: &mut Pair<Doc, Doc>| {
        let mut presence = Presence::new();
        presence.set(peer(9), b"here", 0);
        pair.asker.share(&presence);
        pair.said_here().pop().expect("a presence")
    };
    let next = share(&mut pair);
    let taken = pair.answerer.receive(&mut pair.there, &next);
    assert_eq!(taken, Err(SessionError::Damaged));
}
