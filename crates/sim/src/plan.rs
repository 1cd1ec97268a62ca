//! What a seed comes to: how many replicas, who is joined to whom, and how often what fails.

use std::fmt;

use syncline::sync::Options;

use crate::config::{Config, Planted};
use crate::crowd::Crowd;
use crate::random::Random;

/// Who is joined to whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// All to one, which writes too.
    Star,
    /// All to one, which only passes on.
    Relay,
    /// Each to the next.
    Chain,
    /// Each to the next, the last to the first.
    Ring,
    /// Each to one that came before it, and some others.
    Web,
}

/// How often what fails, in ten thousand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    /// Of messages.
    pub(crate) lose: u32,
    pub(crate) repeat: u32,
    pub(crate) overtake: u32,
    pub(crate) flip: u32,
    pub(crate) shorten: u32,
    pub(crate) stray: u32,
    /// Of transactions.
    pub(crate) cut: u32,
    pub(crate) close: u32,
    pub(crate) crash: u32,
    pub(crate) leave: u32,
    pub(crate) part: u32,
    pub(crate) save: u32,
    pub(crate) letter: u32,
    /// Of saves: the last piece is torn by a crash.
    pub(crate) tear: u32,
}

/// What a seed comes to.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) replicas: usize,
    pub(crate) documents: usize,
    pub(crate) operations: usize,
    /// The replicas have a document each, without a name, and not a workspace.
    pub(crate) is_single: bool,
    pub(crate) shape: Shape,
    /// Pairs of replicas.
    pub(crate) edges: Vec<[usize; 2]>,
    pub(crate) rates: Rates,
    /// Milliseconds that a message takes, at least and at most.
    pub(crate) delay: [u64; 2],
    /// Milliseconds between one's transactions, at most.
    pub(crate) pause: u64,
    /// Replicas write for about a year, and meet now and then.
    pub(crate) is_rare: bool,
    /// Milliseconds that a replica is offline, at most.
    pub(crate) absence: u64,
    /// Messages on their way, in one direction of a link.
    pub(crate) capacity: usize,
    pub(crate) piece_bytes: u32,
    pub(crate) window_bytes: u32,
    /// Operations that come twice are counted: replicas are joined in one way only, and nothing travels outside of sessions.
    pub(crate) is_counted: bool,
    /// How many transactions in ten thousand are one letter typed at the end of the text.
    pub(crate) typing: u32,
    /// How many edits in ten thousand move a container, and how many set a policy.
    pub(crate) moves: u32,
    pub(crate) rules: u32,
    /// Whether all edit one place.
    pub(crate) crowd: Crowd,
    /// A replica writes as the same peer in all of its documents.
    pub(crate) is_one_peer: bool,
    /// With how many transactions in ten thousand a replica shows something of itself.
    pub(crate) shows: u32,
    /// Replicas but the first, which all are joined to, let go of the history of what that one has saved.
    pub(crate) drops_history: bool,
}

const DAY_MS: u64 = 24 * 3_600_000;

