//! Sessions that are cut, damaged, flooded, or between sides that do not go together. What ends one leaves the documents as
//! they are, and a new one goes on.

use support::pair::Pair;
use support::small::{agree, all, doc, push, typed};
use syncline::sync::{Options, Session, SessionError, Workspace};

#[test]
fn nothing_but_the_next_message_is_taken() {
    let begin = || {
        let mut pair = Pair::new(typed(1, "Anna"), typed(2, "Ben"));
        pair.run();
        push(&mut pair.here, "one");
        let one = pair.said_here();
        push(&mut pair.here, "two");
        let two = pair.said_here();
        (pair, [one[0].clone(), two[0].clone()])
    };
    let (mut pair, [one, two]) = begin();
    // Sent twice.
    pair.reach_there(&one);
    let again = pair.answerer.receive(&mut pair.there, &one);
    assert_eq!(again, Err(SessionError::Damaged));
    assert_eq!(
        pair.answerer.receive(&mut pair.there, &two),
        Err(SessionError::Ended)
    );
    // Out of order.
    let (mut pair, [_, two]) = begin();
    let early = pair.answerer.receive(&mut pair.there, &two);
    assert_eq!(early, Err(SessionError::Damaged));
    // Cut, and changed.
    for at in 0..one.len() {
        let (mut pair, [one, _]) = begin();
        let before = pair.there.to_json();
        let cut = pair.answerer.receive(&mut pair.there, &one[..at]);
        assert!(cut.is_err(), "{at}");
        let mut changed = one.clone();
        changed[at] ^= 1 << (at % 8);
        let (mut pair, _) = begin();
        let changed = pair.answerer.receive(&mut pair.there, &changed);
        assert!(changed.is_err(), "{at}");
        assert_eq!(pair.there.to_json(), before);
        // A new session goes on.
        let mut pair = Pair::new(pair.here, pair.there);
        pair.run();
        pair.agree();
    }
}

#[test]
fn a_session_that_was_cut_goes_on_where_it_ended() {
    let mut here = doc(1);
    for line in 0..4000 {
        push(&mut here, &format!("line {line} {}\n", line * 7919 % 1000));
    }
    let whole = all(&mut here).len();
    let mut there = typed(2, "there");
    let mut sent = 0;
    let mut cuts = 0;
    loop {
        let mut options = Options::default();
        options.piece_bytes = 4096;
        let mut pair = Pair::with(here, there, options.clone(), options);
        // Some messages each way, then the link breaks.
        for _ in 0..4 {
            if let Some(message) = pair.asker.next_message(&mut pair.here).expect("no fault") {
                sent += message.len();
                pair.reach_there(&message);
            }
            let reply = pair.answerer.next_message(&mut pair.there);
            if let Some(message) = reply.expect("no fault") {
                pair.reach_here(&message);
            }
        }
        let is_over = pair.is_settled();
        (here, there) = (pair.here, pair.there);
        if is_over {
            break;
        }
        cuts += 1;
    }
    agree(&mut here, &mut there);
    assert!(cuts > 1, "{cuts}");
    assert!(sent < whole * 2, "{sent} of {whole}");
}

#[test]
fn no_more_is_on_its_way_than_the_window_allows() {
    let mut here = doc(1);
    for line in 0..20_000 {
        push(
            &mut here,
            &format!("line {line} {}\n", line * 7919 % 100_003),
        );
    }
    let mut options = Options::default();
    options.piece_bytes = 8 << 10;
    options.window_bytes = 32 << 10;
    let mut pair = Pair::with(here, doc(2), options.clone(), options);
    pair.send_there();
    pair.send_here();
    let unanswered = pair.said_here();
    let bytes: usize = unanswered.iter().map(Vec::len).sum();
    assert!((32 << 10..48 << 10).contains(&bytes), "{bytes}");
    for message in unanswered {
        pair.reach_there(&message);
    }
    pair.run();
    pair.agree();
}

#[test]
fn one_document_and_many_do_not_go_together() {
    let mut pair = Pair::new(doc(1), Workspace::new());
    let hello = pair.said_here().remove(0);
    let taken = pair.answerer.receive(&mut pair.there, &hello);
    assert_eq!(taken, Err(SessionError::Scope));
    let mut newer = hello;
    newer[1] = 9;
    pair.answerer = Session::answer(Options::default());
    let taken = pair.answerer.receive(&mut pair.there, &newer);
    assert_eq!(taken, Err(SessionError::Version { found: 9 }));
    let end = pair.said_there().remove(0);
    let told = pair.asker.receive(&mut pair.here, &end);
    assert_eq!(told, Err(SessionError::Version { found: 1 }));
}
