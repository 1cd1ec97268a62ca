//! Vectors of what is packed: fields, columns and texts.

use support::small::{doc, write};
use syncline::Value;

use super::numbers::Numbers;
use super::{ANNA, BEN, DORA, Vectors};

const PIECES: [&str; 8] = [
    "Every replica edits its own copy. ",
    "Any two that exchange what they lack hold the same document. ",
    "A peer is one writer, ",
    "whose operations are numbered from zero without gaps. ",
    "What comes early waits; ",
    "\u{fc}ber \u{1f600} ",
    "nothing is guessed. ",
    "Deltas may come in any order, and more than once. ",
];

pub(super) fn codes(vectors: &mut Vectors, numbers: &mut Numbers) {
    let mut busy = doc(ANNA);
    for _ in 0..400 {
        let len = busy.text("body").len();
        let at = numbers.index(len + 1);
        write(&mut busy, |tx| match numbers.below(4) {
            0 if at > 3 => tx.text("body").delete(at - 3..at),
            1 => tx.text("body").insert(at, "x\u{1f600}y"),
            _ => tx.text("body").insert(at, "ab"),
        });
    }
    vectors.whole(
        "own-codes",
        "edits all over a text: fields with codes of their own",
        "none",
        &mut busy,
    );
}

pub(super) fn columns(vectors: &mut Vectors, numbers: &mut Numbers) {
    let mut rows = doc(ANNA);
    for row in 0..300_u64 {
        let noise = numbers.below(1 << 40);
        write(&mut rows, |tx| {
            tx.map("rows")
                .set(&format!("row {row:04}"), (row * row * 100_003) as i64)?;
            tx.list("log").push(noise as i64)?;
            tx.list("log").push(if row % 3 == 0 {
                Value::Bool(true)
            } else {
                Value::Null
            })
        });
    }
    vectors.whole(
        "columns",
        "three hundred rows: columns, of differences too",
        "fast",
        &mut rows,
    );
    vectors.whole(
        "columns-compact",
        "the same, packed with Brotli",
        "compact",
        &mut rows,
    );

    let mut times = doc(DORA);
    for row in 0..200_u64 {
        let time = 1_700_000_000_000 + row * 60_000 + numbers.below(3);
        write(&mut times, |tx| tx.list("times").push(time as i64));
    }
    vectors.whole(
        "columns-differences",
        "integers that grow: a column of differences",
        "fast",
        &mut times,
    );
}

/// Texts in every packing.
pub(super) fn texts(vectors: &mut Vectors, numbers: &mut Numbers) {
    let pieces: String = (0..90)
        .map(|_| PIECES[numbers.index(PIECES.len())])
        .collect();
    let mut packed = |name, about, written, text: &str| {
        let mut doc = doc(BEN);
        write(&mut doc, |tx| tx.text("body").insert(0, text));
        vectors.whole(name, about, written, &mut doc);
    };
    let words = Numbers(7).words(60);
    packed("text-none", "a text as it is", "none", &words);
    packed("text-prefix", "a text in a prefix code", "fast", &words);
    packed(
        "text-lz4",
        "a text in lz4",
        "fast",
        &"over and over again, ".repeat(9),
    );
    packed(
        "text-lz4-prefix",
        "a text in lz4, then a prefix code",
        "fast",
        &pieces,
    );
    packed("text-brotli", "a text in Brotli", "compact", &pieces);
    let vocabulary = Numbers(11).words(200);
    let vocabulary: Vec<&str> = vocabulary.split_inclusive(' ').collect();
    let mut order = Numbers(12);
    let long: String = (0..3000).map(|_| vocabulary[order.index(200)]).collect();
    packed(
        "text-lz4-strands",
        "a long text in lz4, then a prefix code in four strands",
        "fast",
        &long,
    );
    packed(
        "text-one-symbol",
        "a text of one letter, which stands alone in its code",
        "fast",
        &"a".repeat(30),
    );
}
