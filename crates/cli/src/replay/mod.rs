//! `replay`: real editing histories, typed again into replicas that exchange only deltas.
//!
//! A *trace* is outside data: [`format`] turns its JSON into a checked [`trace::Trace`] or says what is wrong with
//! it. [`plan`] decides, before anything is typed, what each agent's replica must receive before each transaction.
//! [`typing`] types, [`ends`] lets everyone receive the rest and compares, [`behind`] and [`measure`] take
//! bytes, times and heap, and [`report`] tells it.
//!
//! Words: a *transaction* is one entry of the trace's `txns`, a *patch* one `[position, deleted, inserted]` of it,
//! an *agent* one writer, whose replica is peer `agent + 1`.

mod trace;
mod format;
mod plan;
mod typing;
mod ends;
mod behind;
mod measure;
mod report;
mod command;

pub(crate) use command::run;
