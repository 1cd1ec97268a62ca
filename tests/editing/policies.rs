//! Policies, the review queue, and settling conflicts.
//!
//! - All replicas that hold the same operations show the same, whatever policies were set by whom, and in whatever order it came;
//!   so does what was saved, with its history and without, and every older version.
//! - What shows is what a naive reading of the conflicts and the policies says.
//! - Applying a `Change` to what showed before gives what shows now, also where policies changed.
//! - What is stored never depends on policies. Without them nothing is otherwise.
//! - The library's own roots are nobody else's, and show nowhere.

use std::cmp::Ordering;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use support::engine::{peer, roots};
use support::small::{agree, all, cut, doc, loaded, send, write};
use support::{change, programs};
use syncline::{Conflict, Doc, Error, Kind, Policy, UndoManager, Value, value};

const POLICIES: [Policy; 5] = [
    Policy::LastWriter,
    Policy::Review,
    Policy::Smallest,
    Policy::Largest,
    Policy::Union,
];

const PATTERNS: [&str; 9] = [
    "m/*", "m/a", "**", "**/a", "l/*/a", "l/*/*", "m/in/*", "l/0/a", "*/*",
];

const KEYS: [&str; 3] = ["a", "b", "in"];

fn both(one: &mut Doc, two: &mut Doc) {
    send(one, two);
    send(two, one);
}

/// Two replicas of which each set the key `m/k`, under a policy.
fn two(policy: Policy, values: [Value; 2]) -> [Doc; 2] {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| tx.set_policy("m/*", policy));
    send(&mut one, &mut two);
    for (doc, value) in [&mut one, &mut two].into_iter().zip(values) {
        write(doc, |tx| tx.map("m").set("k", value));
    }
    both(&mut one, &mut two);
    agree(&mut one, &mut two);
    [one, two]
}

fn shown(policy: Policy, values: [Value; 2]) -> Option<Value> {
    let [one, _] = two(policy, values);
    one.get("m/k")
}

#[test]
fn each_policy_shows_what_it_says() {
    let values = || [7.into(), 5.into()];
    assert_eq!(shown(Policy::LastWriter, values()), Some(5.into()));
    assert_eq!(shown(Policy::Review, values()), Some(5.into()));
    assert_eq!(shown(Policy::Smallest, values()), Some(5.into()));
    assert_eq!(shown(Policy::Largest, values()), Some(7.into()));
    assert_eq!(shown(Policy::Union, values()), Some(value!([5, 7])));
    assert_eq!(
        shown(Policy::Union, [5.into(), 5.into()]),
        Some(value!([5]))
    );
    // Where a container is among them, the last writer's shows.
    let containers = || [value!({"x": 1}), 5.into()];
    for policy in POLICIES {
        assert_eq!(shown(policy, containers()), Some(5.into()), "{policy}");
    }
}

#[test]
fn a_policy_may_come_and_go_and_stores_nothing_else() {
    let [mut one, mut other] = two(Policy::LastWriter, [7.into(), 5.into()]);
    for policy in POLICIES {
        let change = one.transact(|tx| tx.set_policy("m/k", policy)).unwrap();
        assert_eq!(change.applied(), 1);
        let shows = one.get("m/k").unwrap();
        send(&mut one, &mut other);
        assert_eq!(other.get("m/k"), Some(shows));
        assert_eq!(one.conflicts("m/k").len(), 2, "all are kept");
    }
    let change = one.transact(|tx| tx.remove_policy("m/k")).unwrap();
    assert_eq!(change.map("m"), [("k".to_owned(), Some(5.into()))]);
    assert_eq!(one.policies(), [("m/*".to_owned(), Policy::LastWriter)]);
    let nothing = one.transact(|tx| tx.remove_policy("m/k")).unwrap();
    assert_eq!(nothing.applied(), 0);
    // A transaction that fails leaves none.
    let failed = one.transact(|tx| {
        tx.set_policy("m/k", Policy::Largest)?;
        Err(Error::aborted("no"))
    });
    assert!(failed.is_err());
    assert_eq!(one.get("m/k"), Some(5.into()));
    one.check().unwrap();
}

