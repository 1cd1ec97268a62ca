//! Vectors of one peer id under which two histories were written.

use support::engine::peer;
use support::small::{doc, send, write};
use syncline::{Doc, Level, SaveOptions, value};

use super::{ANNA, BEN, CARL, DORA, Vectors, all, copy};

/// A document of a peer whose id was written under twice, and of somebody who knows both histories; and what he wrote later,
/// in containers that both histories made with one operation.
fn forked() -> [Doc; 2] {
    let mut one = doc(ANNA);
    write(&mut one, |tx| {
        tx.text("body").insert(0, &"shared ".repeat(9))
    });
    let shared = all(&mut one, Level::Fast);
    let mut other = copy(ANNA, &shared);
    for (doc, word) in [(&mut one, "one"), (&mut other, "two")] {
        write(doc, |tx| {
            tx.text("body").push(word)?;
            tx.list("todo").push(value!({ "by": word }))
        });
        doc.split_peer(peer(ANNA), 63).expect("it has its history");
    }
    send(&mut other, &mut one);
    one.set_peer(peer(BEN));
    write(&mut one, |tx| tx.text("body").push("."));
    let mut friend = copy(DORA, &all(&mut one, Level::Fast));
    for at in 0..2 {
        write(&mut friend, |tx| tx.list("todo").map(at)?.set("read", true));
    }
    write(&mut friend, |tx| tx.text("body").push("!"));
    [one, friend]
}

pub(super) fn forks(vectors: &mut Vectors) {
    let [mut forked, mut friend] = forked();
    vectors.whole(
        "forked",
        "one peer id, two histories: segments, and an operation that follows both",
        "fast",
        &mut forked,
    );
    let known = forked.version_vector();
    forked
        .merge(&friend.delta_since(&known))
        .expect("it merges");
    vectors.add(
        "forked-on",
        "that follows two segments that have one original number, and names them",
        Some("forked"),
        "fast",
        forked.delta_since(&known),
    );
    let known = friend.version_vector();
    write(&mut friend, |tx| tx.text("body").push("?"));
    vectors.add(
        "forked-keystroke",
        "after operations in containers that two histories made with one operation: the mark tells which",
        Some("forked-on"),
        "fast",
        friend.delta_since(&known),
    );
    let noted = [(peer(CARL), 7)];
    forked.split_peers(&noted).expect("it is noted");
    vectors.add(
        "forked-saved",
        "that as a snapshot, with a split of which no operation is known",
        None,
        "save",
        forked.save(),
    );
    let shallow = SaveOptions::new().shallow();
    vectors.add(
        "forked-shallow",
        "that as a snapshot without history: chains of segments go on",
        None,
        "shallow",
        forked.save_with(&shallow),
    );
}
