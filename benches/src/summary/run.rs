//! The rows, one after another, until the time is up.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::ours::Sides;
use super::{Taken, World, negentropy, vectors};
use crate::engine::Outcome;
use crate::markdown;
use crate::options::Options;

/// automerge takes minutes to make more changes than this.
const AUTOMERGE_MAX: usize = 10_000;

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const DIFFERENCES: [usize; 6] = [0, 1, 10, 100, 1_000, 10_000];

/// A row: what was asked, and what each took.
struct Line {
    entries: usize,
    differ: usize,
    newest: bool,
    taken: Vec<Outcome<Taken>>,
}

const COLUMNS: [&str; 6] = [
    "ours, first",
    "ours, known",
    "negentropy",
    "automerge",
    "yrs",
    "loro",
];

/// Measures every size with every difference; `--quick` the smallest only. After `--limit` seconds no further row begins.
///
/// # Errors
/// None of a row's own: these stand in the table.
pub fn run(options: &Options) -> Outcome<String> {
    let limit = Duration::from_secs(options.limit);
    let begun = Instant::now();
    let sizes = if options.quick {
        &SIZES[..1]
    } else {
        &SIZES[..]
    };
    let mut lines = Vec::new();
    let mut left_out = 0;
    for newest in [false, true] {
        for &entries in sizes {
            for differ in DIFFERENCES.into_iter().filter(|&differ| differ <= entries) {
                if begun.elapsed() > limit {
                    left_out += 1;
                } else {
                    lines.push(line(entries, differ, newest));
                }
            }
        }
    }
    if options.json {
        return Ok(lines
            .iter()
            .map(|line| format!("{}\n", as_json(line)))
            .collect());
    }
    let table = cells(&lines);
    if let Some(file) = &options.markdown {
        markdown::write_part(file, "summary", &markdown::table(&table))?;
    }
    let mut text = markdown::aligned(&table);
    if left_out > 0 {
        text.push_str(&format!(
            "  {left_out} rows left out after {} s\n",
            options.limit
        ));
    }
    Ok(text)
}

fn line(entries: usize, differ: usize, newest: bool) -> Line {
    let world = World::new(entries, differ, newest);
    let sides = Sides::new(&world);
    let automerge = match entries <= AUTOMERGE_MAX && !newest {
        true => vectors::automerge(entries, differ),
        false => Err("not measured".to_owned()),
    };
    let taken = vec![
        sides.first(),
        sides.known(),
        negentropy::exchange(&world),
        automerge,
        Ok(vectors::yrs(&world)),
        Ok(vectors::loro(&world)),
    ];
    Line {
        entries,
        differ,
        newest,
        taken,
    }
}

fn cells(lines: &[Line]) -> Vec<Vec<String>> {
    let mut head: Vec<String> = ["keys", "n", "d"].map(str::to_owned).into();
    head.extend(COLUMNS.map(str::to_owned));
    let mut rows = vec![head];
    for line in lines {
        let keys = if line.newest { "newest" } else { "random" };
        let mut row = vec![
            keys.to_owned(),
            line.entries.to_string(),
            line.differ.to_string(),
        ];
        row.extend(line.taken.iter().map(cell));
        rows.push(row);
    }
    rows
}

/// Bytes, round trips, milliseconds.
fn cell(taken: &Outcome<Taken>) -> String {
    let Ok(taken) = taken else {
        return "–".to_owned();
    };
    let trips = taken
        .trips
        .map_or(String::new(), |trips| format!(", {trips}"));
    let time = taken.time.map_or(String::new(), |time| {
        format!(", {:.3} ms", time.as_secs_f64() * 1e3)
    });
    format!("{} B{trips}{time}", taken.bytes)
}

fn as_json(line: &Line) -> Value {
    let taken = COLUMNS.iter().zip(&line.taken).map(|(name, taken)| {
        let figures = match taken {
            Ok(taken) => json!({
                "bytes": taken.bytes,
                "round_trips": taken.trips,
                "ms": taken.time.map(|time| time.as_secs_f64() * 1e3),
            }),
            Err(why) => json!({ "why": why }),
        };
        ((*name).to_owned(), figures)
    });
    json!({
        "entries": line.entries,
        "differ": line.differ,
        "newest": line.newest,
        "taken": taken.collect::<serde_json::Map<String, Value>>(),
    })
}