#[test]
fn of_patterns_that_match_the_closest_counts() {
    let [mut one, _] = two(Policy::LastWriter, [7.into(), 5.into()]);
    let mut shows = |pattern: &str, policy| {
        write(&mut one, |tx| tx.set_policy(pattern, policy));
        one.get("m/k")
    };
    assert_eq!(shows("**", Policy::Largest), Some(5.into()));
    assert_eq!(
        shows("*/k", Policy::Largest),
        Some(7.into()),
        "the first by its characters"
    );
    assert_eq!(
        shows("**/k", Policy::Union),
        Some(7.into()),
        "no `**` before one"
    );
    assert_eq!(shows("m/k", Policy::Union), Some(value!([5, 7])));
    assert_eq!(shows("m/k/**", Policy::Smallest), Some(value!([5, 7])));
    assert_eq!(shows("M/k", Policy::Smallest), Some(value!([5, 7])));
}

#[test]
fn undo_and_going_back_take_policies_with_them() {
    let [mut one, _] = two(Policy::LastWriter, [7.into(), 5.into()]);
    let before = one.frontier();
    let mut undo: UndoManager = UndoManager::new();
    let ruled = undo.transact(&mut one, 0, |tx| tx.set_policy("m/k", Policy::Union));
    assert_eq!(ruled.unwrap().applied(), 1);
    let after = one.frontier();
    let change = one.diff(&before, &after).unwrap();
    assert_eq!(change.map("m"), [("k".to_owned(), Some(value!([5, 7])))]);
    assert_eq!(one.at(&before).unwrap().get("m/k"), Some(5.into()));
    undo.undo(&mut one).unwrap();
    assert_eq!(one.get("m/k"), Some(5.into()));
    undo.redo(&mut one).unwrap();
    assert_eq!(one.get("m/k"), Some(value!([5, 7])));
    one.revert_to(&before).unwrap();
    assert_eq!(one.get("m/k"), Some(5.into()));
    one.revert_to(&after).unwrap();
    assert_eq!(one.get("m/k"), Some(value!([5, 7])));
    one.check().unwrap();
}

#[test]
fn who_takes_back_one_of_several_is_told_what_is_left() {
    let [mut one, _] = two(Policy::Union, [5.into(), 5.into()]);
    assert_eq!(one.get("m/k"), Some(value!([5])));
    let lost = one.conflicts("m/k")[1].id;
    let change = one.transact(|tx| tx.restore(lost, 1).map(drop)).unwrap();
    assert_eq!(change.map("m"), [("k".to_owned(), Some(5.into()))]);
}

#[test]
fn a_rust_type_is_written_where_it_differs_from_what_shows() {
    let [mut one, _] = two(Policy::Union, [7.into(), 5.into()]);
    let same = one.transact(|tx| tx.reconcile("m", &serde_json::json!({"k": [5, 7]})));
    assert_eq!(same.unwrap().applied(), 0);
    write(&mut one, |tx| {
        tx.reconcile("m", &serde_json::json!({"k": 5}))
    });
    assert_eq!(one.get("m/k"), Some(5.into()));
    assert_eq!(one.conflicts("m/k").len(), 1);
}

#[test]
fn the_library_keeps_its_roots_to_itself() {
    let [mut one, mut other] = two(Policy::Union, [7.into(), 5.into()]);
    let own = "\0policies";
    for name in [own, "\0anything"] {
        for refused in [
            one.transact(|tx| tx.text(name).push("x")),
            one.transact(|tx| tx.map(name).set("m/k", "smallest")),
            one.transact(|tx| tx.map(name).remove("m/*")),
            one.transact(|tx| tx.counter(name).add(1)),
            one.transact(|tx| tx.list(name).push(1)),
            one.transact(|tx| tx.reconcile(name, &serde_json::json!({}))),
        ] {
            assert!(
                matches!(refused, Err(Error::Reserved { .. })),
                "{refused:?}"
            );
        }
    }
    assert!(one.map(own).is_empty() && one.get(own).is_none());
    assert!(one.get("\0policies/m~1*").is_none());
    let names: Vec<_> = one.roots().collect();
    assert_eq!(names, [("m", Kind::Map)]);
    assert_eq!(one.to_json(), serde_json::json!({"m": {"k": [5, 7]}}));
    assert!(one.explain(own).is_err() && one.blame(own).is_err());
    write(&mut other, |tx| tx.set_policy("x/*", Policy::Union));
    let change = one.merge(&all(&mut other)).unwrap();
    assert_eq!((change.applied(), change.paths().count()), (1, 0));
    for pattern in ["", "m", "*", "a~1b"] {
        let refused = one.transact(|tx| tx.set_policy(pattern, Policy::Union));
        assert!(
            matches!(refused, Err(Error::BadPattern { .. })),
            "{pattern}"
        );
    }
    let many = one.transact(|tx| {
        (0..300).try_for_each(|nth| tx.set_policy(&format!("m/{nth}"), Policy::Review))
    });
    let limited = |error| {
        matches!(
            error,
            Err(Error::Limit {
                what: "policies",
                limit: 256,
                found: 257
            })
        )
    };
    assert!(limited(many.map(drop)));
    assert_eq!(one.policies().len(), 2);
}

