//! Containers that move between lists, and between lists and maps: the cards of a board.
//!
//! - A card stands in one place, whoever moves it; where it stood nothing shows, and positions go by what shows.
//! - Operations that count what does not show, moves that are taken back, and deletions meet in one order everywhere.
//! - Saved, cut, compared and restored, a board says the same of where its cards are.

use support::engine::peer;
use support::small::{all, cut, doc, send, shallow, write};
use syncline::{Act, Doc, Error, Kind, Limits, ListEdit, Side, UndoManager, value};

/// A board of two columns, the first with cards `a`, `b` and `c`, each with a text.
fn board() -> Doc {
    let mut doc = doc(1);
    write(&mut doc, |tx| {
        for name in ["a", "b", "c"] {
            tx.list("todo").push_map()?.text("name")?.push(name)?;
        }
        tx.list("done").push("nothing")
    });
    doc
}

fn moves(doc: &mut Doc, from: &str, to: &str) {
    write(doc, |tx| tx.move_to(from, to));
    doc.check().expect("sound");
}

/// The names of the cards in a column, and its plain values.
fn column(doc: &Doc, name: &str) -> String {
    let json = doc.to_json();
    let cards = json[name].as_array().cloned().unwrap_or_default();
    let said = |card: &serde_json::Value| match (card["name"].as_str(), card.as_str()) {
        (Some(name), _) => name.to_owned(),
        (_, Some(plain)) => format!("({plain})"),
        _ => card.to_string(),
    };
    cards.iter().map(said).collect::<Vec<_>>().join(" ")
}

fn columns(doc: &Doc) -> [String; 2] {
    ["todo", "done"].map(|name| column(doc, name))
}

fn other(id: u64, of: &mut Doc) -> Doc {
    let mut other = doc(id);
    send(of, &mut other);
    other
}

fn meet(one: &mut Doc, two: &mut Doc) {
    send(one, two);
    send(two, one);
    support::small::agree(one, two);
    one.verify().expect("its history comes to what it shows");
}

#[test]
fn a_card_goes_with_all_that_is_in_it() {
    let mut doc = board();
    let anchor = doc.anchor("todo/1/name", 1, Side::After).unwrap();
    let mut two = other(2, &mut doc);
    let change = doc.transact(|tx| tx.move_to("todo/1", "done/0")).unwrap();
    assert_eq!(change.applied(), 2);
    assert_eq!(
        change.list("todo"),
        [ListEdit::Retain(1), ListEdit::Delete(1)]
    );
    let card = value!({ "name": "b" });
    assert_eq!(change.list("done"), [ListEdit::Insert(vec![card])]);
    assert_eq!(change.paths().count(), 2);
    assert_eq!(columns(&doc), ["a c", "b (nothing)"]);
    write(&mut two, |tx| {
        tx.list("todo").map(1)?.text("name")?.push("!")
    });
    meet(&mut doc, &mut two);
    assert_eq!(columns(&two), ["a c", "b! (nothing)"]);
    assert_eq!(
        doc.path_of_anchor(&anchor).unwrap().as_deref(),
        Some("done/0/name")
    );
    assert_eq!(doc.resolve(&anchor).unwrap(), 1);
    assert_eq!(doc.list("done").kind_at(0), Some(Kind::Map));
    // Within its column it moves like any element: one operation.
    let change = doc.transact(|tx| tx.move_to("done/0", "done/1")).unwrap();
    assert_eq!(change.applied(), 1);
    assert_eq!(columns(&doc), ["a c", "(nothing) b!"]);
    let still = doc.transact(|tx| tx.move_to("done/1", "done/1")).unwrap();
    assert_eq!(still.applied(), 0);
    // And on to a key, and back to where it was first.
    moves(&mut doc, "done/1", "archive/b");
    assert_eq!(doc.get("archive/b/name"), Some("b!".into()));
    moves(&mut doc, "archive/b", "todo/0");
    assert_eq!(columns(&doc), ["b! a c", "(nothing)"]);
    assert_eq!(
        doc.path_of_anchor(&anchor).unwrap().as_deref(),
        Some("todo/0/name")
    );
}

