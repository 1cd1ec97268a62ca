//! What a replay retreats and advances on its way along a walk.

use super::Walk;

/// Most moves go over fewer parts.
const FEW: usize = 32;

/// A part, as the version being visited sees it.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Whether the version includes the part.
    here: bool,
    /// How many of its children the version includes.
    children: u32,
    /// The last move whose end follows the part directly, or something it then advanced does.
    wanted: u32,
}

/// Which parts of a walk the visited version includes. A move costs O(parts retreated and advanced), wherever they branch
/// off: a search through the graph would have to look at all that lies between.
#[derive(Debug)]
pub(crate) struct Visited<'w> {
    walk: &'w Walk,
    states: Vec<State>,
    /// The part visited last: the only head, at first none.
    last: Option<u32>,
    moves: u32,
    /// What the last move retreats, in order.
    pub(crate) retreated: Vec<u32>,
    /// What it advances after that, in order.
    pub(crate) advanced: Vec<u32>,
    open: Vec<u32>,
}

impl<'w> Visited<'w> {
    /// At the version that the whole walk follows.
    pub(crate) fn new(walk: &'w Walk) -> Self {
        Visited {
            walk,
            states: vec![State::default(); walk.len()],
            last: None,
            moves: 0,
            retreated: Vec::with_capacity(FEW),
            advanced: Vec::with_capacity(FEW),
            open: Vec::with_capacity(FEW),
        }
    }

    /// Finds what a move to the version that `part` follows retreats and advances.
    pub(crate) fn plan_move(&mut self, part: u32) {
        self.retreated.clear();
        self.advanced.clear();
        let parents = self.walk.parents(part);
        if let (&[parent], Some(last)) = (parents, self.last)
            && parent == last
        {
            return;
        }
        self.moves += 1;
        self.open_all(parents);
        while let Some(part) = self.open.pop() {
            let state = &mut self.states[part as usize];
            if state.wanted == self.moves {
                continue;
            }
            state.wanted = self.moves;
            if !state.here {
                self.advanced.push(part);
                self.open_all(self.walk.parents(part));
            }
        }
        if self.advanced.len() > 1 {
            self.advanced.sort_unstable();
        }
        // A part goes when nothing that stays follows it. Those included are heads, or below one.
        self.open.extend(self.last);
        while let Some(part) = self.open.pop() {
            if self.states[part as usize].wanted == self.moves {
                continue;
            }
            self.retreated.push(part);
            for &parent in self.walk.parents(part) {
                let state = &mut self.states[parent as usize];
                state.children -= 1;
                if state.children == 0 {
                    self.open.push(parent);
                }
            }
        }
    }

    /// One by one: nearly all parts have one parent.
    fn open_all(&mut self, parts: &[u32]) {
        for &part in parts {
            self.open.push(part);
        }
    }

    /// Makes the planned move.
    pub(crate) fn move_on(&mut self) {
        for &part in &self.retreated {
            self.states[part as usize].here = false;
        }
        for at in 0..self.advanced.len() {
            self.include(self.advanced[at]);
        }
    }

    /// Back to where the walk began, instead of the planned retreat; what is advanced from there to `part` is planned anew.
    pub(crate) fn start_over(&mut self, part: u32) {
        self.states.fill(State::default());
        (self.last, self.moves) = (None, 0);
        self.plan_move(part);
    }

    /// Whether it takes `most` of a cost or less to come to what `part` follows from where the walk began.
    pub(crate) fn is_near(&mut self, part: u32, most: usize, cost: impl Fn(u32) -> usize) -> bool {
        self.moves += 1;
        self.open.extend_from_slice(self.walk.parents(part));
        let mut sum = 0;
        while let Some(part) = self.open.pop() {
            let state = &mut self.states[part as usize];
            if state.wanted == self.moves {
                continue;
            }
            state.wanted = self.moves;
            // A part may have nothing to replay, but was looked at.
            sum += cost(part).max(1);
            if sum > most {
                self.open.clear();
                return false;
            }
            self.open.extend_from_slice(self.walk.parents(part));
        }
        true
    }

    /// The operations of `part` were replayed.
    pub(crate) fn visit(&mut self, part: u32) {
        self.include(part);
        self.last = Some(part);
    }

    /// The operations of a part were replayed apart, and the visited version is still the one that the whole walk follows.
    pub(crate) fn stay_at_start(&mut self) {
        self.last = None;
    }

    fn include(&mut self, part: u32) {
        self.states[part as usize].here = true;
        for &parent in self.walk.parents(part) {
            self.states[parent as usize].children += 1;
        }
    }
}
