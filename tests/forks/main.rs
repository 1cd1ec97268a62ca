//! One peer id, two histories.

mod refused;
mod splits;
mod chains;
mod kept;
mod lies;
mod sent;
mod programs;
