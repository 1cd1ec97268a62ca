//! A text edited in scalars, UTF-16 units and bytes, beside a plain `String`.

use std::ops::Range;

use arbitrary::Arbitrary;
use syncline::{Doc, Error, Text};

use crate::edit::word;
use crate::encodings::peer;
use crate::promise::sound;
use crate::witness::edit_text;

/// Strokes, each a transaction.
#[derive(Arbitrary, Clone, Debug)]
pub struct Typing {
    /// One after another.
    pub strokes: Vec<Stroke>,
}

/// Replaces some characters.
#[derive(Arbitrary, Clone, Debug)]
pub struct Stroke {
    /// What its positions count.
    pub unit: Unit,
    /// The first character replaced.
    pub at: u16,
    /// How many characters.
    pub deleted: u8,
    /// What comes in their place.
    pub inserted: Inserted,
    /// Whether it is taken back.
    pub refused: bool,
    /// A place, in the unit, at which to ask for positions; it may be inside a character or past the end.
    pub asked: u16,
}

/// What is inserted.
#[derive(Arbitrary, Clone, Debug)]
pub enum Inserted {
    /// A word by number.
    Word(u8),
    /// A text of the fuzzer's own.
    Own(String),
}

/// What positions count.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Unicode scalars.
    Chars,
    /// UTF-16 code units.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

const UNITS: [Unit; 3] = [Unit::Chars, Unit::Utf16, Unit::Bytes];

impl Unit {
    fn len(self, text: &str) -> usize {
        match self {
            Unit::Chars => text.chars().count(),
            Unit::Utf16 => text.encode_utf16().count(),
            Unit::Bytes => text.len(),
        }
    }

    /// The byte at which a position stands, if it is between two characters.
    fn byte(self, text: &str, position: usize) -> Option<usize> {
        let mut at = 0;
        for (byte, character) in text.char_indices() {
            if at >= position {
                return (at == position).then_some(byte);
            }
            at += self.len(character.encode_utf8(&mut [0; 4]));
        }
        (at == position).then_some(text.len())
    }
}

/// Types, and compares after every stroke.
pub fn play(typing: &Typing) {
    let mut doc = Doc::with_peer(peer(1));
    let mut expected = String::new();
    for stroke in &typing.strokes {
        let text = match &stroke.inserted {
            Inserted::Word(number) => word(*number),
            Inserted::Own(text) => text.clone(),
        };
        let chars = expected.chars().count();
        let start = usize::from(stroke.at) % (chars + 1);
        let end = (start + usize::from(stroke.deleted) % 64).min(chars);
        let bytes = byte_of(&expected, start)..byte_of(&expected, end);
        strike(&mut doc, &mut expected, stroke, bytes, &text);
        same(doc.text("body"), &expected);
        ask(&mut doc, &expected, stroke.unit, usize::from(stroke.asked));
    }
    let text = doc.text("body");
    for (chars, (byte, _)) in expected.char_indices().enumerate() {
        same_place(text, &expected, chars, byte);
    }
    let copy = Doc::load(&doc.save()).expect("what was saved");
    sound(&copy);
    same(copy.text("body"), &expected);
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices()
        .nth(chars)
        .map_or(text.len(), |(byte, _)| byte)
}

fn strike(
    doc: &mut Doc,
    expected: &mut String,
    stroke: &Stroke,
    bytes: Range<usize>,
    inserted: &str,
) {
    let place = |byte: usize| stroke.unit.len(&expected[..byte]);
    let range = place(bytes.start)..place(bytes.end);
    let saved = stroke.refused.then(|| doc.save());
    let struck = doc.transact(|tx| {
        let mut text = tx.text("body");
        match stroke.unit {
            Unit::Chars => text.replace(range, inserted)?,
            Unit::Utf16 => text.utf16().replace(range, inserted)?,
            Unit::Bytes => text.bytes().replace(range, inserted)?,
        }
        if stroke.refused {
            Err(Error::aborted("as asked"))
        } else {
            Ok(())
        }
    });
    sound(doc);
    match struck {
        Ok(change) => {
            let old = expected.clone();
            expected.replace_range(bytes, inserted);
            assert_eq!(
                edit_text(&old, &change.text("body")),
                *expected,
                "by {change:?}"
            );
        }
        Err(error) => {
            assert_eq!(error, Error::aborted("as asked"));
            assert!(
                saved == Some(doc.save()),
                "a transaction taken back left something"
            );
        }
    }
}

fn same(text: Text<'_>, expected: &str) {
    assert_eq!(text.to_string(), expected);
    assert_eq!(text.chunks().collect::<String>(), expected);
    assert_eq!(text.is_empty(), expected.is_empty());
    let lens = [text.len(), text.len_utf16(), text.len_bytes()];
    assert_eq!(lens, UNITS.map(|unit| unit.len(expected)));
    assert_eq!([text.utf16().len(), text.bytes().len()], lens[1..]);
}

fn same_place(text: Text<'_>, expected: &str, chars: usize, byte: usize) {
    let utf16 = Unit::Utf16.len(&expected[..byte]);
    assert_eq!(text.utf16().to_chars(utf16), Ok(chars));
    assert_eq!(text.utf16().from_chars(chars), Ok(utf16));
    assert_eq!(text.bytes().to_chars(byte), Ok(chars));
    assert_eq!(text.bytes().from_chars(chars), Ok(byte));
    assert_eq!(text.char_at(chars), expected[byte..].chars().next());
}

/// Asks for a place that may not be one: reading and writing there agree with the string, and what fails leaves nothing.
fn ask(doc: &mut Doc, expected: &str, unit: Unit, position: usize) {
    let position = position % (unit.len(expected) + 3);
    let byte = unit.byte(expected, position);
    let text = doc.text("body");
    let prefix = match unit {
        Unit::Chars => text.slice(0..position),
        Unit::Utf16 => text.utf16().slice(0..position),
        Unit::Bytes => text.bytes().slice(0..position),
    };
    assert_eq!(
        prefix.as_deref().ok(),
        byte.map(|byte| &expected[..byte]),
        "the first {position} {unit:?}"
    );
    if let Some(byte) = byte {
        same_place(text, expected, Unit::Chars.len(&expected[..byte]), byte);
        return;
    }
    let saved = doc.save();
    let refused = doc.transact(|tx| match unit {
        Unit::Chars => tx.text("body").insert(position, "x"),
        Unit::Utf16 => tx.text("body").utf16().insert(position, "x"),
        Unit::Bytes => tx.text("body").bytes().insert(position, "x"),
    });
    assert!(
        matches!(refused, Err(Error::OutOfRange { .. })),
        "{position} {unit:?}: {refused:?}"
    );
    assert!(doc.save() == saved, "a refused position left something");
}
