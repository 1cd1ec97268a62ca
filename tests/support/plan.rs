//! The scenario that a random program comes to, worked out with the model alone.

use super::draft::{draft, draft_restore, impossible};
use super::model::{Known, Model};
use super::programs::{Choice, Pick};
use super::reading::Roots;
use super::scenario::{Edit, Parcel, Scenario, Step};

/// The scenario that choices come to.
pub fn scenario(replicas: usize, choices: &[Choice]) -> Scenario {
    let mut drafting = Drafting {
        model: Model::default(),
        known: vec![Known::default(); replicas],
        came: vec![Known::default(); replicas],
        packages: Vec::new(),
        steps: Vec::new(),
    };
    for choice in choices {
        drafting.choose(choice);
    }
    Scenario {
        replicas,
        steps: drafting.steps,
        expect: None,
    }
}

/// Follows a program on the model.
struct Drafting {
    model: Model,
    known: Vec<Known>,
    /// All that ever came, of which some may wait.
    came: Vec<Known>,
    /// For whom, and what they hold.
    packages: Vec<(usize, Known)>,
    steps: Vec<Step>,
}

impl Drafting {
    fn choose(&mut self, choice: &Choice) {
        let replicas = self.known.len();
        match choice {
            Choice::Do(on, picks) => {
                let on = on % replicas;
                let (edits, _) = self.edits(on, picks);
                let done = self
                    .model
                    .transact(number(on) + 1, &mut self.known[on], &edits);
                done.expect("each was tried out");
                self.steps.push(Step::Do(on, edits, None));
            }
            Choice::Fail(on, picks, bad) => {
                let on = on % replicas;
                let (mut edits, shown) = self.edits(on, picks);
                edits.push(impossible(&shown, *bad));
                let failed = self.model.try_out(number(on) + 1, &self.known[on], &edits);
                let refusal = failed.expect_err("the last is impossible").to_string();
                self.steps.push(Step::Do(on, edits, Some(refusal)));
            }
            Choice::Pull(to, from) => {
                let (to, from) = (to % replicas, from % replicas);
                self.receive(to, &self.known[from].clone());
                self.steps.push(Step::Pull(to, from));
            }
            Choice::Sync(one, other) => {
                let (one, other) = (one % replicas, other % replicas);
                self.receive(one, &self.known[other].clone());
                self.receive(other, &self.known[one].clone());
                self.steps.push(Step::Sync(one, other));
            }
            Choice::Send(from, to, since) => {
                let (from, to) = (from % replicas, to % replicas);
                let since = since.map(|since| since % replicas);
                if from != to {
                    let holds = self.known[from].without(&self.known[since.unwrap_or(to)]);
                    let id = number(self.packages.len());
                    self.packages.push((to, holds));
                    let parcel = Parcel {
                        from,
                        to,
                        id,
                        since,
                    };
                    self.steps.push(Step::Send(parcel));
                }
            }
            // Only the latest packages come, so that some arrive before what they build on.
            Choice::Deliver(which) => {
                let sent = self.packages.len();
                if sent > 0 {
                    let which = sent - 1 - which % sent.min(8);
                    let (to, holds) = self.packages[which].clone();
                    self.receive(to, &holds);
                    self.steps.push(Step::Deliver(number(which)));
                }
            }
            Choice::Overtake(on, [first, second]) => {
                let (to, mark) = (on + 1, on + 2);
                self.choose(&Choice::Do(*on, first.clone()));
                self.choose(&Choice::Send(*on, to, None));
                self.choose(&Choice::Pull(mark, *on));
                self.choose(&Choice::Do(*on, second.clone()));
                self.choose(&Choice::Send(*on, to, Some(mark)));
                self.choose(&Choice::Deliver(0));
            }
            Choice::Reload(on) => self.steps.push(Step::Reload(on % replicas)),
        }
    }

    fn receive(&mut self, to: usize, holds: &Known) {
        self.came[to].extend(holds);
        self.known[to] = self.model.settled(&self.known[to], &self.came[to]);
    }

    /// The edits of one transaction, each drafted on what those before it leave, and what they all leave.
    fn edits(&mut self, on: usize, picks: &[Pick]) -> (Vec<Edit>, Roots) {
        let mut edits = Vec::new();
        let mut shown = self.model.document(&self.known[on]);
        for pick in picks {
            let (peer, known) = (number(on) + 1, &self.known[on]);
            let edit = draft(pick, &shown).or_else(|| {
                let deletions = self.model.deletions_after(peer, known, &edits);
                draft_restore(pick, &deletions.expect("each was tried out"))
            });
            let Some(edit) = edit else {
                continue;
            };
            edits.push(edit);
            match self.model.try_out(number(on) + 1, &self.known[on], &edits) {
                Ok(now) => shown = now,
                Err(refusal) => panic!("drafted {edits:?}, which is {refusal:?}"),
            }
        }
        (edits, shown)
    }
}

fn number(index: usize) -> u64 {
    u64::try_from(index).expect("a small number")
}
