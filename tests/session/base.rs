//! Sessions in which a side is without its history.
//!
//! - Operations beside its cut: it asks for the history, and puts its own operations on that.
//! - Who lacks what lies before a cut is told so, and can have the document without its history.
//! - Cut at any message, or met by who cannot help: nothing is lost, and the reason is told.

use support::engine::peer;
use support::pair::Pair;
use support::small::{cut, doc, loaded, send, shallow, type_at, typed, write};
use syncline::sync::{Documents, Event, Options, Session, Workspace};
use syncline::{Doc, Error, SaveOptions};

/// Anna, who has all of it; and Carl, who is without the history before a cut, and wrote. Ben wrote beside that cut.
fn beside_a_cut() -> [Doc; 2] {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "Anna");
    send(&mut anna, &mut ben);
    type_at(&mut anna, 4, " and");
    let mut carl = cut(&anna, 3);
    type_at(&mut carl, 0, "Carl, ");
    for nth in 0..40 {
        type_at(&mut ben, 0, &format!("Ben {nth} "));
        write(&mut ben, |tx| tx.list("todo").push(nth));
    }
    send(&mut ben, &mut anna);
    [anna, carl]
}

fn replaced(event: &Event) -> Option<bool> {
    match event {
        Event::Replaced { has_history, .. } => Some(*has_history),
        _ => None,
    }
}

fn is_behind(event: &Event) -> bool {
    matches!(event, Event::Behind { .. })
}

fn refused(event: &Event) -> bool {
    matches!(
        event,
        Event::Refused {
            error: Error::NeedsBase { .. },
            ..
        }
    )
}

fn small_pieces() -> Options {
    let mut options = Options::default();
    options.piece_bytes = 64;
    options.window_bytes = 256;
    options
}

#[test]
fn operations_beside_a_cut_bring_the_history() {
    for asks in [true, false] {
        let [anna, carl] = beside_a_cut();
        let [here, there] = if asks { [carl, anna] } else { [anna, carl] };
        let mut pair = Pair::new(here, there);
        pair.run();
        assert!(pair.is_settled());
        pair.agree();
        let told: Vec<_> = pair
            .events
            .iter()
            .filter_map(|(by, event)| Some((*by, replaced(event)?)))
            .collect();
        assert_eq!(told, [(asks, true)]);
        assert_eq!(pair.count(refused), 0);
        let carl = if asks {
            &mut pair.here
        } else {
            &mut pair.there
        };
        assert_eq!((carl.peer(), carl.cut().iter().count()), (Some(peer(3)), 0));
        carl.verify().expect("whole");
        // Both go on, and the next time there is nothing to do.
        for letter in ["x", "y", "z"] {
            type_at(&mut pair.here, 0, letter);
            type_at(&mut pair.there, 3, letter);
            pair.run();
            pair.agree();
        }
        let resume = pair.asker.resume();
        let mut pair = Pair::resumed(pair.here, pair.there, resume);
        assert_eq!(pair.run(), 1);
        pair.agree();
    }
}

/// All that is sent of it keeps to pieces and window, with progress.
#[test]
fn the_history_comes_in_pieces() {
    let [anna, carl] = beside_a_cut();
    let mut pair = Pair::with(carl, anna, small_pieces(), small_pieces());
    pair.run();
    pair.agree();
    let largest = pair.messages.iter().map(|message| message.1).max();
    assert!(largest < Some(400), "{largest:?}");
    assert!(pair.messages.len() > 20);
    let progress = pair.count(|event| matches!(event, Event::Progress { received, to_receive, .. } if received < to_receive));
    assert!(progress > 5, "{progress}");
}

/// What both write while the history is under way comes too.
#[test]
fn both_write_while_the_history_comes() {
    for asks in [true, false] {
        let [anna, carl] = beside_a_cut();
        let [here, there] = if asks { [carl, anna] } else { [anna, carl] };
        let mut pair = Pair::with(here, there, small_pieces(), small_pieces());
        for turn in 0..60 {
            pair.take_turns();
            if turn % 3 == 0 {
                type_at(&mut pair.here, 0, "h");
                type_at(&mut pair.there, 2, "t");
            }
        }
        pair.run();
        pair.agree();
        assert!(pair.is_settled());
    }
}

