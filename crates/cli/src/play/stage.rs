//! Playing a scenario on replicas.

use std::collections::BTreeMap;

use syncline::{Doc, Error, Peer};

use super::compare::{self, Difference};
use super::edit;
use super::scenario::{Edit, Scenario, Step, What};
use super::shows::Shown;
use crate::failure::{ENGINE_FAULT, Failure};

/// What is left when a scenario has run to its end.
#[derive(Debug)]
pub(crate) struct Played {
    /// What each replica shows.
    pub(crate) shown: Vec<Shown>,
    /// Whether all show the same at the same version.
    pub(crate) converged: bool,
    /// Pairs of replicas that refuse each other as forked, the lower first, in order.
    pub(crate) forked: Vec<(usize, usize)>,
    /// Where a step did not go as it says.
    pub(crate) differences: Vec<Difference>,
}

/// Plays all steps; then everyone receives everything.
pub(crate) fn play(scenario: &Scenario) -> Result<Played, Failure> {
    let mut stage = Stage::set(scenario.replicas);
    for (number, step) in scenario.steps.iter().enumerate() {
        stage.number = number;
        stage
            .step(step)
            .map_err(|failure| failure.at(format_args!("step {number}")))?;
        stage.check(&format!("step {number}"), step.writes_on());
    }
    stage
        .everyone_receives()
        .map_err(|failure| failure.at("after the last step"))?;
    stage.check("after the last step", 0..scenario.replicas);
    Ok(stage.end())
}

struct Stage {
    docs: Vec<Doc>,
    peers: Vec<Peer>,
    /// Deltas that were sent and may arrive.
    sent: BTreeMap<u64, Vec<u8>>,
    /// Number of the step being played.
    number: usize,
    forked: Vec<(usize, usize)>,
    differences: Vec<Difference>,
}

