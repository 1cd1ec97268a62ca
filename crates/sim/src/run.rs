//! Running one history.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::config::Config;
use crate::history::History;
use crate::outcome::{Failure, Outcome};
use crate::world::World;

/// Makes the history of a configuration, and judges it. A panic on the way is a failure like others.
pub fn run(config: &Config, history: &mut History) -> Outcome {
    run_watched(config, history, &mut |_| {})
}

/// As [`run`], and tells how many operations are written, as they are.
pub fn run_watched(
    config: &Config,
    history: &mut History,
    watch: &mut dyn FnMut(usize),
) -> Outcome {
    let mut world = World::new(config, history, watch);
    // What a panic leaves is only told, not used.
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let ran = world.run();
        (ran, world.hash())
    }));
    let (ran, hash) = ran.unwrap_or_else(|panic| {
        let failure = Failure {
            step: world.outcome.steps,
            at_ms: world.now,
            what: format!("panicked: {}", message(&*panic)),
        };
        (Err(failure), String::new())
    });
    world.outcome.hash = hash;
    world.outcome.failure = ran.err();
    if let Some(failure) = &world.outcome.failure {
        world
            .history
            .note(world.now, format_args!("WRONG {}", failure.what));
    }
    world.outcome.clone()
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
}
