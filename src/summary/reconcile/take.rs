//! What a side makes of the other's turn.

use super::compare::Comparison;
use super::difference::Found;
use super::error::ReconcileError;
use super::keyed::{Keyed, Named, Proof, Role};
use super::ladder::{self, Next};
use super::side::{Reconciliation, Stage};
use super::turn::{Answer, Look, Says, Told, Words};
use crate::summary::Summary;
use crate::summary::merkle::Range;
use crate::summary::symbols::{CELLS_MAX, Cell, Sketch, peel};

/// What to answer; nothing when all is said.
type Reply = Result<Option<Words>, ReconcileError>;

impl Reconciliation {
    /// Takes in a turn; gives the answer.
    pub(super) fn take(&mut self, ours: &Summary, words: Words) -> Reply {
        match words {
            Words::Hello {
                nonce,
                root,
                opening,
            } if self.stage == Stage::Waiting => {
                let keyed = Keyed::by(nonce);
                let held = ours.current_root();
                let equal = root == keyed.root(Role::Asker, &held);
                let proof = keyed.root(Role::Answerer, &held);
                self.keyed = Some(keyed);
                if equal {
                    self.is_equal = true;
                    self.stage = Stage::Told;
                    return Ok(Some(Words::Equal(proof)));
                }
                self.take_offer(ours, opening)
            }
            _ if self.stage == Stage::Waiting => Err(ReconcileError::OutOfTurn),
            Words::Equal(proof) if self.stage == Stage::Greeted => {
                if proof != self.keyed()?.root(Role::Answerer, &ours.current_root()) {
                    return Err(ReconcileError::Contradiction);
                }
                self.stage = Stage::Proven;
                Ok(None)
            }
            Words::Offer(says) => self.take_offer(ours, says),
            Words::More { upto, look } => self.take_more(ours, upto, look.as_deref()),
            Words::Answer(answer) => self.take_answer(ours, answer),
            Words::Hello { .. } | Words::Equal(_) => Err(ReconcileError::OutOfTurn),
        }
    }

    fn keyed(&self) -> Result<Keyed, ReconcileError> {
        self.keyed.clone().ok_or(ReconcileError::OutOfTurn)
    }

    /// What the other side says it holds.
    fn take_offer(&mut self, ours: &Summary, says: Says) -> Reply {
        let keyed = self.keyed()?;
        self.found.clear();
        self.known_since = None;
        self.stage = Stage::Running;
        let mut comparison = Comparison::new(ours, &keyed, self.careful, &mut self.found);
        let answer = match says {
            Says::Nothing => return Ok(Some(Words::Offer(ladder::opening(ours)))),
            Says::List(lines) => {
                comparison.list(Range::ALL, &lines);
                comparison.answer
            }
            Says::News { seen, news } => {
                let Some(since) = ours.since(seen) else {
                    return Ok(Some(Words::Offer(ladder::opening(ours))));
                };
                comparison.news(&news, since);
                self.known_since = Some(seen);
                comparison.answer
            }
            Says::Symbols {
                from,
                cells,
                sketch,
            } => return self.take_symbols(ours, from, &cells, sketch),
        };
        self.close(ours, answer)
    }