#[test]
fn a_link_that_breaks_costs_nothing_but_time() {
    for messages in 0..40 {
        let [anna, carl] = beside_a_cut();
        let known = carl.version_vector();
        let mut pair = Pair::with(carl, anna, small_pieces(), small_pieces());
        for _ in 0..messages {
            pair.take_turns();
        }
        pair.here.check().expect("sound");
        assert!(pair.here.version_vector().includes(&known));
        let mut pair = Pair::new(loaded(&pair.here.save(), 5), pair.there);
        pair.run();
        pair.agree();
    }
}

fn in_workspace(name: &str, doc: Doc) -> Workspace {
    let mut workspace = Workspace::new();
    workspace.insert(name, doc);
    for (other, id) in [("a", 21), ("z", 22)] {
        let mut doc = self::doc(id);
        type_at(&mut doc, 0, other);
        let copy = loaded(&doc.save(), id + 100 + name.len() as u64);
        workspace.insert(other, copy);
    }
    workspace
}

#[test]
fn one_document_of_many_comes_by_its_history() {
    for asks in [true, false] {
        let [anna, carl] = beside_a_cut();
        let [mut anna, mut carl] = [anna, carl].map(|doc| in_workspace("notes", doc));
        type_at(anna.open("a"), 0, "more ");
        type_at(carl.open("z"), 0, "more ");
        let [here, there] = if asks { [carl, anna] } else { [anna, carl] };
        let mut pair = Pair::new(here, there);
        pair.run();
        assert!(pair.is_settled());
        pair.agree();
        type_at(pair.here.open("notes"), 0, "!");
        type_at(pair.there.open("notes"), 0, "?");
        pair.run();
        pair.agree();
    }
}

/// Anna without the history before a cut, and Ben, who knows what lies before it in part.
fn behind_a_cut() -> [Doc; 2] {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "Anna");
    write(&mut anna, |tx| tx.list("kept").push(1));
    send(&mut anna, &mut ben);
    type_at(&mut anna, 4, " and");
    write(&mut anna, |tx| tx.list("todo").push("first"));
    let mut cut = cut(&anna, 3);
    type_at(&mut cut, 0, "after it ");
    [cut, ben]
}

#[test]
fn who_is_behind_a_cut_is_told_and_can_have_it_without_history() {
    for asks in [true, false] {
        for by_option in [false, true] {
            let [anna, ben] = behind_a_cut();
            let before = ben.save();
            let mut options = Options::default();
            options.without_history = by_option;
            let [here, there] = if asks { [ben, anna] } else { [anna, ben] };
            let mut pair = Pair::with(here, there, options.clone(), options);
            pair.run();
            assert!(pair.is_settled());
            if !by_option {
                let told = |(by, event): &&(bool, Event)| *by == asks && is_behind(event);
                assert_eq!(pair.events.iter().filter(told).count(), 1);
                assert_eq!(pair.count(is_behind), 1);
                let ben = if asks { &pair.here } else { &pair.there };
                assert_eq!(ben.save(), before);
                let session = if asks {
                    &mut pair.asker
                } else {
                    &mut pair.answerer
                };
                session.accept(["none", ""]);
                assert!(!session.is_settled());
                pair.run();
                session_is_settled(&pair);
            }
            pair.agree();
            let changes = |event: &Event, path: &str| match event {
                Event::Changed { change, .. } => change.paths().any(|changed| changed == path),
                _ => false,
            };
            assert_eq!(pair.count(|event| changes(event, "todo")), 1);
            assert_eq!(pair.count(|event| changes(event, "kept")), 0);
            let ben = if asks {
                &mut pair.here
            } else {
                &mut pair.there
            };
            assert_eq!(ben.peer(), Some(peer(2)));
            assert!(ben.cut().iter().count() > 0);
            for letter in ["x", "y"] {
                type_at(&mut pair.here, 0, letter);
                type_at(&mut pair.there, 3, letter);
                pair.run();
                pair.agree();
            }
        }
    }
}

