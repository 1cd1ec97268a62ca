//! The world of one history: replicas, links, and what is due when.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use syncline::{Doc, Peer};

use crate::config::{Config, Planted};
use crate::history::History;
use crate::letter::Letter;
use crate::link::Edge;
use crate::outcome::{Failure, Outcome};
use crate::plan::Plan;
use crate::random::Random;
use crate::replica::{Replica, State};

/// What happens at some time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Due {
    /// A replica writes, if it has not restarted since.
    Write {
        replica: usize,
        restarts: u32,
    },
    /// The next message arrives, from that end of an edge's link.
    Arrive {
        edge: usize,
        nth: u32,
        from: usize,
    },
    /// Both ends of a link know that it is broken, or over.
    Notice {
        edge: usize,
        nth: u32,
    },
    /// Two replicas that are not joined meet.
    Meet {
        edge: usize,
    },
    /// A delta that travels by itself.
    Letter {
        nth: u64,
    },
    Restart {
        replica: usize,
    },
    Return {
        replica: usize,
    },
    Heal,
    /// Nothing fails any more.
    Calm,
}

/// The world of one history.
pub(crate) struct World<'w> {
    pub(crate) config: &'w Config,
    pub(crate) history: &'w mut History,
    /// Told how many operations were written.
    pub(crate) watch: &'w mut dyn FnMut(usize),
    pub(crate) plan: Plan,
    pub(crate) random: Random,
    pub(crate) now: u64,
    due: BinaryHeap<Reverse<(u64, u64, Due)>>,
    scheduled: u64,
    pub(crate) names: Vec<String>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) edges: Vec<Edge>,
    /// Of each replica, its edges.
    pub(crate) edges_of: Vec<Vec<usize>>,
    pub(crate) letters: BTreeMap<u64, Letter>,
    /// On which side of a partition each replica is.
    pub(crate) sides: Option<Vec<bool>>,
    pub(crate) is_calm: bool,
    /// Operations still to be written.
    pub(crate) left: usize,
    /// By document, how many operations each peer wrote there at most.
    pub(crate) written: Vec<BTreeMap<Peer, u32>>,
    /// Documents of which one peer has two histories.
    pub(crate) forked: BTreeSet<usize>,
    /// By document, what all replicas had when faults stopped, merged without sessions.
    pub(crate) references: Vec<Doc>,
    /// What each peer said of itself, in order.
    pub(crate) said: BTreeMap<Peer, Vec<Vec<u8>>>,
    /// Operations that sessions brought, where they are counted, and how many of them were new.
    pub(crate) brought: [u64; 2],
    /// Operations that replicas lost as they crashed, which all but the first that are joined to one may bring again.
    pub(crate) again: u64,
    pub(crate) outcome: Outcome,
}

