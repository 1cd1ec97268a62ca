//! Reading files of histories: `.json` holds one, `.jsonl` one a line, both also under `.gz`.
//!
//! Files are outside data. A document that is not there, cut short or too large is a [`Failure`] with its place;
//! what a document means is for the room that asked for it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::failure::{Failure, Place};

/// The largest document read, in bytes after decompression: a small `.gz` can hold an endless one.
const MAX_DOCUMENT_BYTES: usize = 1 << 30;

/// The documents of one file, in order, each with its place.
pub(crate) struct Documents {
    source: Box<dyn BufRead>,
    place: Place,
    max_bytes: usize,
    ended: bool,
}

impl Documents {
    /// Opens `path`, whose ending tells how it is read.
    pub(crate) fn open(path: &Path) -> Result<Documents, Failure> {
        let (lines, zipped) = ending(path)?;
        let file = File::open(path).map_err(|error| {
            Failure::new(
                format!("cannot open it: {error}"),
                "check the name and your right to read it; the other files are still run",
            )
        })?;
        let plain = BufReader::new(file);
        let source: Box<dyn BufRead> = if zipped {
            Box::new(BufReader::new(MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        let mut place = Place::file(path);
        place.line = lines.then_some(0);
        Ok(Documents {
            source,
            place,
            max_bytes: MAX_DOCUMENT_BYTES,
            ended: false,
        })
    }

    fn read(&mut self) -> Option<Result<Vec<u8>, Failure>> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(self.max_bytes)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let mut source = self.source.by_ref().take(limit);
        let read = match &mut self.place.line {
            Some(line) => {
                *line += 1;
                source.read_until(b'\n', &mut bytes)
            }
            None => {
                self.ended = true;
                source.read_to_end(&mut bytes)
            }
        };
        match read {
            Err(error) => {
                self.ended = true;
                Some(Err(cut_short(&error)))
            }
            Ok(_) if bytes.len() > self.max_bytes => {
                self.ended = true;
                Some(Err(Failure::new(
                    format!("a document of more than {} bytes", self.max_bytes),
                    "split it into smaller histories",
                )))
            }
            Ok(0) if self.place.line.is_some() => {
                self.ended = true;
                None
            }
            Ok(_) => {
                let end = bytes.trim_ascii_end().len();
                bytes.truncate(end);
                Some(Ok(bytes))
            }
        }
    }
}

impl Iterator for Documents {
    type Item = (Place, Result<Vec<u8>, Failure>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let document = self.read()?;
            let blank = document
                .as_ref()
                .is_ok_and(|bytes| bytes.trim_ascii().is_empty());
            if !(blank && self.place.line.is_some()) {
                return Some((self.place.clone(), document));
            }
        }
        None
    }
}

/// Whether the file holds one document a line, and whether it is compressed.
fn ending(path: &Path) -> Result<(bool, bool), Failure> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let (name, zipped) = match name.strip_suffix(".gz") {
        Some(inner) => (inner, true),
        None => (name.as_str(), false),
    };
    if name.ends_with(".jsonl") {
        Ok((true, zipped))
    } else if name.ends_with(".json") {
        Ok((false, zipped))
    } else {
        Err(Failure::new(
            "its ending is not one that tells how to read it",
            "name it .json, or .jsonl with one document a line, or either with .gz",
        ))
    }
}

fn cut_short(error: &io::Error) -> Failure {
    let (what, next) = match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            (
                format!("the compressed data is damaged or cut short: {error}"),
                "fetch the file again, or drop the .gz ending if it is not compressed",
            )
        }
        _ => (
            format!("cannot read it: {error}"),
            "check that it is a file you may read",
        ),
    };
    Failure::new(what, next)
}

/// The failure for a document that is no JSON of the wanted shape, with the line and column inside it.
pub(crate) fn not_understood(error: &serde_json::Error, wanted: &str, command: &str) -> Failure {
    let next = if error.is_eof() {
        "the document ends too early: write it again, or in a .jsonl keep each history on one line"
            .to_owned()
    } else {
        format!("`syncline {command} --help` describes the format")
    };
    Failure::new(format!("not {wanted}: {error}"), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(
        text: &'static str,
        max_bytes: usize,
    ) -> Vec<(Option<usize>, Result<String, Failure>)> {
        let place = Place {
            file: "f".to_owned(),
            line: Some(0),
        };
        Documents {
            source: Box::new(text.as_bytes()),
            place,
            max_bytes,
            ended: false,
        }
        .map(|(place, bytes)| {
            (
                place.line,
                bytes.map(|bytes| String::from_utf8(bytes).unwrap()),
            )
        })
        .collect()
    }

    #[test]
    fn a_line_is_a_document_and_blank_lines_are_none() {
        let found = lines("one\n\n  \ntwo", 100);
        assert_eq!(
            found,
            [
                (Some(1), Ok("one".to_owned())),
                (Some(4), Ok("two".to_owned()))
            ]
        );
    }

    #[test]
    fn a_document_over_the_limit_is_refused_and_ends_the_file() {
        let found = lines("12345\n123456789\n1\n", 8);
        assert_eq!(found.len(), 2);
        assert!(found[0].1.is_ok());
        let failure = found[1].1.as_ref().unwrap_err();
        assert_eq!(
            (found[1].0, failure.what.as_str()),
            (Some(2), "a document of more than 8 bytes")
        );
    }

    #[test]
    fn the_ending_tells_how_to_read() {
        let of = |name: &str| ending(Path::new(name));
        assert_eq!(of("a.json").unwrap(), (false, false));
        assert_eq!(of("a.b.JSONL.GZ").unwrap(), (true, true));
        assert!(of("a.gz").is_err());
        assert!(of("json").is_err());
    }
}
