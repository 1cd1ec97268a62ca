//! Vectors of what several people did apart, and of documents without their history.

use support::small::{doc, loaded, send, write};
use syncline::{Doc, Error, Level, OpId, Peer, SaveOptions, Transaction, value};

use super::numbers::Numbers;
use super::{ANNA, BEN, CARL, DORA, Vectors, all, copy};

/// What three people did apart from one version; gives the document of one who knows it all.
pub(super) fn people(vectors: &mut Vectors) -> Doc {
    let mut one = doc(ANNA);
    write(&mut one, |tx| {
        tx.text("body").insert(0, &Numbers(9).words(30))
    });
    let mut two = copy(BEN, &all(&mut one, Level::Fast));
    let mut three = copy(CARL, &all(&mut one, Level::Fast));
    let shared = one.version_vector();
    let base = all(&mut one, Level::Fast);
    vectors.add(
        "shared",
        "what three people start from: longer than a block of the chain",
        None,
        "fast",
        base,
    );
    write(&mut one, |tx| tx.text("body").insert(5, "one"));
    write(&mut two, |tx| tx.text("body").insert(5, "two"));
    write(&mut two, |tx| tx.text("body").delete(0..4));
    write(&mut three, |tx| tx.map("meta").set("title", "three"));
    let waits = two.delta_since(&shared);
    send(&mut two, &mut one);
    send(&mut three, &mut one);
    write(&mut one, |tx| {
        tx.text("body").insert(0, "merged ")?;
        tx.map("meta").set("title", "one")
    });
    send(&mut one, &mut three);
    write(&mut three, |tx| tx.text("body").delete(2..5));
    vectors.add(
        "marks",
        "what three people did apart from a shared version: parents outside, with marks",
        Some("shared"),
        "fast",
        three.delta_since(&shared),
    );
    vectors.add(
        "marks-merge",
        "a run that goes on and follows another peer's operation too",
        Some("marks"),
        "fast",
        {
            let before = three.version_vector();
            let mut one = copy(ANNA, &all(&mut three, Level::Fast));
            write(&mut one, |tx| tx.text("body").insert(0, "A"));
            write(&mut three, |tx| tx.text("body").insert(1, "C"));
            send(&mut one, &mut three);
            write(&mut three, |tx| tx.text("body").insert(1, "B"));
            three.delta_since(&before)
        },
    );
    vectors.whole(
        "concurrent",
        "the whole history of three people",
        "fast",
        &mut three,
    );
    let mut behind = doc(DORA);
    behind.merge(&waits).expect("it waits");
    write(&mut behind, |tx| tx.counter("own").add(1));
    vectors.add(
        "snapshot-waiting",
        "a snapshot with a delta that waits for its parents",
        None,
        "save",
        behind.save(),
    );
    three
}

/// Documents without their history.
pub(super) fn files(vectors: &mut Vectors, three: &Doc) {
    vectors.add(
        "shallow",
        "a snapshot without history, of three people and a long hash chain",
        None,
        "shallow",
        {
            let mut long = loaded(&three.save(), BEN);
            for at in 0..70 {
                write(&mut long, |tx| tx.text("body").insert(at, "~"));
            }
            long.save_with(&SaveOptions::new().shallow())
        },
    );
    let mut kept = doc(ANNA);
    write(&mut kept, |tx| tx.text("body").insert(0, "kept"));
    let since = kept.version_vector();
    let mut file = kept.save_with(&SaveOptions::new().shallow_since(since));
    for more in [", and more", ", and more yet"] {
        let point = kept.save_point();
        write(&mut kept, |tx| tx.text("body").push(more));
        file.extend(kept.save_since(&point));
    }
    vectors.add(
        "file",
        "a snapshot without history, and two pieces appended to it",
        None,
        "file",
        file,
    );
}

/// What two people said of what they wrote.
pub(super) fn remarks(vectors: &mut Vectors) {
    let mut one = doc(ANNA);
    one.set_author("Anna").expect("a short name");
    write(&mut one, |tx| tx.text("body").push("Typed at once"));
    let mut two = copy(BEN, &all(&mut one, Level::Fast));
    two.set_author("Ben — ß").expect("a short name");
    for (at, doc) in [(0, &mut one), (3, &mut two)] {
        for nth in 0..3 {
            write(doc, |tx| {
                tx.set_time(1_795_000_000_000 - 250 * nth);
                tx.text("body").insert(at, "x")
            });
        }
        write(doc, |tx| {
            tx.set_message("Done\nfor today")?;
            tx.map("meta").set("done", true)?;
            tx.text("body").delete(5..9)
        });
        write(doc, |tx| tx.text("body").push("."));
    }
    send(&mut two, &mut one);
    vectors.whole(
        "remarks",
        "what two people said of what they wrote",
        "fast",
        &mut one,
    );
    let saved = one.save();
    vectors.add("remarks-saved", "the same, saved", None, "file", saved);
}

