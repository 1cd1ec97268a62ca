//! The thread that owns a library, and drives the sessions of all its connections.
//!
//! It takes what has come, as much as is there at once, and commits all that it brought; then it asks the sessions that this is
//! something to for what there is to say. Syncing the disk is another thread's: when that is done, those who sent it are told that it
//! is stored. So what comes is passed on at once, and nothing is said to be stored before it is.
//!
//! ```text
//! connections ──asks──► take in ──► commit ──► next frames ──► connections
//!                                     │                            ▲
//!                                     └──► the disk ──► "stored" ──┘
//! ```
//!
//! [`taking`] takes in what is asked for and what came, [`storing`] commits it and tells that it is stored, [`saying`] asks the
//! sessions for what there is to say, [`asked`] does what a program asks for, and
//! [`reclaiming`] gives back the room of blobs that were let go of, while nothing else is to be done.

mod taking;
mod storing;
mod saying;
mod asked;
mod reclaiming;

pub(crate) use taking::Keeper;

#[cfg(test)]
mod tests;
