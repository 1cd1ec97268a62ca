//! `syncline inspect`: what is inside an encoding, also a damaged one.

mod command;
mod report;

pub(crate) use command::{Encodings, run};
