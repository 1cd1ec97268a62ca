//! Sessions that only look, and documents of which a side sends nothing.
//!
//! - What is told to move is what then moves, and neither side is changed by looking, whatever differs: nor is a document made,
//!   or a peer split.
//! - What is typed meanwhile is passed over, and the session goes on.
//! - Of a document that is not sent, what others write still comes; what it lacks is not told to have been sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use support::pair::Pair;
use support::small::{doc, push, send, shallow, typed};
use syncline::Summary;
use syncline::sync::{Documents, Event, Options, Workspace};

use crate::one_way::OneWay;

fn looking(here: Workspace, there: Workspace) -> Pair<Workspace, Workspace> {
    let mut options = Options::default();
    options.looks = true;
    Pair::with(here, there, options, Options::default())
}

/// Operations of each document that would come, and be sent.
fn looked(pair: &Pair<Workspace, Workspace>) -> BTreeMap<String, [u64; 2]> {
    let mut looked = BTreeMap::new();
    for (_, event) in &pair.events {
        match event {
            // The other side objects.
            Event::Forked { document, .. } => drop(looked.remove(document)),
            Event::Looked {
                document,
                to_receive,
                to_send,
                bytes_to_receive,
                bytes_to_send,
            } => {
                // What has operations has bytes, and nothing else does.
                let sides = [(to_receive, bytes_to_receive), (to_send, bytes_to_send)];
                let counts = sides.map(|(operations, bytes)| {
                    assert_eq!(*operations > 0, *bytes > 0, "{event:?}");
                    u64::from(*operations)
                });
                looked.insert(document.clone(), counts);
            }
            _ => {}
        }
    }
    looked
}

fn state(workspace: &mut Workspace) -> (Vec<String>, Arc<Summary>) {
    let names = workspace.names().map(Into::into).collect();
    (names, Documents::summary(workspace).expect("sound"))
}

/// Two workspaces that differ in every way; the numbers are what would come to the first and go to the second.
fn apart() -> (Workspace, Workspace, BTreeMap<String, [u64; 2]>) {
    let (mut here, mut there) = (Workspace::new(), Workspace::new());
    here.insert("ours", typed(1, "mine"));
    there.insert("theirs", typed(2, "not mine"));
    let mut of_both = doc(4);
    send(&mut typed(3, "begun"), &mut of_both);
    let mut behind = doc(5);
    send(&mut of_both, &mut behind);
    push(&mut of_both, "!!");
    push(&mut behind, "???");
    here.insert("both", of_both);
    there.insert("both", behind);
    let mut same = doc(7);
    let mut other = typed(6, "same");
    send(&mut other, &mut same);
    here.insert("same", same);
    there.insert("same", other);
    let expected = [("ours", [0, 4]), ("theirs", [8, 0]), ("both", [3, 2])];
    let expected = expected.map(|(name, counts)| (name.to_owned(), counts));
    (here, there, expected.into())
}

#[test]
fn what_is_told_then_moves_and_looking_changes_nothing() {
    let (mut here, mut there, expected) = apart();
    let before = (state(&mut here), state(&mut there));
    let mut pair = looking(here, there);
    pair.run();
    assert_eq!(looked(&pair), expected);
    assert!(pair.asker.is_settled());
    assert!(pair.count(|event| matches!(event, Event::Settled)) > 0);
    assert_eq!(
        pair.count(|event| matches!(event, Event::Changed { .. })),
        0
    );
    let Pair {
        mut here,
        mut there,
        ..
    } = pair;
    let after = (state(&mut here), state(&mut there));
    assert_eq!(
        format!("{:?}", (&before.0.0, &before.1.0)),
        format!("{:?}", (&after.0.0, &after.1.0))
    );
    assert!(before.0.1.iter().eq(after.0.1.iter()));
    assert!(before.1.1.iter().eq(after.1.1.iter()));
    // And so it is.
    let mut pair = Pair::new(here, there);
    pair.run();
    pair.agree();
    let mut moved: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for (is_here, event) in &pair.events {
        if let Event::Changed { document, change } = event {
            let counts = moved.entry(document.clone()).or_default();
            counts[usize::from(!is_here)] += u64::from(change.applied());
        }
    }
    assert_eq!(moved, expected);
}

