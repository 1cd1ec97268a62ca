//! Vectors of containers that were moved from one key to another.

use support::small::{doc, made, send, shallow, write};
use syncline::{Doc, value};

use super::{ANNA, BEN, Vectors};

fn begun() -> Doc {
    let mut anna = doc(ANNA);
    write(&mut anna, |tx| {
        tx.map("tree").map("a")?.text("body")?.push("in a")?;
        tx.map("tree").map("b")?.set("made", value!({ "x": [1] }))?;
        tx.map("tree").map("c")?.counter("n")?.add(1)
    });
    anna
}

pub(super) fn moved(vectors: &mut Vectors) {
    let mut anna = begun();
    write(&mut anna, |tx| {
        tx.move_to("tree/a", "tree/b/a")?;
        tx.move_to("tree/b/made", "other/made")?;
        tx.move_to("tree/b/a/body", "other/made/body")
    });
    write(&mut anna, |tx| {
        tx.map("tree").map("b")?.map("a")?.set("name", "a")
    });
    write(&mut anna, |tx| tx.move_to("tree/c", "tree/b/a/c"));
    write(&mut anna, |tx| tx.map("tree").remove("b"));
    write(&mut anna, |tx| tx.move_to("other/made/body", "body/at"));
    vectors.whole(
        "moved",
        "containers moved from key to key, some with what is removed then",
        "fast",
        &mut anna,
    );
    vectors.add("moved-saved", "the same, saved", None, "save", anna.save());
    vectors.add(
        "moved-shallow",
        "the same without its history",
        None,
        "shallow",
        shallow(&anna),
    );

    let mut anna = begun();
    let mut ben = doc(BEN);
    send(&mut anna, &mut ben);
    write(&mut anna, |tx| tx.move_to("tree/a", "tree/b/a"));
    let apart = made(&mut ben, |ben| {
        write(ben, |tx| {
            tx.move_to("tree/b", "tree/a/b")?;
            tx.move_to("tree/c", "tree/a/b/c")
        });
    });
    vectors.whole(
        "moved-begun",
        "three maps, of which one is moved",
        "fast",
        &mut anna,
    );
    vectors.add(
        "moved-apart",
        "somebody moved the other way at the same time, and moved something into that",
        Some("moved-begun"),
        "fast",
        apart,
    );
    too_deep_only_together(vectors);
    hidden_in_each_other(vectors);
}

/// What was named in a map goes to where it is written over, and that map into it.
fn hidden_in_each_other(vectors: &mut Vectors) {
    let mut anna = begun();
    write(&mut anna, |tx| {
        tx.move_to("tree/a/body", "tree/away")?;
        tx.move_to("tree/c", "tree/b/c")?;
        tx.move_to("tree/b", "other/b")?;
        tx.map("other").set("b", 0)
    });
    write(&mut anna, |tx| tx.map("tree").set("away", 0));
    vectors.add(
        "moved-away",
        "containers that were moved to where they were written over then",
        None,
        "save",
        anna.save(),
    );
    vectors.add(
        "moved-away-shallow",
        "the same without its history",
        None,
        "shallow",
        shallow(&anna),
    );
}

/// Two put chains of maps into each other, each within the limit of 64.
fn too_deep_only_together(vectors: &mut Vectors) {
    const CHAIN: usize = 30;
    let chain = |name: &str| {
        let end = value!({ "name": (name) });
        (1..CHAIN).fold(end, |inner, _| value!({ "in": (inner) }))
    };
    let end = |of: &str| format!("{of}{}", "/in".repeat(CHAIN - 1));
    let mut anna = doc(ANNA);
    write(&mut anna, |tx| {
        let mut names = ["a", "b", "c"].into_iter();
        names.try_for_each(|name| tx.map("tree").set(name, chain(name)))
    });
    let mut ben = doc(BEN);
    send(&mut anna, &mut ben);
    write(&mut anna, |tx| {
        tx.move_to("tree/a", &format!("{}/a", end("tree/b")))
    });
    let apart = made(&mut ben, |ben| {
        write(ben, |tx| {
            tx.move_to("tree/c", &format!("{}/c", end("tree/a")))
        });
    });
    vectors.whole(
        "moved-deep-begun",
        "chains of 30 maps, of which one is moved to the end of another",
        "fast",
        &mut anna,
    );
    vectors.add(
        "moved-deep",
        "somebody moved the third to the end of that at the same time: 90 maps in each other",
        Some("moved-deep-begun"),
        "fast",
        apart,
    );
}

/// Cards go from one list to another, to a key, and to where they are removed then.
pub(super) fn board(vectors: &mut Vectors) {
    let mut anna = doc(ANNA);
    write(&mut anna, |tx| {
        tx.list("todo").push("first")?;
        for name in ["a", "b", "c"] {
            tx.list("todo").push_map()?.text("name")?.push(name)?;
        }
        tx.list("done").push("nothing")
    });
    write(&mut anna, |tx| tx.move_to("todo/1", "done/0"));
    write(&mut anna, |tx| tx.move_to("todo/1", "archive/b"));
    write(&mut anna, |tx| tx.list("todo").insert(1, "between"));
    write(&mut anna, |tx| tx.move_to("done/0", "archive/a"));
    write(&mut anna, |tx| {
        tx.move_to("todo/2", "done/1")?;
        tx.move_to("archive/b", "gone/b")?;
        tx.map("gone").remove("b")
    });
    vectors.whole(
        "moved-board",
        "containers moved between lists, and from lists to keys",
        "fast",
        &mut anna,
    );
    vectors.add(
        "moved-board-saved",
        "the same, saved",
        None,
        "save",
        anna.save(),
    );
    vectors.add(
        "moved-board-shallow",
        "the same without its history",
        None,
        "shallow",
        shallow(&anna),
    );
}