#[test]
fn the_queue_names_what_is_contested_until_somebody_settles_it() {
    let (mut one, mut other) = (doc(1), doc(2));
    write(&mut one, |tx| {
        tx.set_policy("l/**", Policy::Review)?;
        tx.list("l").push(value!({"a/b": 0, "c": 0}))
    });
    send(&mut one, &mut other);
    for (doc, value) in [(&mut one, 1), (&mut other, 2)] {
        write(doc, |tx| {
            tx.map("m").set("k", value)?;
            tx.list("l").map(0)?.set("a/b", value)?;
            tx.list("l").map(0)?.set("c", value)?;
            tx.list("l").map(0)?.text("t").map(drop)
        });
    }
    write(&mut one, |tx| tx.list("l").insert(0, "before"));
    both(&mut one, &mut other);
    let paths =
        |doc: &Doc| -> Vec<String> { doc.review().into_iter().map(|one| one.path).collect() };
    assert_eq!(
        paths(&one),
        ["l/1/a~1b", "l/1/c"],
        "who shares a text has no conflict"
    );
    let queue = other.review();
    let values: Vec<_> = queue[0]
        .conflicts
        .iter()
        .map(|one| one.value.clone())
        .collect();
    assert_eq!(values, [2.into(), 1.into()]);
    let (first, second) = (queue[0].conflicts[1].id, queue[1].conflicts[0].id);
    write(&mut other, |tx| tx.resolve_to("l/1/a~1b", first));
    write(&mut other, |tx| tx.resolve("l/1/c", "both"));
    both(&mut one, &mut other);
    for doc in [&mut one, &mut other] {
        assert_eq!(
            doc.get("l/1"),
            Some(value!({"a/b": 1, "c": "both", "t": ""}))
        );
        assert!(doc.review().is_empty());
        for path in ["l/1/c", "l/1", "l/1/none", "none/x", "l/1/t"] {
            let refused = doc.transact(|tx| tx.resolve(path, 1));
            assert!(matches!(refused, Err(Error::NoConflict { .. })), "{path}");
        }
    }
    // Any conflict can be settled, by a value that is there.
    let wrong = one.transact(|tx| tx.resolve_to("m/k", second));
    assert!(matches!(wrong, Err(Error::NoConflict { .. })));
    write(&mut one, |tx| tx.resolve("m/k", 3));
    both(&mut one, &mut other);
    agree(&mut one, &mut other);
    assert_eq!(other.get("m/k"), Some(3.into()));
}

#[test]
fn a_conflict_is_settled_by_a_container_that_stays_the_same() {
    let (mut one, mut other) = (doc(1), doc(2));
    write(&mut one, |tx| tx.map("m").text("k")?.push("kept"));
    write(&mut other, |tx| tx.map("m").set("k", value!([1])));
    both(&mut one, &mut other);
    assert_eq!(one.get("m/k"), Some(value!([1])));
    let ids: Vec<_> = one.conflicts("m/k").iter().map(|one| one.id).collect();
    let made = one.transact(|tx| tx.resolve_to("m/k", ids[0]));
    assert!(
        matches!(made, Err(Error::NoConflict { .. })),
        "made by its own operation alone"
    );
    write(&mut one, |tx| tx.resolve_to("m/k", ids[1]));
    write(&mut one, |tx| tx.map("m").text("k")?.push(" and on"));
    both(&mut one, &mut other);
    agree(&mut one, &mut other);
    assert_eq!(other.get("m/k"), Some("kept and on".into()));
    assert_eq!(other.conflicts("m/k").len(), 1);
}

#[test]
fn a_function_chooses_for_one_program() {
    let [one, _] = two(Policy::LastWriter, [7.into(), 5.into()]);
    let count = |all: &[Conflict]| Value::from(all.len() as i64);
    assert_eq!(one.get_with("m/k", count), Some(2.into()));
    assert_eq!(one.get_with("m", |_| unreachable!()), one.get("m"));
    assert_eq!(one.get_with("none/k", |_| unreachable!()), None);
    assert_eq!(one.get("m/k"), Some(5.into()));
}

