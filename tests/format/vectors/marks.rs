//! Vectors of marked text.

use support::small::{doc, loaded, send, write};
use syncline::{Error, Expand, Level, Transaction, Value};

use super::{ANNA, BEN, Vectors, all, copy};

/// Marks of every value and expansion, on text that is then edited at their ends.
fn every_mark(tx: &mut Transaction<'_>) -> Result<(), Error> {
    let mut text = tx.text("body");
    text.push("A link, a \u{1f600}, and bold text.")?;
    text.mark(17..21, "bold", true)?;
    text.mark_with(2..6, "link", "https://example.com", Expand::None)?;
    text.mark_with(0..12, "comment:7", Value::Null, Expand::Before)?;
    text.mark_with(3..9, "size", 1.5, Expand::Both)?;
    text.mark(10..11, "bytes", vec![0_u8, 255])?;
    text.unmark(4..19, "size")?;
    text.insert(21, "er")?;
    text.insert(6, "s")?;
    text.insert(2, "the ")?;
    text.delete(8..11)
}

pub(super) fn marks(vectors: &mut Vectors) {
    let mut one = doc(ANNA);
    write(&mut one, every_mark);
    vectors.whole(
        "marked",
        "a text with marks of every expansion, edited at their ends",
        "fast",
        &mut one,
    );
    vectors.add(
        "marked-saved",
        "a snapshot of marked text",
        None,
        "save",
        loaded(&one.save(), ANNA).save(),
    );
    let mut two = copy(BEN, &all(&mut one, Level::Fast));
    write(&mut one, |tx| {
        tx.text("body").mark(3..12, "bold", true)?;
        tx.text("body").insert(12, "!")
    });
    write(&mut two, |tx| {
        tx.text("body").delete(10..14)?;
        tx.text("body").unmark(5..9, "bold")
    });
    send(&mut two, &mut one);
    vectors.add(
        "marked-apart",
        "a snapshot of text that two people marked apart",
        None,
        "save",
        one.save(),
    );
}
