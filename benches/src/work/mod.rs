//! The work of each row. A work is made ready once, outside the clock, and gives a closure that does it once on fresh
//! state and says what it took; so the table and the criterion benches time the same thing.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::engine::Outcome;
use crate::peers::{Peer, with_exchange, with_structure, with_typing};
use crate::trace::{self, History, Trace};

mod typing;
mod history;
mod whole;
mod opening;
mod apart;
mod crowd;
pub(crate) mod structured;
mod astral;

pub use history::Prepared;
pub(crate) use history::play;

/// What a row measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Type a sequential history, one transaction per edit; time.
    Type(History),
    /// The live heap after that.
    TypedHeap(History),
    /// An empty replica receives a concurrent history as one delta, until its text is readable.
    Whole(History),
    /// The same from a snapshot.
    Snapshot(History),
    /// The transactions of a concurrent history, applied one by one as single deltas.
    Stream(History),
    /// Opening a document, until its text is readable; time.
    Open(History),
    /// The first edit after that.
    FirstEdit(History),
    /// The live heap after opening.
    OpenedHeap(History),
    /// Two replicas apart by so many random edits each; one merges the other's delta.
    Apart(usize),
    /// So many replicas with ten concurrent edits each, all merged in one delta.
    CrowdAtOnce(usize),
    /// The same, one delta a replica.
    CrowdOneByOne(usize),
    /// 1,000 map sets in 1,000 transactions.
    MapSets,
    /// 1,000 list inserts at random places in 1,000 transactions.
    ListInserts,
    /// 1,000 items of three fields appended to a list, each in a transaction.
    Todos,
    /// The live heap after that.
    TodosHeap,
    /// Random edits of a text of astral characters by scalar positions.
    AstralScalars,
    /// The same edits by UTF-16 positions.
    AstralUtf16,
}

impl Work {
    /// Whether it measures heap instead of time.
    #[must_use]
    pub fn is_heap(self) -> bool {
        matches!(
            self,
            Self::TypedHeap(_) | Self::TodosHeap | Self::OpenedHeap(_)
        )
    }

    /// Whether only the first time in a process counts: what is opened is opened once, by a program that has just begun.
    #[must_use]
    pub fn is_cold(self) -> bool {
        matches!(self, Self::Open(_) | Self::FirstEdit(_))
    }

    /// The history that must be played before this can be measured.
    #[must_use]
    pub fn history(self) -> Option<History> {
        match self {
            Self::Whole(history)
            | Self::Snapshot(history)
            | Self::Stream(history)
            | Self::Open(history)
            | Self::FirstEdit(history)
            | Self::OpenedHeap(history) => Some(history),
            _ => None,
        }
    }

    /// The sequential or concurrent history it reads, if any.
    #[must_use]
    pub fn trace(self) -> Option<History> {
        match self {
            Self::Type(history) | Self::TypedHeap(history) => Some(history),
            _ => self.history(),
        }
    }
}

/// What a measurement needs to know about the run.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The traces folder; without it traces are generated.
    pub traces: Option<PathBuf>,
    /// Small inputs.
    pub quick: bool,
    /// Where histories once played are kept for the other measurements of this run.
    pub prepared: Option<PathBuf>,
}

impl Context {
    /// The history, real or generated, whole or its beginning.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn trace(&self, history: History) -> Outcome<Trace> {
        trace::obtain(history, self.traces.as_deref(), self.quick)
    }

    /// The smaller of the two in a quick run.
    fn size(&self, full: usize, quick: usize) -> usize {
        if self.quick { full.min(quick) } else { full }
    }
}

/// One measurement: milliseconds, or megabytes of live heap.
pub type Once = Box<dyn FnMut() -> Outcome<f64>>;

/// A work made ready.
pub struct Ready {
    /// Does it once.
    pub once: Once,
    /// The peer ends in another text than the history says.
    pub other_text: bool,
}

impl Ready {
    fn new(once: impl FnMut() -> Outcome<f64> + 'static) -> Self {
        Self {
            once: Box::new(once),
            other_text: false,
        }
    }
}

/// Makes the work ready for this peer.
///
/// # Errors
/// Why the peer cannot do it.
pub fn ready(work: Work, peer: Peer, context: &Context) -> Outcome<Ready> {
    match work {
        Work::Type(of) => with_typing!(peer, E => typing::time::<E>(context.trace(of)?)),
        Work::TypedHeap(of) => with_typing!(peer, E => typing::heap::<E>(context.trace(of)?)),
        Work::Whole(of) => with_exchange!(peer, E => whole::delta::<E>(context, of, peer)),
        Work::Snapshot(of) => with_exchange!(peer, E => whole::snapshot::<E>(context, of, peer)),
        Work::Stream(of) => with_exchange!(peer, E => whole::stream::<E>(context, of, peer)),
        Work::Open(of) if peer == Peer::Rope => opening::rope(context.trace(of)?),
        Work::OpenedHeap(of) if peer == Peer::Rope => opening::rope_heap(context.trace(of)?),
        Work::Open(of) => with_exchange!(peer, E => opening::open::<E>(context, of, peer)),
        Work::FirstEdit(of) => with_exchange!(peer, E => opening::edit::<E>(context, of, peer)),
        Work::OpenedHeap(of) => with_exchange!(peer, E => opening::heap::<E>(context, of, peer)),
        Work::Apart(edits) => {
            with_exchange!(peer, E => apart::merge::<E>(context.size(edits, edits / 50)))
        }
        Work::CrowdAtOnce(replicas) => {
            with_exchange!(peer, E => crowd::at_once::<E>(context.size(replicas, replicas / 20)))
        }
        Work::CrowdOneByOne(replicas) => {
            with_exchange!(peer, E => crowd::one_by_one::<E>(context.size(replicas, replicas / 20)))
        }
        Work::MapSets => with_structure!(peer, E => structured::map_sets::<E>()),
        Work::ListInserts => with_structure!(peer, E => structured::list_inserts::<E>()),
        Work::Todos => with_structure!(peer, E => structured::todos::<E>()),
        Work::TodosHeap => with_structure!(peer, E => structured::todos_heap::<E>()),
        Work::AstralScalars => astral::edits(peer, context, false),
        Work::AstralUtf16 => astral::edits(peer, context, true),
    }
}

/// Plays the history with this peer, so that later measurements find its deltas.
///
/// # Errors
/// Why the peer cannot play it.
pub fn prepare(history: History, peer: Peer, context: &Context) -> Outcome<()> {
    if peer == Peer::Rope {
        return Ok(());
    }
    with_exchange!(peer, E => Prepared::obtain::<E>(context, history, peer).map(drop))
}

fn milliseconds(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1e3
}

/// Times the closure; what it returns is dropped after the clock has stopped.
fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(f64, T)> {
    let start = Instant::now();
    let made = work()?;
    Ok((milliseconds(start.elapsed()), made))
}
