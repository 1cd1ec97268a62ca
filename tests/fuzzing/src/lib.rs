//! What the fuzz targets share.
//!
//! - [`frame`] takes encodings apart and makes their checksums right, so that a changed byte reaches the parser behind them.
//! - [`mutator`] changes encodings at random, and starts from those that [`encodings`] has replicas write.
//! - [`promise`] merges and loads bytes, and holds the library to what it promises of any bytes at all.
//! - [`program`] is what a few replicas do, as the fuzzer chooses it; [`edit`] makes its edits and [`stage`] plays it,
//!   checking after every step, and convergence at the end.
//! - [`hostile`] runs as many changed encodings as asked for, each from a number; the program of that name prints what it found.
//! - [`typing`] edits a text in three units beside a plain `String`.
//! - [`seal`] seals messages of a session anew, for a side that lies.

pub mod frame;
pub mod encodings;
pub mod mutator;
pub mod heap;
pub mod promise;
pub mod program;
pub mod edit;
pub mod witness;
pub mod stage;
pub mod hostile;
pub mod typing;
pub mod seal;
