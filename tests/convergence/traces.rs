//! Real and generated histories through the public face, against the ends that they state.
//!
//! - A sequential trace is typed into one replica; a second one receives it whole.
//! - In a concurrent trace each agent types on its own replica, which knows exactly what the agent
//!   knew; a reader receives the transactions one by one, and its changes keep a mirror of the text; then
//!   everybody receives the rest.
//! - Histories that once went wrong, in `histories.jsonl`, go as the model says.
//! - The 200 scenarios end as they expect, step by step as the model says.
//!
//! Debug builds type the beginning of the large traces, and everything under `SYNCLINE_LONG=1`.
//! Without the folder of traces the tests say so and pass.

use std::collections::BTreeSet;

use support::engine::peer;
use support::model::merged;
use support::play::play;
use support::scenario::Scenario;
use support::traces::{self, Trace, type_into};
use syncline::{Doc, TextEdit, VersionVector};

fn load(name: &str) -> Option<Trace> {
    traces::read(name).map(|json| Trace::parse(&json))
}

fn text(doc: &Doc) -> String {
    doc.text("body").to_string()
}

/// How much of a trace to type: all of it, or about so many inserted characters.
fn share(trace: &Trace, inserted: usize) -> usize {
    if !traces::brief() {
        return trace.transactions.len();
    }
    let mut left = inserted;
    let fits = trace.transactions.iter().take_while(|transaction| {
        let more: usize = transaction
            .patches
            .iter()
            .map(|patch| patch.inserted.chars().count())
            .sum();
        left = left.saturating_sub(more);
        left > 0
    });
    fits.count()
}

/// Compares without printing a hundred thousand characters.
fn assert_same(found: &str, expected: &str, what: &str) {
    if found != expected {
        let same = found
            .chars()
            .zip(expected.chars())
            .take_while(|(one, other)| one == other)
            .count();
        let near = |text: &str| text.chars().skip(same).take(30).collect::<String>();
        panic!(
            "{what}: differs from position {same}: {:?}, not {:?}",
            near(found),
            near(expected)
        );
    }
}

fn sequential(name: &str) {
    let Some(trace) = load(name) else { return };
    let count = share(&trace, 6000);
    let mut writer = Doc::with_peer(peer(1));
    for (index, transaction) in trace.transactions[..count].iter().enumerate() {
        type_into(&mut writer, transaction).unwrap_or_else(|error| panic!("txn {index}: {error}"));
    }
    let end = if count == trace.transactions.len() {
        trace.end
    } else {
        typed(&trace, count)
    };
    assert_same(&text(&writer), &end, name);
    writer.check().expect("the invariants");

    let mut reader = Doc::with_peer(peer(2));
    reader
        .merge(&writer.delta_since(&VersionVector::new()))
        .expect("its delta");
    assert_same(&text(&reader), &end, "received");
    reader.check().expect("the invariants");
    let loaded = Doc::load(&writer.save()).expect("what it saved");
    assert_same(&text(&loaded), &end, "loaded");
}

/// What the first transactions of a sequential trace make of a vector of characters.
fn typed(trace: &Trace, count: usize) -> String {
    let mut text: Vec<char> = Vec::new();
    for patch in trace.transactions[..count]
        .iter()
        .flat_map(|transaction| &transaction.patches)
    {
        text.splice(patch.at..patch.at + patch.deleted, patch.inserted.chars());
    }
    text.into_iter().collect()
}

#[test]
fn automerge_paper() {
    sequential("automerge-paper.json.gz");
}

#[test]
fn rustcode() {
    sequential("rustcode.json.gz");
}

#[test]
fn sveltecomponent() {
    sequential("sveltecomponent.json.gz");
}

#[test]
fn friendsforever() {
    concurrent_file("friendsforever.json.gz");
}

#[test]
fn clownschool() {
    concurrent_file("clownschool.json.gz");
}

#[test]
fn git_makefile() {
    concurrent_file("git-makefile.json.gz");
}

fn concurrent_file(name: &str) {
    let Some(trace) = load(name) else { return };
    let count = share(&trace, 3000);
    if count == trace.transactions.len() {
        concurrent(&trace, count, &trace.end, name);
    } else {
        concurrent(&trace, count, &merged(&trace, count), name);
    }
}

