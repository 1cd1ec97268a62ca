//! The rooms of the library know only those before them.
//!
//! - No path in `src/` leads from a room to a later one, in an import or in the code: by `crate::`, by `super::`, or by a
//!   name that the front page passes on.
//! - `column` and `tree` know nobody.
//! - The front page declares every room, in this order.
//! - No file in `src/` is longer than 400 lines.
//!
//! Comments and literals do not count. The reading of paths is itself checked, on short sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use support::source::{Named, named, tree, words};

/// In this order. `error` stands before `doc`, which alone composes its errors there: none before may know it.
const ROOMS: [&str; 14] = [
    "id", "value", "limits", "column", "tree", "graph", "oplog", "sequence", "state", "summary",
    "codec", "error", "doc", "sync",
];

/// Rooms that know no other.
const ALONE: [&str; 2] = ["column", "tree"];

const LINES_MAX: usize = 400;

/// The front page: its rooms in order, and of which room each name is that it passes on.
fn front_page(source: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let words = words(source);
    let mut rooms = Vec::new();
    let mut passed_on = BTreeMap::new();
    for (at, pair) in words.windows(2).enumerate() {
        match pair[0].text {
            "mod" => rooms.push(pair[1].text.to_owned()),
            "use" => {
                let mut found = Vec::new();
                tree(&words, at + 1, Vec::new(), &mut found);
                let names = found.into_iter().map(|named| named.path);
                passed_on.extend(
                    names.filter_map(|path| Some((path.last()?.clone(), path.first()?.clone()))),
                );
            }
            _ => {}
        }
    }
    (rooms, passed_on)
}

