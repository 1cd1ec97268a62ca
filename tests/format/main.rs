//! Bytes: what is written, and whatever else may come to be read.

mod files;
mod bases;
mod vectors;
mod documented;
mod second_reader;
mod encoded;
mod saved;
mod levels;
mod hostile;
