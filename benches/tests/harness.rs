//! What the table rests on: generated histories mean one text to everyone, edits outside a text are moved into it, and
//! a bound is held against this run's own figures.

use std::collections::BTreeMap;

use syncline_benches::child::Report;
use syncline_benches::peers::Peer;
use syncline_benches::rows::{self, Bound, Unit};
use syncline_benches::run::{Line, Results};
use syncline_benches::trace::{self, History, Patch, Txn};
use syncline_benches::work::{Context, Work, ready};

const CONCURRENT: [History; 3] = [
    History::Friendsforever,
    History::Clownschool,
    History::GitMakefile,
];

fn results(row: &str, figures: &[(Peer, f64)]) -> Results {
    let row = rows::all()
        .into_iter()
        .find(|known| known.name == row)
        .expect("a row");
    let measured = |value| Report::Measured {
        value,
        runs: 1,
        other_text: false,
    };
    let cells: BTreeMap<Peer, Report> = figures
        .iter()
        .map(|(peer, value)| (*peer, measured(*value)))
        .collect();
    let peers = Peer::ALL.to_vec();
    Results {
        peers,
        lines: vec![Line { row, cells }],
        quick: false,
        generated: false,
    }
}

#[test]
fn every_engine_ends_generated_histories_in_their_text() {
    let context = Context {
        quick: true,
        ..Context::default()
    };
    for history in CONCURRENT {
        assert!(context.trace(history).expect("generated").end.is_some());
        for peer in Peer::ALL.into_iter().filter(|peer| *peer != Peer::Rope) {
            let mut ready = ready(Work::Whole(history), peer, &context).expect("it plays");
            (ready.once)().expect("it converges");
            assert!(!ready.other_text, "{peer}, {}", history.name());
        }
    }
}

#[test]
fn generated_histories_are_the_same_every_time() {
    let text = |history| trace::obtain(history, None, false).expect("generated").end;
    for history in CONCURRENT {
        assert_eq!(text(history), text(history));
        assert!(text(history).is_some_and(|text| text.len() > 1_000));
    }
}

#[test]
fn edits_outside_a_text_are_moved_into_it() {
    let txn = |at, deleted, inserted: &str| Txn {
        parents: vec![],
        agent: 0,
        patches: vec![Patch {
            at,
            deleted,
            inserted: inserted.to_owned(),
        }],
    };
    assert!(txn(3, 2, "é").within(5).is_none());
    let moved = txn(4, 2, "é").within(5).expect("moved");
    assert_eq!((moved[0].at, moved[0].deleted), (4, 1));
    let moved = txn(9, 1, "x").within(5).expect("moved");
    assert_eq!((moved[0].at, moved[0].deleted), (5, 0));
}

#[test]
fn a_bound_follows_the_peers_of_the_same_run() {
    let typed = |ours| results("type-rustcode", &[(Peer::Rope, 3.0), (Peer::Ours, ours)]);
    assert_eq!(typed(6.0).missed(), Vec::<&str>::new());
    assert_eq!(typed(6.1).missed(), ["type-rustcode"]);

    let sets = |ours| {
        results(
            "map-sets",
            &[(Peer::Yrs, 1.0), (Peer::Loro, 2.0), (Peer::Ours, ours)],
        )
    };
    assert_eq!(sets(0.3).missed(), Vec::<&str>::new());
    assert_eq!(sets(0.31).missed(), ["map-sets"]);

    // Half and an eighth of what they took there: a quarter in the mean.
    let whole = |ours| {
        let figures = [
            (Peer::Loro, 24.5),
            (Peer::Yrs, 1.1 / 8.0),
            (Peer::Ours, ours),
        ];
        results("whole-friendsforever", &figures)
    };
    assert_eq!(whole(1.49).missed(), Vec::<&str>::new());
    assert_eq!(whole(1.51).missed(), ["whole-friendsforever"]);
}

#[test]
fn a_peer_without_a_figure_shows_a_dash_and_why() {
    let mut results = results("map-sets", &[(Peer::Yrs, 1.0)]);
    let cannot = Report::Cannot("text only".to_owned());
    results.lines[0].cells.insert(Peer::Cola, cannot);
    let text = results.text();
    assert!(
        text.contains('–') && text.contains("cola 0.5: text only (map-sets)"),
        "{text}"
    );
}

#[test]
fn rows_are_named_once_and_compared_with_rows_before_them() {
    let rows = rows::all();
    for (index, row) in rows.iter().enumerate() {
        let before = |name: &str| rows[..index].iter().any(|earlier| earlier.name == name);
        assert!(!before(row.name), "{} twice", row.name);
        if let Bound::OurRow(_, other) = row.bound {
            assert!(before(other), "{other}");
        }
        if let rows::Source::Growth(small, large) = row.source {
            assert!(before(small) && before(large), "{}", row.name);
            assert_eq!(row.unit(), Unit::Times);
        }
    }
}