/// What one of three replicas does.
#[derive(Clone, Debug)]
enum Step {
    Set(usize, usize, usize, Value),
    Remove(usize, usize, usize),
    Rule(usize, usize, Option<usize>),
    Pull(usize, usize),
    Reload(usize),
    TakeBack(usize, u32),
}

fn plain() -> impl Strategy<Value = Value> {
    let kinds = vec![
        Value::Null,
        true.into(),
        1.into(),
        2.into(),
        1.0.into(),
        1.5.into(),
        (-0.0).into(),
        f64::NAN.into(),
        "a".into(),
        "b".into(),
        vec![1u8].into(),
    ];
    prop_oneof![12 => select(kinds), 1 => Just(value!({"x": 1}))]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3usize, 0..4usize, 0..3usize, plain()).prop_map(|(on, map, key, value)| Step::Set(on, map, key, value)),
        1 => (0..3usize, 0..4usize, 0..3usize).prop_map(|(on, map, key)| Step::Remove(on, map, key)),
        4 => (0..3usize, 0..PATTERNS.len(), prop::option::weighted(0.8, 0..POLICIES.len()))
            .prop_map(|(on, pattern, policy)| Step::Rule(on, pattern, policy)),
        6 => (0..3usize, 0..3usize).prop_map(|(to, from)| Step::Pull(to, from)),
        1 => (0..3usize).prop_map(Step::Reload),
        2 => (0..3usize, 0..1000u32).prop_map(|(on, which)| Step::TakeBack(on, which)),
    ]
}

/// Does a step; returns the change, if it made one.
fn make(docs: &mut [Doc; 3], step: &Step) -> Option<(usize, syncline::Change)> {
    let map_of =
        |tx: &mut syncline::Transaction<'_>, map: usize, key: usize, value: Option<Value>| {
            let mut map = match map {
                0 | 1 => tx.map("m"),
                2 => tx.list("l").map(0)?,
                _ => tx.map("m").map("in")?,
            };
            match value {
                Some(value) => map.set(KEYS[key], value),
                None => map.remove(KEYS[key]),
            }
        };
    let (on, change) = match step {
        Step::Set(on, map, key, value) => {
            let done = docs[*on].transact(|tx| map_of(tx, *map, *key, Some(value.clone())));
            (*on, done.ok()?)
        }
        Step::Remove(on, map, key) => {
            let done = docs[*on].transact(|tx| map_of(tx, *map, *key, None));
            (*on, done.ok()?)
        }
        Step::Rule(on, pattern, policy) => {
            let pattern = PATTERNS[*pattern];
            let done = docs[*on].transact(|tx| match policy {
                Some(policy) => tx.set_policy(pattern, POLICIES[*policy]),
                None => tx.remove_policy(pattern),
            });
            (*on, done.expect("a pattern"))
        }
        Step::Pull(to, from) => {
            let known = docs[*to].version_vector();
            let delta = docs[*from].delta_since(&known);
            (*to, docs[*to].merge(&delta).expect("a delta"))
        }
        Step::Reload(on) => {
            let saved = docs[*on].save();
            docs[*on] = loaded(&saved, *on as u64 + 1);
            return None;
        }
        Step::TakeBack(on, which) => {
            docs[*on].read_history().expect("its own");
            let vector = docs[*on].version_vector();
            let all: Vec<_> = vector.iter().collect();
            let (of, count) = *all.get(*which as usize % all.len().max(1))?;
            let id = syncline::OpId {
                peer: of,
                seq: (which / 7) % count,
            };
            (
                *on,
                docs[*on].transact(|tx| tx.restore(id, 1).map(drop)).ok()?,
            )
        }
    };
    Some((on, change))
}

/// Matches as the documentation says, without any thought of cost.
fn matches(pattern: &[&str], way: &[&str]) -> bool {
    match (pattern.split_first(), way.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), None) => matches(rest, way),
        (Some((&"**", rest)), Some((_, behind))) => matches(rest, way) || matches(pattern, behind),
        (Some((&part, rest)), Some((&here, behind))) => {
            (part == "*" || (part == here && here != "0")) && matches(rest, behind)
        }
        _ => false,
    }
}

