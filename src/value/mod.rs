//! Values that a document holds, and their ways in and out: Rust types, serde, JSON.

mod kinds;
mod from;
mod json;
mod serde;
mod literal;

pub use kinds::Value;
