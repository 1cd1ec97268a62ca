//! One text in three units: scalars, UTF-16 code units, bytes.
//!
//! - Edits through any unit give the text that a `String` gives.
//! - Lengths, slices and conversions agree with the `String` at every boundary.
//! - A position inside a character, or past the end, is an error and changes nothing.

use std::ops::Range;

use proptest::prelude::*;
use support::engine::peer;
use support::programs;
use syncline::{Doc, Error, Text, TextEdit};

#[derive(Clone, Copy, Debug)]
enum Unit {
    Chars,
    Utf16,
    Bytes,
}

impl Unit {
    fn size(self, character: char) -> usize {
        match self {
            Unit::Chars => 1,
            Unit::Utf16 => character.len_utf16(),
            Unit::Bytes => character.len_utf8(),
        }
    }

    /// The position of a character in this unit.
    fn position(self, text: &str, chars: usize) -> usize {
        text.chars()
            .take(chars)
            .map(|character| self.size(character))
            .sum()
    }
}

const UNITS: [Unit; 3] = [Unit::Chars, Unit::Utf16, Unit::Bytes];

#[derive(Clone, Debug)]
struct Stroke {
    unit: Unit,
    at: usize,
    deleted: usize,
    inserted: String,
    how: u8,
}

fn stroke() -> impl Strategy<Value = Stroke> {
    let inserted = prop_oneof![9 => "[a-c Ωé中🙂\n]{0,5}", 1 => "[aΩ🙂]{60,200}"];
    (
        proptest::sample::select(&UNITS[..]),
        0..4000usize,
        0..6usize,
        inserted,
        0..3u8,
    )
        .prop_map(|(unit, at, deleted, inserted, how)| Stroke {
            unit,
            at,
            deleted,
            inserted,
            how,
        })
}

/// Replaces a range of characters, through a unit, by one call or by two.
fn strike(doc: &mut Doc, stroke: &Stroke, range: Range<usize>) -> Result<(), Error> {
    let Stroke {
        unit,
        inserted,
        how,
        ..
    } = stroke;
    macro_rules! through {
        ($text:ident) => {{
            let before = $text.len();
            match how {
                0 => $text.replace(range, inserted),
                1 => $text
                    .delete(range.clone())
                    .and_then(|()| $text.insert(range.start, inserted)),
                _ => $text.insert(range.start, inserted).and_then(|()| {
                    let added = $text.len() - before;
                    $text.delete(range.start + added..range.end + added)
                }),
            }
        }};
    }
    let done = doc.transact(|tx| {
        let mut text = tx.text("body");
        match unit {
            Unit::Chars => through!(text),
            Unit::Utf16 => {
                let mut text = text.utf16();
                through!(text)
            }
            Unit::Bytes => {
                let mut text = text.bytes();
                through!(text)
            }
        }
    });
    done.map(drop)
}

/// Everything that a text tells about itself.
fn compare(text: Text<'_>, expected: &str) {
    let chars: Vec<char> = expected.chars().collect();
    assert_eq!(text.to_string(), expected);
    assert_eq!(text.chunks().collect::<String>(), expected);
    assert_eq!(text.is_empty(), chars.is_empty());
    let lengths = (text.len(), text.len_utf16(), text.len_bytes());
    assert_eq!(
        lengths,
        (chars.len(), expected.encode_utf16().count(), expected.len())
    );
    assert_eq!(
        (text.utf16().len(), text.bytes().len()),
        (lengths.1, lengths.2)
    );

    let (mut utf16, mut byte) = (0, 0);
    for (index, &character) in chars.iter().enumerate() {
        assert_eq!(text.char_at(index), Some(character));
        boundary(text, index, utf16, byte);
        for inside in utf16 + 1..utf16 + character.len_utf16() {
            assert!(
                text.utf16().to_chars(inside).is_err(),
                "{inside} is inside {character:?}"
            );
        }
        for inside in byte + 1..byte + character.len_utf8() {
            assert!(
                text.bytes().to_chars(inside).is_err(),
                "{inside} is inside {character:?}"
            );
            assert!(text.bytes().slice(byte..inside).is_err());
        }
        utf16 += character.len_utf16();
        byte += character.len_utf8();
    }
    boundary(text, chars.len(), utf16, byte);
    assert_eq!(text.char_at(chars.len()), None);
    assert!(text.utf16().to_chars(utf16 + 1).is_err());
    assert!(text.bytes().to_chars(byte + 1).is_err());
    assert!(text.bytes().from_chars(chars.len() + 1).is_err());
    assert!(text.slice(0..chars.len() + 1).is_err());
}

fn boundary(text: Text<'_>, chars: usize, utf16: usize, byte: usize) {
    assert_eq!(text.utf16().to_chars(utf16), Ok(chars));
    assert_eq!(text.utf16().from_chars(chars), Ok(utf16));
    assert_eq!(text.bytes().to_chars(byte), Ok(chars));
    assert_eq!(text.bytes().from_chars(chars), Ok(byte));
}