/// What was known of two workspaces is loaded anew: they count their changes anew, and take each other to have less than they
/// have.
#[test]
fn nobody_is_behind_who_was_only_taken_to_be() {
    for cut_here in [false, true] {
        let anna = in_workspace("notes", typed(1, "Anna"));
        let mut pair = Pair::new(anna, Workspace::new());
        pair.run();
        let resume = pair.asker.resume();
        assert!(resume.is_some());
        let [here, there] = [true, false].map(|is_here| {
            let mut again = Workspace::new();
            let names = match is_here {
                true => ["notes", "a", "z"],
                false => ["a", "z", "notes"],
            };
            for name in names {
                let doc = pair.here.get(name).expect("its name");
                let id = 30 + u64::from(is_here);
                let copy = match is_here == cut_here && name == "notes" {
                    true => cut(doc, id),
                    false => loaded(&doc.save(), id),
                };
                again.insert(name, copy);
                Documents::summary(&mut again).expect("sound");
                if name == "z" {
                    type_at(again.open("z"), 0, "more");
                    Documents::summary(&mut again).expect("sound");
                }
            }
            if is_here != cut_here {
                type_at(again.open("notes"), 4, "!");
            }
            again
        });
        let mut pair = Pair::resumed(here, there, resume);
        for _ in 0..20 {
            pair.take_turns();
            let known = [&pair.here, &pair.there];
            let known = known.map(|side| side.get("notes").expect("both").operations());
            assert!(!pair.asker.is_settled() || known[0] == 5);
            assert!(!pair.answerer.is_settled() || known[1] == 5);
        }
        pair.run();
        assert_eq!(pair.count(is_behind), 0);
        assert!(pair.is_settled());
        pair.agree();
    }
}

fn session_is_settled<A: Documents, B: Documents>(pair: &Pair<A, B>) {
    assert!(pair.is_settled());
    assert_eq!(pair.count(refused), 0);
    assert_eq!(pair.count(|event| replaced(event) == Some(false)), 1);
}

#[test]
fn who_has_nothing_takes_it_without_history() {
    for asks in [true, false] {
        let [anna, _] = behind_a_cut();
        let [here, there] = if asks { [doc(5), anna] } else { [anna, doc(5)] };
        let mut pair = Pair::with(here, there, small_pieces(), small_pieces());
        pair.run();
        session_is_settled(&pair);
        pair.agree();

        let [anna, _] = behind_a_cut();
        let anna = in_workspace("notes", anna);
        let [here, there] = if asks {
            [Workspace::new(), anna]
        } else {
            [anna, Workspace::new()]
        };
        let mut pair = Pair::new(here, there);
        pair.run();
        session_is_settled(&pair);
        pair.agree();
        type_at(pair.here.open("notes"), 0, "!");
        type_at(pair.there.open("notes"), 0, "?");
        pair.run();
        pair.agree();
    }
}

#[test]
fn who_wrote_beside_a_cut_that_nobody_has_the_history_of_loses_nothing() {
    let [anna, mut ben] = behind_a_cut();
    type_at(&mut ben, 0, "Ben ");
    let before = [anna.save(), ben.save()];
    let mut pair = Pair::new(ben, anna);
    pair.run();
    assert_eq!(pair.count(is_behind), 1);
    pair.asker.accept([""]);
    pair.run();
    assert!(pair.is_settled());
    assert_eq!(pair.count(refused), 1);
    assert_eq!(
        pair.count(|event| matches!(event, Event::Unwanted { .. })),
        1
    );
    assert!(pair.there.save() == before[0] && pair.here.save() == before[1]);
    type_at(&mut pair.here, 0, "on ");
    pair.run();
    assert!(pair.messages.is_empty());
}