    fn take_symbols(
        &mut self,
        ours: &Summary,
        from: usize,
        cells: &[Cell],
        sketch: Option<Sketch>,
    ) -> Reply {
        if from == 0 {
            self.cells.clear();
            self.sketch = sketch;
        } else if from != self.cells.len() {
            return Err(ReconcileError::OutOfTurn);
        }
        self.cells.extend_from_slice(cells);
        let keyed = self.keyed()?;
        let mut difference = ours.cells(0, self.cells.len());
        for (cell, theirs) in difference.iter_mut().zip(&self.cells) {
            cell.add(theirs);
        }
        let peeled = peel(difference);
        // The roots differ, so where symbols show nothing they were made not to.
        if let Some(peeled) = peeled.filter(|peeled| !peeled.is_empty()) {
            let mut comparison = Comparison::new(ours, &keyed, self.careful, &mut self.found);
            if comparison.peeled(&peeled) {
                let answer = comparison.answer;
                return self.close(ours, answer);
            }
            self.found.clear();
        }
        let asked = self.cells_asked;
        self.cells_asked += 1;
        match ladder::next(ours, self.sketch.as_ref(), self.cells.len(), asked) {
            Next::List => {
                let lines = ladder::lines(ours, Range::ALL, None);
                Ok(Some(Words::Offer(Says::List(lines))))
            }
            Next::More(upto) => {
                let parts = ladder::parts(ours, Range::ALL, &keyed);
                let look = (asked == 0 && !parts.is_empty()).then(|| {
                    Box::new(Look {
                        strata: ours.strata().whole(ladder::about(upto)),
                        parts,
                    })
                });
                Ok(Some(Words::More { upto, look }))
            }
            Next::Descend => self.descend(ours, false),
        }
    }

    /// Begins again with hashes of all keys.
    fn descend(&mut self, ours: &Summary, careful: bool) -> Reply {
        self.found.clear();
        self.careful |= careful;
        let keyed = self.keyed()?;
        let item = ladder::item(ours, Range::ALL, &keyed, self.careful);
        self.stage = Stage::Running;
        Ok(Some(Words::Answer(Answer {
            afresh: true,
            careful: self.careful,
            open: vec![Some(item)],
            ..Answer::default()
        })))
    }

    /// The other side wants more symbols, unless its hashes show that what differs lies together.
    fn take_more(&mut self, ours: &Summary, upto: usize, look: Option<&Look>) -> Reply {
        let from = self.cells_sent;
        if from == 0 || upto <= from || upto > CELLS_MAX {
            return Err(ReconcileError::OutOfTurn);
        }
        self.found.clear();
        self.stage = Stage::Running;
        let mut upto = upto;
        if let Some(look) = look {
            let about = ladder::about(upto);
            let near = ours.strata().differing(about, &look.strata);
            // No more than what was asked for and half as much.
            upto = ladder::cells_enough_for(near).clamp(from + 1, upto + upto / 2);
            if self.lies_together(ours, &look.parts, ladder::cell_bits(upto - from))? {
                let keyed = self.keyed()?;
                let mut comparison = Comparison::new(ours, &keyed, self.careful, &mut self.found);
                comparison.parts(Range::ALL, &look.parts);
                let answer = comparison.answer;
                return self.close(ours, answer);
            }
        }
        if ladder::list_bits(ours, Range::ALL, false) <= ladder::cell_bits(upto - from) {
            let lines = ladder::lines(ours, Range::ALL, None);
            return Ok(Some(Words::Offer(Says::List(lines))));
        }
        Ok(Some(Words::Offer(Says::Symbols {
            from,
            cells: ours.cells(from, upto),
            sketch: None,
        })))
    }

    /// Whether few of the parts differ, or lists of those that do are shorter than so many bits.
    fn lies_together(
        &self,
        ours: &Summary,
        parts: &[(Range, u64)],
        bits: u64,
    ) -> Result<bool, ReconcileError> {
        let keyed = self.keyed()?;
        let differs = |&&(part, mark): &&(Range, u64)| {
            ours.hash(part).map(|hash| keyed.mark(&hash)) != Some(mark)
        };
        let differing = parts.iter().filter(differs);
        let count = differing.clone().count();
        let lists = differing.map(|&(part, _)| ladder::list_bits(ours, part, false));
        Ok(count * 4 <= parts.len() || lists.sum::<u64>() <= bits)
    }

