//! What the tests share: the naive model, the scenario language, and the player that drives both the
//! engine and the model through a scenario and compares them after every step.

// Each test file is a crate of its own and uses its part of this.
#![allow(dead_code, unused_imports)]

pub(crate) mod reading;
pub(crate) mod scenario;
pub(crate) mod traces;
pub(crate) mod model;
pub(crate) mod engine;
pub(crate) mod change;
pub(crate) mod world;
pub(crate) mod play;
pub(crate) mod programs;
pub(crate) mod draft;
pub(crate) mod plan;
