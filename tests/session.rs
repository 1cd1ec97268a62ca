//! Sessions between two replicas.
//!
//! - Each side comes to have what the other had, of one document or of many, and what is written then travels at once.
//! - What it costs, in bytes and round trips.
//! - What was cut, damaged, sent twice or out of order ends the session, and a new one goes on.

use std::collections::VecDeque;

use support::engine::peer;
use syncline::sync::{Documents, Event, Only, Options, Presence, Session, SessionError, Workspace};
use syncline::{Doc, Error, Transaction};

const NONCE: u64 = 0x5eed_0001_0203_0405;

fn write(doc: &mut Doc, work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) {
    doc.transact(work).expect("it fits");
}

fn push(doc: &mut Doc, text: &str) {
    write(doc, |tx| tx.text("body").push(text));
}

/// Two sides, and what travelled between them.
struct Pair<A, B> {
    here: A,
    there: B,
    asker: Session,
    answerer: Session,
    sent: usize,
    /// Until the asker had all that the other had.
    trips: usize,
    messages: Vec<(bool, usize)>,
    events: Vec<(bool, Event)>,
}

impl<A: Documents, B: Documents> Pair<A, B> {
    fn new(here: A, there: B) -> Self {
        Pair::with(here, there, Options::default(), Options::default())
    }

    fn with(mut here: A, there: B, asks: Options, answers: Options) -> Self {
        let asker = Session::ask(&mut here, NONCE, asks).expect("a summary");
        Pair {
            here,
            there,
            asker,
            answerer: Session::answer(answers),
            sent: 0,
            trips: 0,
            messages: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Both sides say all they have to say, then the other's messages arrive, and so on. Gives the round trips.
    fn run(&mut self) -> usize {
        self.sent = 0;
        self.trips = 0;
        self.messages.clear();
        let mut trips = 0;
        loop {
            let to_there = drain(&mut self.asker, &mut self.here);
            for message in &to_there {
                self.note(true, message);
                self.answerer
                    .receive(&mut self.there, message)
                    .expect("the asker's");
            }
            let to_here = drain(&mut self.answerer, &mut self.there);
            for message in &to_here {
                self.note(false, message);
                self.asker
                    .receive(&mut self.here, message)
                    .expect("the answerer's");
            }
            let known = self.events.len();
            self.collect();
            if to_there.is_empty() && to_here.is_empty() {
                return trips;
            }
            trips += 1;
            let is_change = |event: &(bool, Event)| matches!(event, (true, Event::Changed { .. }));
            if self.events[known..].iter().any(is_change) {
                self.trips = trips;
            }
        }
    }

    fn note(&mut self, by_asker: bool, message: &[u8]) {
        self.sent += message.len();
        self.messages.push((by_asker, message.len()));
    }

    fn collect(&mut self) {
        let events = std::iter::from_fn(|| self.asker.next_event());
        self.events.extend(events.map(|event| (true, event)));
        let events = std::iter::from_fn(|| self.answerer.next_event());
        self.events.extend(events.map(|event| (false, event)));
    }

    fn names(&self, of: impl Fn(&Event) -> Option<String>) -> Vec<String> {
        self.events
            .iter()
            .filter_map(|(_, event)| of(event))
            .collect()
    }
}

fn drain(session: &mut Session, documents: &mut dyn Documents) -> VecDeque<Vec<u8>> {
    let next = || session.next_message(documents).expect("no fault");
    std::iter::from_fn(next).collect()
}

fn assert_equal(one: &mut Doc, other: &mut Doc) {
    one.check().expect("sound");
    other.check().expect("sound");
    assert_eq!(one.to_json(), other.to_json());
    assert_eq!(one.version_vector(), other.version_vector());
}

fn doc(id: u64) -> Doc {
    Doc::with_peer(peer(id))
}

fn typed(id: u64, text: &str) -> Doc {
    let mut doc = doc(id);
    push(&mut doc, text);
    doc
}

#[test]
fn two_documents_come_to_be_the_same() {
    let mut pair = Pair::new(typed(1, "Anna"), typed(2, "Ben"));
    pair.run();
    assert!(pair.asker.is_settled() && pair.answerer.is_settled());
    assert_equal(&mut pair.here, &mut pair.there);
    assert_eq!(pair.here.operations(), 7);
    let synced = pair.names(|event| match event {
        Event::Synced { document } => Some(document.clone()),
        _ => None,
    });
    assert_eq!(synced, ["", ""]);
}

#[test]
fn what_is_written_then_travels_at_once() {
    let mut pair = Pair::new(typed(1, "Anna"), doc(2));
    pair.run();
    for letter in ["a", "b", "c"] {
        push(&mut pair.here, letter);
        pair.run();
        assert_equal(&mut pair.here, &mut pair.there);
    }
    // The first keystroke names its author; one that goes on is 7 bytes.
    assert_eq!(pair.messages, [(true, 7)]);
    push(&mut pair.there, "!");
    pair.run();
    push(&mut pair.here, "?");
    pair.run();
    assert_equal(&mut pair.here, &mut pair.there);
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
            pair.answerer
                .receive(&mut pair.there, &message)
                .expect("a message");
        }
        if turn % 3 == 0 {
            pair.run();
        }
    }
    pair.run();
    assert_equal(&mut pair.here, &mut pair.there);
}

