//! Documents without their history.

mod shallow;
mod unrest;
mod across;
mod adopted;
