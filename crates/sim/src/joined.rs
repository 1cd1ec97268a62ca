//! Links as they come and go: who meets, who is cut off, who ends a session.

use syncline::sync::{Only, Options, Session};

use crate::link::{Link, Way};
use crate::replica::State;
use crate::world::{Due, World};

/// Where they meet rarely, they part again within an hour.
const HOUR_MS: u64 = 3_600_000;

impl World<'_> {
    /// Two replicas meet, if they can, and begin a session.
    pub(crate) fn meet(&mut self, edge: usize) -> Result<(), String> {
        let [one, other] = self.plan.edges[edge];
        if self.edges[edge].link.is_some() || !self.can_meet(edge) {
            return Ok(());
        }
        let is_turned = self.random.happens(5_000);
        let ends = if is_turned {
            [other, one]
        } else {
            [one, other]
        };
        let mut options = self.plan.options();
        if !self.plan.is_counted && self.random.happens(7_000) {
            options.resume = self.edges[edge].resumes[usize::from(is_turned)];
        }
        let is_partial = self.is_partial(&mut options);
        let nonce = self.random.number();
        let names = &self.names;
        let began = ends.map(|replica| self.replicas[replica].versions(names));
        let has_resume = options.resume.is_some();
        let documents = self.replicas[ends[0]].store.documents();
        let asker = Session::ask(documents, nonce, options)
            .map_err(|error| format!("replica {} cannot ask: {error}", ends[0]))?;
        let answerer = Session::answer(self.plan.options());
        self.note(format_args!(
            "replicas {} and {} meet on edge {edge}{}{}",
            ends[0],
            ends[1],
            if has_resume { ", again" } else { "" },
            if is_partial { ", for a part" } else { "" }
        ));
        self.outcome.sessions += 1;
        // A document without a name is begun with from the beginning.
        let begun = if self.plan.is_single { vec![0] } else { vec![] };
        let joined = &mut self.edges[edge];
        joined.links += 1;
        joined.link = Some(Link {
            nth: joined.links,
            ends,
            sessions: [asker, answerer],
            ways: [Way::default(), Way::default()],
            began,
            depths: [0; 2],
            is_suspect: false,
            is_partial,
            begun: [begun.clone(), begun],
            wanted: Default::default(),
            offered: Default::default(),
            is_ending: false,
        });
        if self.plan.is_rare && !self.is_calm {
            let nth = self.edges[edge].links;
            self.after([1, HOUR_MS], Due::Notice { edge, nth });
        }
        self.share_first(edge);
        self.pump_link(edge, 0)
    }

    fn can_meet(&self, edge: usize) -> bool {
        let [one, other] = self.plan.edges[edge];
        let is_here = |replica: usize| self.replicas[replica].state == State::Here;
        let is_parted = self
            .sides
            .as_ref()
            .is_some_and(|sides| sides[one] != sides[other]);
        is_here(one) && is_here(other) && !is_parted && !self.is_kept_apart(edge)
    }

    /// Now and then a session is about some of the documents, or the asker wants to be told first.
    fn is_partial(&mut self, options: &mut Options) -> bool {
        if self.is_calm || self.plan.is_single || !self.random.happens(800) {
            return false;
        }
        if self.random.happens(3_000) {
            options.offers = true;
            return true;
        }
        let name = self.names[self.random.index(self.names.len())].clone();
        options.only = match self.random.happens(5_000) {
            true => Only::Prefix(name),
            false => Only::Names(vec![name, "none".into()]),
        };
        true
    }

    /// Who has come back meets those to whom it is to be joined.
    pub(crate) fn meet_all(&mut self, replica: usize) {
        for edge in self.edges_of[replica].clone() {
            self.soon(1, Due::Meet { edge });
        }
    }

    /// A link breaks, with all that is on its way; both ends know at once.
    pub(crate) fn cut(&mut self, edge: usize) {
        if let Some(link) = self.edges[edge].link.take() {
            self.note(format_args!("edge {edge} is cut"));
            for (end, session) in link.sessions.iter().enumerate() {
                if let Some(resume) = session.resume() {
                    let is_larger = link.ends[end] == self.plan.edges[edge][1];
                    self.edges[edge].resumes[usize::from(is_larger)] = Some(resume);
                }
            }
            self.soon(1, Due::Meet { edge });
        }
    }

    /// Cuts all links of a replica. One that crashes forgets its sessions, and mostly those before too.
    pub(crate) fn cut_all(&mut self, replica: usize, forgets: bool) {
        let forgets = forgets && self.random.happens(8_000);
        for edge in self.edges_of[replica].clone() {
            self.cut(edge);
            if forgets {
                let is_larger = self.plan.edges[edge][1] == replica;
                self.edges[edge].resumes[usize::from(is_larger)] = None;
            }
        }
    }

    /// Both ends have noticed that a link is broken, or that the session is over.
    pub(crate) fn notice(&mut self, edge: usize, nth: u32) {
        let link = self.edges[edge].link.as_ref();
        if link.is_some_and(|link| link.nth == nth) {
            self.cut(edge);
        }
    }

    /// A replica ends a session, as it should.
    pub(crate) fn close(&mut self, edge: usize, replica: usize) -> Result<(), String> {
        let Some(link) = self.edges.get_mut(edge).and_then(|edge| edge.link.as_mut()) else {
            return Ok(());
        };
        let Some(end) = link.end_of(replica) else {
            return Ok(());
        };
        link.sessions[end].close();
        self.fault(format_args!(
            "replica {replica} ends the session of edge {edge}"
        ));
        self.pump_link(edge, end)
    }
}
