//! What is done to the documents.

use std::hint::black_box;

use syncline::{Error, Side};

use super::documents::{Document, Pair};
use crate::random::Random;

type Step = fn(&mut Pair, &mut Random) -> Result<(), Error>;

pub(super) struct Operation {
    pub(super) what: &'static str,
    pub(super) document: Document,
    pub(super) step: Step,
    /// Why it may cost more in a larger document.
    pub(super) asks_all: Option<&'static str>,
}

const HISTORY: Option<&str> = Some("reads history");

pub(super) fn operations() -> Vec<Operation> {
    use Document::{Items, List, Map, Marked, Text};
    let of = |what, document, asks_all, step| Operation {
        what,
        document,
        step,
        asks_all,
    };
    let texts = |what, step| [Text, Marked].map(|document| of(what, document, None, step));
    let mut all: Vec<Operation> = [
        texts("a keystroke", type_one as Step),
        texts("deleting a character", delete_one),
        texts("deleting 100", delete_many),
        texts("marking nine characters", mark),
        texts("taking their marks away", unmark),
        texts("somebody else's keystroke", type_there),
        texts("two type at once, both merge", type_both),
        texts(
            "typing where somebody else deletes, both merge",
            delete_beside,
        ),
        texts("typing where somebody else marks, both merge", mark_beside),
        texts("a keystroke, undone and redone", undo_typing),
        texts("a deletion, undone", undo_deleting),
        texts("a mark, undone", undo_marking),
        texts("a keystroke, and an anchor there", anchor),
    ]
    .into_iter()
    .flatten()
    .collect();
    all.extend([
        of("changes since a keystroke", Text, None, typing_since),
        of("changes since a keystroke", Marked, HISTORY, typing_since),
        of("inserting an element", List, None, insert),
        of("setting one", List, None, set),
        of("moving one", List, None, move_one),
        of("deleting one", List, None, delete),
        of("two move at once, both merge", List, None, move_both),
        of("a move, undone", List, None, undo_move),
        of("why an element is what it is", List, HISTORY, explain),
        of("setting a field", Items, None, set_field),
        of("typing in one", Items, None, type_in_item),
        of("adding one", Items, None, add_item),
        of("moving one", Items, None, move_one),
        of("deleting one, undone", Items, None, undo_delete),
        of("two set a field at once, both merge", Items, None, set_both),
        of(
            "changes since a field was set",
            Items,
            HISTORY,
            setting_since,
        ),
        of("setting a key", Map, None, set_key),
        of("removing one", Map, None, remove_key),
        of("two set a key at once, both merge", Map, None, set_key_both),
        of(
            "setting a key, undone",
            Map,
            Some("reads the map's history"),
            undo_key,
        ),
    ]);
    all
}

fn type_one(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 0);
    black_box(all.doc.transact(|tx| tx.text("body").insert(at, "x"))?);
    Ok(())
}

fn delete_one(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 1);
    black_box(all.doc.transact(|tx| tx.text("body").delete(at..at + 1))?);
    Ok(())
}

fn delete_many(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let len = all.doc.text("body").len().min(100);
    let at = random.below(all.doc.text("body").len() - len + 1);
    black_box(
        all.doc
            .transact(|tx| tx.text("body").delete(at..at + len))?,
    );
    // As much comes again, so that the small document lasts.
    black_box(
        all.doc
            .transact(|tx| tx.text("body").insert(at, &"y".repeat(len)))?,
    );
    Ok(())
}

fn mark(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 9);
    black_box(
        all.doc
            .transact(|tx| tx.text("body").mark(at..at + 9, "bold", true))?,
    );
    Ok(())
}

fn unmark(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 9);
    black_box(
        all.doc
            .transact(|tx| tx.text("body").unmark(at..at + 9, "bold"))?,
    );
    Ok(())
}

fn type_there(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 0);
    all.other.transact(|tx| tx.text("body").insert(at, "x"))?;
    all.sync()
}

fn type_both(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let [here, there] = [(); 2].map(|()| all.place(random, 0));
    all.doc.transact(|tx| tx.text("body").insert(here, "x"))?;
    all.other
        .transact(|tx| tx.text("body").insert(there, "y"))?;
    all.sync()
}

fn delete_beside(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 3);
    all.doc
        .transact(|tx| tx.text("body").insert(at + 1, "xyz"))?;
    all.other
        .transact(|tx| tx.text("body").delete(at..at + 3))?;
    all.sync()
}

fn mark_beside(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 9);
    all.doc.transact(|tx| tx.text("body").insert(at, "x"))?;
    all.other
        .transact(|tx| tx.text("body").mark(at..at + 9, "bold", true))?;
    all.sync()
}

