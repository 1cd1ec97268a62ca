//! The naive model, checked without the engine: against the 300 generated histories, the 200
//! scenarios, two real traces, and rules of the design told by hand.
//!
//! - The text of a history is the one that FugueMax gives.
//! - A scenario ends in the JSON and the conflicts that it expects.
//! - A scenario read and written again is the same scenario.

use support::model::{Known, Model, merged, outcome};
use support::reading::json_of;
use support::scenario::{Scenario, Step};
use support::traces::{self, Trace};

#[test]
fn histories_end_in_fugue_max_order() {
    for (name, trace) in traces::generated().into_iter().flatten() {
        let count = trace.transactions.len();
        assert_eq!(merged(&trace, count), trace.end, "{name}");
    }
}

#[test]
fn real_traces_end_as_they_say() {
    if traces::brief() {
        println!(
            "skipped: in debug builds the model types the real traces only under SYNCLINE_LONG=1"
        );
        return;
    }
    for name in ["friendsforever.json.gz", "clownschool.json.gz"] {
        let Some(trace) = traces::read(name) else {
            return;
        };
        let trace = Trace::parse(&trace);
        assert!(
            merged(&trace, trace.transactions.len()) == trace.end,
            "{name}"
        );
    }
}

#[test]
fn scenarios_end_as_they_expect() {
    let Some(scenarios) = traces::read("scenarios.jsonl.gz") else {
        return;
    };
    let mut seen = 0;
    for (line, text) in scenarios.lines().enumerate() {
        let scenario = Scenario::parse(text).expect("a scenario");
        assert_eq!(
            Scenario::parse(&scenario.line()).as_ref(),
            Ok(&scenario),
            "line {}",
            line + 1
        );
        assert_eq!(
            Some(outcome(&scenario)),
            scenario.expect,
            "line {}",
            line + 1
        );
        seen += 1;
    }
    assert_eq!(seen, 200);
}

/// The end of a scenario given by its steps.
fn end_of(replicas: usize, steps: &str) -> serde_json::Value {
    let line = format!(r#"{{"kind": "scenario", "replicas": {replicas}, "steps": {steps}}}"#);
    outcome(&Scenario::parse(&line).expect("a scenario")).json
}

#[test]
fn runs_typed_backwards_do_not_interleave() {
    let steps = r#"[
        {"on": 0, "do": [["text", "t", "insert", 0, "c"], ["text", "t", "insert", 0, "b"], ["text", "t", "insert", 0, "a"]]},
        {"on": 1, "do": [["text", "t", "insert", 0, "z"], ["text", "t", "insert", 0, "y"], ["text", "t", "insert", 0, "x"]]}
    ]"#;
    assert_eq!(end_of(2, steps), serde_json::json!({"t": "abcxyz"}));
}

#[test]
fn the_origin_right_decides_before_the_peer() {
    // Both write after "b". Peer 4 sees the end behind it, peer 3 sees "c": the further origin stands first.
    let steps = r#"[
        {"on": 2, "do": [["text", "t", "insert", 0, "a"]]}, {"pull": [0, 2]}, {"pull": [1, 2]},
        {"on": 0, "do": [["text", "t", "insert", 1, "b"]]}, {"on": 1, "do": [["text", "t", "insert", 1, "c"]]},
        {"pull": [3, 0]}, {"pull": [2, 0]}, {"pull": [2, 1]},
        {"on": 2, "do": [["text", "t", "insert", 2, "3"]]}, {"on": 3, "do": [["text", "t", "insert", 2, "4"]]}
    ]"#;
    assert_eq!(end_of(4, steps), serde_json::json!({"t": "ab43c"}));
}

#[test]
fn containers_opened_at_once_are_shared_and_removed_ones_stay_away() {
    let at_once = r#"[
        {"on": 0, "do": [["text", "m/k", "insert", 0, "one "]]},
        {"on": 1, "do": [["text", "m/k", "insert", 0, "two"]]}
    ]"#;
    assert_eq!(
        end_of(2, at_once),
        serde_json::json!({"m": {"k": "one two"}})
    );
    let again = r#"[
        {"on": 0, "do": [["text", "m/k", "insert", 0, "old"]]}, {"pull": [1, 0]},
        {"on": 0, "do": [["map", "m", "remove", "k"], ["text", "m/k", "insert", 0, "new"]]},
        {"on": 1, "do": [["text", "m/k", "insert", 3, "er"]]}
    ]"#;
    assert_eq!(end_of(2, again), serde_json::json!({"m": {"k": "new"}}));
}

#[test]
fn a_refused_transaction_leaves_nothing() {
    let mut model = Model::default();
    let mut known = Known::default();
    let edits = |line: &str| {
        let line = format!(r#"{{"replicas": 1, "steps": [{{"on": 0, "do": {line}}}]}}"#);
        match Scenario::parse(&line).expect("a scenario").steps.remove(0) {
            Step::Do(_, edits, _) => edits,
            step => panic!("{step:?}"),
        }
    };
    model
        .transact(
            1,
            &mut known,
            &edits(r#"[["text", "t", "insert", 0, "ab"]]"#),
        )
        .expect("it fits");
    let before = (model.document(&known), known.clone());
    let half = edits(
        r#"[["text", "t", "delete", 0, 1], ["map", "m/a", "set", "b", 1], ["text", "t", "insert", 9, "c"]]"#,
    );
    assert!(model.transact(1, &mut known, &half).is_err());
    assert_eq!((model.document(&known), known.clone()), before);
    model
        .transact(
            1,
            &mut known,
            &edits(r#"[["text", "t", "insert", 2, "c"]]"#),
        )
        .expect("it fits");
    assert_eq!(
        json_of(&model.document(&known)),
        serde_json::json!({"t": "abc"})
    );
}
