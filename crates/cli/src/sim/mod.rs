//! `sim`: histories of replicas on a network that fails, each from one seed.
//!
//! [`one`] makes one and tells it, [`many`] makes many and counts; [`report`] writes what both say.

mod seeds;
mod sum;
mod report;
mod one;
mod many;
mod command;

pub(crate) use command::run;
pub(crate) use seeds::Seeds;
