//! The document on paper: one copy over the whole width, or two side by side.

use syncline::Doc;

use super::story::{BRING, LETTER, TRIP, VOTES};
use crate::paint::{self, Paint};

/// What fits a terminal of 80 columns with a margin.
pub(crate) const WIDTH: usize = 76;
const GAP: usize = 4;

/// Lays `left` and `right` side by side, each in its colour.
pub(crate) fn side_by_side(paint: Paint, left: &[String], right: &[String]) -> Vec<String> {
    let width = column();
    let lines = left.len().max(right.len());
    let cell = |lines: &[String], at: usize| lines.get(at).cloned().unwrap_or_default();
    (0..lines)
        .map(|at| {
            let (left, right) = (cell(left, at), cell(right, at));
            let padding = " ".repeat((width + GAP).saturating_sub(left.chars().count()));
            format!("  {}{padding}{}", paint.cyan(&left), paint.magenta(&right))
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// The width of one of two columns.
pub(crate) fn column() -> usize {
    (WIDTH - GAP) / 2
}

/// What a document shows, in lines of at most `width` characters.
pub(crate) fn document(doc: &Doc, width: usize) -> Vec<String> {
    let trip: Vec<String> = doc
        .map(TRIP)
        .iter()
        .map(|(key, value)| format!("{key}: {}", plain(&value)))
        .collect();
    let bring: Vec<String> = doc.list(BRING).iter().map(|value| plain(&value)).collect();
    let fields = [
        (LETTER, doc.text(LETTER).to_string()),
        (TRIP, trip.join(", ")),
        (BRING, bring.join(", ")),
        (VOTES, doc.counter(VOTES).value().to_string()),
    ];
    let mut lines = Vec::new();
    for (name, shown) in fields {
        let indented = paint::wrap(&shown, width.saturating_sub(8));
        for (at, line) in indented.into_iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            lines.push(format!("{name:<7} {line}"));
        }
    }
    lines
}

/// What somebody did, one thing a line.
pub(crate) fn deeds(did: &[&str], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for deed in did {
        for (at, line) in paint::wrap(deed, width.saturating_sub(2))
            .into_iter()
            .enumerate()
        {
            lines.push(format!("{} {line}", if at == 0 { "-" } else { " " }));
        }
    }
    lines
}

/// A value without the quotes of a string.
pub(crate) fn plain(value: &syncline::Value) -> String {
    match value {
        syncline::Value::String(text) => text.clone(),
        other => other.to_json().to_string(),
    }
}
