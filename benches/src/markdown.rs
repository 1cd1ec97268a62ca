//! Tables as text, and a document of which each command writes its own part.

use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::engine::Outcome;

/// Rows as a table for a terminal, the first column to the left. The first row is the head.
#[must_use]
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let lengths = |column: usize| rows.iter().map(move |row| row[column].chars().count());
    let widths: Vec<usize> = (0..columns)
        .map(|column| lengths(column).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a string cannot fail.
            if column == 0 {
                write!(out, "{cell:<width$}").ok();
            } else {
                write!(out, "  {cell:>width$}").ok();
            }
        }
        out.push('\n');
    }
    out
}

/// Rows as a table of a document. The first row is the head.
#[must_use]
pub fn table(rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        writeln!(out, "| {} |", row.join(" | ")).ok();
        if number == 0 {
            writeln!(out, "|---|{}", "---:|".repeat(row.len().saturating_sub(1))).ok();
        }
    }
    out
}

/// Puts the text between the part's markers in the file; what stands outside of them stays. Without markers the part
/// is added at the end, and without the file it is made.
///
/// # Errors
/// The file cannot be read or written, or has one of the markers without the other.
pub fn write_part(file: &Path, part: &str, text: &str) -> Outcome<()> {
    let explain = |what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
    let before = match fs::read_to_string(file) {
        Ok(before) => before,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(explain(&error)),
    };
    let after = with_part(&before, part, text).map_err(|what| explain(&what))?;
    fs::write(file, after).map_err(|error| explain(&error))
}

/// The document with the text between the part's markers.
///
/// # Errors
/// It has one of the markers without the other.
pub fn with_part(document: &str, part: &str, text: &str) -> Outcome<String> {
    let begin = format!("<!-- begin {part}: written by the command, not by hand -->\n");
    let end = format!("<!-- end {part} -->\n");
    let text = text.trim_end();
    match (document.split_once(&begin), document.contains(&end)) {
        (Some((head, rest)), _) => {
            let (_, tail) = rest
                .split_once(&end)
                .ok_or(format!("no end of the part {part}"))?;
            Ok(format!("{head}{begin}{text}\n{end}{tail}"))
        }
        (None, true) => Err(format!("no beginning of the part {part}")),
        (None, false) if document.is_empty() => Ok(format!("{begin}{text}\n{end}")),
        (None, false) => Ok(format!("{}\n\n{begin}{text}\n{end}", document.trim_end())),
    }
}