proptest! {
    #![proptest_config(programs::config(128, 20_000))]

    #[test]
    fn all_units_edit_the_same_text(
        strokes in proptest::collection::vec(stroke(), 1..40), from in 0..500usize, to in 0..500usize
    ) {
        let mut doc = Doc::with_peer(peer(1));
        let mut expected = String::new();
        for stroke in &strokes {
            let len = expected.chars().count();
            let at = stroke.at % (len + 1);
            let chars = at..(at + stroke.deleted).min(len);
            let in_unit = |unit: Unit| unit.position(&expected, chars.start)..unit.position(&expected, chars.end);
            strike(&mut doc, stroke, in_unit(stroke.unit)).expect("a range of whole characters");
            let bytes = in_unit(Unit::Bytes);
            expected.replace_range(bytes, &stroke.inserted);
            prop_assert_eq!(doc.text("body").to_string(), expected.as_str());
            doc.check().map_err(TestCaseError::fail)?;
        }
        let text = doc.text("body");
        compare(text, &expected);
        let len = expected.chars().count();
        let (from, to) = (from % (len + 1), to % (len + 1));
        let chars = from.min(to)..from.max(to);
        let in_unit = |unit: Unit| unit.position(&expected, chars.start)..unit.position(&expected, chars.end);
        let slice = expected[in_unit(Unit::Bytes)].to_owned();
        prop_assert_eq!(text.slice(chars.clone()), Ok(slice.clone()));
        prop_assert_eq!(text.utf16().slice(in_unit(Unit::Utf16)), Ok(slice.clone()));
        prop_assert_eq!(text.bytes().slice(in_unit(Unit::Bytes)), Ok(slice));
    }
}

#[test]
fn positions_inside_a_character_are_refused() {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.text("body").insert(0, "a🙂b"))
        .expect("it fits");
    let before = doc.save();
    type Work = fn(&mut syncline::Transaction<'_>) -> Result<(), Error>;
    let works: [Work; 8] = [
        |tx| tx.text("body").utf16().insert(2, "x"),
        |tx| tx.text("body").utf16().delete(0..2),
        |tx| tx.text("body").utf16().replace(2..3, "x"),
        |tx| tx.text("body").utf16().insert(5, "x"),
        |tx| tx.text("body").bytes().insert(3, "x"),
        |tx| tx.text("body").bytes().delete(4..5),
        |tx| tx.text("body").bytes().replace(1..4, "x"),
        |tx| tx.text("body").bytes().insert(7, "x"),
    ];
    for (index, work) in works.into_iter().enumerate() {
        let error = doc.transact(work).expect_err("no such position");
        assert!(
            matches!(error, Error::OutOfRange { .. }),
            "work {index}: {error:?}"
        );
        assert!(doc.save() == before, "work {index} left something");
    }
}

#[test]
fn every_unit_inserts_at_the_end() -> Result<(), Error> {
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| {
        let mut text = tx.text("body");
        for word in ["🙂", "Ω", ""] {
            text.utf16().push(word)?;
            text.bytes().push(word)?;
            text.push(word)?;
        }
        assert_eq!((text.utf16().len(), text.bytes().len()), (9, 18));
        assert_eq!(text.utf16().to_string(), "🙂🙂🙂ΩΩΩ");
        Ok(())
    })?;
    assert_eq!(doc.text("body").bytes().to_string(), "🙂🙂🙂ΩΩΩ");
    Ok(())
}

#[test]
fn edits_are_told_in_each_unit() -> Result<(), Error> {
    let old = "é🎈 Party 🎈";
    let mut doc = Doc::with_peer(peer(1));
    doc.transact(|tx| tx.text("body").push(old))?;
    let change = doc.transact(|tx| {
        let mut text = tx.text("body");
        text.mark(9..10, "bold", true)?;
        text.replace(1..2, "🎉")
    })?;
    for unit in [Unit::Chars, Unit::Utf16, Unit::Bytes] {
        let counted = |text: &str| text.chars().map(|character| unit.size(character)).sum();
        let edits = [
            TextEdit::Retain(counted("é")),
            TextEdit::Insert("🎉".into()),
            TextEdit::Delete(counted("🎈")),
        ];
        let at_the_face = match unit {
            Unit::Chars => syncline::Unit::Chars,
            Unit::Utf16 => syncline::Unit::Utf16,
            Unit::Bytes => syncline::Unit::Bytes,
        };
        let told = change.text_in(at_the_face, "body", old.chars());
        assert_eq!(told, edits, "{unit:?}");
        let marked = change.marked_text_in(at_the_face, "body", old.chars());
        let marked: Vec<_> = marked.into_iter().map(|(edit, _)| edit).collect();
        let on = [
            TextEdit::Retain(counted(" Party ")),
            TextEdit::Retain(counted("🎈")),
        ];
        assert_eq!(marked, [&edits[..], &on].concat(), "{unit:?}");
    }
    Ok(())
}
