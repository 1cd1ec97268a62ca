//! The arguments.

use std::ops::Range;

use clap::Args;
use syncline_sim::Config;

/// The arguments.
#[derive(Args)]
pub(crate) struct Seeds {
    /// Which history
    #[arg(long, value_name = "S", default_value_t = 0, conflicts_with = "seeds")]
    pub(super) seed: u64,
    /// Many: from this seed to before that one
    #[arg(long, value_name = "FROM..TO", value_parser = seeds)]
    pub(super) seeds: Option<Range<u64>>,
    /// Replicas; 2 to 8 by the seed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000))]
    replicas: Option<u32>,
    /// Documents each has; 1 to 3 by the seed
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    documents: Option<u32>,
    /// Operations in all; 50 to 100 by the seed
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(0..=100_000_000))]
    operations: Option<u32>,
    /// Let replicas go on from old files as the same peers
    #[arg(long)]
    forks: bool,
    /// Tell everything that happens
    #[arg(long, conflicts_with = "seeds")]
    pub(super) history: bool,
    /// Print one line of JSON
    #[arg(long, conflicts_with = "history")]
    pub(super) json: bool,
}

impl Seeds {
    pub(super) fn config(&self, seed: u64) -> Config {
        let size = |count: Option<u32>| count.map(|count| count as usize);
        Config {
            replicas: size(self.replicas),
            documents: size(self.documents),
            operations: size(self.operations),
            forks: self.forks,
            ..Config::new(seed)
        }
    }
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let next = "give two numbers, as in 0..1000";
    let (from, to) = text.split_once("..").ok_or(next)?;
    let number = |text: &str| text.trim().parse().map_err(|_| next.to_owned());
    let (from, to) = (number(from)?, number(to)?);
    match from < to {
        true => Ok(from..to),
        false => Err(format!("there is no seed from {from} to before {to}")),
    }
}
