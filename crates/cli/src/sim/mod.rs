//! `sim`: histories of replicas on a network that fails, each from one seed.
//!
//! [`one`] makes one and tells it, [`many`] makes many and counts; [`report`] writes what both say.

mod report;
mod one;
mod many;
mod command;

pub(crate) use command::{Seeds, run};
