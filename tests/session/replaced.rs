//! Sessions of a document that another session replaces meanwhile by one without its history.
//!
//! - Nobody is told to be behind the new cut who has what lies before it.
//! - Who is behind it is told so, and is not left without what lies before it unawares.

use support::pair::Pair;
use support::small::{cut, doc, send, type_at};
use syncline::Doc;
use syncline::sync::{Documents, Event, Options, Workspace};

const NAME: &str = "notes";

fn is_behind(event: &Event) -> bool {
    matches!(event, Event::Behind { .. })
}

/// What Anna typed, all of it, and the beginning, which a hub knows too.
fn story(letters: usize) -> [Doc; 2] {
    let [mut anna, mut hub] = [1, 2].map(doc);
    for nth in 0..letters {
        type_at(&mut anna, nth, "a");
        if nth == 3 {
            send(&mut anna, &mut hub);
        }
    }
    [anna, hub]
}

/// In another session the hub takes a document without its history in place of its own, unless it has all that this has.
fn replace(hub: &mut Doc, by: Doc) {
    let is_ahead = hub.version_vector().includes(&by.version_vector());
    let mut options = Options::default();
    options.without_history = true;
    let mut other = Pair::with(std::mem::take(hub), by, options, Options::default());
    other.run();
    *hub = other.here;
    assert_eq!(hub.cut().iter().next().is_none(), is_ahead);
}

fn named(doc: Doc) -> Workspace {
    let mut workspace = Workspace::new();
    workspace.insert(NAME, doc);
    workspace
}

fn replace_named(hub: &mut Workspace, by: Doc) {
    replace(hub.get_mut(NAME).expect("its name"), by);
}

/// The document is replaced after each number of messages of a session with somebody who has all that lies before the cut.
fn is_not_behind<D: Documents>(
    sides: impl Fn(bool) -> [D; 2],
    replace: impl Fn(&mut D, Doc),
    agree: impl Fn(&mut Pair<D, D>),
) {
    for asks in [true, false] {
        for turns in 0..6 {
            let [here, there] = sides(asks);
            let mut pair = Pair::new(here, there);
            for _ in 0..turns {
                pair.take_turns();
            }
            let [shown, _] = story(8);
            let hub = if asks {
                &mut pair.here
            } else {
                &mut pair.there
            };
            replace(hub, cut(&shown, 7));
            pair.run();
            assert_eq!(pair.count(is_behind), 0, "{asks} {turns}");
            assert!(pair.is_settled());
            agree(&mut pair);
        }
    }
}

#[test]
fn nobody_is_behind_a_cut_that_came_while_they_were_compared() {
    let sides = |asks: bool| {
        let [mut anna, hub] = story(8);
        type_at(&mut anna, 0, "Anna ");
        if asks { [hub, anna] } else { [anna, hub] }
    };
    is_not_behind(sides, replace, |pair| pair.agree());
    let sides = |asks: bool| sides(asks).map(named);
    is_not_behind(sides, replace_named, |pair| pair.agree());
}

/// The other side lacks some of what lies before the cut, and was in step, or is being sent it.
fn is_told_and_agrees<D: Documents>(
    sides: impl Fn(bool) -> [D; 2],
    shown: impl Fn() -> Doc,
    replace: impl Fn(&mut D, Doc),
    agree: impl Fn(&mut Pair<D, D>),
) {
    let mut small = Options::default();
    small.piece_bytes = 16;
    small.window_bytes = 16;
    for asks in [true, false] {
        for turns in 0..16 {
            let [here, there] = sides(asks);
            let mut pair = Pair::with(here, there, small.clone(), small.clone());
            for _ in 0..turns {
                pair.take_turns();
            }
            let hub = if asks {
                &mut pair.here
            } else {
                &mut pair.there
            };
            replace(hub, cut(&shown(), 7));
            pair.run();
            assert!(pair.is_settled());
            assert_eq!(pair.count(is_behind), 1, "{asks} {turns}");
            // A newer one is not offered again: it comes when the first is accepted.
            let mut newer = shown();
            type_at(&mut newer, 0, "newer ");
            let hub = if asks {
                &mut pair.here
            } else {
                &mut pair.there
            };
            replace(hub, cut(&newer, 8));
            pair.run();
            assert!(pair.is_settled() && pair.messages.is_empty());
            pair.asker.accept([NAME, ""]);
            pair.answerer.accept([NAME, ""]);
            pair.run();
            assert!(pair.is_settled());
            agree(&mut pair);
        }
    }
}

#[test]
fn who_is_behind_a_cut_that_came_later_is_told() {
    for known in [1, 4] {
        let sides = |asks: bool| {
            let [_, hub] = story(8);
            let [begun, _] = story(known);
            let mut ben = doc(3);
            ben.merge(&begun.save()).expect("saved");
            if asks { [hub, ben] } else { [ben, hub] }
        };
        let shown = || {
            let [anna, _] = story(8);
            anna
        };
        is_told_and_agrees(sides, shown, replace, |pair| pair.agree());
        let sides = |asks: bool| sides(asks).map(named);
        is_told_and_agrees(sides, shown, replace_named, |pair| pair.agree());
    }
}

/// What Ben, who is without history, asked for is no more there when half of it has come.
#[test]
fn a_base_whose_history_goes_meanwhile_is_begun_with_anew() {
    let stories = || {
        let [mut anna, mut hub] = [1, 2].map(doc);
        type_at(&mut anna, 0, "be");
        send(&mut anna, &mut hub);
        type_at(&mut hub, 0, "hub ");
        type_at(&mut anna, 2, "fore");
        send(&mut anna, &mut hub);
        let ben = cut(&anna, 5);
        send(&mut hub, &mut anna);
        type_at(&mut anna, 0, "Anna ");
        [anna, hub, ben]
    };
    let sides = |asks: bool| {
        let [_, hub, ben] = stories();
        if asks { [hub, ben] } else { [ben, hub] }
    };
    let shown = || {
        let [anna, ..] = stories();
        anna
    };
    is_told_and_agrees(sides, shown, replace, |pair| pair.agree());
    let sides = |asks: bool| sides(asks).map(named);
    is_told_and_agrees(sides, shown, replace_named, |pair| pair.agree());
}
