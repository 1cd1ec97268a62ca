//! The rows of the table and the bound that each is held to.
//!
//! Bounds are ratios, so that they mean the same on every machine: to the rope, to the best peer, to another row, or a
//! time scaled by what a named peer takes in the same run against what it took where the bound was set.

use std::fmt;

use crate::peers::Peer;
use crate::trace::History;
use crate::work::Work;

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name on the command line and in JSON.
    pub name: &'static str,
    /// What the table says.
    pub title: &'static str,
    /// Where its figures come from.
    pub source: Source,
    /// What it is held to.
    pub bound: Bound,
    /// Peers are not measured, only ourselves.
    pub only_ours: bool,
}

/// Where a row's figures come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// A measurement of its own.
    Measured(Work),
    /// The second row's figure over the first's: how time grows with input.
    Growth(&'static str, &'static str),
}

/// The most that our figure may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// So many times the plain rope's.
    Rope(f64),
    /// So many times the best peer's.
    Best(f64),
    /// So many milliseconds on the machine where these peers took so many; see [`Bound::scale`].
    Scaled(f64, &'static [(Peer, f64)]),
    /// The same on every machine.
    Fixed(f64),
    /// So many times our figure of another row.
    OurRow(f64, &'static str),
    /// Measured as the base of another row.
    None,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Megabytes, of a million bytes.
    Megabytes,
    /// A ratio.
    Times,
}

impl Row {
    /// What its figures count.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match self.source {
            Source::Measured(work) if work.is_heap() => Unit::Megabytes,
            Source::Measured(_) => Unit::Milliseconds,
            Source::Growth(..) => Unit::Times,
        }
    }
}

impl Bound {
    /// How long this machine takes for what took 1 where a bound in milliseconds was set: the geometric mean, over the
    /// peers whose times there are known, of their time in this run's row against their time there.
    #[must_use]
    pub fn scale(&self, here: impl Fn(Peer) -> Option<f64>) -> Option<f64> {
        let Self::Scaled(_, there) = self else {
            return None;
        };
        let ratios: Vec<f64> = there
            .iter()
            .filter_map(|(peer, took)| Some((here(*peer)? / took).ln()))
            .collect();
        if ratios.is_empty() {
            None
        } else {
            Some((ratios.iter().sum::<f64>() / ratios.len() as f64).exp())
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Milliseconds => "ms",
            Self::Megabytes => "MB",
            Self::Times => "×",
        })
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rope(times) => write!(formatter, "{times} × the rope"),
            Self::Best(times) => write!(formatter, "{times} × the best peer"),
            Self::Scaled(most, _) => write!(formatter, "{most} ms, scaled"),
            Self::Fixed(most) => write!(formatter, "{most}"),
            Self::OurRow(times, row) => write!(formatter, "{times} × {row}"),
            Self::None => Ok(()),
        }
    }
}

/// n log n from 10,000 to 100,000, and a third more for the caches that the larger input outgrows.
const TENFOLD_MOST: f64 = 16.7;
/// The same from 1,000 replicas of ten edits to 4,000.
const FOURFOLD_MOST: f64 = 6.1;

/// The rows of the engine table, and those on opening, which are told beside the sizes.
#[must_use]
pub fn all() -> Vec<Row> {
    let mut rows = engine();
    rows.extend(opening());
    rows
}

fn row(name: &'static str, title: &'static str, work: Work, bound: Bound) -> Row {
    Row {
        name,
        title,
        source: Source::Measured(work),
        bound,
        only_ours: false,
    }
}

/// The rows on opening a document, in the order of their table.
#[must_use]
pub fn opening() -> Vec<Row> {
    use History::{AutomergePaper, Clownschool, Friendsforever};
    vec![
        row(
            "open-automerge-paper",
            "open automerge-paper, until the text is readable",
            Work::Open(AutomergePaper),
            Bound::Best(0.5),
        ),
        row(
            "open-friendsforever",
            "open friendsforever",
            Work::Open(Friendsforever),
            Bound::Best(0.5),
        ),
        row(
            "open-clownschool",
            "open clownschool",
            Work::Open(Clownschool),
            Bound::Best(0.5),
        ),
        row(
            "first-edit-automerge-paper",
            "first edit after opening automerge-paper",
            Work::FirstEdit(AutomergePaper),
            Bound::Fixed(0.1),
        ),
        row(
            "opened-heap-automerge-paper",
            "live heap after opening automerge-paper",
            Work::OpenedHeap(AutomergePaper),
            Bound::Fixed(0.45),
        ),
    ]
}