    fn take_answer(&mut self, ours: &Summary, answer: Answer) -> Reply {
        let keyed = self.keyed()?;
        if self.stage == Stage::Told && !answer.afresh {
            return Err(ReconcileError::OutOfTurn);
        }
        if answer.afresh {
            if self.careful {
                return Err(ReconcileError::OutOfTurn);
            }
            self.found.clear();
            self.known_since = None;
            self.careful |= answer.careful;
            self.asked = vec![Range::ALL];
            self.listed.clear();
        }
        self.stage = Stage::Running;
        let fits = self.take_told(ours, &answer);
        if let Some(rest) = answer.rest {
            let told = if fits { Some(rest) } else { None };
            return self.verify(ours, told);
        }
        if !fits {
            return Err(ReconcileError::Contradiction);
        }
        let mut comparison = Comparison::new(ours, &keyed, self.careful, &mut self.found);
        comparison.items(&self.asked, &answer.open);
        let answer = comparison.answer;
        self.close(ours, answer)
    }

    /// Notes what the other side has learnt; `false` if it cannot be so.
    fn take_told(&mut self, ours: &Summary, answer: &Answer) -> bool {
        let mut fits = true;
        // Of news that nothing is said about, the other side has what it was taken to have.
        for &(key, from) in &self.listed {
            if let Some(from) = from {
                self.found.insert(key, Found::Theirs(from));
            }
        }
        let mut note = |key: u64, told: Told| {
            let length = ours.get(key).map(|entry| entry.length);
            let found = match told {
                Told::Lack => Found::Ours(length.unwrap_or(0)),
                Told::Want(theirs) => {
                    // Of nothing somebody may lack all.
                    fits &= length.is_some_and(|length| length > theirs || length == 0);
                    Found::Theirs(theirs)
                }
                Told::Fork => {
                    fits &= length.is_some();
                    Found::Fork(length.unwrap_or(0))
                }
                Told::Same => {
                    self.found.remove(&key);
                    return;
                }
            };
            self.found.insert(key, found);
        };
        let mut within = true;
        for &(at, told) in &answer.lines {
            match self.listed.get(at) {
                Some(&(key, _)) => note(key, told),
                None => within = false,
            }
        }
        for &(key, told) in &answer.keys {
            note(key, told);
        }
        for news in &answer.news {
            let length = ours.get(news.key).map_or(0, |entry| entry.length);
            within &= length == news.from;
            note(news.key, Told::Lack);
        }
        fits && within
    }

    /// Whether the rest is ours too. If it is not, begins again more carefully.
    fn verify(&mut self, ours: &Summary, rest: Option<Proof>) -> Reply {
        let role = self.role.other();
        if rest.is_some() && rest == Some(self.rest(role, ours)?) {
            self.stage = Stage::Proven;
            return Ok(None);
        }
        if self.careful {
            return Err(ReconcileError::Contradiction);
        }
        self.known_since = None;
        if std::mem::take(&mut self.took_for_known) {
            self.found.clear();
            return Ok(Some(Words::Offer(ladder::opening(ours))));
        }
        self.descend(ours, true)
    }

    /// Ends an answer: if nothing in it is open, with a proof of the rest.
    fn close(&mut self, ours: &Summary, mut answer: Answer) -> Reply {
        if answer.open.iter().all(Option::is_none) {
            answer.open.clear();
            answer.rest = Some(self.rest(self.role, ours)?);
            self.stage = Stage::Told;
        }
        Ok(Some(Words::Answer(answer)))
    }

    fn rest(&self, role: Role, ours: &Summary) -> Result<Proof, ReconcileError> {
        let named = |(&key, found): (&u64, &Found)| {
            let (from, lacks) = match *found {
                Found::Ours(from) => (from, Some(self.role)),
                Found::Theirs(from) => (from, Some(self.role.other())),
                Found::Fork(each) => (each, None),
            };
            Named { key, from, lacks }
        };
        let named: Vec<Named> = self.found.iter().map(named).collect();
        Ok(self
            .keyed()?
            .rest(role, ours.merkle(), &named, self.version))
    }
}