impl<'w> World<'w> {
    pub(crate) fn new(
        config: &'w Config,
        history: &'w mut History,
        watch: &'w mut dyn FnMut(usize),
    ) -> World<'w> {
        let mut random = Random::new(config.seed);
        let plan = Plan::new(config, &mut random);
        let documents = plan.documents;
        let names = (0..documents).map(|at| match plan.is_single {
            true => String::new(),
            false => format!("doc/{at}"),
        });
        let joined = |replica: usize| {
            let edges = plan.edges.iter().enumerate();
            let own = edges.filter(|(_, ends)| ends.contains(&replica));
            own.map(|(edge, _)| edge).collect()
        };
        World {
            config,
            names: names.collect(),
            replicas: (0..plan.replicas)
                .map(|_| Replica::new(plan.is_single, documents))
                .collect(),
            edges: plan.edges.iter().map(|_| Edge::default()).collect(),
            edges_of: (0..plan.replicas).map(joined).collect(),
            left: plan.operations,
            written: vec![BTreeMap::new(); documents],
            outcome: Outcome {
                replicas: plan.replicas,
                documents,
                ..Outcome::default()
            },
            history,
            watch,
            plan,
            random,
            now: 0,
            due: BinaryHeap::new(),
            scheduled: 0,
            letters: BTreeMap::new(),
            sides: None,
            is_calm: false,
            forked: BTreeSet::new(),
            references: Vec::new(),
            said: BTreeMap::new(),
            brought: [0; 2],
            again: 0,
        }
    }

    /// Lets everything happen, until nothing is due any more, and judges where it led.
    pub(crate) fn run(&mut self) -> Result<(), Failure> {
        let ran = self.begin().and_then(|()| self.go_on());
        ran.and_then(|()| self.judge()).map_err(|what| Failure {
            step: self.outcome.steps,
            at_ms: self.now,
            what,
        })
    }

    fn begin(&mut self) -> Result<(), String> {
        let plan = self.plan.clone();
        self.note(format_args!("seed {}: {plan}", self.config.seed));
        self.note(format_args!("{:?}, joined {:?}", plan.rates, plan.edges));
        for edge in 0..self.edges.len() {
            self.soon(1, Due::Meet { edge });
        }
        for replica in (0..plan.replicas).filter(|&replica| plan.writes(replica)) {
            self.write_later(replica);
        }
        if self.left == 0 {
            self.after([0, 0], Due::Calm);
        }
        Ok(())
    }

    fn go_on(&mut self) -> Result<(), String> {
        let most = 50_000 + 1_000 * (self.plan.operations + self.plan.documents) as u64;
        while let Some(Reverse((at, _, due))) = self.due.pop() {
            self.now = at;
            self.outcome.steps += 1;
            if self.outcome.steps > most {
                return Err(format!("it does not come to rest in {most} steps"));
            }
            if matches!(due, Due::Write { .. } | Due::Arrive { .. }) {
                self.outcome.simulated_ms = at;
            }
            self.happen(due)?;
        }
        Ok(())
    }

    fn happen(&mut self, due: Due) -> Result<(), String> {
        match due {
            Due::Write { replica, restarts } => self.write(replica, restarts),
            Due::Arrive { edge, nth, from } => self.arrive(edge, nth, from),
            Due::Notice { edge, nth } => {
                self.notice(edge, nth);
                Ok(())
            }
            Due::Meet { edge } => self.meet(edge),
            Due::Letter { nth } => self.open_letter(nth),
            Due::Restart { replica } => self.restart(replica),
            Due::Return { replica } => {
                self.come_back(replica);
                Ok(())
            }
            Due::Heal => {
                self.heal();
                Ok(())
            }
            Due::Calm => self.calm(),
        }
    }

    /// Puts off something by so many milliseconds, from least to most.
    pub(crate) fn after(&mut self, delay: [u64; 2], due: Due) {
        let at = self.now + self.random.between(delay[0], delay[1]);
        self.at(at, due);
    }

    /// Puts off something by up to so many pauses between somebody's transactions, on average.
    pub(crate) fn soon(&mut self, pauses: u64, due: Due) {
        self.after([1, pauses * self.plan.pause / 2], due);
    }

    pub(crate) fn at(&mut self, at: u64, due: Due) {
        self.scheduled += 1;
        self.due.push(Reverse((at, self.scheduled, due)));
    }

    pub(crate) fn write_later(&mut self, replica: usize) {
        let restarts = self.replicas[replica].restarts;
        let pause = [1, self.plan.pause];
        if self.left > 0 {
            self.after(pause, Due::Write { replica, restarts });
        }
    }

    pub(crate) fn note(&mut self, what: std::fmt::Arguments<'_>) {
        self.history.note(self.now, what);
    }

    /// Notes something that was made to fail.
    pub(crate) fn fault(&mut self, what: std::fmt::Arguments<'_>) {
        self.outcome.faults += 1;
        self.note(format_args!("FAULT {what}"));
    }

    /// Faults stop: everybody comes back and is joined to everybody else that it is to be joined to.
    fn calm(&mut self) -> Result<(), String> {
        self.note(format_args!("nothing fails any more"));
        self.is_calm = true;
        self.sides = None;
        for replica in 0..self.replicas.len() {
            match self.replicas[replica].state {
                State::Here => {}
                State::Away => self.come_back(replica),
                State::Down => self.restart(replica)?,
            }
        }
        self.remember_all()?;
        for edge in 0..self.edges.len() {
            let link = self.edges[edge].link.as_ref();
            let is_of_no_use = link.is_some_and(|link| {
                link.is_suspect || link.is_partial || link.ways.iter().any(|way| way.is_dead)
            });
            if is_of_no_use || self.is_kept_apart(edge) {
                self.cut(edge);
            }
            self.after([0, 100], Due::Meet { edge });
        }
        if self.plan.shows > 0 {
            for replica in 0..self.replicas.len() {
                self.show(replica);
                self.pump(replica)?;
            }
        }
        Ok(())
    }

    /// Whether the last replica is to be kept apart in the end.
    pub(crate) fn is_kept_apart(&self, edge: usize) -> bool {
        let last = self.replicas.len() - 1;
        let is_last = self.plan.edges[edge].contains(&last);
        self.is_calm && is_last && self.config.planted == Some(Planted::Unmet)
    }
}