#[test]
fn many_documents_come_to_be_the_same() {
    let mut here = Workspace::new();
    let mut there = Workspace::new();
    for nth in 0..200_u64 {
        let mut doc = typed(1000 + nth, &format!("document {nth}"));
        if nth % 10 != 3 {
            let mut copy = Doc::load(&doc.save()).expect("a snapshot");
            copy.set_peer(peer(5000 + nth));
            if nth % 10 == 5 {
                push(&mut copy, " changed there");
            }
            there.insert(&format!("doc/{nth}"), copy);
        }
        if nth % 20 == 5 {
            push(&mut doc, " changed here");
        }
        if nth % 10 != 4 {
            here.insert(&format!("doc/{nth}"), doc);
        }
    }
    let mut pair = Pair::new(here, there);
    pair.run();
    assert_same(&mut pair);
    assert_eq!(pair.here.len(), 200);

    pair.here
        .open("doc/7")
        .transact(|tx| tx.text("body").push("!"))
        .expect("it fits");
    pair.there
        .open("new")
        .transact(|tx| tx.text("body").push("new"))
        .expect("it fits");
    pair.run();
    assert_same(&mut pair);
    assert_eq!(pair.here.len(), 201);
}

fn assert_same(pair: &mut Pair<Workspace, Workspace>) {
    let names: Vec<String> = pair.here.names().map(Into::into).collect();
    assert!(pair.there.names().eq(names.iter()));
    for name in &names {
        let here = pair.here.get(name).expect("its name").to_json();
        let there = pair.there.get(name).expect("its name").to_json();
        assert_eq!(here, there, "{name}");
    }
    let here = Documents::summary(&mut pair.here).expect("sound");
    let there = Documents::summary(&mut pair.there).expect("sound");
    assert!(here.iter().eq(there.iter()));
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
        let mut options = Options::default();
        options.resume = resume.0;
        pair = Pair::with(pair.here, pair.there, options, Options::default());
        let trips = pair.run();
        assert_equal(&mut pair.here, &mut pair.there);
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

/// Whoever found what differs begins with each document; who writes to one meanwhile does not.
#[test]
fn a_document_is_written_to_while_it_is_begun_with() {
    for (live_here, live_there) in [(true, false), (false, true), (true, true)] {
        let mut here = Workspace::new();
        let mut there = Workspace::new();
        push(here.open("notes"), "a");
        let copy = Doc::load(&here.open("notes").save()).expect("a snapshot");
        if live_there {
            there.insert("notes", copy);
        }
        let mut pair = Pair::new(here, there);
        let hello = drain(&mut pair.asker, &mut pair.here);
        for message in hello {
            pair.answerer
                .receive(&mut pair.there, &message)
                .expect("a hello");
        }
        for (turn, message) in drain(&mut pair.answerer, &mut pair.there)
            .iter()
            .enumerate()
        {
            if live_here && turn == 1 {
                push(pair.here.open("notes"), "here");
            }
            for message in drain(&mut pair.asker, &mut pair.here) {
                pair.answerer
                    .receive(&mut pair.there, &message)
                    .expect("a message");
            }
            pair.asker
                .receive(&mut pair.here, message)
                .expect("an answer");
        }
        if live_here {
            push(pair.here.open("notes"), "here");
        }
        if live_there {
            push(pair.there.open("notes"), "there");
        }
        pair.run();
        assert_same(&mut pair);
    }
}

#[test]
fn a_part_of_a_workspace_is_asked_for() {
    let there = || {
        let mut there = Workspace::new();
        for name in ["a/1", "a/2", "b/1", "c"] {
            push(there.open(name), name);
        }
        there
    };
    for (only, expected) in [
        (Only::Prefix("a/".into()), vec!["a/1", "a/2"]),
        (Only::Names(vec!["c".into(), "none".into()]), vec!["c"]),
        (Only::All, vec!["a/1", "a/2", "b/1", "c"]),
    ] {
        let mut options = Options::default();
        options.only = only;
        let mut pair = Pair::with(Workspace::new(), there(), options, Options::default());
        pair.run();
        assert_eq!(pair.here.names().collect::<Vec<_>>(), expected);
        push(pair.there.open("b/1"), "later");
        push(pair.there.open("a/1"), "later");
        pair.run();
        assert_eq!(pair.here.names().collect::<Vec<_>>(), expected);
        if expected.len() > 1 {
            assert_eq!(
                pair.here.get("a/1").expect("asked for").to_json(),
                pair.there.get("a/1").expect("there").to_json()
            );
        }
    }
}

#[test]
fn sizes_are_told_before_anything_is_sent() {
    let mut there = Workspace::new();
    for name in ["large", "small"] {
        push(there.open(name), &name.repeat(100));
    }
    let mut options = Options::default();
    options.offers = true;
    let mut pair = Pair::with(Workspace::new(), there, options, Options::default());
    pair.run();
    assert!(pair.here.is_empty());
    let offered = pair.events.iter().find_map(|(_, event)| match event {
        Event::Offered { documents } => Some(documents.clone()),
        _ => None,
    });
    let offered = offered.expect("an offer");
    assert_eq!(offered.len(), 2);
    let small = offered
        .iter()
        .find(|offer| offer.name == "small")
        .expect("both");
    assert_eq!((small.operations, small.lacking), (500, 500));
    pair.asker.fetch(["small"]);
    pair.run();
    assert_eq!(pair.here.names().collect::<Vec<_>>(), ["small"]);
    assert!(pair.asker.is_settled());
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
fn nothing_but_the_next_message_is_taken() {
    let begin = || {
        let mut pair = Pair::new(typed(1, "Anna"), typed(2, "Ben"));
        pair.run();
        push(&mut pair.here, "one");
        let one = drain(&mut pair.asker, &mut pair.here);
        push(&mut pair.here, "two");
        let two = drain(&mut pair.asker, &mut pair.here);
        (pair, [one[0].clone(), two[0].clone()])
    };
    let (mut pair, [one, two]) = begin();
    // Sent twice.
    pair.answerer
        .receive(&mut pair.there, &one)
        .expect("the first");
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
        assert_equal(&mut pair.here, &mut pair.there);
    }
}

#[test]
fn a_session_that_was_cut_goes_on_where_it_ended() {
    let mut here = doc(1);
    for line in 0..4000 {
        push(&mut here, &format!("line {line} {}\n", line * 7919 % 1000));
    }
    let whole = here.delta_since(&Default::default()).len();
    let mut there = doc(2);
    push(&mut there, "there");
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
                pair.answerer
                    .receive(&mut pair.there, &message)
                    .expect("a message");
            }
            if let Some(message) = pair
                .answerer
                .next_message(&mut pair.there)
                .expect("no fault")
            {
                pair.asker
                    .receive(&mut pair.here, &message)
                    .expect("a message");
            }
        }
        let is_over = pair.asker.is_settled() && pair.answerer.is_settled();
        (here, there) = (pair.here, pair.there);
        if is_over {
            break;
        }
        cuts += 1;
    }
    assert_equal(&mut here, &mut there);
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
    let hello = drain(&mut pair.asker, &mut pair.here);
    for message in hello {
        pair.answerer
            .receive(&mut pair.there, &message)
            .expect("a hello");
    }
    for message in drain(&mut pair.answerer, &mut pair.there) {
        pair.asker
            .receive(&mut pair.here, &message)
            .expect("an answer");
    }
    let unanswered = drain(&mut pair.asker, &mut pair.here);
    let bytes: usize = unanswered.iter().map(Vec::len).sum();
    assert!((32 << 10..48 << 10).contains(&bytes), "{bytes}");
    for message in unanswered {
        pair.answerer
            .receive(&mut pair.there, &message)
            .expect("a piece");
    }
    pair.run();
    assert_equal(&mut pair.here, &mut pair.there);
}