#[test]
fn two_who_move_one_card_leave_it_in_one_place() {
    let mut one = board();
    let mut two = other(2, &mut one);
    moves(&mut one, "todo/0", "done/0");
    moves(&mut two, "todo/0", "todo/2");
    moves(&mut two, "todo/2", "later/a");
    meet(&mut one, &mut two);
    // The later move of the second holds; what the first inserted does not show, and has its place.
    assert_eq!(columns(&one), ["b c", "(nothing)"]);
    assert_eq!(one.get("later/a/name"), Some("a".into()));
    write(&mut one, |tx| tx.list("done").insert(0, "first"));
    write(&mut two, |tx| tx.list("done").push("last"));
    meet(&mut one, &mut two);
    assert_eq!(column(&one, "done"), "(first) (nothing) (last)");
}

#[test]
fn positions_go_by_what_shows() {
    let mut one = board();
    write(&mut one, |tx| {
        tx.list("todo").push("x")?;
        tx.list("todo").push("y")
    });
    moves(&mut one, "todo/1", "done/0");
    let mut two = other(2, &mut one);
    assert_eq!(column(&one, "todo"), "a c (x) (y)");
    // Over what does not show: it is not deleted with what is around it.
    write(&mut one, |tx| tx.list("todo").delete(0..2));
    write(&mut two, |tx| {
        tx.list("todo").set(2, "z")?;
        tx.list("todo").move_to(3, 1)?;
        tx.list("todo").insert(1, "new")
    });
    assert_eq!(column(&two, "todo"), "a (new) (y) c (z)");
    assert_eq!(two.list("todo").len(), 5);
    let anchor = two.anchor("todo", 2, Side::Before).unwrap();
    let before = column(&two, "todo");
    let refused = two.transact(|tx| {
        tx.list("todo").delete(0..3)?;
        tx.move_to("done/0", "todo/1")?;
        tx.list("todo").move_to(0, 1)?;
        tx.list("todo").set(0, 1)?;
        tx.move_to("todo/1", "done/1")?;
        Err(Error::aborted("no"))
    });
    assert!(refused.is_err());
    two.check().unwrap();
    assert_eq!(column(&two, "todo"), before);
    meet(&mut one, &mut two);
    assert_eq!(column(&two, "todo"), "(new) (y) (z)");
    assert_eq!(two.resolve(&anchor).unwrap(), 1);
    moves(&mut two, "done/0", "todo/3");
    meet(&mut one, &mut two);
    assert_eq!(columns(&one), ["(new) (y) (z) b", "(nothing)"]);
}

/// Without history a container is numbered where it stands; what an element made is known only behind the element's list.
#[test]
fn what_leaves_a_card_for_a_key_before_its_column_is_there_without_history() {
    let mut doc = doc(1);
    write(&mut doc, |tx| {
        let card = tx.map("board").list("todo")?.push_map()?;
        card.text("name")?.push("a card")?;
        let card = tx.map("board").list("todo")?.push_map()?;
        card.list("rows")?.push_map()?.text("body")?.push("a row")
    });
    moves(&mut doc, "board/todo/0/name", "board/first");
    assert_eq!(cut(&doc, 2).to_json(), doc.to_json());
    moves(&mut doc, "board/todo/1/rows/0/body", "board/a");
    assert_eq!(cut(&doc, 2).to_json(), doc.to_json());
    cut(&doc, 2).check().expect("sound");
}

#[test]
fn a_card_that_moves_outlives_what_it_stood_in() {
    let mut one = board();
    let mut two = other(2, &mut one);
    moves(&mut one, "todo/0", "done/0");
    write(&mut two, |tx| tx.list("todo").delete(0..3));
    meet(&mut one, &mut two);
    assert_eq!(columns(&one), ["", "a (nothing)"]);
    // Set over at the same time, both are there.
    write(&mut one, |tx| {
        tx.list("todo").push_map()?.text("name")?.push("d")
    });
    meet(&mut one, &mut two);
    moves(&mut one, "todo/0", "done/0");
    write(&mut two, |tx| tx.list("todo").set(0, "written over"));
    meet(&mut one, &mut two);
    assert_eq!(columns(&one), ["(written over)", "d a (nothing)"]);
    // Deleted where it stands, it is gone.
    write(&mut one, |tx| tx.list("done").delete(0..2));
    meet(&mut one, &mut two);
    assert_eq!(columns(&two), ["(written over)", "(nothing)"]);
}

