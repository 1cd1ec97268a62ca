//! Sessions: messages are asked for and received, and what sessions say is held to the truth.

use syncline::sync::{Event, Offer};
use syncline::{Change, Doc, Error, Peer, VersionVector};

use crate::link::{Parcel, State};
use crate::network::{is_brief, kind, operations};
use crate::planted::Hiding;
use crate::world::{Due, World};

impl World<'_> {
    /// Something of a document changed in a replica.
    pub(crate) fn changed(&mut self, replica: usize, document: usize) -> Result<(), String> {
        let check_every = self.config.check_every;
        self.replicas[replica]
            .look(document, &self.names, check_every)
            .map_err(|what| format!("replica {replica}: {what}"))
    }

    /// Asks all sessions of a replica for what they have to say.
    pub(crate) fn pump(&mut self, replica: usize) -> Result<(), String> {
        for at in 0..self.edges_of[replica].len() {
            let edge = self.edges_of[replica][at];
            let link = self.edges[edge].link.as_ref();
            if let Some(end) = link.and_then(|link| link.end_of(replica)) {
                self.pump_link(edge, end)?;
            }
        }
        Ok(())
    }

    /// Asks one end of a link for its messages, as long as the transport takes them.
    pub(crate) fn pump_link(&mut self, edge: usize, end: usize) -> Result<(), String> {
        loop {
            let planted = self.config.planted;
            let Some(link) = &mut self.edges[edge].link else {
                return Ok(());
            };
            let replica = link.ends[end];
            if link.ways[end].parcels.len() >= self.plan.capacity {
                return Ok(());
            }
            let documents = self.replicas[replica].store.documents();
            let mut documents = Hiding::new(documents, planted, replica, &self.names);
            match link.sessions[end].next_message(&mut documents) {
                Ok(Some(message)) => self.send(edge, end, message)?,
                Ok(None) => {
                    let is_over = link.sessions[end].is_over() && !link.is_ending;
                    link.is_ending |= is_over;
                    let nth = link.nth;
                    if is_over {
                        self.soon(1, Due::Notice { edge, nth });
                    }
                    return self.hear(edge, end);
                }
                Err(error) if link.is_suspect => {
                    self.note(format_args!("replica {replica} ends edge {edge}: {error}"));
                    return Ok(());
                }
                Err(error) => {
                    return Err(format!("replica {replica} has nothing to say: {error}"));
                }
            }
        }
    }

    /// The next message of a link has come.
    pub(crate) fn arrive(&mut self, edge: usize, nth: u32, from: usize) -> Result<(), String> {
        let link = self.edges[edge].link.as_mut();
        let Some(link) = link.filter(|link| link.nth == nth) else {
            return Ok(());
        };
        let Some(parcel) = link.ways[from].parcels.pop_front() else {
            return Ok(());
        };
        let was_full = link.ways[from].parcels.len() + 1 >= self.plan.capacity;
        self.receive(edge, 1 - from, &parcel)?;
        let link = self.edges[edge].link.as_ref();
        if let Some(replica) = link.map(|link| link.ends[1 - from]) {
            self.hear(edge, 1 - from)?;
            self.pump(replica)?;
        }
        if was_full {
            self.pump_link(edge, from)?;
        }
        Ok(())
    }

    fn receive(&mut self, edge: usize, end: usize, parcel: &Parcel) -> Result<(), String> {
        let Some(link) = &mut self.edges[edge].link else {
            return Ok(());
        };
        let replica = link.ends[end];
        link.depths[end] = link.depths[end].max(parcel.depth);
        if link.sessions[end].is_over() {
            return Ok(());
        }
        let may_fail = parcel.state != State::Whole || link.is_suspect;
        if self.plan.is_counted && !may_fail {
            self.brought[0] += operations(&parcel.bytes);
        }
        // While a fork is seen to or a base is on its way, keystrokes are passed over: the next seal tells.
        let may_pass = (self.config.forks || self.plan.drops_history) && is_brief(&parcel.bytes);
        let own = &mut self.replicas[replica];
        let before = may_fail.then(|| own.pictures(&self.names));
        let documents = own.store.documents();
        let mut documents = Hiding::new(documents, self.config.planted, replica, &self.names);
        let taken = link.sessions[end].receive(&mut documents, &parcel.bytes);
        let len = parcel.bytes.len();
        match (taken, before) {
            (Ok(()), _) if parcel.state == State::Wrong && !may_pass => Err(format!(
                "replica {replica} takes a message on edge {edge} that is not the one that was sent"
            )),
            (Ok(()), _) => {
                link.is_suspect |= parcel.state != State::Whole;
                self.note(format_args!(
                    "replica {replica} takes message {} on edge {edge}: {}, {len} bytes",
                    parcel.depth,
                    kind(&parcel.bytes)
                ));
                Ok(())
            }
            (Err(error), Some(before)) => {
                if own.pictures(&self.names) != before {
                    return Err(format!(
                        "replica {replica} shows something else after an error: {error}"
                    ));
                }
                // What it says to the other side then proves nothing.
                link.is_suspect = true;
                self.note(format_args!("replica {replica} ends edge {edge}: {error}"));
                Ok(())
            }
            (Err(error), None) => Err(format!(
                "replica {replica} refuses message {} on edge {edge} ({}, {len} bytes): {error}",
                parcel.depth,
                kind(&parcel.bytes)
            )),
        }
    }

    /// Takes what a session has to tell.
    fn hear(&mut self, edge: usize, end: usize) -> Result<(), String> {
        loop {
            let link = self.edges[edge].link.as_mut();
            let event = link.and_then(|link| link.sessions[end].next_event());
            let Some(event) = event else {
                return Ok(());
            };
            self.take_event(edge, end, event)
                .map_err(|what| format!("edge {edge}: {what}"))?;
        }
    }

    fn take_event(&mut self, edge: usize, end: usize, event: Event) -> Result<(), String> {
        let Some(link) = &self.edges[edge].link else {
            return Ok(());
        };
        let replica = link.ends[end];
        let (is_suspect, is_partial) = (link.is_suspect, link.is_partial);
        let is_trusted = !is_suspect && !is_partial;
        match event {
            Event::Changed { document, change } => {
                let document = self.number(&document)?;
                self.rejected(replica, document, &change)?;
                self.brought[1] += u64::from(change.applied());
                self.note(format_args!(
                    "replica {replica} has {} operations more of document {document}",
                    change.applied()
                ));
                self.changed(replica, document)
            }
            Event::Progress {
                received,
                to_receive,
                sent,
                to_send,
                ..
            } if received > to_receive || sent > to_send => Err(format!(
                "replica {replica} is told {received} of {to_receive} and {sent} of {to_send}"
            )),
            Event::Synced { document } if is_trusted => {
                let document = self.number(&document)?;
                self.is_synced(edge, end, document)
            }
            Event::Settled => self.settled(edge, end),
            Event::Presence { .. } => self.hear_presence(replica, &event),
            Event::Replaced { .. }
            | Event::Behind { .. }
            | Event::Refused {
                error: Error::NeedsBase { .. },
                ..
            } => self.lacks_history(edge, end, &event),
            Event::Unwanted { .. } if self.plan.drops_history => {
                self.lacks_history(edge, end, &event)
            }
            Event::Offered { documents } => self.fetch(edge, end, &documents),
            Event::Forked {
                document,
                peer,
                seq,
            } => {
                let document = self.number(&document)?;
                self.note(format_args!(
                    "replica {replica} finds peer {peer} forked at {seq:?} in document {document}"
                ));
                if is_suspect {
                    return Ok(());
                }
                self.found_fork(replica, document, peer)
            }
            Event::Refused { document, error } if is_trusted => {
                Err(format!("replica {replica} refuses `{document}`: {error}"))
            }
            Event::Unwanted { document } if is_trusted && !self.config.forks => Err(format!(
                "replica {replica} is told that `{document}` is unwanted"
            )),
            _ => Ok(()),
        }
    }

    /// Two histories of one peer are a failure, unless they are asked for.
    pub(crate) fn found_fork(
        &mut self,
        replica: usize,
        document: usize,
        peer: Peer,
    ) -> Result<(), String> {
        self.outcome.forks += 1;
        self.forked.insert(document);
        match self.config.forks {
            true => Ok(()),
            false => Err(format!(
                "replica {replica} finds peer {peer} forked in document {document}"
            )),
        }
    }

    /// What had waited was checked when it came: only a fork can show later.
    pub(crate) fn rejected(
        &mut self,
        replica: usize,
        document: usize,
        change: &Change,
    ) -> Result<(), String> {
        match change.rejected().first().map(|rejected| &rejected.error) {
            None => Ok(()),
            Some(Error::Forked { peer, .. }) => self.found_fork(replica, document, *peer),
            Some(Error::NeedsBase { .. }) if self.plan.drops_history => Ok(()),
            Some(error) => Err(format!("replica {replica} rejects what waited: {error}")),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Result<usize, String> {
        let number = match self.plan.is_single {
            true => Some(0),
            false => name.strip_prefix("doc/").and_then(|at| at.parse().ok()),
        };
        number.ok_or_else(|| format!("nobody made document `{name}`"))
    }

    /// Who is told that a document is in step has what the other side had at the beginning.
    fn is_synced(&self, edge: usize, end: usize, document: usize) -> Result<(), String> {
        let Some(link) = &self.edges[edge].link else {
            return Ok(());
        };
        let replica = link.ends[end];
        let has = self.replicas[replica].store.get(&self.names[document]);
        if has.is_some_and(|doc| doc.splits().next().is_some()) {
            // What a peer wrote from a split on has another's name now.
            return Ok(());
        }
        let has = has.map_or_else(VersionVector::new, Doc::version_vector);
        let had = &link.began[1 - end][document];
        if !has.includes(had) && !self.forked.contains(&document) {
            return Err(format!(
                "replica {replica} is told that document {document} is in step, and lacks some: it has {has:?}, the other had {had:?}"
            ));
        }
        Ok(())
    }

    fn settled(&mut self, edge: usize, end: usize) -> Result<(), String> {
        let Some(link) = &self.edges[edge].link else {
            return Ok(());
        };
        let trips = u64::from(link.depths[end]).div_ceil(2);
        let replica = link.ends[end];
        if !link.is_suspect && !link.is_partial {
            let is_left_out =
                |at: &usize| link.offered.iter().any(|offered| offered.contains_key(at));
            for document in (0..self.names.len()).filter(|at| !is_left_out(at)) {
                self.is_synced(edge, end, document)?;
            }
        }
        if end == 0 {
            self.outcome.round_trips += trips;
        }
        self.note(format_args!("replica {replica} is in step on edge {edge}"));
        Ok(())
    }

    /// Takes all that is offered, or the first.
    fn fetch(&mut self, edge: usize, end: usize, offered: &[Offer]) -> Result<(), String> {
        let count = self.random.count(1, offered.len());
        if let Some(link) = &mut self.edges[edge].link {
            let names = offered.iter().take(count).map(|offer| &*offer.name);
            link.sessions[end].fetch(names);
        }
        Ok(())
    }
}