fn undo_typing(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 0);
    all.undo
        .transact(&mut all.doc, 0, |tx| tx.text("body").insert(at, "x"))?;
    black_box(all.undo.undo(&mut all.doc)?);
    black_box(all.undo.redo(&mut all.doc)?);
    Ok(())
}

fn undo_deleting(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 9);
    all.undo
        .transact(&mut all.doc, 0, |tx| tx.text("body").delete(at..at + 9))?;
    black_box(all.undo.undo(&mut all.doc)?);
    Ok(())
}

fn undo_marking(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 9);
    let mark = |tx: &mut syncline::Transaction<'_>| tx.text("body").mark(at..at + 9, "bold", true);
    all.undo.transact(&mut all.doc, 0, mark)?;
    black_box(all.undo.undo(&mut all.doc)?);
    Ok(())
}

fn anchor(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.place(random, 0);
    all.doc.transact(|tx| tx.text("body").insert(at, "x"))?;
    let anchor = all.doc.anchor("body", at, Side::After)?;
    black_box(all.doc.resolve(&anchor)?);
    Ok(())
}

fn typing_since(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let before = all.doc.frontier();
    type_one(all, random)?;
    black_box(all.doc.changes_since(&before)?);
    Ok(())
}

fn insert(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.index(random);
    black_box(all.doc.transact(|tx| tx.list("list").insert(at, 1))?);
    Ok(())
}

fn set(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.index(random);
    black_box(all.doc.transact(|tx| tx.list("list").set(at, 1))?);
    Ok(())
}

fn move_one(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let [from, to] = [(); 2].map(|()| all.index(random));
    black_box(all.doc.transact(|tx| tx.list("list").move_to(from, to))?);
    Ok(())
}

fn delete(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.index(random);
    black_box(all.doc.transact(|tx| tx.list("list").delete(at..at + 1))?);
    Ok(())
}

fn move_both(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let [from, to] = [(); 2].map(|()| all.index(random));
    all.doc.transact(|tx| tx.list("list").move_to(from, to))?;
    all.other.transact(|tx| tx.list("list").move_to(to, from))?;
    all.sync()
}

fn undo_move(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let [from, to] = [(); 2].map(|()| all.index(random));
    all.undo
        .transact(&mut all.doc, 0, |tx| tx.list("list").move_to(from, to))?;
    black_box(all.undo.undo(&mut all.doc)?);
    Ok(())
}

fn explain(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.index(random);
    black_box(all.doc.explain(&format!("list/{at}"))?);
    Ok(())
}

fn set_field(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.index(random);
    black_box(
        all.doc
            .transact(|tx| tx.list("list").map(at)?.set("done", true))?,
    );
    Ok(())
}

fn type_in_item(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.index(random);
    black_box(
        all.doc
            .transact(|tx| tx.list("list").map(at)?.text("body")?.push("x"))?,
    );
    Ok(())
}

fn add_item(all: &mut Pair, _: &mut Random) -> Result<(), Error> {
    black_box(
        all.doc
            .transact(|tx| tx.list("list").push_map()?.set("done", false))?,
    );
    Ok(())
}

fn undo_delete(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.index(random);
    all.undo
        .transact(&mut all.doc, 0, |tx| tx.list("list").delete(at..at + 1))?;
    black_box(all.undo.undo(&mut all.doc)?);
    Ok(())
}

fn set_both(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let at = all.index(random);
    all.doc
        .transact(|tx| tx.list("list").map(at)?.set("done", true))?;
    all.other
        .transact(|tx| tx.list("list").map(at)?.set("done", 1))?;
    all.sync()
}

fn setting_since(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let before = all.doc.frontier();
    set_field(all, random)?;
    black_box(all.doc.changes_since(&before)?);
    Ok(())
}

fn key(all: &Pair, random: &mut Random) -> String {
    format!("key {}", random.below(all.size))
}

fn set_key(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let key = key(all, random);
    black_box(all.doc.transact(|tx| tx.map("map").set(&key, true))?);
    Ok(())
}

fn remove_key(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let key = key(all, random);
    black_box(all.doc.transact(|tx| tx.map("map").remove(&key))?);
    Ok(())
}

fn set_key_both(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let key = key(all, random);
    all.doc.transact(|tx| tx.map("map").set(&key, true))?;
    all.other.transact(|tx| tx.map("map").set(&key, false))?;
    all.sync()
}

fn undo_key(all: &mut Pair, random: &mut Random) -> Result<(), Error> {
    let key = key(all, random);
    all.undo
        .transact(&mut all.doc, 0, |tx| tx.map("map").set(&key, true))?;
    black_box(all.undo.undo(&mut all.doc)?);
    Ok(())
}