#[test]
fn cards_do_not_stand_within_each_other() {
    let mut one = doc(1);
    write(&mut one, |tx| {
        for name in ["a", "b"] {
            let mut card = tx.list("todo").push_map()?;
            card.set("name", name)?;
            card.list("parts")?.push("part")?;
        }
        Ok(())
    });
    let refused = one.transact(|tx| tx.move_to("todo/0", "todo/0/parts/0"));
    assert!(
        matches!(refused, Err(Error::CannotMove { .. })),
        "{refused:?}"
    );
    for to in ["todo/1/parts/2", "todo/2"] {
        let past = one.transact(|tx| tx.move_to("todo/0", to));
        let (list, _) = to.rsplit_once('/').expect("an index");
        let Err(Error::OutOfRange {
            path,
            position,
            len,
            ..
        }) = past
        else {
            panic!("{past:?}");
        };
        assert_eq!((&*path, position, len), (list, 2, 1));
    }
    let mut two = other(2, &mut one);
    moves(&mut one, "todo/0", "todo/1/parts/0");
    moves(&mut two, "todo/1", "todo/0/parts/1");
    meet(&mut one, &mut two);
    // The move of the first comes before that of the second, by (Lamport, peer).
    assert_eq!(
        one.to_json().to_string(),
        r#"{"todo":[{"name":"b","parts":[{"name":"a","parts":["part"]},"part"]}]}"#
    );
}

#[test]
fn a_move_is_undone_and_redone_whatever_others_did() {
    let mut one = board();
    let mut two = other(2, &mut one);
    let mut undo: UndoManager = UndoManager::new();
    let change = one.transact(|tx| tx.move_to("todo/1", "done/1")).unwrap();
    undo.record(&one, &change, 0);
    send(&mut one, &mut two);
    write(&mut two, |tx| {
        tx.list("todo").insert(1, "between")?;
        tx.list("done").map(1)?.text("name")?.push("!")
    });
    send(&mut two, &mut one);
    assert_eq!(columns(&one), ["a (between) c", "(nothing) b!"]);
    let change = undo.undo(&mut one).unwrap().expect("a step").change;
    assert_eq!(
        change.list("done"),
        [ListEdit::Retain(1), ListEdit::Delete(1)]
    );
    assert_eq!(columns(&one), ["a (between) b! c", "(nothing)"]);
    undo.redo(&mut one).unwrap().expect("a step");
    assert_eq!(columns(&one), ["a (between) c", "(nothing) b!"]);
    undo.undo(&mut one).unwrap().expect("a step");
    // Two moved it, and one of them takes that back.
    let mut undo: UndoManager = UndoManager::new();
    let mut two = other(2, &mut one);
    let change = one.transact(|tx| tx.move_to("todo/0", "done/1")).unwrap();
    undo.record(&one, &change, 0);
    moves(&mut two, "todo/0", "done/0");
    meet(&mut one, &mut two);
    assert_eq!(columns(&one), ["(between) b! c", "a (nothing)"]);
    undo.undo(&mut one).unwrap();
    meet(&mut one, &mut two);
    assert_eq!(columns(&one), ["(between) b! c", "a (nothing)"]);
}

#[test]
fn a_card_that_went_into_what_the_same_step_made_comes_out_of_it() {
    let mut doc = board();
    let mut undo: UndoManager = UndoManager::new();
    let before = columns(&doc);
    let change = doc.transact(|tx| {
        tx.map("shelf").map("new")?.set("name", "shelf")?;
        tx.move_to("todo/0", "shelf/new/card")?;
        tx.map("shelf").list("cards")?.push("x")?;
        tx.move_to("todo/0", "shelf/cards/0")
    });
    undo.record(&doc, &change.unwrap(), 0);
    let after = doc.to_json();
    assert_eq!(columns(&doc), ["c", "(nothing)"]);
    undo.undo(&mut doc).unwrap().expect("a step");
    doc.check().unwrap();
    assert_eq!(columns(&doc), before);
    undo.redo(&mut doc).unwrap().expect("a step");
    doc.check().unwrap();
    assert_eq!(doc.to_json(), after);
}

