//! Finding out why a place of the document shows what it does.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Doc;
use super::explanation::{About, Act, Competitor, Decision, Explanation, Fate, Rule};
use super::log::LogEntry;
use super::path::{Found, unescape};
use super::policies::Slot;
use super::policy::Policy;
use super::written::Written;
use crate::error::Error;
use crate::id::{Lv, LvSpan, Peer};
use crate::oplog::{Cell, ContainerIx, Kind};

/// What is told of the transactions of the history, by peer and first operation.
pub(super) type Told = BTreeMap<(Peer, u32), LogEntry>;

/// Where the last part of a path leads.
enum Place {
    Root,
    Key(Slot),
    Element(ContainerIx, u32),
}

impl Doc {
    /// Why a place shows what it does: which operations competed for it, who made them and when, which were concurrent, which
    /// won, and by which rule.
    ///
    /// Of a map's key: who set, opened or removed it, also where it shows nothing any more; and who wrote in a container that was
    /// removed or replaced there, without knowing that. Of a list's element: who inserted or set it, and who moved it. Of a list,
    /// also which sets and moves a deletion took that did not know them, and what was written within. Of a counter, what each
    /// peer added. Of a root, which kinds of roots have the name.
    ///
    /// It reads a history that is still encoded. O(the history).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPath`] where nothing stands and nothing was ever written; [`Error::Decode`] and the like where the history
    /// is damaged.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Fate, Peer, Rule};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let [ada, grace] = [1, 2].map(|id| Peer::new(id).expect("not zero"));
    /// let mut doc = Doc::with_peer(ada);
    /// let mut other = Doc::with_peer(grace);
    /// doc.set_author("Ada")?;
    /// doc.transact(|tx| tx.map("meta").set("title", "Plan A"))?;
    /// other.transact(|tx| tx.map("meta").set("title", "Plan B"))?;
    /// doc.merge(&other.delta_since(&doc.version_vector()))?;
    ///
    /// let why = doc.explain("meta/title")?;
    /// let decision = &why.decisions[0];
    /// assert_eq!(decision.rule, Rule::LastWriter);
    /// assert_eq!(decision.competitors[1].author.as_deref(), Some("Ada"));
    /// assert_eq!(decision.competitors[1].fate, Fate::Lost);
    /// assert_eq!(
    ///     why.to_string(),
    ///     "`meta/title` shows \"Plan B\"
    /// value: the last writer wins, by (Lamport, peer)
    ///   won: set \"Plan B\" by 0@2, Lamport 1
    ///   lost: set \"Plan A\" by Ada (0@1), Lamport 1, concurrent"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain(&mut self, path: &str) -> Result<Explanation, Error> {
        self.read_history()?;
        let told: Told = self.log()?.into_iter().map(by_first).collect();
        let nothing = || Error::NoSuchPath {
            path: path.to_owned(),
        };
        let place = self.place(path).ok_or_else(nothing)?;
        let mut decisions = match place {
            Place::Root => self.root_decision(path, &told).into_iter().collect(),
            Place::Key(slot) => self.key_decisions(slot, &told).ok_or_else(nothing)?,
            Place::Element(list, at) => self.element_decisions(list, at, &told),
        };
        let container = match self.find(path) {
            Some(Found::Container(container)) => Some(container),
            _ => None,
        };
        match container.map(|container| (self.log.containers.kind(container), container)) {
            Some((Kind::Counter, counter)) => decisions.push(self.sum_decision(counter, &told)),
            Some((Kind::List, list)) => decisions.extend(self.deleted_decisions(list, &told)),
            _ => {}
        }
        Ok(Explanation {
            path: path.to_owned(),
            value: self.get(path),
            decisions,
            is_complete: self.log.ground.is_none(),
        })
    }

    fn place(&self, path: &str) -> Option<Place> {
        let Some((around, last)) = path.rsplit_once('/') else {
            return self.find(path).map(|_| Place::Root);
        };
        let Found::Container(container) = self.find(around)? else {
            return None;
        };
        match self.log.containers.kind(container) {
            Kind::Map => self.key_at(path).map(Place::Key),
            Kind::List => {
                self.find(path)?;
                Some(Place::Element(container, last.parse().ok()?))
            }
            Kind::Text | Kind::Counter => None,
        }
    }

    /// Which of the kinds of roots a name stands for, if there is more than one.
    fn root_decision(&self, path: &str, told: &Told) -> Option<Decision> {
        let name = unescape(path);
        let roots: Vec<ContainerIx> = Kind::ALL
            .into_iter()
            .filter_map(|kind| self.root(&name, kind))
            .filter(|&root| self.log.containers.is_used(root))
            .collect();
        let shown = self.shown_root(&name)?;
        let all = LvSpan::new(Lv(0), self.log.end());
        let mut first: BTreeMap<ContainerIx, Lv> = BTreeMap::new();
        for (container, span) in self.log.routes_in(all) {
            if roots.contains(&container) {
                first.entry(container).or_insert(span.start);
            }
        }
        let winner = first.get(&shown).copied();
        let made = first.iter().map(|(&root, &lv)| {
            let act = Act::Made(self.log.containers.kind(root));
            let fate = match root == shown {
                true => Fate::Won,
                false => Fate::Lost,
            };
            self.competitor(lv, act, fate, winner, told)
        });
        let mut made: Vec<Competitor> = made.collect();
        made.sort_by_key(|one| Reverse((one.lamport, one.id)));
        let rule = match roots.len() {
            1 => Rule::Unopposed,
            _ => Rule::KindOrder,
        };
        Some(Decision::new(About::Root, rule, made))
    }

    /// What a key shows, and what went with what it showed before.
    fn key_decisions(&self, slot: Slot, told: &Told) -> Option<Vec<Decision>> {
        let map = slot.0;
        let written = Written::of(&self.log, &BTreeSet::from([slot]));
        let mut last: Vec<(Lv, u32)> = written.last(slot).collect();
        last.sort_by_cached_key(|&(lv, _)| Reverse(self.log.rank(lv)));
        let stands = |lv: Lv| !last.iter().any(|&(by, _)| self.knows(by, lv));
        let shown = self.state.winner(&self.log.entries, slot);
        let won = |&&(lv, entry): &&(Lv, u32)| match shown {
            Some(shown) => entry == shown,
            None => stands(lv),
        };
        let &(winner, by) = last.iter().find(won)?;
        let judged: Vec<(u32, Fate)> = last
            .iter()
            .map(|&(lv, entry)| {
                let fate = match (lv == winner, stands(lv)) {
                    (_, true) if !self.log.is_there(map, entry) => Fate::Elsewhere,
                    (true, _) => Fate::Won,
                    (_, false) => Fate::Overwritten,
                    (_, true) if self.is_shared(slot, by, entry) => Fate::Shares,
                    (_, true) => Fate::Lost,
                };
                (entry, fate)
            })
            .collect();
        let rule = self.rule_of(slot, &judged, shown.is_some());
        let competitors = last.iter().zip(judged).map(|(&(lv, entry), (_, fate))| {
            let act = match self.log.entries.cell(entry) {
                Cell::Removed => Act::Removed,
                Cell::Child { kind, .. } => Act::Opened(kind),
                Cell::Moved(container) => Act::MovedHere(self.log.containers.kind(container)),
                _ => Act::Set(self.entry_value(map, entry)),
            };
            self.competitor(lv, act, fate, Some(winner), told)
        });
        let value = Decision::new(About::Value, rule, competitors.collect());
        let taken = self.taken_with_key(slot, &last, told);
        Some([value].into_iter().chain(taken).collect())
    }

    /// Whether an entry of a key is part of what another one shows there.
    fn is_shared(&self, slot: Slot, shown: u32, entry: u32) -> bool {
        let container = |entry| match self.entry_shown(slot.0, entry) {
            Found::Container(container) => Some(container),
            Found::Plain(_) | Found::Several(_) => None,
        };
        match container(shown) {
            Some(shown) => container(entry) == Some(shown),
            // Who removes what others remove agrees with them.
            None if self.log.entries.cell(shown) == Cell::Removed => true,
            None => self.shows_several(slot) && self.log.entries.cell(entry) != Cell::Removed,
        }
    }

    /// By what a key shows what it does, given what became of its entries.
    fn rule_of(&self, slot: Slot, judged: &[(u32, Fate)], shows: bool) -> Rule {
        let all = |fate: Fate| judged.iter().filter(move |one| one.1 == fate);
        let is_removed =
            |&&(entry, _): &&(u32, Fate)| self.log.entries.cell(entry) == Cell::Removed;
        let values_lost = all(Fate::Lost).any(|one| !is_removed(&one));
        if self.shows_several(slot) {
            Rule::Policy(Policy::Union)
        } else if values_lost {
            match self.policy_of(slot) {
                Policy::LastWriter => Rule::LastWriter,
                policy if policy == Policy::Review || self.is_plain(slot) => Rule::Policy(policy),
                _ => Rule::LastWriter,
            }
        } else if shows && all(Fate::Lost).any(|one| is_removed(&one)) {
            Rule::SetSurvives
        } else if shows && all(Fate::Shares).next().is_some() {
            Rule::Shared
        } else {
            Rule::Unopposed
        }
    }

    /// What each peer added to a counter.
    fn sum_decision(&self, counter: ContainerIx, told: &Told) -> Decision {
        let all = self.log.stretches(LvSpan::new(Lv(0), self.log.end()));
        let mut sums: BTreeMap<Peer, (Lv, i128)> = BTreeMap::new();
        for stretch in all.filter(|stretch| stretch.container == counter) {
            for (entry, lv) in stretch.entries().zip((stretch.span.start.0..).map(Lv)) {
                if let Cell::Int(by) = self.log.entries.cell(entry) {
                    let sum = sums.entry(self.log.id(lv).peer).or_insert((lv, 0));
                    *sum = (lv, sum.1 + i128::from(by));
                }
            }
        }
        let added = sums.into_values();
        let added =
            added.map(|(lv, by)| self.competitor(lv, Act::Added(by), Fate::Shares, None, told));
        let mut added: Vec<Competitor> = added.collect();
        added.sort_by_key(|one| Reverse((one.lamport, one.id)));
        Decision::new(About::Sum, Rule::Added, added)
    }

    /// Whether an operation was made knowing another one.
    pub(super) fn knows(&self, by: Lv, other: Lv) -> bool {
        let ground = self.log.ground.as_ref().map_or(Lv(0), |ground| ground.end);
        // Of what lies before a cut, only what nobody overwrote is left.
        by != other && by >= ground && self.log.graph.includes(&self.log.graph.parents(by), other)
    }

    pub(super) fn competitor(
        &self,
        lv: Lv,
        act: Act,
        fate: Fate,
        winner: Option<Lv>,
        told: &Told,
    ) -> Competitor {
        let id = self.log.id(lv);
        let of = told.range(..=(id.peer, id.seq)).next_back();
        let of = of.filter(|(first, of)| first.0 == id.peer && id.seq - first.1 < of.operations);
        let of = of.map(|(_, of)| of);
        let is_apart =
            |winner: &Lv| *winner != lv && !self.knows(*winner, lv) && !self.knows(lv, *winner);
        Competitor {
            id,
            lamport: self.log.graph.lamport(lv),
            author: of.and_then(|of| of.author.clone()),
            message: of.and_then(|of| of.message.clone()),
            time: of.and_then(|of| of.time),
            act,
            fate,
            is_concurrent: winner.as_ref().is_some_and(is_apart),
        }
    }
}

fn by_first(entry: LogEntry) -> ((Peer, u32), LogEntry) {
    ((entry.peer, entry.seq), entry)
}

impl Decision {
    /// `competitors` are sorted by their (Lamport, peer), the largest first.
    pub(super) fn new(about: About, rule: Rule, mut competitors: Vec<Competitor>) -> Self {
        competitors.sort_by_key(|one| one.fate != Fate::Won);
        Decision {
            about,
            rule,
            competitors,
        }
    }
}
