//! Telling how a history went: a line of JSON, or a few lines for people.

use std::io::{self, Write};

use serde::Serialize;

use super::behind::Behind;
use super::ends::Ends;
use super::measure::Figures;
use super::trace::{Kind, Trace};
use crate::exit::Outcome;
use crate::failure::Place;
use crate::paint::grouped;

/// One history that was replayed.
pub(crate) struct Report<'a> {
    pub(crate) place: &'a Place,
    pub(crate) trace: &'a Trace,
    pub(crate) ends: &'a Ends,
    pub(crate) operations: u32,
    pub(crate) peers: usize,
    /// None where only a check was asked for.
    pub(crate) figures: Option<&'a Figures>,
}

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    line: Option<usize>,
    kind: &'a str,
    transactions: usize,
    operations: u32,
    peers: usize,
    final_chars: usize,
    text_blake3: String,
    converged: bool,
    matches_end_content: Option<bool>,
    first_difference: Option<usize>,
    local_ms: Option<f64>,
    typed_heap_bytes: Option<usize>,
    merge_ms: Option<f64>,
    save_ms: Option<f64>,
    save_bytes: Option<usize>,
    load_ms: Option<f64>,
    save_bytes_fast: Option<usize>,
    save_bytes_compact: Option<usize>,
    shallow_bytes_fast: Option<usize>,
    shallow_bytes_compact: Option<usize>,
    first_edit_ms: Option<f64>,
    full_delta_bytes: Option<usize>,
    history_bytes_fast: Option<usize>,
    history_bytes_compact: Option<usize>,
    delta_bytes_behind: Option<&'a Behind>,
    keystroke_delta_bytes: Option<usize>,
    stream_ms: Option<f64>,
    heap_bytes: Option<usize>,
    peak_heap_bytes: Option<usize>,
}