#[test]
fn what_is_typed_meanwhile_is_passed_over() {
    let (here, there, mut expected) = apart();
    let mut pair = looking(here, there);
    pair.run();
    for letter in ["a", "b", "c"] {
        for document in ["ours", "theirs", "both", "same"] {
            if let Some(doc) = pair.there.get_mut(document) {
                push(doc, letter);
            }
        }
        pair.run();
    }
    // This differs only since then.
    expected.insert("same".into(), [1, 0]);
    assert_eq!(looked(&pair), expected);
    assert!(!pair.asker.is_over());
    assert_eq!(pair.here.names().count(), 3);
}

#[test]
fn nobody_is_split_by_looking() {
    let (mut here, mut there, expected) = apart();
    let [ours, theirs] = ["this", "that"].map(|text| typed(9, text));
    here.insert("forked", ours);
    there.insert("forked", theirs);
    let mut pair = looking(here, there);
    pair.run();
    assert_eq!(looked(&pair), expected);
    assert!(pair.asker.is_settled());
    let is_told =
        |event: &Event| matches!(event, Event::Forked { document, .. } if document == "forked");
    assert_eq!(pair.count(is_told), 1);
    for side in [&pair.here, &pair.there] {
        assert_eq!(side.get("forked").expect("one").splits().count(), 0);
    }
}

#[test]
fn documents_without_their_history_are_looked_at_too() {
    let (mut here, mut there) = (Workspace::new(), Workspace::new());
    let whole = typed(1, "whole");
    let load = |bytes: &[u8], peer| support::small::loaded(bytes, peer);
    here.insert("here", load(&shallow(&whole), 2));
    there.insert("there", load(&shallow(&whole), 3));
    let mut pair = looking(here, there);
    pair.run();
    assert_eq!(looked(&pair), BTreeMap::from([("here".into(), [0, 5])]));
    let is_told = |event: &Event| matches!(event, Event::Behind { document, operations: 5 } if document == "there");
    assert_eq!(pair.count(is_told), 1);
    assert!(pair.asker.is_settled());
    assert_eq!(pair.here.names().collect::<Vec<_>>(), ["here"]);
    assert_eq!(pair.there.names().collect::<Vec<_>>(), ["there"]);
}

/// A document that is not sent.
const KEPT: &str = "both";

#[test]
fn what_is_not_sent_still_comes() {
    let (here, there, _) = apart();
    let mut pair = Pair::new(OneWay::not_sending(here, KEPT), there);
    pair.run();
    assert!(pair.is_settled());
    let body = |workspace: &Workspace, name: &str| {
        let doc = workspace.get(name).expect("it is there");
        doc.text("body").to_string()
    };
    assert_eq!(body(&pair.there, KEPT), "begun???");
    assert_eq!(body(&pair.here.workspace, KEPT).len(), "begun!!???".len());
    assert_eq!(body(&pair.there, "ours"), "mine");
    let is_lacking =
        |event: &Event| matches!(event, Event::Lacking { document, .. } if document == KEPT);
    let told = pair.events.iter();
    assert!(
        !told
            .clone()
            .any(|(is_here, event)| *is_here && is_lacking(event))
    );
    // Nor what is typed from then on.
    push(pair.here.workspace.open(KEPT), "#");
    push(pair.there.open(KEPT), "%");
    pair.run();
    assert_eq!(body(&pair.there, KEPT), "begun???%");
    assert!(body(&pair.here.workspace, KEPT).contains('%'));
}

#[test]
fn what_the_other_side_lacks_is_told_with_what_it_has() {
    let (here, there, _) = apart();
    let had = there.get("both").expect("one").version_vector();
    let mut pair = Pair::new(here, there);
    pair.run();
    let lacking = pair
        .events
        .iter()
        .filter_map(|(is_here, event)| match event {
            Event::Lacking { document, has } if *is_here => Some((document.as_str(), has)),
            _ => None,
        });
    let lacking: BTreeMap<_, _> = lacking.collect();
    assert_eq!(lacking.keys().collect::<Vec<_>>(), [&"both", &"ours"]);
    assert!(lacking["ours"].is_empty());
    // Of what both know.
    let known = pair.here.get("both").expect("one").version_vector();
    for (peer, count) in lacking["both"].iter() {
        assert!(count <= had.get(peer) && count <= known.get(peer));
    }
    assert!(!lacking["both"].includes(&known));
}
