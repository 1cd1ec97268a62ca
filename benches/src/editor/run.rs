//! The table: each peer in turn, beside what was aimed at.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::history::{self, APART};
use super::{marks, positions, reconcile, undo};
use crate::engine::Outcome;
use crate::heap;
use crate::markdown;
use crate::options::Options;
use crate::peers::{Automerge, Loro, Ours};
use crate::trace::{self, History};

/// Seconds for each question, of which the slow peers need some.
const SECONDS: u64 = 10;

/// A peer's figures by the names of their rows, in the rows' units, or why there is none.
pub(super) type Figures = BTreeMap<&'static str, Outcome<f64>>;

struct Row {
    /// In JSON.
    name: &'static str,
    what: String,
    unit: &'static str,
    at_most: f64,
}

fn rows() -> Vec<Row> {
    let row = |name, what: &str, unit, at_most| Row {
        name,
        what: what.to_owned(),
        unit,
        at_most,
    };
    let on = format!("diff to a version {APART} operations later, median");
    let back = format!("diff back to a version {APART} operations before, median");
    vec![
        row(
            "anchor-first",
            "the first anchor of a session in automerge-paper",
            "ms",
            10.0,
        ),
        row("anchor-each", "each of 10,000 more", "µs", 1.0),
        row(
            "anchor-resolve",
            "one of them, asked for after a keystroke, median",
            "µs",
            1.0,
        ),
        row(
            "anchors-follow",
            "all of them, moved past a keystroke, median",
            "µs",
            50.0,
        ),
        row(
            "undo",
            "undo of a step in automerge-paper with 2 others writing, median",
            "µs",
            50.0,
        ),
        row(
            "checkout",
            "checkout at a random point of automerge-paper, median",
            "ms",
            5.0,
        ),
        row("diff-on", &on, "ms", 0.5),
        row("diff-back", &back, "ms", 0.5),
        row("blame", "blame of the whole text", "ms", 10.0),
        row(
            "spans",
            "spans of 100,000 characters with 10,000 marks",
            "ms",
            5.0,
        ),
        row("marks-heap", "live heap of that document", "MB", 1.5),
        row(
            "reconcile",
            "1,000 items written over, one field changed, median",
            "ms",
            1.0,
        ),
        row("reconcile-operations", "operations that takes", "", 1.0),
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
    let mut loro = history::measure::<Loro>(&paper, limit)?;
    let automerge = history::measure::<Automerge>(&paper, limit)?;
    let mut ours = history::measure::<Ours>(&paper, limit)?;
    ours.extend(positions::ours(&paper)?);
    loro.extend(positions::loro(&paper)?);
    ours.insert("undo", undo::ours(&paper));
    loro.insert("undo", undo::loro(&paper));
    ours.extend(reconcile::ours()?);
    loro.insert("spans", marks::read_loro());
    ours.insert("spans", marks::read_ours());
    // Counting slows everything: it comes last.
    heap::count();
    loro.insert("marks-heap", marks::held(marks::loro));
    ours.insert("marks-heap", marks::held(marks::ours));
    let peers = [("loro", loro), ("automerge", automerge), ("ours", ours)];
    if options.json {
        let lines = rows().into_iter().map(|row| as_json(&row, &peers));
        return Ok(lines.map(|line| format!("{line}\n")).collect());
    }
    let mut table = vec![vec!["what".to_owned()]];
    table[0].extend(peers.iter().map(|(name, _)| (*name).to_owned()));
    table[0].push("at most".to_owned());
    for row in rows() {
        let figures = peers.iter().map(|(_, figures)| cell(figures.get(row.name)));
        let mut cells = vec![match row.unit {
            "" => row.what.clone(),
            unit => format!("{}, {unit}", row.what),
        }];
        cells.extend(figures);
        cells.push(row.at_most.to_string());
        table.push(cells);
    }
    if let Some(file) = &options.markdown {
        markdown::write_part(file, "editor", &markdown::table(&table))?;
    }
    Ok(markdown::aligned(&table))
}

fn cell(figure: Option<&Outcome<f64>>) -> String {
    match figure {
        Some(Ok(figure)) if figure.fract() == 0.0 => format!("{figure:.0}"),
        Some(Ok(figure)) if *figure < 10.0 => format!("{figure:.3}"),
        Some(Ok(figure)) => format!("{figure:.1}"),
        _ => "–".to_owned(),
    }
}

fn as_json(row: &Row, peers: &[(&str, Figures)]) -> Value {
    let figure = |figures: &Figures| match figures.get(row.name) {
        Some(Ok(figure)) => json!(figure),
        Some(Err(why)) => json!({ "why": why }),
        None => json!({ "why": "not asked" }),
    };
    let figures = peers
        .iter()
        .map(|(peer, figures)| ((*peer).to_owned(), figure(figures)));
    json!({
        "row": row.name,
        "what": row.what,
        "at_most": row.at_most,
        "unit": row.unit,
        "figures": figures.collect::<serde_json::Map<String, Value>>(),
    })
}
