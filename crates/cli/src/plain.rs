//! What others wrote, on a terminal: names and reasons may hold escapes, which are shown and do nothing.

use std::io::{self, Write};

/// Whether a terminal would take it for something to be done; ends of lines and tabs are to be.
fn is_escape(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\t')
}

/// A text with its escapes to be seen.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_escape(letter) {
            true => plain.extend(letter.escape_default()),
            false => plain.push(letter),
        }
    }
    plain
}

/// Writes on with the escapes to be seen, those of two bytes too.
pub(crate) struct Plain<'o> {
    out: &'o mut dyn Write,
    /// The last byte was the first of a letter that may be an escape.
    is_begun: bool,
}

/// The first byte of U+0080 to U+00BF.
const FIRST: u8 = 0xc2;

impl<'o> Plain<'o> {
    pub(crate) fn new(out: &'o mut dyn Write) -> Plain<'o> {
        Plain {
            out,
            is_begun: false,
        }
    }
}

impl Write for Plain<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut plain = Vec::with_capacity(bytes.len());
        for byte in bytes {
            let is_begun = std::mem::take(&mut self.is_begun);
            match byte {
                0x80..=0x9f if is_begun => {
                    plain.extend(char::from(*byte).escape_default().to_string().bytes());
                    continue;
                }
                _ if is_begun => plain.push(FIRST),
                _ => {}
            }
            match byte {
                &FIRST => self.is_begun = true,
                byte if byte.is_ascii() && is_escape(char::from(*byte)) => {
                    plain.extend(char::from(*byte).escape_default().to_string().bytes());
                }
                byte => plain.push(*byte),
            }
        }
        self.out.write_all(&plain)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_seen_and_do_nothing() {
        let told = "notes\x1b[2J ä\u{a0}€\u{9b}1m\x07\tand\r\nmore\x7f";
        let expected = "notes\\u{1b}[2J ä\u{a0}€\\u{9b}1m\\u{7}\tand\\r\nmore\\u{7f}";
        assert_eq!(plain(told), expected);
        // However it comes in pieces.
        for size in 1..9 {
            let mut out = Vec::new();
            let mut plain = Plain::new(&mut out);
            for piece in told.as_bytes().chunks(size) {
                plain.write_all(piece).unwrap();
            }
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{size}");
        }
    }
}
