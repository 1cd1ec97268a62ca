//! What is to be simulated.

/// What is to be simulated. What is not said is drawn from the seed.
///
/// # Examples
///
/// ```
/// use syncline_sim::{Config, History, run};
///
/// let config = Config { replicas: Some(3), ..Config::new(7) };
/// let outcome = run(&config, &mut History::off());
/// assert!(outcome.converged());
/// assert_eq!(outcome.hash, run(&config, &mut History::off()).hash);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// Of all random numbers.
    pub seed: u64,
    /// 2 to 8 unless said.
    pub replicas: Option<usize>,
    /// 1 to 3 unless said.
    pub documents: Option<usize>,
    /// Operations that are written, in all: 50 to 100 unless said.
    pub operations: Option<usize>,
    /// Replicas restart from an older save under the peer id that they had, and write on: two histories under one id. No.
    pub forks: bool,
    /// Every so many steps a replica's documents are checked through and through, where they changed. 4.
    pub check_every: u64,
    /// Something that is to go wrong, for the simulation to find. Nothing.
    pub planted: Option<Planted>,
}

/// What can be made to go wrong behind the library's back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Planted {
    /// A delta is handed to another document than it is of.
    WrongDocument,
    /// One replica's sessions do not see one of its documents.
    LostDocument,
    /// A replica that restarts is handed a file from before its last save.
    OldFile,
    /// Replicas that meet for the last time are kept apart.
    Unmet,
}

impl Config {
    /// All of it drawn from the seed.
    pub fn new(seed: u64) -> Config {
        Config {
            seed,
            replicas: None,
            documents: None,
            operations: None,
            forks: false,
            check_every: 4,
            planted: None,
        }
    }

    /// The arguments of `syncline sim` that run this.
    pub fn arguments(&self) -> String {
        let mut arguments = format!("--seed {}", self.seed);
        let sizes = [
            ("replicas", self.replicas),
            ("documents", self.documents),
            ("operations", self.operations),
        ];
        for (name, size) in sizes {
            if let Some(size) = size {
                arguments.push_str(&format!(" --{name} {size}"));
            }
        }
        if self.forks {
            arguments.push_str(" --forks");
        }
        arguments
    }
}