/// The rows of the engine table, in its order.
#[must_use]
pub fn engine() -> Vec<Row> {
    use History::{
        AutomergePaper, Clownschool, Friendsforever, GitMakefile, Rustcode, Sveltecomponent,
    };
    use Peer::{Automerge, DiamondTypes, Loro, Yrs};
    let ours = |row: Row| Row {
        only_ours: true,
        ..row
    };
    vec![
        row(
            "type-automerge-paper",
            "type automerge-paper, one transaction per edit",
            Work::Type(AutomergePaper),
            Bound::Rope(2.0),
        ),
        row(
            "type-rustcode",
            "type rustcode",
            Work::Type(Rustcode),
            Bound::Rope(2.0),
        ),
        row(
            "type-sveltecomponent",
            "type sveltecomponent",
            Work::Type(Sveltecomponent),
            Bound::Rope(2.0),
        ),
        row(
            "heap-automerge-paper",
            "live heap after typing automerge-paper",
            Work::TypedHeap(AutomergePaper),
            Bound::Fixed(1.2),
        ),
        row(
            "whole-friendsforever",
            "empty replica receives friendsforever as one delta, until readable",
            Work::Whole(Friendsforever),
            Bound::Scaled(6.0, &[(Loro, 49.0), (Automerge, 106.0), (Yrs, 1.1)]),
        ),
        row(
            "whole-clownschool",
            "empty replica receives clownschool as one delta",
            Work::Whole(Clownschool),
            Bound::Scaled(6.0, &[(Loro, 53.0), (Yrs, 0.8)]),
        ),
        row(
            "snapshot-friendsforever",
            "the same as a snapshot, friendsforever",
            Work::Snapshot(Friendsforever),
            Bound::Best(0.7),
        ),
        row(
            "snapshot-clownschool",
            "the same as a snapshot, clownschool",
            Work::Snapshot(Clownschool),
            Bound::Best(0.7),
        ),
        row(
            "whole-git-makefile",
            "empty replica receives git-makefile as one delta",
            Work::Whole(GitMakefile),
            Bound::Scaled(
                30.0,
                &[(DiamondTypes, 7_891.0), (Yrs, 35.0), (Automerge, 506.0)],
            ),
        ),
        row(
            "stream-friendsforever",
            "remote keystrokes of friendsforever applied one by one",
            Work::Stream(Friendsforever),
            Bound::Scaled(35.0, &[(Yrs, 42.0), (Loro, 3_139.0)]),
        ),
        row(
            "apart-1k",
            "two replicas apart by 1,000 random edits each, merge",
            Work::Apart(1_000),
            Bound::Scaled(1.0, &[(Loro, 8.6), (Automerge, 21.0), (Yrs, 1.7)]),
        ),
        row(
            "apart-10k",
            "two replicas apart by 10,000 random edits each, merge",
            Work::Apart(10_000),
            Bound::Scaled(9.0, &[(Loro, 51.0), (Automerge, 182.0), (Yrs, 12.0)]),
        ),
        row(
            "apart-100k",
            "two replicas apart by 100,000 random edits each, merge",
            Work::Apart(100_000),
            Bound::Scaled(150.0, &[(Loro, 732.0), (Automerge, 1_986.0)]),
        ),
        Row {
            name: "apart-growth",
            title: "growth from 10,000 edits to 100,000 (n log n is 12.5)",
            source: Source::Growth("apart-10k", "apart-100k"),
            bound: Bound::Fixed(TENFOLD_MOST),
            only_ours: false,
        },
        row(
            "crowd-at-once",
            "1,000 replicas with 10 concurrent edits each, merged in one delta",
            Work::CrowdAtOnce(1_000),
            Bound::Scaled(15.0, &[(Yrs, 27.0), (Automerge, 321.0)]),
        ),
        row(
            "crowd-one-by-one",
            "the same, one delta a replica",
            Work::CrowdOneByOne(1_000),
            Bound::Scaled(18.0, &[(Yrs, 20.0), (Automerge, 6_958.0)]),
        ),
        ours(row(
            "crowd-4k-at-once",
            "4,000 replicas, in one delta",
            Work::CrowdAtOnce(4_000),
            Bound::None,
        )),
        ours(row(
            "crowd-4k-one-by-one",
            "4,000 replicas, one delta a replica",
            Work::CrowdOneByOne(4_000),
            Bound::None,
        )),
        Row {
            name: "crowd-growth-at-once",
            title: "growth from 1,000 replicas to 4,000, in one delta (n log n is 4.6)",
            source: Source::Growth("crowd-at-once", "crowd-4k-at-once"),
            bound: Bound::Fixed(FOURFOLD_MOST),
            only_ours: true,
        },
        Row {
            name: "crowd-growth-one-by-one",
            title: "growth from 1,000 replicas to 4,000, one delta a replica",
            source: Source::Growth("crowd-one-by-one", "crowd-4k-one-by-one"),
            bound: Bound::Fixed(FOURFOLD_MOST),
            only_ours: true,
        },
        row(
            "map-sets",
            "map: 1,000 sets in 1,000 transactions",
            Work::MapSets,
            Bound::Best(0.3),
        ),
        row(
            "list-inserts",
            "list: 1,000 random inserts in 1,000 transactions",
            Work::ListInserts,
            Bound::Best(0.3),
        ),
        ours(row(
            "astral-scalars",
            "10,000 edits of 100,000 astral characters, scalar positions",
            Work::AstralScalars,
            Bound::None,
        )),
        ours(row(
            "astral-utf16",
            "the same edits, UTF-16 positions",
            Work::AstralUtf16,
            Bound::OurRow(1.2, "astral-scalars"),
        )),
        row(
            "todos",
            "1,000 todo items (list of maps)",
            Work::Todos,
            Bound::Best(0.7),
        ),
        row(
            "todos-heap",
            "live heap after that",
            Work::TodosHeap,
            Bound::Fixed(0.2),
        ),
    ]
}
