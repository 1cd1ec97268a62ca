//! Blobs between two sides of a connection: those that documents refer to travel with them.
//!
//! Each side offers what it has of the blobs that documents refer to which the other may see; the other asks for the list of chunks of
//! what it lacks, and for the chunks that it lacks, and says when that is on its disk. What it has, of this blob or of any other, is not
//! sent. Chunks are on disk when they came, so a transfer that is cut goes on with the next, on whatever connection.
//!
//! [`message`] writes and reads what is said, [`offering`] is the side that has a blob, [`fetching`] the one that takes it, from
//! what [`offers`] has of the other, and [`exchange`] both for one connection; [`claims`] says which connection brings which blob, [`unfinished`] how much room those take that are not whole, and [`reading`] how much
//! is read for whom. No input or output but the store's.

mod message;
mod offering;
mod unfinished;
mod reading;
mod claims;
mod offers;
mod fetching;
mod exchange;

pub(crate) use claims::Claims;
pub(crate) use exchange::{Exchange, Moving, Sight};
pub(crate) use message::Says;
#[cfg(test)]
pub(crate) use message::{Offer, Piece};

#[cfg(test)]
mod tests;