fn policy_of(doc: &Doc, path: &str) -> Policy {
    let way: Vec<&str> = path.split('/').collect();
    let mut all = doc.policies();
    all.retain(|(pattern, _)| matches(&pattern.split('/').collect::<Vec<_>>(), &way));
    let names = |pattern: &str| {
        pattern
            .split('/')
            .filter(|part| !part.starts_with('*'))
            .count()
    };
    let any = |pattern: &str| pattern.split('/').filter(|&part| part == "**").count();
    let best = all.into_iter().min_by(|(one, _), (other, _)| {
        let of = |pattern: &str| {
            (
                usize::MAX - names(pattern),
                any(pattern),
                pattern.to_owned(),
            )
        };
        of(one).cmp(&of(other))
    });
    best.map_or(Policy::LastWriter, |(_, policy)| policy)
}

/// The order of the few values that the programs set.
fn order(one: &Value, other: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => (0, 0.0, String::new()),
        Value::Bool(bool) => (1, f64::from(u8::from(*bool)), String::new()),
        Value::Int(int) => (2, *int as f64, "int".into()),
        Value::Float(float) if float.is_nan() => (2, f64::INFINITY, String::new()),
        Value::Float(float) => (2, *float, "of floats".into()),
        Value::String(string) => (3, 0.0, string.clone()),
        _ => (4, 0.0, String::new()),
    };
    rank(one).partial_cmp(&rank(other)).expect("no NaN")
}

/// What a key is to show.
fn expected(doc: &Doc, path: &str) -> Option<Value> {
    let mut all = doc.conflicts(path);
    all.sort_by_key(|one| std::cmp::Reverse((one.lamport, one.id)));
    let last = all.first()?.value.clone();
    let mut values: Vec<Value> = all.iter().map(|one| one.value.clone()).collect();
    if values.len() == 1 || all.iter().any(|one| one.container.is_some()) {
        return Some(last);
    }
    values.sort_by(order);
    match policy_of(doc, path) {
        Policy::Smallest => values.first().cloned(),
        Policy::Largest => values.last().cloned(),
        Policy::Union => {
            values.dedup_by(|one, other| order(one, other).is_eq());
            Some(Value::List(values))
        }
        _ => Some(last),
    }
}

fn check_shown(doc: &Doc) {
    for path in ["m/a", "m/b", "m/in", "l/0/a", "l/0/b", "m/in/a", "m/in/b"] {
        let json = |value: Option<Value>| value.map(|value| value.to_json());
        assert_eq!(json(doc.get(path)), json(expected(doc, path)), "{path}");
    }
}

proptest! {
    #![proptest_config(programs::config(100, 20_000))]

    #[test]
    fn replicas_converge_and_changes_tell_it(steps in vec(step(), 1..60)) {
        let mut first = doc(9);
        write(&mut first, |tx| {
            tx.list("l").push(value!({}))?;
            tx.map("m").map("in").map(drop)
        });
        let saved = first.save();
        let mut docs = [1, 2, 3].map(|id| loaded(&saved, id));
        for step in &steps {
            let before = docs.each_ref().map(roots);
            if let Some((on, change)) = make(&mut docs, step) {
                change::check(&change, &before[on], &roots(&docs[on]));
                check_shown(&docs[on]);
            }
            docs.iter().for_each(|doc| doc.check().expect("sound"));
        }
        let [one, two, three] = &mut docs;
        both(one, two);
        both(two, three);
        both(one, three);
        agree(one, two);
        agree(one, three);
        check_shown(one);
        prop_assert_eq!(one.policies(), three.policies());
        prop_assert_eq!(one.save(), three.save());
        for mut same in [loaded(&one.save(), 7), cut(one, 7), one.fork()] {
            same.check().expect("sound");
            prop_assert_eq!(roots(&same), roots(one));
            prop_assert_eq!(same.policies(), one.policies());
            let change = same.transact(|tx| tx.set_policy("**", Policy::Union)).expect("a pattern");
            change::check(&change, &roots(one), &roots(&same));
        }
        let mut newcomer = Doc::with_peer(peer(8));
        newcomer.merge(&all(two)).expect("a delta");
        prop_assert_eq!(roots(&newcomer), roots(one));
        newcomer.verify().expect("its history comes to what it shows");
        let start = first.frontier();
        let change = one.diff(&start, &two.frontier()).expect("known");
        change::check(&change, &roots(&first), &roots(two));
        let back = one.diff(&two.frontier(), &start).expect("known");
        change::check(&back, &roots(two), &roots(&first));
    }
}