#[test]
fn who_asks_why_a_card_is_there_hears_who_moved_it() {
    let mut one = board();
    moves(&mut one, "todo/1", "done/0");
    let acts = |doc: &mut Doc, path: &str| {
        let explained = doc.explain(path).unwrap();
        let all = explained
            .decisions
            .iter()
            .flat_map(|decision| &decision.competitors);
        all.map(|one| (one.act.clone(), one.id.peer.get()))
            .collect::<Vec<_>>()
    };
    assert_eq!(acts(&mut one, "done/0"), [(Act::MovedHere(Kind::Map), 1)]);
    // Positions lead to what shows.
    let card = &acts(&mut one, "todo/1")[0].0;
    assert_eq!(*card, Act::Inserted(value!({ "name": "c" })));
    // One deletes a card, another one writes in it meanwhile.
    let mut two = other(2, &mut one);
    write(&mut one, |tx| tx.list("done").delete(0..1));
    write(&mut two, |tx| {
        tx.list("done").map(0)?.text("name")?.push("!")
    });
    meet(&mut one, &mut two);
    // Who made the root comes first.
    let taken = acts(&mut one, "done");
    assert_eq!(taken[1..], [(Act::Deleted, 1), (Act::Wrote(Kind::Text), 2)]);
}

#[test]
fn saved_loaded_and_cut_a_board_is_as_it_was() {
    let mut one = doc(1);
    write(&mut one, |tx| {
        // What goes to `a` is told of before the list that it comes from.
        tx.map("z").list("cards")?.push("plain")?;
        tx.map("z")
            .list("cards")?
            .push_map()?
            .text("name")?
            .push("x")?;
        tx.map("z")
            .list("cards")?
            .push_map()?
            .list("parts")?
            .push_map()?
            .set("n", 1)?;
        tx.map("z").list("cards")?.push_map()?;
        tx.map("z").list("cards")?.push("end")?;
        tx.list("done").push("old")
    });
    moves(&mut one, "z/cards/1", "a/x");
    moves(&mut one, "z/cards/1/parts/0", "done/0");
    moves(&mut one, "done/0", "done_too/n");
    moves(&mut one, "z/cards/1", "done/1");
    // Into what is removed then: nothing shows it, and its element does not come back.
    moves(&mut one, "z/cards/1", "a/gone");
    write(&mut one, |tx| tx.map("a").remove("gone"));
    let shown = one.to_json();
    assert_eq!(
        shown.to_string(),
        r#"{"a":{"x":{"name":"x"}},"done":["old",{"parts":[]}],"done_too":{"n":{"n":1}},"z":{"cards":["plain","end"]}}"#
    );
    let mut two = other(2, &mut one);
    for bytes in [one.save(), shallow(&one)] {
        let mut loaded = Doc::load(&bytes).unwrap();
        loaded.check().unwrap();
        assert_eq!(loaded.to_json(), shown);
        assert_eq!(loaded.save(), bytes);
        loaded.set_peer(peer(7));
        // It goes on from there, both ways: operations count what does not show.
        write(&mut loaded, |tx| {
            tx.map("z").list("cards")?.insert(1, "new")?;
            tx.map("z").list("cards")?.set(2, "last")?;
            tx.list("done").insert(0, "first")
        });
        moves(&mut loaded, "a/x", "z/cards/1");
        moves(&mut loaded, "done/2", "z/cards/0");
        send(&mut loaded, &mut two);
        two.check().unwrap();
        assert_eq!(loaded.to_json(), two.to_json());
        moves(&mut two, "z/cards/0/parts", "parts/moved");
        moves(&mut two, "z/cards/2", "done/0");
        send(&mut two, &mut loaded);
        loaded.check().unwrap();
        assert_eq!(loaded.to_json(), two.to_json());
        two.verify().unwrap();
        two = other(2, &mut one);
    }
    // Cut again and again, it has the same bytes.
    let mut again = cut(&one, 9);
    moves(&mut again, "a/x", "done/0");
    let mut whole = other(3, &mut one);
    send(&mut again, &mut whole);
    assert_eq!(shallow(&again), shallow(&whole));
}

