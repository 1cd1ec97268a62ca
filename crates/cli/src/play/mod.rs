//! `play`: scenarios, small concurrent histories of a whole document, written as JSON.
//!
//! The language is described in `docs/scenarios.md`. Scenario files are outside data: [`parse`] and [`parse_edit`]
//! turn them into a [`scenario::Scenario`] or say which step is wrong. [`stage`] plays the steps on replicas, with
//! [`edit`] for what happens inside a transaction; [`shows`] reads what a replica shows in the end, [`compare`]
//! sets it beside what the file expects, and [`report`] tells it.

mod scenario;
mod path;
mod parse_edit;
mod fields;
mod parse;
mod edit;
mod shows;
mod compare;
mod stage;
mod report;
mod command;

pub(crate) use command::run;
pub(crate) use edit::make as make_edit;
pub(crate) use parse_edit::parse as parse_edit;
pub(crate) use scenario::Edit;
pub(crate) use shows::Shown;