#[test]
fn generated_histories() {
    for (name, trace) in traces::generated().into_iter().flatten() {
        concurrent(&trace, trace.transactions.len(), &trace.end, &name);
    }
}

/// Histories that once went wrong; they end as the model says, and as they say themselves.
#[test]
fn kept_histories() {
    for (line, history) in include_str!("histories.jsonl").lines().enumerate() {
        let trace = Trace::parse(history);
        let count = trace.transactions.len();
        let name = format!("kept history {}", line + 1);
        assert_same(&merged(&trace, count), &trace.end, &name);
        concurrent(&trace, count, &merged(&trace, count), &name);
    }
}

/// An agent's replica, and which transactions it has.
struct Agent {
    doc: Doc,
    has: BTreeSet<usize>,
}

/// What the parents of a transaction follow, and they themselves, as far as it is not in `has`.
fn missing(trace: &Trace, parents: &[usize], has: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut missing = BTreeSet::new();
    let mut open = parents.to_vec();
    while let Some(index) = open.pop() {
        if !has.contains(&index) && missing.insert(index) {
            open.extend(&trace.transactions[index].parents);
        }
    }
    missing
}

fn concurrent(trace: &Trace, count: usize, end: &str, name: &str) {
    let agent = |id| Agent {
        doc: Doc::with_peer(peer(id)),
        has: BTreeSet::new(),
    };
    let mut agents: Vec<Agent> = (1..).take(trace.agents).map(agent).collect();
    let mut reader = Doc::with_peer(peer(1 << 32));
    let mut mirror: Vec<char> = Vec::new();
    let mut deltas: Vec<Vec<u8>> = Vec::new();
    for (index, transaction) in trace.transactions[..count].iter().enumerate() {
        let Agent { doc, has } = &mut agents[transaction.agent];
        for earlier in missing(trace, &transaction.parents, has) {
            let merged = doc.merge(&deltas[earlier]);
            merged.unwrap_or_else(|error| panic!("{name}, txn {earlier}: {error}"));
            has.insert(earlier);
        }
        let before = doc.version_vector();
        type_into(doc, transaction).unwrap_or_else(|error| panic!("{name}, txn {index}: {error}"));
        has.insert(index);
        deltas.push(doc.delta_since(&before));
        let change = reader.merge(&deltas[index]);
        let change = change.unwrap_or_else(|error| panic!("{name}, txn {index}: {error}"));
        follow(&mut mirror, &change.text("body"));
    }
    assert_same(&text(&reader), end, name);
    assert_same(
        &mirror.into_iter().collect::<String>(),
        end,
        "the mirror that follows the changes",
    );
    reader.check().expect("the invariants");
    for Agent { doc, .. } in &mut agents {
        doc.merge(&reader.delta_since(&doc.version_vector()))
            .expect("the rest");
        assert_same(&text(doc), end, name);
        assert_eq!(doc.frontier(), reader.frontier());
    }
    agents[0].doc.check().expect("the invariants");
    let mut newcomer = Doc::with_peer(peer(1 << 33));
    newcomer
        .merge(&agents[0].doc.delta_since(&VersionVector::new()))
        .expect("all of it");
    assert_same(&text(&newcomer), end, "received whole");
    let loaded = Doc::load(&agents[0].doc.save()).expect("what it saved");
    assert_same(&text(&loaded), end, "loaded");
}

fn follow(mirror: &mut Vec<char>, edits: &[TextEdit]) {
    let mut at = 0;
    for edit in edits {
        match edit {
            TextEdit::Retain(count) => at += count,
            TextEdit::Delete(count) => drop(mirror.drain(at..at + count)),
            TextEdit::Insert(text) => {
                mirror.splice(at..at, text.chars());
                at += text.chars().count();
            }
        }
    }
}

#[test]
fn scenarios() {
    let Some(scenarios) = traces::read("scenarios.jsonl.gz") else {
        return;
    };
    let mut seen = 0;
    for (line, text) in scenarios.lines().enumerate() {
        let scenario = Scenario::parse(text).expect("a scenario");
        play(&scenario).unwrap_or_else(|error| panic!("line {}: {error}", line + 1));
        seen += 1;
    }
    assert_eq!(seen, 200);
}
