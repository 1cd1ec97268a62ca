//! Vectors of what continues a stretch of typing.

use support::small::{doc, write};
use syncline::{Error, Level, Transaction};

use super::numbers::Numbers;
use super::{ANNA, BEN, Vectors, all, copy};

/// What continues a stretch of typing.
pub(super) fn strokes(vectors: &mut Vectors) {
    let mut anna = doc(ANNA);
    write(&mut anna, |tx| tx.text("body").insert(0, "Helo"));
    let typed = all(&mut anna, Level::Fast);
    vectors.add(
        "typed",
        "one stretch of typing into a root, default codes",
        None,
        "fast",
        typed.clone(),
    );
    let mut stroke = |name, about, work: &dyn Fn(&mut Transaction<'_>) -> Result<(), Error>| {
        let mut anna = copy(ANNA, &typed);
        write(&mut anna, work);
        let since = copy(BEN, &typed).version_vector();
        vectors.add(name, about, Some("typed"), "fast", anna.delta_since(&since));
    };
    stroke(
        "keystroke-on",
        "a letter typed where the last one ended",
        &|tx| tx.text("body").insert(4, "!"),
    );
    stroke("keystroke-apart", "a letter typed elsewhere", &|tx| {
        tx.text("body").insert(3, "l")
    });
    stroke(
        "keystroke-several",
        "letters typed, one outside the basic plane",
        &|tx| tx.text("body").insert(0, "\u{1f600} \u{e9}"),
    );
    stroke("keystroke-delete", "a character deleted", &|tx| {
        tx.text("body").delete(0..1)
    });
    stroke(
        "keystroke-delete-several",
        "characters deleted, forwards",
        &|tx| tx.text("body").delete(1..3),
    );
    stroke(
        "keystroke-backspace",
        "characters deleted, backwards",
        &|tx| {
            tx.text("body").delete(3..4)?;
            tx.text("body").delete(2..3)?;
            tx.text("body").delete(1..2)
        },
    );
    stroke(
        "goes-on-stretches",
        "a delta that goes on: several stretches in the text where its author was",
        &|tx| {
            tx.text("body").insert(4, " world")?;
            tx.text("body").insert(3, "l")?;
            tx.text("body").delete(5..7)
        },
    );
    stroke(
        "goes-on-elsewhere",
        "a delta that goes on, first in another container than where its author was",
        &|tx| {
            tx.map("meta").set("title", "Notes")?;
            tx.text("body").insert(4, "?")
        },
    );
    stroke(
        "goes-on-long",
        "a delta that goes on with a text too long for a keystroke",
        &|tx| tx.text("body").insert(4, &Numbers(1).words(40)),
    );
}