#[test]
fn what_comes_from_a_third_side_is_passed_on() {
    let mut left = Pair::new(typed(1, "Anna"), doc(2));
    left.run();
    let mut hub = left.there;
    let mut right = Session::ask(&mut hub, 77, Options::default()).expect("a summary");
    let mut answerer = Session::answer(Options::default());
    let mut there = doc(3);
    let mut run = |hub: &mut Doc, there: &mut Doc| loop {
        let messages = drain(&mut right, hub);
        for message in &messages {
            answerer.receive(there, message).expect("a message");
        }
        let replies = drain(&mut answerer, there);
        for message in &replies {
            right.receive(hub, message).expect("a message");
        }
        if messages.is_empty() && replies.is_empty() {
            break;
        }
    };
    run(&mut hub, &mut there);
    for turn in 0..10 {
        push(&mut left.here, "a");
        for message in drain(&mut left.asker, &mut left.here) {
            left.answerer
                .receive(&mut hub, &message)
                .expect("a message");
        }
        run(&mut hub, &mut there);
        if turn % 2 == 0 {
            push(&mut there, "c");
            run(&mut hub, &mut there);
            for message in drain(&mut left.answerer, &mut hub) {
                left.asker
                    .receive(&mut left.here, &message)
                    .expect("a message");
            }
        }
        assert_equal(&mut left.here, &mut there);
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
    for message in drain(&mut pair.answerer, &mut pair.there) {
        pair.asker
            .receive(&mut pair.here, &message)
            .expect("a message");
    }
    pair.run();
    assert_equal(&mut pair.here, &mut pair.there);
}

/// A workspace with documents of these names, each with so much text of one peer.
fn workspace(documents: &[(&str, u64, &str)]) -> Workspace {
    let mut workspace = Workspace::new();
    for &(name, id, text) in documents {
        workspace.insert(name, typed(id, text));
    }
    workspace
}

#[test]
fn nobody_is_settled_before_both_know_what_differs() {
    // As long on both sides: the answerer sees no difference until the asker objects.
    let here = workspace(&[("notes", 1, "Anna")]);
    let mut pair = Pair::new(here, workspace(&[("notes", 2, "Bert")]));
    for hello in drain(&mut pair.asker, &mut pair.here) {
        pair.answerer
            .receive(&mut pair.there, &hello)
            .expect("a hello");
    }
    let answer = drain(&mut pair.answerer, &mut pair.there);
    assert!(!pair.answerer.is_settled());
    for message in &answer {
        pair.asker
            .receive(&mut pair.here, message)
            .expect("an answer");
    }
    pair.run();
    assert!(pair.asker.is_settled() && pair.answerer.is_settled());
    assert_same(&mut pair);
    let settled = |(_, event): &&(bool, Event)| matches!(event, Event::Settled);
    assert_eq!(pair.events.iter().filter(settled).count(), 2);
}

#[test]
fn keystrokes_go_whole_while_the_other_side_may_object() {
    // As above; and the answerer types on before the asker's objection comes.
    let here = workspace(&[("notes", 1, "Anna")]);
    let mut pair = Pair::new(here, workspace(&[("notes", 2, "Bert")]));
    for hello in drain(&mut pair.asker, &mut pair.here) {
        pair.answerer
            .receive(&mut pair.there, &hello)
            .expect("a hello");
    }
    let mut said = drain(&mut pair.answerer, &mut pair.there);
    for letter in ["x", "y"] {
        push(pair.there.open("notes"), letter);
        said.extend(drain(&mut pair.answerer, &mut pair.there));
    }
    for message in &said {
        pair.asker
            .receive(&mut pair.here, message)
            .expect("a message");
    }
    pair.run();
    assert_same(&mut pair);
}

#[test]
fn a_known_side_that_lost_a_document_gets_it_again() {
    let mut pair = Pair::new(
        workspace(&[("kept", 1, "kept"), ("lost", 2, "lost")]),
        Workspace::new(),
    );
    pair.run();
    let mut options = Options::default();
    options.resume = pair.asker.resume();
    assert!(options.resume.is_some());
    let mut left = Workspace::new();
    let kept = pair.there.remove("kept").expect("it came");
    left.insert("kept", Doc::load(&kept.save()).expect("a snapshot"));
    let mut pair = Pair::with(pair.here, left, options, Options::default());
    pair.run();
    let unwanted = |(_, event): &(bool, Event)| matches!(event, Event::Unwanted { .. });
    assert!(!pair.events.iter().any(unwanted));
    assert_same(&mut pair);
}

#[test]
fn one_document_and_many_do_not_go_together() {
    let mut here = doc(1);
    let mut there = Workspace::new();
    let mut asker = Session::ask(&mut here, NONCE, Options::default()).expect("a summary");
    let mut answerer = Session::answer(Options::default());
    let hello = asker
        .next_message(&mut here)
        .expect("no fault")
        .expect("a hello");
    let taken = answerer.receive(&mut there, &hello);
    assert_eq!(taken, Err(SessionError::Scope));
    let mut newer = hello;
    newer[1] = 9;
    let mut answerer = Session::answer(Options::default());
    let taken = answerer.receive(&mut there, &newer);
    assert_eq!(taken, Err(SessionError::Version { found: 9 }));
    let end = answerer
        .next_message(&mut there)
        .expect("no fault")
        .expect("a last word");
    let told = asker.receive(&mut here, &end);
    assert_eq!(told, Err(SessionError::Version { found: 1 }));
}

#[test]
fn a_document_that_nobody_wrote_yet_fills() {
    for live in [false, true] {
        let mut here = Workspace::new();
        let mut there = Workspace::new();
        here.open("notes");
        there.open("notes");
        if !live {
            push(here.open("notes"), "aw");
        }
        let mut pair = Pair::new(here, there);
        pair.run();
        if live {
            push(pair.here.open("notes"), "aw");
            pair.run();
        }
        assert_same(&mut pair);
        assert_eq!(
            pair.there.get("notes").expect("open").operations(),
            2,
            "{live}"
        );
    }
}

/// As many operations on both sides, and not the same.
#[test]
fn a_document_in_which_both_wrote_as_much_is_found() {
    for others in [0, 3, 200] {
        let mut here = Workspace::new();
        let mut there = Workspace::new();
        for other in 0..others {
            let doc = typed(100 + other, "other");
            there.insert(
                &format!("{other}"),
                Doc::load(&doc.save()).expect("a snapshot"),
            );
            here.insert(&format!("{other}"), doc);
        }
        if others > 0 {
            push(here.open("0"), "more here");
        }
        push(here.open("notes"), "here!");
        push(there.open("notes"), "there");
        let mut pair = Pair::new(here, there);
        pair.run();
        assert_same(&mut pair);
    }
}

#[test]
fn a_single_document_is_never_left_out() {
    let mut options = Options::default();
    options.only = Only::Prefix("none".into());
    options.offers = true;
    let mut pair = Pair::with(typed(1, "Anna"), doc(2), options, Options::default());
    pair.run();
    assert_equal(&mut pair.here, &mut pair.there);
}

/// A copy of a document that goes on under the same peer id.
fn twin(doc: &Doc, id: u64) -> Doc {
    let mut twin = Doc::load(&doc.save()).expect("a snapshot");
    twin.set_peer(peer(id));
    twin
}

fn forks_of<A: Documents, B: Documents>(pair: &Pair<A, B>) -> usize {
    let is_fork = |event: &Event| matches!(event, Event::Forked { .. });
    pair.events
        .iter()
        .filter(|(_, event)| is_fork(event))
        .count()
}

#[test]
fn a_restored_backup_and_what_went_on_are_both_kept() {
    for (before, here_more, there_more) in [(5, 1, 1), (5, 3, 8), (200, 90, 20), (0, 2, 2)] {
        let mut here = doc(1);
        for _ in 0..before {
            push(&mut here, "a");
        }
        let mut there = twin(&here, 1);
        for _ in 0..here_more {
            push(&mut here, "b");
        }
        for _ in 0..there_more {
            write(&mut there, |tx| tx.text("body").insert(0, "c"));
        }
        let mut pair = Pair::new(here, there);
        pair.run();
        assert_equal(&mut pair.here, &mut pair.there);
        assert_eq!(pair.here.operations(), before + here_more + there_more);
        assert_eq!(pair.here.save(), pair.there.save());
        assert!(forks_of(&pair) > 0);
        assert!(pair.asker.is_settled() && pair.answerer.is_settled());
        // Both go on.
        push(&mut pair.here, "d");
        push(&mut pair.there, "e");
        pair.run();
        assert_equal(&mut pair.here, &mut pair.there);
        assert_eq!(pair.here.splits().count(), 1);
    }
}

#[test]
fn whoever_meets_both_ends_of_a_fork_ends_the_same() {
    for order in [
        [(0, 1), (1, 2), (0, 2)],
        [(2, 0), (1, 0), (2, 1)],
        [(1, 2), (0, 2), (0, 1)],
    ] {
        let mut first = typed(1, "begun");
        let mut second = twin(&first, 1);
        push(&mut first, "-one");
        push(&mut second, "+two");
        let mut third = twin(&second, 1);
        push(&mut second, "!");
        push(&mut third, "?");
        let mut all = [first, second, third];
        for _ in 0..2 {
            for (one, other) in order {
                let docs = [one, other].map(|at| std::mem::take(&mut all[at]));
                let [here, there] = docs;
                let mut pair = Pair::new(here, there);
                pair.run();
                assert_equal(&mut pair.here, &mut pair.there);
                all[one] = pair.here;
                all[other] = pair.there;
            }
        }
        let saves: Vec<Vec<u8>> = all.iter().map(Doc::save).collect();
        assert!(saves[0] == saves[1] && saves[1] == saves[2]);
        assert_eq!(all[0].operations(), 5 + 4 + 4 + 2);
    }
}

/// One document of many is forked: the others go on all the same.
#[test]
fn a_fork_holds_up_no_other_document() {
    let mut here = Workspace::new();
    let mut there = Workspace::new();
    for name in ["a", "b", "c"] {
        push(here.open(name), name);
        let copy = twin(here.open(name), 9);
        there.insert(name, copy);
    }
    let shared = here.open("b").peer().expect("it wrote");
    there.open("b").set_peer(shared);
    push(here.open("b"), "one");
    push(there.open("b"), "two");
    push(here.open("c"), "more");
    let mut pair = Pair::new(here, there);
    pair.run();
    assert_same(&mut pair);
    assert_eq!(
        pair.here.get("b").expect("both").text("body").len(),
        1 + 3 + 3
    );
}

#[test]
fn a_fork_that_comes_about_while_both_write_is_seen_to() {
    let mut pair = Pair::new(typed(1, "Anna"), doc(2));
    pair.run();
    // Somebody else began to write under her id.
    pair.there.set_peer(peer(1));
    push(&mut pair.there, "twin");
    push(&mut pair.here, "herself");
    pair.run();
    assert_equal(&mut pair.here, &mut pair.there);
    assert_eq!(pair.here.text("body").len(), 4 + 4 + 7);
}

/// Ten of many documents changed, on either side, since two workspaces last met.
#[test]
fn a_known_pair_of_workspaces_needs_few_bytes_and_one_trip() {
    let (mut here, mut there) = (Workspace::new(), Workspace::new());
    for number in 0..500 {
        let mut doc = typed(10 + number, "some text in it");
        let mut copy = self::doc(1000 + number);
        copy.merge(&doc.delta_since(&Default::default()))
            .expect("a delta");
        here.insert(&format!("notes/{number}"), doc);
        there.insert(&format!("notes/{number}"), copy);
    }
    let mut pair = Pair::new(here, there);
    pair.run();
    let resume = pair.asker.resume();
    let mut shipped = 0;
    for number in 0..10 {
        let side = if number % 2 == 0 {
            &mut pair.here
        } else {
            &mut pair.there
        };
        let doc = side.open(&format!("notes/{}", number * 50));
        let known = doc.version_vector();
        push(doc, "new words");
        shipped += doc.delta_since(&known).len();
    }
    let mut options = Options::default();
    options.resume = resume;
    let mut pair = Pair::with(pair.here, pair.there, options, Options::default());
    pair.run();
    assert_same(&mut pair);
    let beyond = pair.sent - shipped;
    assert!(beyond < 2_000, "{beyond} bytes");
    let turns = pair.messages.chunk_by(|one, next| one.0 == next.0);
    let bytes: Vec<usize> = turns
        .map(|turn| turn.iter().map(|one| one.1).sum())
        .collect();
    assert_eq!(pair.trips, 1, "{bytes:?}");
}
