//! What the tests share: the naive model, the scenario language, and the player that drives both the
//! engine and the model through a scenario and compares them after every step.

pub mod source;
pub mod reading;
pub mod marked;
pub mod scenario;
pub mod traces;
pub mod model;
pub mod engine;
pub mod small;
pub mod exchange;
pub mod forks;
pub mod pair;
pub mod change;
pub mod past;
pub mod world;
pub mod play;
pub mod programs;
pub mod draft;
pub mod plan;

/// The value is as the pattern says; if not, the failure shows what it is.
#[macro_export]
macro_rules! assert_matches {
    ($value:expr, $pattern:pat $(if $guard:expr)?) => {
        let value = &$value;
        assert!(matches!(value, $pattern $(if $guard)?), "{value:?}");
    };
}
