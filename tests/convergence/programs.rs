//! Random programs on two to six replicas, each step compared with the naive model.
//!
//! - What a replica shows is what the model shows for the operations that the replica knows: contents,
//!   conflicts, marks on texts, version vector, frontier.
//! - A transaction that fails leaves the document, and what would be saved, as it was.
//! - The `Change` of every transaction and merge turns the old reading into the new one.
//! - Deltas may come late, twice and out of order: what lacks something waits and then applies.
//! - In the end all replicas agree with each other, with a newcomer and with what was saved and loaded.
//!
//! A failing case prints itself as one line in the language of `support/scenario.rs`; put the line
//! into `cases.jsonl` to keep it. Seeds of failures are kept in `programs.proptest-regressions`.

use proptest::prelude::*;
use support::play::play;
use support::scenario::Scenario;
use support::{plan, programs};

proptest! {
    #![proptest_config(programs::config(128, 50_000))]

    #[test]
    fn replicas_converge_as_the_model_says((replicas, choices) in programs::program(60)) {
        let scenario = plan::scenario(replicas, &choices);
        play(&scenario).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn typing_at_the_same_places_converges((replicas, choices) in programs::typing(60)) {
        let scenario = plan::scenario(replicas, &choices);
        play(&scenario).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn what_moves_about_stands_in_one_place((replicas, choices) in programs::moving(50)) {
        let scenario = plan::scenario(replicas, &choices);
        play(&scenario).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn marked_text_converges((replicas, choices) in programs::marking(60)) {
        let scenario = plan::scenario(replicas, &choices);
        play(&scenario).map_err(TestCaseError::fail)?;
    }
}

/// Cases that once failed, and some written by hand.
#[test]
fn kept_cases_still_hold() {
    for (line, case) in include_str!("cases.jsonl").lines().enumerate() {
        let scenario =
            Scenario::parse(case).unwrap_or_else(|error| panic!("line {}: {error}", line + 1));
        play(&scenario).unwrap_or_else(|error| panic!("line {}: {error}", line + 1));
    }
}
