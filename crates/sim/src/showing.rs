//! What replicas show of themselves, how it travels beside operations, and what is held to be true of it.

use syncline::Peer;
use syncline::sync::Event;

use crate::world::World;

/// Who was silent for so long is shown no more.
const SILENCE_MS: u64 = 30_000;

impl World<'_> {
    /// As whom a replica shows itself: a new one each time it starts.
    fn shown_as(&self, replica: usize) -> Peer {
        let own = &self.replicas[replica];
        let turn = 1 << 20 | u64::from(own.restarts);
        own.peer(self.config.seed, replica, None, turn)
    }

    /// A replica shows something new of itself.
    pub(crate) fn show(&mut self, replica: usize) {
        let peer = self.shown_as(replica);
        let presence = &mut self.replicas[replica].presence;
        presence.expire(self.now, SILENCE_MS);
        let said = self.said.entry(peer).or_default();
        let state = format!("{} of {peer}", said.len() + 1).into_bytes();
        presence.set(peer, &state, self.now);
        said.push(state);
        self.note(format_args!("replica {replica} shows itself as {peer}"));
        self.share(replica);
    }

    /// Tells all sessions of a replica what it shows of itself, and of others.
    fn share(&mut self, replica: usize) {
        let presence = &self.replicas[replica].presence;
        for &edge in &self.edges_of[replica] {
            if let Some(link) = &mut self.edges[edge].link
                && let Some(end) = link.end_of(replica)
            {
                link.sessions[end].share(presence);
            }
        }
    }

    /// Tells a session that begins what both sides show.
    pub(crate) fn share_first(&mut self, edge: usize) {
        if let Some(link) = &mut self.edges[edge].link {
            for (session, replica) in link.sessions.iter_mut().zip(link.ends) {
                session.share(&self.replicas[replica].presence);
            }
        }
    }

    /// A replica hears what somebody shows: they said so, and nothing newer was heard before. It passes it on.
    pub(crate) fn hear_presence(&mut self, replica: usize, event: &Event) -> Result<(), String> {
        let Event::Presence { peer, state, .. } = event else {
            return Ok(());
        };
        let said = self.said.get(peer);
        let nth = said.and_then(|said| said.iter().position(|said| said == state));
        let Some(nth) = nth else {
            return Err(format!(
                "replica {replica} is shown what {peer} did not say"
            ));
        };
        let own = &mut self.replicas[replica];
        if !own.presence.take_event(event, self.now) {
            return Ok(());
        }
        let newest = own.heard.insert(*peer, nth);
        if newest.is_some_and(|newest| newest >= nth) {
            return Err(format!("replica {replica} is shown {peer} as it was"));
        }
        self.note(format_args!("replica {replica} is shown peer {peer}"));
        self.share(replica);
        Ok(())
    }

    /// In the end all are shown as they were last.
    pub(crate) fn judge_presence(&self) -> Result<(), String> {
        for replica in 0..self.replicas.len() {
            let peer = self.shown_as(replica);
            let last = self.said.get(&peer).and_then(|said| said.last());
            for (at, other) in self.replicas.iter().enumerate() {
                if other.presence.get(peer) != last.map(Vec::as_slice) {
                    return Err(format!("replica {at} is not shown replica {replica}"));
                }
            }
        }
        Ok(())
    }
}
