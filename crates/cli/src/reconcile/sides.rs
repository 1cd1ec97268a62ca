//! The arguments.

use clap::Args;

/// The arguments.
#[derive(Args)]
pub(crate) struct Sides {
    /// How many entries each side has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub(super) entries: u32,
    /// How many of them differ
    #[arg(long, value_name = "D")]
    pub(super) differ: u32,
    /// Make the keys consecutive, and the largest differ
    #[arg(long)]
    pub(super) tail: bool,
    /// Print one line of JSON for each pair
    #[arg(long)]
    pub(super) json: bool,
}
