//! Sessions between two workspaces: which documents differ, which are asked for, and what a known pair costs.

use support::pair::Pair;
use support::small::{self, loaded, push, send, typed};
use syncline::Doc;
use syncline::sync::{Event, Only, Options, Workspace};

/// A workspace with documents of these names, each with so much text of one peer.
fn workspace(documents: &[(&str, u64, &str)]) -> Workspace {
    let mut workspace = Workspace::new();
    for &(name, id, text) in documents {
        workspace.insert(name, typed(id, text));
    }
    workspace
}

#[test]
fn many_documents_come_to_be_the_same() {
    let mut here = Workspace::new();
    let mut there = Workspace::new();
    for nth in 0..200_u64 {
        let mut doc = typed(1000 + nth, &format!("document {nth}"));
        if nth % 10 != 3 {
            let mut copy = loaded(&doc.save(), 5000 + nth);
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
    pair.agree();
    assert_eq!(pair.here.len(), 200);

    push(pair.here.open("doc/7"), "!");
    push(pair.there.open("new"), "new");
    pair.run();
    pair.agree();
    assert_eq!(pair.here.len(), 201);
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
        pair.send_there();
        for (turn, message) in pair.said_there().iter().enumerate() {
            if live_here && turn == 1 {
                push(pair.here.open("notes"), "here");
            }
            pair.send_there();
            pair.reach_here(message);
        }
        if live_here {
            push(pair.here.open("notes"), "here");
        }
        if live_there {
            push(pair.there.open("notes"), "there");
        }
        pair.run();
        pair.agree();
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

/// Fetches all that was offered.
fn fetch_all(pair: &mut Pair<Workspace, Workspace>) {
    pair.run();
    for (_, event) in std::mem::take(&mut pair.events) {
        if let Event::Offered { documents } = event {
            let names = documents.iter().map(|offer| offer.name.as_str());
            pair.asker.fetch(names);
        }
    }
    pair.run();
}

/// The asker was loaded anew, and no longer counts its changes as it did: the other side offers what both have had since.
#[test]
fn what_was_offered_by_mistake_is_not_waited_for() {
    let mut options = Options::default();
    options.offers = true;
    let here = workspace(&[("both", 1, "x")]);
    let there = workspace(&[("both", 2, "begun")]);
    let mut pair = Pair::with(here, there, options.clone(), Options::default());
    fetch_all(&mut pair);
    options.resume = pair.asker.resume();
    let mut here = Workspace::new();
    let both = pair.here.get("both").expect("it was fetched");
    here.insert("both", loaded(&both.save(), 4));
    push(pair.there.open("new"), "new");
    let mut pair = Pair::with(here, pair.there, options, Options::default());
    fetch_all(&mut pair);
    assert!(pair.is_settled());
    pair.agree();
}

#[test]
fn nobody_is_settled_before_both_know_what_differs() {
    // As long on both sides: the answerer sees no difference until the asker objects.
    let here = workspace(&[("notes", 1, "Anna")]);
    let mut pair = Pair::new(here, workspace(&[("notes", 2, "Bert")]));
    pair.send_there();
    let answer = pair.said_there();
    assert!(!pair.answerer.is_settled());
    for message in &answer {
        pair.reach_here(message);
    }
    pair.run();
    assert!(pair.is_settled());
    pair.agree();
    assert_eq!(pair.count(|event| matches!(event, Event::Settled)), 2);
}

/// Both begin a document of one name after the last session: what the answerer found is objected to when it has begun already.
#[test]
fn beginning_with_a_document_does_not_mean_that_nothing_is_objected_to() {
    let mut pair = Pair::new(Workspace::new(), Workspace::new());
    pair.run();
    let resume = pair.asker.resume();
    assert!(resume.is_some());
    push(pair.here.open("a"), "x");
    push(pair.here.open("b"), "x");
    let mut pair = Pair::resumed(pair.here, pair.there, resume);
    push(pair.there.open("a"), "y");
    pair.run();
    assert!(pair.is_settled());
    pair.agree();
}

/// Of a workspace that is loaded anew the changes are counted anew, so that too few or too many are told of: then documents
/// are found to differ that have been begun with.
#[test]
fn a_document_that_is_found_twice_is_begun_with_once() {
    let mut options = Options::default();
    options.offers = true;
    for offers in [false, true] {
        let here = workspace(&[("a", 1, "begun"), ("b", 2, "begun"), ("c", 3, "begun")]);
        let mut pair = Pair::new(here, Workspace::new());
        pair.run();
        options.resume = pair.asker.resume();
        options.offers = offers;
        let mut here = Workspace::new();
        for name in ["a", "b", "c"] {
            let doc = pair.here.get(name).expect("its name");
            here.insert(name, loaded(&doc.save(), 4));
        }
        push(here.open("a"), "x");
        push(pair.there.open("b"), "y");
        let mut pair = Pair::with(here, pair.there, options.clone(), Options::default());
        push(pair.there.open("c"), "z");
        fetch_all(&mut pair);
        assert!(pair.is_settled());
    }
}

#[test]
fn keystrokes_go_whole_while_the_other_side_may_object() {
    // As above; and the answerer types on before the asker's objection comes.
    let here = workspace(&[("notes", 1, "Anna")]);
    let mut pair = Pair::new(here, workspace(&[("notes", 2, "Bert")]));
    pair.send_there();
    let mut said = pair.said_there();
    for letter in ["x", "y"] {
        push(pair.there.open("notes"), letter);
        said.extend(pair.said_there());
    }
    for message in &said {
        pair.reach_here(message);
    }
    pair.run();
    pair.agree();
}

#[test]
fn a_known_side_that_lost_a_document_gets_it_again() {
    let mut pair = Pair::new(
        workspace(&[("kept", 1, "kept"), ("lost", 2, "lost")]),
        Workspace::new(),
    );
    pair.run();
    let resume = pair.asker.resume();
    assert!(resume.is_some());
    let mut left = Workspace::new();
    let kept = pair.there.remove("kept").expect("it came");
    left.insert("kept", Doc::load(&kept.save()).expect("a snapshot"));
    let mut pair = Pair::resumed(pair.here, left, resume);
    pair.run();
    let unwanted = pair.count(|event| matches!(event, Event::Unwanted { .. }));
    assert_eq!(unwanted, 0);
    pair.agree();
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
        pair.agree();
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
            let (name, doc) = (other.to_string(), typed(100 + other, "other"));
            there.insert(&name, Doc::load(&doc.save()).expect("a snapshot"));
            here.insert(&name, doc);
        }
        if others > 0 {
            push(here.open("0"), "more here");
        }
        push(here.open("notes"), "here!");
        push(there.open("notes"), "there");
        let mut pair = Pair::new(here, there);
        pair.run();
        pair.agree();
    }
}

/// Ten of many documents changed, on either side, since two workspaces last met.
#[test]
fn a_known_pair_of_workspaces_needs_few_bytes_and_one_trip() {
    let (mut here, mut there) = (Workspace::new(), Workspace::new());
    for number in 0..500 {
        let mut doc = typed(10 + number, "some text in it");
        let mut copy = small::doc(1000 + number);
        send(&mut doc, &mut copy);
        here.insert(&format!("notes/{number}"), doc);
        there.insert(&format!("notes/{number}"), copy);
    }
    let mut pair = Pair::new(here, there);
    pair.run();
    let resume = pair.asker.resume();
    let mut shipped = 0;
    for number in 0..10 {
        let side = match number % 2 {
            0 => &mut pair.here,
            _ => &mut pair.there,
        };
        let doc = side.open(&format!("notes/{}", number * 50));
        let known = doc.version_vector();
        push(doc, "new words");
        shipped += doc.delta_since(&known).len();
    }
    let mut pair = Pair::resumed(pair.here, pair.there, resume);
    pair.run();
    pair.agree();
    let beyond = pair.sent - shipped;
    assert!(beyond < 2_000, "{beyond} bytes");
    let turns = pair.messages.chunk_by(|one, next| one.0 == next.0);
    let bytes: Vec<usize> = turns
        .map(|turn| turn.iter().map(|one| one.1).sum())
        .collect();
    assert_eq!(pair.trips, 1, "{bytes:?}");
}
