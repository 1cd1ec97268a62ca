//! What goes wrong behind the library's back is found within few seeds, and named.

use syncline_sim::{Config, History, Planted, run};

/// The first failure, of so many seeds.
fn found(planted: Planted, seeds: u64, documents: Option<usize>) -> Option<String> {
    let failure = |seed| {
        let config = Config {
            planted: Some(planted),
            documents,
            ..Config::new(seed)
        };
        let outcome = run(&config, &mut History::off());
        outcome.failure.map(|failure| failure.what)
    };
    (0..seeds).find_map(failure)
}

#[track_caller]
fn is_named(found: Option<String>, what: &[&str]) {
    let found = found.expect("it is found");
    assert!(what.iter().any(|what| found.contains(what)), "{found}");
}

#[test]
fn a_delta_that_is_handed_to_another_document_is_found() {
    let found = found(Planted::WrongDocument, 100, Some(3));
    is_named(
        found,
        &["who wrote", "forked", "two histories", "refuses a delta"],
    );
}

#[test]
fn a_session_that_loses_a_document_is_found() {
    let found = found(Planted::LostDocument, 20, Some(2));
    is_named(
        found,
        &[
            "has not converged",
            "in step, and lacks",
            "nobody made",
            "without a name",
        ],
    );
}

#[test]
fn a_replica_that_goes_on_from_an_older_file_as_the_same_peer_is_found() {
    is_named(
        found(Planted::OldFile, 40, None),
        &["forked", "two histories"],
    );
}

#[test]
fn a_replica_that_meets_nobody_in_the_end_is_found() {
    is_named(
        found(Planted::Unmet, 20, None),
        &["has not converged", "is not shown"],
    );
}

/// Two histories under one peer id are no failure where they are asked for: they are named, both are kept, and all converge.
#[test]
fn forks_are_named() {
    let mut forks = 0;
    for seed in 0..50 {
        let config = Config {
            forks: true,
            ..Config::new(seed)
        };
        let outcome = run(&config, &mut History::off());
        assert_eq!(outcome.failure, None, "seed {seed}");
        forks += outcome.forks;
    }
    assert!(forks > 3, "{forks}");
}