impl Report<'_> {
    /// Whether every replica shows what the file ends with; none where it does not tell.
    pub(crate) fn matches(&self) -> Option<bool> {
        let expected = self.trace.end_content.as_ref()?;
        Some(self.ends.differences(expected).next().is_none())
    }

    /// Tells what differs from the file, on standard error, and whether anything does.
    pub(crate) fn check(&self) -> Outcome {
        let place = self.place;
        let Some(expected) = &self.trace.end_content else {
            eprintln!("syncline: {place}: nothing to check: it has no \"endContent\"");
            eprintln!("  next: add the text that everyone should end with, or leave out --check");
            return Outcome::Failed;
        };
        let mut outcome = Outcome::Done;
        for difference in self.ends.differences(expected) {
            outcome = Outcome::Differs;
            let (whose, at) = (difference.whose, grouped(difference.position));
            let (expected, found) = difference.excerpts();
            eprintln!(
                "syncline: {place}: the text on {whose} differs from endContent at position {at}"
            );
            eprintln!("  expected {expected}\n  found    {found}");
        }
        if !self.ends.converged && outcome == Outcome::Done {
            eprintln!(
                "syncline: {place}: all replicas show the same text, but not at the same version"
            );
            outcome = Outcome::Differs;
        }
        if outcome == Outcome::Differs {
            eprintln!(
                "  next: report it with the file; `--json` gives the figures, `play` runs smaller cases"
            );
        }
        outcome
    }

    pub(crate) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let figures = self.figures;
        let expected = self.trace.end_content.as_deref();
        let line = Line {
            file: &self.place.file,
            line: self.place.line,
            kind: self.kind(),
            transactions: self.trace.len(),
            operations: self.operations,
            peers: self.peers,
            final_chars: self.ends.text.chars().count(),
            text_blake3: self.hash(),
            converged: self.ends.converged,
            matches_end_content: self.matches(),
            first_difference: expected
                .and_then(|expected| Some(self.ends.differences(expected).next()?.position)),
            local_ms: figures.map(|figures| figures.local_ms),
            typed_heap_bytes: figures.and_then(|figures| figures.typed_heap_bytes),
            merge_ms: figures.map(|figures| figures.merge_ms),
            save_ms: figures.map(|figures| figures.save_ms),
            save_bytes: figures.map(|figures| figures.save_bytes_fast),
            load_ms: figures.map(|figures| figures.load_ms),
            save_bytes_fast: figures.map(|figures| figures.save_bytes_fast),
            save_bytes_compact: figures.map(|figures| figures.save_bytes_compact),
            shallow_bytes_fast: figures.map(|figures| figures.shallow_bytes_fast),
            shallow_bytes_compact: figures.map(|figures| figures.shallow_bytes_compact),
            first_edit_ms: figures.map(|figures| figures.first_edit_ms),
            full_delta_bytes: figures.map(|figures| figures.history_bytes_fast),
            history_bytes_fast: figures.map(|figures| figures.history_bytes_fast),
            history_bytes_compact: figures.map(|figures| figures.history_bytes_compact),
            delta_bytes_behind: figures.map(|figures| &figures.behind),
            keystroke_delta_bytes: figures.map(|figures| figures.keystroke_delta_bytes),
            stream_ms: figures.and_then(|figures| figures.stream_ms),
            heap_bytes: figures.map(|figures| figures.heap_bytes),
            peak_heap_bytes: figures.map(|figures| figures.peak_heap_bytes),
        };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)
    }

    pub(crate) fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let (transactions, characters) = (self.trace.len(), self.ends.text.chars().count());
        writeln!(
            out,
            "{}: {}, {} replicas",
            self.place,
            self.kind(),
            self.ends.replicas
        )?;
        writeln!(
            out,
            "  {} transactions, {} operations by {} peers; {} characters at the end",
            grouped(transactions),
            grouped(usize::try_from(self.operations).unwrap_or(usize::MAX)),
            grouped(self.peers),
            grouped(characters)
        )?;
        if let Some(figures) = self.figures {
            write_figures(out, figures)?;
        }
        let agreed = if self.ends.converged {
            "all replicas agree"
        } else {
            "the replicas DISAGREE"
        };
        let matches = match self.matches() {
            Some(true) => "the text is the one in the file",
            Some(false) => "the text is NOT the one in the file (--check shows where)",
            None => "the file does not tell the text",
        };
        writeln!(out, "  {agreed}; {matches}\n  blake3 {}", self.hash())
    }

    fn kind(&self) -> &'static str {
        match self.trace.kind {
            Kind::Sequential => "sequential",
            Kind::Concurrent => "concurrent",
        }
    }

    fn hash(&self) -> String {
        blake3::hash(self.ends.text.as_bytes()).to_hex().to_string()
    }
}

fn write_figures(out: &mut dyn Write, figures: &Figures) -> io::Result<()> {
    write!(
        out,
        "  typed in {} ms, received at once in {} ms",
        figures.local_ms, figures.merge_ms
    )?;
    match figures.stream_ms {
        Some(stream_ms) => writeln!(out, ", one by one in {stream_ms} ms")?,
        None => writeln!(out)?,
    }
    writeln!(
        out,
        "  snapshot {} bytes, with Compact {} bytes",
        grouped(figures.save_bytes_fast),
        grouped(figures.save_bytes_compact)
    )?;
    writeln!(
        out,
        "  snapshot written in {} ms, open in {} ms",
        figures.save_ms, figures.load_ms
    )?;
    writeln!(
        out,
        "  without history {} bytes, with Compact {} bytes",
        grouped(figures.shallow_bytes_fast),
        grouped(figures.shallow_bytes_compact)
    )?;
    writeln!(
        out,
        "  first edit after opening in {} ms",
        figures.first_edit_ms
    )?;
    writeln!(
        out,
        "  delta of everything {} bytes, with Compact {} bytes",
        grouped(figures.history_bytes_fast),
        grouped(figures.history_bytes_compact)
    )?;
    writeln!(
        out,
        "  delta of one more keystroke {} bytes",
        grouped(figures.keystroke_delta_bytes)
    )?;
    if let Some(typed) = figures.typed_heap_bytes {
        writeln!(out, "  heap after typing {} bytes", grouped(typed))?;
    }
    let (live, peak) = (
        grouped(figures.heap_bytes),
        grouped(figures.peak_heap_bytes),
    );
    writeln!(
        out,
        "  heap after loading {live} bytes, at most {peak} bytes on the way"
    )
}