/// Both are without history, and one has all that the other needs but that.
#[test]
fn a_newer_cut_takes_the_place_of_an_older_one() {
    let [anna, carl] = beside_a_cut();
    let shown = loaded(&shallow(&anna), 7);
    let mut pair = Pair::new(carl, shown);
    // What Carl wrote does not follow that cut.
    pair.run();
    pair.asker.accept([""]);
    pair.run();
    assert_eq!((pair.count(is_behind), pair.count(refused)), (1, 1));

    let [mut anna, mut carl] = beside_a_cut();
    send(&mut carl, &mut anna);
    let since = SaveOptions::new().shallow_since(anna.version_vector());
    let mut shown = loaded(&anna.save_with(&since), 7);
    type_at(&mut shown, 0, "!");
    let mut pair = Pair::new(carl, shown);
    pair.run();
    assert_eq!(pair.count(is_behind), 1);
    pair.asker.accept([""]);
    pair.run();
    session_is_settled(&pair);
    pair.agree();
}

#[test]
fn no_more_is_taken_than_the_options_allow() {
    let [anna, ben] = behind_a_cut();
    let before = ben.save();
    let mut options = Options::default();
    options.without_history = true;
    options.base_bytes = 64;
    let mut pair = Pair::with(ben, anna, options, Options::default());
    pair.run();
    let over = |event: &Event| {
        matches!(
            event,
            Event::Refused {
                error: Error::Limit {
                    what: "base_bytes",
                    limit: 64,
                    ..
                },
                ..
            }
        )
    };
    assert_eq!(pair.count(over), 1);
    assert_eq!(pair.here.save(), before);
}

/// Each has no history of what the other lacks.
#[test]
fn two_cuts_beside_each_other_are_both_kept() {
    let sides = [(1, "Anna"), (2, "Ben")].map(|(id, text)| {
        let mut doc = doc(id);
        type_at(&mut doc, 0, text);
        cut(&doc, id + 10)
    });
    let before = sides.each_ref().map(Doc::save);
    let [here, there] = sides;
    let mut options = Options::default();
    options.without_history = true;
    let mut pair = Pair::with(here, there, options.clone(), options);
    pair.run();
    assert!(pair.is_settled());
    let unwanted = pair.count(|event| matches!(event, Event::Unwanted { .. }));
    assert_eq!((pair.count(refused), unwanted), (1, 1));
    assert_eq!([pair.here.save(), pair.there.save()], before);
}

/// Nothing is hidden by the order in which operations are known after that.
#[test]
fn what_a_replaced_document_knows_is_passed_on() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "Anna");
    send(&mut anna, &mut ben);
    type_at(&mut anna, 4, "!");
    let mut left = Pair::new(cut(&anna, 3), doc(8));
    left.run();
    type_at(&mut left.here, 0, "C");
    left.run();
    type_at(&mut ben, 0, "B");
    send(&mut ben, &mut anna);
    left.here.merge(&anna.save()).expect("it has the history");
    left.run();
    left.agree();
}

/// A relay of a document without history, of whom one client knows less and another more.
#[test]
fn a_third_side_goes_on_while_a_document_is_replaced() {
    let [anna, carl] = beside_a_cut();
    let mut left = Pair::new(carl, doc(8));
    left.run();
    session_is_settled(&left);
    let mut hub = left.here;
    let mut there = anna;
    let mut asker = Session::ask(&mut hub, 99, Options::default()).expect("a summary");
    let mut answerer = Session::answer(Options::default());
    loop {
        let mut is_still = true;
        while let Some(message) = asker.next_message(&mut hub).expect("no fault") {
            answerer.receive(&mut there, &message).expect("a message");
            is_still = false;
        }
        while let Some(message) = answerer.next_message(&mut there).expect("no fault") {
            asker.receive(&mut hub, &message).expect("a message");
            is_still = false;
        }
        if is_still {
            break;
        }
    }
    left.here = hub;
    // The other client has what the hub took it to have no history of.
    left.run();
    left.agree();
    assert_eq!(left.there.cut().iter().count(), 0);
}