#[test]
fn versions_of_a_board_have_their_own_places() {
    let mut doc = board();
    let anchor = doc.anchor("todo/0/name", 1, Side::After).unwrap();
    let mut versions = vec![(doc.frontier(), doc.to_json())];
    for (from, to) in [
        ("todo/0", "done/0"),
        ("todo/1", "todo/0/parts"),
        ("todo/0", "done/1"),
        ("done/0", "archive/a"),
        ("archive/a", "todo/0"),
    ] {
        moves(&mut doc, from, to);
        versions.push((doc.frontier(), doc.to_json()));
    }
    for (version, shown) in &versions {
        assert_eq!(doc.at(version).unwrap().to_json(), *shown);
        let fork = doc.fork_at(version).unwrap();
        fork.check().unwrap();
        assert_eq!(fork.to_json(), *shown);
    }
    let back = doc.diff(&versions[5].0, &versions[0].0).unwrap();
    assert!(
        !back.list("todo").is_empty() && !back.list("done").is_empty(),
        "{back:?}"
    );
    for at in [0, 5, 1, 4, 2, 3, 0] {
        doc.revert_to(&versions[at].0).unwrap();
        doc.check().unwrap();
        let mut shown = doc.to_json();
        // A root stays.
        if at < 4 {
            let empty = shown
                .as_object_mut()
                .and_then(|roots| roots.remove("archive"));
            assert_eq!(empty, Some(serde_json::json!({})));
        }
        assert_eq!(shown, versions[at].1, "version {at}");
        // It is the card itself, no copy.
        assert!(
            doc.path_of_anchor(&anchor).unwrap().is_some(),
            "version {at}"
        );
    }
    doc.verify().unwrap();
    assert_eq!(Doc::load(&doc.save()).unwrap().to_json(), doc.to_json());
}

#[test]
fn a_place_in_a_list_takes_one_level() {
    let mut limits = Limits::default();
    limits.nesting = 2;
    let mut doc = Doc::with_limits(limits);
    doc.set_peer(peer(1));
    write(&mut doc, |tx| {
        tx.map("m").map("a")?.map("b")?.set("x", 1)?;
        tx.list("list").push("x")
    });
    let before = (doc.to_json(), doc.operations());
    // The list, the element, `a`, `b`: one too many.
    let refused = doc.transact(|tx| {
        let refused = tx.move_to("m/a", "list/0");
        assert!(
            matches!(
                refused,
                Err(Error::Limit {
                    what: "nesting",
                    limit: 2,
                    found: 3
                })
            ),
            "{refused:?}"
        );
        Ok(())
    });
    assert_eq!(refused.unwrap().applied(), 0);
    assert_eq!((doc.to_json(), doc.operations()), before);
    moves(&mut doc, "m/a/b", "list/0");
    assert_eq!(doc.get("list/0/x"), Some(1.into()));
}

#[test]
fn thousands_of_cards_go_from_column_to_column() {
    const CARDS: usize = 2_000;
    let mut one = doc(1);
    write(&mut one, |tx| {
        (0..CARDS).try_for_each(|at| tx.list("todo").push_map()?.set("n", at as i64))?;
        tx.list("done").push("nothing")
    });
    let mut two = other(2, &mut one);
    for (doc, first) in [(&mut one, 0), (&mut two, CARDS / 4)] {
        write(doc, |tx| {
            (0..CARDS / 2).try_for_each(|_| tx.move_to(&format!("todo/{first}"), "done/0"))
        });
    }
    meet(&mut one, &mut two);
    assert_eq!(one.list("todo").len() + one.list("done").len(), CARDS + 1);
    assert_eq!(all(&mut one), all(&mut two));
}
