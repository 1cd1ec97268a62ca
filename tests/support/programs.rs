//! Random programs for proptest, as choices that mean something in every state, so that shrinking may
//! drop any of them. `plan` makes scenarios of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value as Json, json};

use super::reading::Kind;
use super::traces;

/// Runs so many cases, or many under `SYNCLINE_LONG=1`, or as `PROPTEST_CASES` says; keeps the seeds of
/// failures beside the test.
pub fn config(cases: u32, long: u32) -> ProptestConfig {
    let kept_beside = FileFailurePersistence::WithSource("proptest-regressions");
    let mut config = ProptestConfig {
        failure_persistence: Some(Box::new(kept_beside)),
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = if traces::long() { long } else { cases };
    }
    if std::env::var_os("PROPTEST_MAX_SHRINK_ITERS").is_none() {
        config.max_shrink_iters = 20_000;
    }
    config
}

/// Numbers choose among what there is, by their remainder.
#[derive(Clone, Debug)]
pub enum Choice {
    Do(usize, Vec<Pick>),
    /// Edits, and which one after them cannot be made.
    Fail(usize, Vec<Pick>, usize),
    Pull(usize, usize),
    Sync(usize, usize),
    /// What one replica has and another, or a third, lacks.
    Send(usize, usize, Option<usize>),
    Deliver(usize),
    /// Two transactions, of which the second arrives first: a third replica knows the first.
    Overtake(usize, [Vec<Pick>; 2]),
    Reload(usize),
}

#[derive(Clone, Debug)]
pub struct Pick {
    pub(super) doing: Doing,
    /// Which of the containers of that kind.
    pub(super) place: usize,
    pub(super) at: usize,
    pub(super) count: usize,
    pub(super) text: String,
    pub(super) values: Vec<Json>,
    pub(super) key: &'static str,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Doing {
    Insert,
    Delete,
    InsertValues,
    DeleteValues,
    SetElement,
    Move,
    Make,
    Restore,
    Set,
    Remove,
    Add,
    Mark,
    /// Moves a container to a key.
    MoveTo,
    /// Opens a key as a container of some kind, and writes to it.
    OpenKey,
    /// Opens a key, and that is all.
    Open,
}

const KEYS: [&str; 5] = ["a", "b", "c", "é/~", ""];
const CHARACTERS: [char; 14] = [
    'a', 'b', 'c', 'x', 'y', 'z', ' ', '\n', 'é', 'Ω', '中', '🙂', '👩', '\u{301}',
];

fn any_number() -> impl Strategy<Value = usize> {
    0..1000usize
}

fn text() -> impl Strategy<Value = String> {
    let short = vec(select(&CHARACTERS[..]), 1..6);
    let long = (select(&CHARACTERS[..]), 30..80usize)
        .prop_map(|(character, count)| vec![character; count]);
    prop_oneof![25 => short, 1 => long].prop_map(|characters| characters.into_iter().collect())
}

fn value() -> impl Strategy<Value = Json> {
    let plain = prop_oneof![
        4 => (-9..100i64).prop_map(Json::from),
        2 => text().prop_map(Json::from),
        2 => select(vec![json!(null), json!(true), json!(false), json!(1.5), json!(-0.25)]),
        1 => select(vec![json!(i64::MIN), json!(i64::MAX), json!(1e300), json!(2.0), json!("")]),
    ]
    .boxed();
    let nested = plain.clone().prop_recursive(2, 6, 3, |inner| {
        let key = select(&KEYS[..]).prop_map(str::to_owned);
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Json::from),
            proptest::collection::btree_map(key, inner, 0..3)
                .prop_map(|entries| entries.into_iter().collect::<Json>()),
        ]
    });
    prop_oneof![6 => plain, 1 => nested]
}

