//! Plays a scenario on the engine and on the model at once, and compares them after every step.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, UnwindSafe};
use std::sync::Once;
use std::thread;

use super::model::outcome;
use super::scenario::Scenario;
use super::world::World;

/// Plays a scenario to its end. The error says what went wrong at which step, and ends in the scenario
/// as one line, with the end that the model gives.
pub fn play(scenario: &Scenario) -> Result<(), String> {
    let mut world = World::new(scenario.replicas);
    let mut reached = 0;
    let played = quietly(AssertUnwindSafe(|| {
        for step in &scenario.steps {
            reached += 1;
            world.step(step);
        }
        reached += 1;
        world.end(scenario);
    }));
    played.map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said
            .or(panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic");
        let place = match scenario.steps.get(reached - 1) {
            Some(step) => format!("step {reached}, {step:?}"),
            None => "the end".to_owned(),
        };
        let expect = quietly(|| outcome(scenario))
            .ok()
            .or(scenario.expect.clone());
        let line = Scenario {
            expect,
            ..scenario.clone()
        }
        .line();
        format!("at {place}: {said}\n{line}")
    })
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Catches a panic without printing it: shrinking makes thousands.
fn quietly<T>(work: impl FnOnce() -> T + UnwindSafe) -> thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                print(info);
            }
        }));
    });
    QUIET.set(true);
    let result = panic::catch_unwind(work);
    QUIET.set(false);
    result
}