/// Text and elements that were deleted, and came back.
pub(super) fn restores(vectors: &mut Vectors) {
    let mut one = doc(ANNA);
    write(&mut one, |tx| tx.text("body").insert(0, "Hello wide world"));
    write(&mut one, |tx| {
        tx.list("todo").insert_all(0, (0..9).map(Into::into))
    });
    let cut = one.operations();
    write(&mut one, |tx| {
        tx.text("body").delete(5..10)?;
        tx.list("todo").delete(2..6)
    });
    write(&mut one, |tx| {
        tx.text("body").insert(0, ">> ")?;
        restore(tx, ANNA, cut, 5)?;
        restore(tx, ANNA, cut + 6, 2)
    });
    vectors.whole(
        "restored",
        "a text and a list of which somebody deleted a part, and got it back",
        "fast",
        &mut one,
    );
    vectors.add(
        "restored-saved",
        "the same as a snapshot, with its history",
        None,
        "save",
        one.save(),
    );
    let mut two = copy(BEN, &all(&mut one, Level::Fast));
    let shared = one.version_vector();
    let own = one.operations();
    write(&mut two, |tx| tx.list("todo").set(2, "two"));
    write(&mut two, |tx| {
        tx.list("todo").delete(1..4)?;
        tx.list("todo").move_to(0, 3)
    });
    write(&mut one, |tx| tx.list("todo").delete(2..4));
    send(&mut two, &mut one);
    write(&mut one, |tx| restore(tx, BEN, 1, 3));
    write(&mut two, |tx| restore(tx, BEN, 2, 1));
    send(&mut two, &mut one);
    write(&mut one, |tx| restore(tx, ANNA, own, 1));
    vectors.add(
        "restored-apart",
        "of two people who deleted the same elements, who set one and moved another, both bring some back",
        Some("restored"),
        "fast",
        one.delta_since(&shared),
    );
}

/// Elements that were set and moved, and keys that were set and removed, all taken back, and some of that again.
pub(super) fn taken_back(vectors: &mut Vectors) {
    let mut one = doc(ANNA);
    write(&mut one, |tx| {
        tx.list("todo").insert_all(0, (0..5).map(Into::into))?;
        tx.map("meta").set("title", "first")
    });
    let from = one.operations();
    write(&mut one, |tx| {
        tx.list("todo").set(1, "set")?;
        tx.list("todo").set(1, "set again")?;
        tx.list("todo").move_to(1, 4)?;
        tx.list("todo").move_to(4, 0)?;
        tx.map("meta").set("title", value!({"a": [1]}))?;
        tx.map("meta").remove("title")?;
        tx.map("meta").set("draft", true)
    });
    // Those made three operations more: the map, the list, what stands in it.
    write(&mut one, |tx| restore(tx, ANNA, from, 4));
    let again = one.operations();
    write(&mut one, |tx| restore(tx, ANNA, from + 7, 2));
    write(&mut one, |tx| restore(tx, ANNA, again - 4, 1));
    write(&mut one, |tx| restore(tx, ANNA, again - 1, 1));
    write(&mut one, |tx| restore(tx, ANNA, again + 1, 1));
    vectors.whole(
        "taken-back",
        "elements set and moved, keys set and removed, which was taken back, and some of that taken back again",
        "fast",
        &mut one,
    );
}

fn restore(tx: &mut Transaction<'_>, peer: u64, seq: u32, len: u32) -> Result<(), Error> {
    let peer = Peer::new(peer).expect("not zero");
    tx.restore(OpId { peer, seq }, len).map(drop)
}

/// Elements of a list that two people moved, set and deleted apart.
pub(super) fn moves(vectors: &mut Vectors) {
    let mut one = doc(ANNA);
    write(&mut one, |tx| {
        tx.list("todo").insert_all(0, (0..9).map(Into::into))
    });
    write(&mut one, |tx| tx.list("todo").move_to(0, 8));
    let mut two = copy(BEN, &all(&mut one, Level::Fast));
    write(&mut one, |tx| {
        tx.list("todo").move_to(8, 0)?;
        tx.list("todo").set(0, "moved")?;
        tx.list("todo").move_to(3, 3)
    });
    write(&mut two, |tx| {
        tx.list("todo").move_to(8, 4)?;
        tx.list("todo").delete(2..4)
    });
    send(&mut two, &mut one);
    vectors.whole(
        "moves",
        "a list of which two people moved and set the same element apart, and deleted others",
        "fast",
        &mut one,
    );
}