impl Stage {
    fn set(replicas: usize) -> Stage {
        let peers: Vec<Peer> = (1..).map_while(Peer::new).take(replicas).collect();
        let docs = peers.iter().map(|&peer| Doc::with_peer(peer)).collect();
        Stage {
            docs,
            peers,
            sent: BTreeMap::new(),
            number: 0,
            forked: Vec::new(),
            differences: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), Failure> {
        match step {
            Step::Do { on, edits, fails } => self.transact(*on, edits, fails.as_deref()),
            Step::Pull { to, from, fails } => {
                let pulled = self.pull(*to, *from).map(drop);
                self.as_told(pulled, fails.as_deref(), "pull")
            }
            Step::Sync { first, second } => {
                let synced = self
                    .pull(*first, *second)
                    .and_then(|()| self.pull(*second, *first));
                self.as_told(synced, None, "sync")
            }
            Step::Fork { from, to } => {
                self.peers[*to] = self.peers[*from];
                self.docs[*to] = self.copy(*from)?;
                Ok(())
            }
            Step::Reload { on } => {
                self.docs[*on] = self.copy(*on)?;
                Ok(())
            }
            Step::Send { from, since, id } => {
                let lacked = self.docs[*since].version_vector();
                let delta = self.docs[*from].delta_since(&lacked);
                self.sent.insert(*id, delta);
                Ok(())
            }
            Step::Deliver {
                to,
                id,
                waits,
                fails,
            } => self.deliver(*to, *id, *waits, fails.as_deref()),
            Step::Expect { on, shows } => {
                let whose = format!("step {}, replica {on}", self.number);
                let found = compare::differences(&whose, shows, &Shown::by(&self.docs[*on]));
                self.differences.extend(found);
                Ok(())
            }
        }
    }

    fn transact(&mut self, on: usize, edits: &[Edit], fails: Option<&str>) -> Result<(), Failure> {
        let before = fails.map(|_| Shown::by(&self.docs[on]));
        let mut number = 0;
        let restores = |edit: &Edit| matches!(edit.what, What::Restore { .. });
        let read = match edits.iter().any(restores) {
            true => self.docs[on].read_history(),
            false => Ok(()),
        };
        let done = read.and_then(|()| {
            self.docs[on].transact(|tx| {
                edits.iter().enumerate().try_for_each(|(at, edit)| {
                    number = at;
                    edit::make(tx, edit)
                })
            })
        });
        if let Some(before) = before {
            let whose = format!(
                "step {}, replica {on}, which must be as before",
                self.number
            );
            let found = compare::between(&whose, &before, &Shown::by(&self.docs[on]));
            self.differences.extend(found);
        }
        self.as_told(done.map(drop), fails, &format!("edit {number}"))
    }

    fn pull(&mut self, to: usize, from: usize) -> Result<(), Error> {
        let known = self.docs[to].version_vector();
        let delta = self.docs[from].delta_since(&known);
        self.docs[to].merge(&delta).map(drop)
    }

    fn deliver(
        &mut self,
        to: usize,
        id: u64,
        waits: Option<bool>,
        fails: Option<&str>,
    ) -> Result<(), Failure> {
        let Some(delta) = self.sent.get(&id) else {
            return Err(Failure::new(
                format!("nothing was sent under {id}"),
                "send it before",
            ));
        };
        let merged = self.docs[to].merge(delta);
        if let (Some(expected), Ok(change)) = (waits, &merged) {
            let waited = !change.waiting().is_empty();
            if waited != expected {
                let told = |waits| {
                    if waits {
                        "it waits for others"
                    } else {
                        "it waits for nothing"
                    }
                    .to_owned()
                };
                self.differ("deliver", told(expected), told(waited));
            }
        }
        self.as_told(merged.map(drop), fails, "deliver")
    }

    /// An error that the step expects is none; its absence is a difference.
    fn as_told(
        &mut self,
        done: Result<(), Error>,
        fails: Option<&str>,
        what: &str,
    ) -> Result<(), Failure> {
        match (done, fails) {
            (Ok(()), None) => Ok(()),
            (Err(error), Some(name)) if name_of(&error) == name => Ok(()),
            (Ok(()), Some(name)) => {
                self.differ(
                    what,
                    format!("it fails with {name}"),
                    "it succeeds".to_owned(),
                );
                Ok(())
            }
            (Err(error), Some(name)) => {
                self.differ(
                    what,
                    format!("it fails with {name}"),
                    format!("{}: {error}", name_of(&error)),
                );
                Ok(())
            }
            (Err(error), None) => {
                let next = format!(
                    "correct the step, or add \"fails\": {:?} if it should fail",
                    name_of(&error)
                );
                Err(Failure::new(format!("{what}: {error}"), next))
            }
        }
    }

    fn differ(&mut self, what: &str, expected: String, found: String) {
        let place = format!("step {}, {what}", self.number);
        self.differences.push(Difference {
            place,
            expected,
            found,
        });
    }

    /// A replica saved and opened again, under the peer it writes as.
    fn copy(&self, of: usize) -> Result<Doc, Failure> {
        let opened = Doc::load(&self.docs[of].save());
        let mut doc = opened.map_err(|error| {
            Failure::new(format!("opening what was saved: {error}"), ENGINE_FAULT)
        })?;
        doc.set_peer(self.peers[of]);
        Ok(doc)
    }

    fn everyone_receives(&mut self) -> Result<(), Failure> {
        let others = 1..self.docs.len();
        for other in others.clone() {
            self.last_pull(0, other)?;
        }
        for other in others {
            self.last_pull(other, 0)?;
        }
        // Once some refuse each other, the first replica no longer stands for all.
        while !self.forked.is_empty() {
            let before: Vec<_> = self.docs.iter().map(Doc::version_vector).collect();
            self.forked.clear();
            for to in 0..self.docs.len() {
                for from in (0..self.docs.len()).filter(|&from| from != to) {
                    self.last_pull(to, from)?;
                }
            }
            if self.docs.iter().map(Doc::version_vector).eq(before) {
                break;
            }
        }
        self.forked.sort_unstable();
        self.forked.dedup();
        Ok(())
    }

    fn last_pull(&mut self, to: usize, from: usize) -> Result<(), Failure> {
        match self.pull(to, from) {
            Ok(()) => Ok(()),
            Err(Error::Forked { .. }) => {
                self.forked.push((to.min(from), to.max(from)));
                Ok(())
            }
            Err(error) => Err(Failure::new(
                format!("replica {to} could not receive from {from}: {error}"),
                ENGINE_FAULT,
            )),
        }
    }

    /// Asks replicas whether they are sound inside; scenarios are small enough for it.
    fn check(&mut self, when: &str, replicas: impl IntoIterator<Item = usize>) {
        for number in replicas {
            if let Err(found) = self.docs[number].check() {
                let place = format!("{when}, replica {number}, inside");
                self.differences.push(Difference {
                    place,
                    expected: "its invariants hold".to_owned(),
                    found,
                });
            }
        }
    }

    fn end(self) -> Played {
        let shown: Vec<Shown> = self.docs.iter().map(Shown::by).collect();
        let frontier = self.docs[0].frontier();
        let converged = shown.iter().all(|other| *other == shown[0])
            && self.docs.iter().all(|doc| doc.frontier() == frontier);
        Played {
            shown,
            converged,
            forked: self.forked,
            differences: self.differences,
        }
    }
}

/// The name of an error's variant, as `"fails"` gives it.
fn name_of(error: &Error) -> String {
    let debug = format!("{error:?}");
    debug
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect()
}
