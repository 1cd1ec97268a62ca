//! Histories from seeds.
//!
//! - All of them converge, whatever fails on the way; and everything that can fail does, in every shape of network.
//! - The same seed gives the same history, here and on any other machine.

use syncline_sim::{Config, History, Outcome, run};

fn long() -> bool {
    std::env::var_os("SYNCLINE_LONG").is_some()
}

fn quiet(config: &Config) -> Outcome {
    run(config, &mut History::off())
}

/// The end of a history and its lines. It is to have converged; if not, this tells the last lines and the command that makes
/// it again.
#[track_caller]
fn converged(config: &Config) -> (Outcome, String) {
    let mut history = History::last(usize::MAX);
    let outcome = run(config, &mut history);
    let lines: Vec<&str> = history.lines().collect();
    if let Some(failure) = &outcome.failure {
        panic!(
            "{}\n{}\nagain: cargo run --release -- sim {} --history",
            lines[lines.len().saturating_sub(200)..].join("\n"),
            failure.what,
            config.arguments()
        );
    }
    (outcome, lines.join("\n"))
}

const SHAPES: &str = "(Star)|(Relay)|(Chain)|(Ring)|(Web)|without a name|in a workspace";
const FAULTS: &str = "is lost|comes twice|change places|flips|loses its end|of another|breaks|crashes|torn end|goes offline|\
                      are parted|ends the session";
const WAYS: &str = "comes back|reached again|meet on edge|, again|, for a part|as new peers|gives up a transaction|\
                    saves document|sends replica|1 waiting|move meta/|policy union|all edit one text|\
                    all edit one list|all edit one map";
const MESSAGES: &str =
    "hello|finding|open|start|delta|done|keystroke|credit|offer|want|settled|end,";

#[test]
fn replicas_converge_whatever_fails() {
    // Unoptimised, a history takes some twenty times as long.
    let few = if cfg!(debug_assertions) { 80 } else { 600 };
    let histories = if long() { 100_000 } else { few };
    let mut sum = Outcome::default();
    let mut unseen: Vec<&str> = [SHAPES, FAULTS, WAYS, MESSAGES]
        .iter()
        .flat_map(|parts| parts.split('|'))
        .collect();
    for seed in 0..histories {
        let (outcome, told) = converged(&Config::new(seed));
        assert_eq!(outcome.forks, 0);
        unseen.retain(|part| !told.contains(part));
        sum.faults += outcome.faults;
        sum.crashes += outcome.crashes;
        sum.sessions += outcome.sessions;
        sum.round_trips += outcome.round_trips;
    }
    // It is not for want of trying.
    assert!(unseen.is_empty(), "nothing of {unseen:?}");
    assert!(sum.faults > histories, "{sum:?}");
    assert!(sum.crashes > histories / 8, "{sum:?}");
    assert!(sum.sessions > histories * 3, "{sum:?}");
    assert!(sum.round_trips > sum.sessions, "{sum:?}");
}

#[test]
fn larger_histories_converge() {
    let sizes = [(2, 1, 1_000), (12, 2, 300), (3, 40, 300)];
    for seed in 0..if long() { 100 } else { 1 } {
        for (replicas, documents, operations) in sizes {
            let config = Config {
                replicas: Some(replicas),
                documents: Some(documents),
                operations: Some(operations),
                check_every: 64,
                ..Config::new(seed)
            };
            let (outcome, _) = converged(&config);
            assert_eq!(outcome.operations, operations as u64);
        }
    }
}

#[test]
fn nothing_but_the_seed_counts() {
    for seed in 0..5 {
        let config = Config::new(seed);
        let outcome = quiet(&config);
        assert_eq!(outcome, quiet(&config));
        // Nor whether it is told.
        let mut history = History::last(usize::MAX);
        assert_eq!(outcome, run(&config, &mut history));
        assert!(history.lines().count() > 50);
    }
}

/// What another machine must give too. A change of the simulation changes them, and so does one of what documents show.
#[test]
fn the_hashes_are_known() {
    let found: Vec<String> = (0..3).map(|seed| quiet(&Config::new(seed)).hash).collect();
    let expected = [
        "dbc7d4d8c4f642692fa1626cb3377428afe3e0aae1ee82ddc4a6929e2124cc54",
        "51bd8bef86fa560b9addd98bacbe1aa3aa458462f4611202ad4c4e19a76b546e",
        "f06709fecf285545cadba17171ca370b25c510b737258647ee8da807c8dae9d0",
    ];
    assert_eq!(found, expected);
}
