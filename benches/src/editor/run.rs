//! The table: each peer in turn, beside what was aimed at.

use std::time::Duration;

use serde_json::{Value, json};

use super::history::{APART, Taken, measure};
use super::marks;
use crate::engine::Outcome;
use crate::heap;
use crate::markdown;
use crate::options::Options;
use crate::peers::{Automerge, Loro, Ours};
use crate::trace::{self, History};

/// Seconds for each question, of which the slow peers need some.
const SECONDS: u64 = 10;

/// A row: its name in JSON, what it is, the bound, and which figure it shows: milliseconds, or megabytes where it says so.
type Row = (&'static str, String, f64, fn(&Taken) -> &Outcome<f64>);

fn rows() -> [Row; 6] {
    [
        (
            "checkout",
            "checkout at a random point of automerge-paper, median, ms".to_owned(),
            5.0,
            |taken| &taken.checkout,
        ),
        (
            "diff-on",
            format!("diff to a version {APART} operations later, median, ms"),
            0.5,
            |taken| &taken.on,
        ),
        (
            "diff-back",
            format!("diff back to a version {APART} operations before, median, ms"),
            0.5,
            |taken| &taken.back,
        ),
        (
            "blame",
            "blame of the whole text, ms".to_owned(),
            10.0,
            |taken| &taken.blame,
        ),
        (
            "spans",
            "spans of 100,000 characters with 10,000 marks, ms".to_owned(),
            5.0,
            |taken| &taken.spans,
        ),
        (
            "marks-heap",
            "live heap of that document, MB".to_owned(),
            1.5,
            |taken| &taken.marks,
        ),
    ]
}

/// Measures each row.
///
/// # Errors
/// A trace that cannot be read, or cannot be typed.
pub fn run(options: &Options) -> Outcome<String> {
    let folder = trace::folder(options.traces.as_deref());
    let paper = trace::obtain(History::AutomergePaper, folder.as_deref(), options.quick)?;
    let limit = Duration::from_secs(if options.quick { 1 } else { SECONDS });
    let mut peers = [
        ("loro", measure::<Loro>(&paper, limit)?),
        ("automerge", measure::<Automerge>(&paper, limit)?),
        ("ours", measure::<Ours>(&paper, limit)?),
    ];
    marked(&mut peers);
    if options.json {
        let lines = rows().into_iter().map(|row| as_json(&row, &peers));
        return Ok(lines.map(|line| format!("{line}\n")).collect());
    }
    let mut table = vec![vec!["what".to_owned()]];
    table[0].extend(peers.iter().map(|(name, _)| (*name).to_owned()));
    table[0].push("at most".to_owned());
    for (_, what, most, figure) in rows() {
        let mut row = vec![what];
        row.extend(peers.iter().map(|(_, taken)| cell(figure(taken))));
        row.push(most.to_string());
        table.push(row);
    }
    if let Some(file) = &options.markdown {
        markdown::write_part(file, "editor", &markdown::table(&table))?;
    }
    Ok(markdown::aligned(&table))
}

/// Measures marked text. What is live on the heap comes last: counting slows everything.
fn marked(peers: &mut [(&str, Taken); 3]) {
    let [(_, loro), _, (_, ours)] = peers;
    loro.spans =
        marks::loro().map(|doc| marks::read(&doc, |doc| doc.get_text("body").to_delta().len()));
    ours.spans = marks::ours().map(|doc| marks::read(&doc, |doc| doc.text("body").spans().len()));
    heap::count();
    loro.marks = marks::held(marks::loro);
    ours.marks = marks::held(marks::ours);
}

fn cell(figure: &Outcome<f64>) -> String {
    match figure {
        Ok(ms) if *ms < 10.0 => format!("{ms:.3}"),
        Ok(ms) => format!("{ms:.1}"),
        Err(_) => "–".to_owned(),
    }
}

fn as_json((name, what, most, figure): &Row, peers: &[(&str, Taken)]) -> Value {
    let taken = peers.iter().map(|(peer, taken)| {
        let figure = match figure(taken) {
            Ok(ms) => json!(ms),
            Err(why) => json!({ "why": why }),
        };
        ((*peer).to_owned(), figure)
    });
    let unit = if name.ends_with("heap") { "mb" } else { "ms" };
    json!({
        "row": name,
        "what": what,
        "at_most": most,
        unit: taken.collect::<serde_json::Map<String, Value>>(),
    })
}
