//! An editor whose buffer counts UTF-16 units, as those of JavaScript, .NET and Qt do, kept in step with a document.
//!
//! What the user types goes to the document in UTF-16 positions. What others typed comes back as the edits of a `Change`,
//! counted in the same units; the buffer and the caret take them where they are.

use syncline::{Doc, Error, Peer, TextEdit, Unit};

const BODY: &str = "body";

struct Editor {
    doc: Doc,
    buffer: Vec<u16>,
    caret: usize,
}

impl Editor {
    fn open(doc: Doc) -> Editor {
        let buffer = doc.text(BODY).to_string().encode_utf16().collect();
        Editor {
            doc,
            buffer,
            caret: 0,
        }
    }

    /// The user types at the caret.
    fn type_text(&mut self, text: &str) -> Result<(), Error> {
        let caret = self.caret;
        self.doc
            .transact(|tx| tx.text(BODY).utf16().insert(caret, text))?;
        self.buffer.splice(caret..caret, text.encode_utf16());
        self.caret += text.encode_utf16().count();
        Ok(())
    }

    /// The user deletes so many units before the caret. A range that cuts a character is refused, and nothing happens.
    fn backspace(&mut self, units: usize) -> Result<(), Error> {
        let range = self.caret.saturating_sub(units)..self.caret;
        self.doc
            .transact(|tx| tx.text(BODY).utf16().delete(range.clone()))?;
        self.buffer.drain(range.clone());
        self.caret = range.start;
        Ok(())
    }

    /// What the other side has and this one lacks.
    fn receive(&mut self, other: &mut Editor) -> Result<(), Error> {
        let delta = other.doc.delta_since(&self.doc.version_vector());
        let change = self.doc.merge(&delta)?;
        let old = char::decode_utf16(self.buffer.iter().copied());
        let old = old.map(|scalar| scalar.unwrap_or(char::REPLACEMENT_CHARACTER));
        let edits = change.text_in(Unit::Utf16, BODY, old);
        self.show(&edits);
        Ok(())
    }

    /// Takes the edits into the buffer, from left to right.
    fn show(&mut self, edits: &[TextEdit]) {
        let mut at = 0;
        for edit in edits {
            match edit {
                TextEdit::Retain(units) => at += units,
                TextEdit::Insert(text) => {
                    let units = text.encode_utf16().count();
                    self.buffer.splice(at..at, text.encode_utf16());
                    // Text inserted right at the caret goes after it.
                    if self.caret > at {
                        self.caret += units;
                    }
                    at += units;
                }
                TextEdit::Delete(units) => {
                    self.buffer.drain(at..at + units);
                    if self.caret > at {
                        self.caret = at.max(self.caret.saturating_sub(*units));
                    }
                }
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf16_lossy(&self.buffer)
    }
}

fn main() -> Result<(), Error> {
    let [ada, grace] = [1, 2].map(|id| Peer::new(id).map_or_else(Doc::new, Doc::with_peer));
    let mut ada = Editor::open(ada);
    ada.type_text("🎈 Party on 🌞day")?;
    let mut grace = Editor::open(grace);
    grace.receive(&mut ada)?;

    // Apart: Ada goes on typing at the end, Grace replaces the beginning.
    ada.type_text(", at ten 🕙")?;
    grace.caret = 3;
    grace.backspace(2).expect_err("cuts the balloon in two");
    grace.backspace(3)?;
    grace.type_text("🎉🎉 ")?;
    let before = (ada.caret, grace.caret);

    ada.receive(&mut grace)?;
    grace.receive(&mut ada)?;
    assert_eq!(ada.text(), "🎉🎉 Party on 🌞day, at ten 🕙");
    assert_eq!(ada.text(), grace.text());
    for editor in [&ada, &grace] {
        assert_eq!(editor.text(), editor.doc.text(BODY).to_string());
    }
    // Ada's caret is still at the end, two units further; Grace's stays where she typed.
    assert_eq!((ada.caret, grace.caret), (before.0 + 2, before.1));
    println!("{}", ada.text());
    Ok(())
}