/// What is wrong with the paths that a module names, each with the place.
fn faults(
    source: &str,
    module: &[String],
    passed_on: &BTreeMap<String, String>,
) -> Vec<(usize, String)> {
    let room = module[0].as_str();
    let order = |room: &str| ROOMS.iter().position(|other| *other == room);
    let fault = |named: Named| {
        let whole = format!("crate::{}", named.path.join("::"));
        // A macro has no path of its own: `value!` and what it hides, `__value!`, are named after their room.
        let to = named.path.first().map_or("*", String::as_str);
        let to = to.strip_prefix("__").unwrap_or(to);
        let to = if order(to).is_some() {
            to
        } else {
            passed_on.get(to).map_or("*", String::as_str)
        };
        let wrong = match (order(to), order(room)) {
            _ if to == room => return None,
            (None, _) => format!("{room} takes {whole}, which belongs to no room"),
            (_, None) => format!("{room} is no room of the list in tests/layers.rs"),
            _ if ALONE.contains(&room) => {
                format!("{room} is to know nobody, and knows {to}: {whole}")
            }
            (Some(to_at), Some(at)) if to_at > at => {
                format!("{room} stands before {to} and knows it: {whole}")
            }
            _ => return None,
        };
        Some((source[..named.at].matches('\n').count() + 1, wrong))
    };
    named(source, module)
        .into_iter()
        .filter_map(fault)
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let within = |path: PathBuf| {
        if path.is_dir() {
            sources(&path)
        } else {
            vec![path]
        }
    };
    paths
        .into_iter()
        .flat_map(within)
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// Every file of the library: its name, its module and its source.
fn library() -> Vec<(String, Vec<String>, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    let read = |path: PathBuf| {
        let inside = path
            .strip_prefix(&src)
            .expect("it is inside")
            .with_extension("");
        let mut module: Vec<String> = inside
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        module.pop_if(|last| last == "mod");
        let name = format!(
            "src/{}",
            path.strip_prefix(&src).expect("it is inside").display()
        );
        (name, module, fs::read_to_string(&path).expect("a source"))
    };
    sources(&src).into_iter().map(read).collect()
}

fn front() -> (Vec<String>, BTreeMap<String, String>) {
    let library = library();
    let (_, _, source) = library
        .iter()
        .find(|(name, ..)| name == "src/lib.rs")
        .expect("a front page");
    front_page(source)
}

#[test]
fn no_path_looks_forward() {
    let (_, passed_on) = front();
    let mut wrong = Vec::new();
    let mut paths = 0;
    for (name, module, source) in library().iter().filter(|(name, ..)| name != "src/lib.rs") {
        paths += named(source, module).len();
        wrong.extend(
            faults(source, module, &passed_on)
                .into_iter()
                .map(|(line, what)| format!("{name}:{line}: {what}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        paths > 300,
        "only {paths} paths were found in the library: the reading of them is broken"
    );
}

#[test]
fn the_front_page_declares_the_rooms_in_order() {
    let (rooms, _) = front();
    let expected: Vec<&str> = ROOMS
        .into_iter()
        .filter(|room| rooms.iter().any(|found| found == room))
        .collect();
    assert_eq!(
        rooms, expected,
        "src/lib.rs declares these rooms; the order is that of tests/layers.rs"
    );
    for (name, module, _) in library().iter().filter(|(name, ..)| name != "src/lib.rs") {
        assert!(
            rooms.contains(&module[0]),
            "{name} is in no room that src/lib.rs declares"
        );
    }
}

#[test]
fn no_file_is_long() {
    for (name, _, source) in library() {
        let lines = source.lines().count();
        assert!(
            lines <= LINES_MAX,
            "{name} has {lines} lines, over {LINES_MAX}: it holds more than one idea"
        );
    }
}

fn module(path: &str) -> Vec<String> {
    path.split("::").map(str::to_owned).collect()
}

fn wrong(path: &str, source: &str) -> usize {
    let (_, passed_on) =
        front_page("mod id; mod doc; pub use id::{Peer, OpId as Id}; pub use doc::Doc;");
    faults(source, &module(path), &passed_on).len()
}

#[test]
fn forward_paths_are_found_in_every_disguise() {
    let sources = [
        ("graph::run", "use crate::oplog::Kind;"),
        (
            "graph::run",
            "use crate::{id::Lv, oplog::{run::{self}}, limits};",
        ),
        ("graph::run", "use super::super::oplog::Kind;"),
        ("graph::run", "fn f(kind: crate::oplog::Kind) {}"),
        ("graph::run", "use crate::Doc;"),
        ("graph::run", "use crate::*;"),
        ("graph::run", "use super::super::*;"),
        ("graph::run", "use crate::nothing::Known;"),
        (
            "graph::run",
            "mod tests { use super::super::super::doc::Doc; }",
        ),
        ("graph::run", "mod one { } use super::super::doc::Doc;"),
        (
            "graph::run",
            "fn f<'a>(a: &'a str) -> char { '\"' } use crate::doc::Doc; const B: char = '\"';",
        ),
        (
            "graph::run",
            "const A: &str = r#\"\"\"#; use crate::doc::Doc; const B: &str = r#\"\"\"#;",
        ),
        (
            "graph::run",
            "macro_rules! m { () => { $crate::Doc::new() } }",
        ),
        ("id", "use super::value::Value;"),
        ("limits", "use crate::error::Error;"),
        ("codec::read", "use crate::error::Error;"),
        ("tree::node", "use crate::id::Lv;"),
        ("tree::node", "use crate::column::Reader;"),
        ("error", "use super::doc::Doc;"),
    ];
    for (path, source) in sources {
        assert_eq!(wrong(path, source), 1, "in {path}: {source}");
    }
    assert_eq!(
        wrong("graph::run", "use crate::{oplog::A, state::B, id::C, doc};"),
        3
    );
    assert_eq!(
        faults("\n\nuse crate::doc::Doc;", &module("id"), &BTreeMap::new())[0].0,
        3
    );
}

#[test]
fn backward_paths_are_no_fault() {
    let sources = [
        (
            "graph::run",
            "use crate::id::{Lv, LvSpan}; use crate::{limits::Limits, Peer}; use crate::Id;",
        ),
        (
            "graph::run",
            "use super::Graph; use self::inner::A; use crate::graph::walk::Walk;",
        ),
        (
            "state::text::edit",
            "use super::super::list::ListState; use super::cursor::Rope;",
        ),
        (
            "graph::run",
            "mod tests { use super::super::*; use super::*; }",
        ),
        (
            "graph::run",
            "// use crate::doc::Doc;\n/* crate::doc /* nested */ crate::doc */ pub(crate) fn f() {}",
        ),
        (
            "graph::run",
            "/// See [`Doc`](crate::Doc).\nfn f() -> &'static str { \"crate::doc::Doc \\\" crate::doc::Doc\" }",
        ),
        (
            "doc::merge",
            "use crate::error::Error; use crate::codec::Batch; use crate::id::Lv;",
        ),
        ("error", "use crate::codec::DecodeError;"),
    ];
    for (path, source) in sources {
        assert_eq!(wrong(path, source), 0, "in {path}: {source}");
    }
}