/// What a program of everything does.
fn anything() -> BoxedStrategy<Doing> {
    prop_oneof![
        8 => Just(Doing::Insert),
        6 => Just(Doing::Delete),
        4 => Just(Doing::InsertValues),
        4 => Just(Doing::DeleteValues),
        3 => Just(Doing::SetElement),
        4 => Just(Doing::Move),
        2 => Just(Doing::Make),
        5 => Just(Doing::Restore),
        7 => Just(Doing::Set),
        3 => Just(Doing::Remove),
        2 => Just(Doing::Add),
        5 => Just(Doing::Mark),
        4 => Just(Doing::OpenKey),
        1 => Just(Doing::Open),
        4 => Just(Doing::MoveTo),
    ]
    .boxed()
}

/// What a program does that moves containers about.
fn moved() -> BoxedStrategy<Doing> {
    prop_oneof![
        8 => Just(Doing::MoveTo),
        4 => Just(Doing::OpenKey),
        2 => Just(Doing::Set),
        2 => Just(Doing::Remove),
        2 => Just(Doing::Restore),
        1 => Just(Doing::Insert),
        1 => Just(Doing::Make),
    ]
    .boxed()
}

/// What a program does that types in a text, and marks it.
fn marked() -> BoxedStrategy<Doing> {
    let typed = prop_oneof![3 => Just(Doing::Insert), 3 => Just(Doing::Delete)];
    prop_oneof![2 => typed, 1 => Just(Doing::Mark)].boxed()
}

/// What a program does that only types.
fn typed() -> BoxedStrategy<Doing> {
    prop_oneof![
        6 => Just(Doing::Insert),
        4 => Just(Doing::Delete),
        2 => Just(Doing::Restore),
    ]
    .boxed()
}

fn pick(doing: BoxedStrategy<Doing>) -> impl Strategy<Value = Pick> {
    let values = vec(value(), 1..4);
    let what = (
        doing,
        any_number(),
        text(),
        values,
        select(&KEYS[..]),
        select(&Kind::ALL[..]),
    );
    let count = prop_oneof![9 => 1..5usize, 1 => 20..100usize];
    (what, any_number(), count).prop_map(|((doing, place, text, values, key, kind), at, count)| {
        Pick {
            doing,
            place,
            at,
            count,
            text,
            values,
            key,
            kind,
        }
    })
}

fn choice(doing: BoxedStrategy<Doing>) -> impl Strategy<Value = Choice> {
    let some = |most: usize| vec(pick(doing.clone()), 1..=most);
    prop_oneof![
        24 => (any_number(), some(4)).prop_map(|(on, picks)| Choice::Do(on, picks)),
        3 => (any_number(), some(2), any_number())
            .prop_map(|(on, picks, bad)| Choice::Fail(on, picks, bad)),
        5 => (any_number(), any_number()).prop_map(|(to, from)| Choice::Pull(to, from)),
        5 => (any_number(), any_number()).prop_map(|(one, other)| Choice::Sync(one, other)),
        5 => (any_number(), any_number(), proptest::option::of(any_number()))
            .prop_map(|(from, to, since)| Choice::Send(from, to, since)),
        8 => any_number().prop_map(Choice::Deliver),
        4 => (any_number(), [some(2), some(2)])
            .prop_map(|(on, both)| Choice::Overtake(on, both)),
        2 => any_number().prop_map(Choice::Reload),
    ]
}

/// A number of replicas, and what they choose.
pub type Program = (usize, Vec<Choice>);

fn of(doing: BoxedStrategy<Doing>, steps: usize) -> impl Strategy<Value = Program> {
    let replicas = prop_oneof![1 => Just(2), 3 => 3..=4usize, 1 => 5..=6usize];
    (replicas, vec(choice(doing), 1..steps))
}

/// Programs that write to everything.
pub fn program(steps: usize) -> impl Strategy<Value = Program> {
    of(anything(), steps)
}

/// Programs that type in one text, so that more happens at one place.
pub fn typing(steps: usize) -> impl Strategy<Value = Program> {
    of(typed(), steps)
}

/// Programs that type in one text and mark it.
pub fn marking(steps: usize) -> impl Strategy<Value = Program> {
    of(marked(), steps)
}

/// Programs that make containers and move them about.
pub fn moving(steps: usize) -> impl Strategy<Value = Program> {
    of(moved(), steps)
}