impl Plan {
    pub(crate) fn new(config: &Config, random: &mut Random) -> Plan {
        let replicas = random.count(2, 8);
        let documents = random.count(1, 3);
        let operations = random.count(50, 100);
        let replicas = config.replicas.unwrap_or(replicas).max(1);
        let documents = config.documents.unwrap_or(documents).max(1);
        let operations = config.operations.unwrap_or(operations);
        let shapes = [
            Shape::Star,
            Shape::Relay,
            Shape::Chain,
            Shape::Ring,
            Shape::Web,
        ];
        let shape = match random.of(&shapes) {
            // Somebody must write, and be heard.
            Shape::Relay if replicas < 3 => Shape::Star,
            shape => shape,
        };
        let mut rates = rates(config, operations, random);
        let is_tree = !matches!(shape, Shape::Ring | Shape::Web);
        let mut edges = edges(shape, replicas, random);
        let drops_history = !has_old_files(config)
            && matches!(shape, Shape::Star | Shape::Web)
            && random.happens(5_000);
        if drops_history {
            let joined = |at: usize| {
                edges
                    .iter()
                    .any(|ends| ends.contains(&0) && ends.contains(&at))
            };
            let others: Vec<_> = (1..replicas).filter(|&at| !joined(at)).collect();
            edges.extend(others.into_iter().map(|at| [0, at]));
            rates.save = rates.save.max(5_000);
        }
        let is_rare = random.happens(1_000);
        let pauses = match is_rare {
            true => [7 * DAY_MS, 14 * DAY_MS, 14 * DAY_MS, 28 * DAY_MS],
            false => [10, 50, 200, 1_000],
        };
        let least = random.of(&[0, 1, 5, 20]);
        Plan {
            replicas,
            documents,
            operations,
            is_single: documents == 1 && random.happens(5_000),
            shape,
            is_counted: is_tree
                && rates.letter == 0
                && !config.forks
                && !drops_history
                && random.happens(2_500),
            edges,
            rates,
            delay: [least, least + random.of(&[0, 5, 50, 500])],
            pause: random.of(&pauses),
            is_rare,
            absence: if is_rare { 200 * DAY_MS } else { 30 * DAY_MS },
            capacity: random.of(&[1, 2, 4, 16]),
            piece_bytes: random.of(&[64, 256, 2_048, 256 << 10]),
            window_bytes: random.of(&[64, 512, 8_192, 1 << 20]),
            typing: random.of(&[0, 0, 4_000, 8_000]),
            moves: random.of(&[0, 0, 0, 1_000]),
            rules: random.of(&[0, 0, 0, 0, 300]),
            crowd: Crowd::any(random),
            is_one_peer: random.happens(5_000),
            shows: random.of(&[0, 0, 0, 1_000, 4_000]),
            drops_history,
        }
    }

    /// Whether a replica writes, or only passes on.
    pub(crate) fn writes(&self, replica: usize) -> bool {
        self.shape != Shape::Relay || replica > 0
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        options.piece_bytes = self.piece_bytes;
        options.window_bytes = self.window_bytes;
        options
    }
}

fn edges(shape: Shape, replicas: usize, random: &mut Random) -> Vec<[usize; 2]> {
    let others = 1..replicas;
    let mut edges: Vec<[usize; 2]> = match shape {
        Shape::Star | Shape::Relay => others.map(|at| [0, at]).collect(),
        Shape::Chain | Shape::Ring => others.map(|at| [at - 1, at]).collect(),
        Shape::Web => others.map(|at| [random.index(at), at]).collect(),
    };
    if shape == Shape::Ring && replicas > 2 {
        edges.push([replicas - 1, 0]);
    }
    if shape == Shape::Web && replicas > 2 {
        for _ in 0..random.count(1, replicas / 2) {
            let one = random.index(replicas);
            let other = (one + random.count(1, replicas - 1)) % replicas;
            edges.push([one, other]);
        }
    }
    edges
}

/// Replicas go on from older files as the same peers.
fn has_old_files(config: &Config) -> bool {
    config.forks || config.planted == Some(Planted::OldFile)
}

/// Some of what can fail does, in any one history; so often that it does a few times in a small one. In a larger one it does
/// so less often: as many times as the root of what is written.
fn rates(config: &Config, operations: usize, random: &mut Random) -> Rates {
    let larger = (operations as u64 / 100).max(1).isqrt().max(1);
    let mut rate = |most: u64| {
        let rate = if random.happens(5_000) {
            random.below(most) / larger
        } else {
            0
        };
        u32::try_from(rate).unwrap_or(0)
    };
    let has_old_files = has_old_files(config);
    Rates {
        lose: rate(300),
        repeat: rate(150),
        overtake: rate(150),
        flip: rate(150),
        shorten: rate(100),
        stray: rate(300),
        cut: rate(600),
        close: rate(300),
        crash: rate(600).max(if has_old_files { 1_200 } else { 0 }),
        leave: rate(400),
        part: rate(300),
        save: rate(4_000).max(if has_old_files { 5_000 } else { 500 }),
        letter: rate(800),
        tear: rate(10_000).max(5_000),
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_single {
            "without a name"
        } else {
            "in a workspace"
        };
        write!(
            f,
            "{} replicas ({:?}), {} documents {kind}, {} operations; messages take {} to {} ms, {} at once, pieces of {} bytes, a window of {}",
            self.replicas,
            self.shape,
            self.documents,
            self.operations,
            self.delay[0],
            self.delay[1],
            self.capacity,
            self.piece_bytes,
            self.window_bytes
        )?;
        match self.crowd.0 {
            Some(kind) => write!(f, "; all edit one {kind}"),
            None => Ok(()),
        }
    }
}
