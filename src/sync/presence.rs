//! What people show of themselves: cursors, names, colours. It travels beside operations and is never stored.

use std::collections::BTreeMap;

use super::event::Event;
use crate::id::Peer;

/// Bytes of what one peer shows, at most.
pub(super) const STATE_MAX: usize = 4096;

/// Peers that are remembered, at most.
const PEERS_MAX: usize = 4096;

/// What each peer shows of itself: the last it said, until it is silent for too long by your clock.
///
/// [`Session::share`](super::Session::share) sends what is new to the other side; what comes from there is an
/// [`Event::Presence`], for [`take`](Presence::take). Whoever shares what it took passes on for others, as a relay does.
///
/// # Examples
///
/// ```
/// use syncline::{Peer, sync::Presence};
///
/// let anna = Peer::new(1).expect("not zero");
/// let mut presence = Presence::new();
/// presence.set(anna, b"cursor at 7", 1_000);
/// assert_eq!(presence.get(anna), Some(&b"cursor at 7"[..]));
///
/// // A minute later, with half a minute allowed.
/// assert_eq!(presence.expire(61_000, 30_000), [anna]);
/// assert_eq!(presence.get(anna), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Presence {
    states: BTreeMap<Peer, State>,
}

#[derive(Clone, Debug)]
struct State {
    clock: u32,
    /// Empty when they left; `None` where they were silent for too long. Then the clock alone is kept, so that what they say
    /// next is newer, and what somebody else still shows of them is not.
    shown: Option<Vec<u8>>,
    /// In milliseconds of the caller's clock.
    heard: u64,
}

impl Presence {
    /// Of nobody.
    pub fn new() -> Presence {
        Presence::default()
    }

    /// Shows something of one's own peer, now (milliseconds of any clock that does not go back); at most 4 KiB, more is cut
    /// off. An empty state says that the peer left. Say it again from time to time, for it not to expire elsewhere.
    pub fn set(&mut self, peer: Peer, state: &[u8], now: u64) {
        let clock = self.clock(peer).saturating_add(1);
        self.take(peer, clock, state, now);
    }

    /// Takes in what a peer said; whether it was news. What is older than what is known is passed over.
    pub fn take(&mut self, peer: Peer, clock: u32, state: &[u8], now: u64) -> bool {
        let is_known = self.states.contains_key(&peer);
        if clock <= self.clock(peer) || !(is_known || self.has_room()) {
            return false;
        }
        let shown = Some(state.get(..STATE_MAX).unwrap_or(state).to_vec());
        let heard = now;
        self.states.insert(
            peer,
            State {
                clock,
                shown,
                heard,
            },
        );
        true
    }

    /// Whether another peer can be remembered. Of those that were silent for too long, the one that was for longest goes.
    fn has_room(&mut self) -> bool {
        if self.states.len() >= PEERS_MAX {
            let silent = self
                .states
                .iter()
                .filter(|(_, state)| state.shown.is_none());
            let longest = silent.min_by_key(|(_, state)| state.heard);
            let Some((&peer, _)) = longest else {
                return false;
            };
            self.states.remove(&peer);
        }
        true
    }

    /// As [`take`](Presence::take), of an event of a session; other events are passed over.
    pub fn take_event(&mut self, event: &Event, now: u64) -> bool {
        match event {
            Event::Presence { peer, clock, state } => self.take(*peer, *clock, state, now),
            _ => false,
        }
    }

    /// Lets go of peers that were silent for longer than so many milliseconds. Gives those that were to be seen until now.
    pub fn expire(&mut self, now: u64, after: u64) -> Vec<Peer> {
        let mut seen = Vec::new();
        for (&peer, state) in &mut self.states {
            if now.saturating_sub(state.heard) <= after {
                continue;
            }
            if state.shown.take().is_some_and(|shown| !shown.is_empty()) {
                seen.push(peer);
            }
        }
        seen
    }

    /// What a peer shows; `None` if it shows nothing, or left.
    pub fn get(&self, peer: Peer) -> Option<&[u8]> {
        let shown = self.states.get(&peer)?.shown.as_deref();
        shown.filter(|shown| !shown.is_empty())
    }

    /// Who shows what, by peer.
    pub fn iter(&self) -> impl Iterator<Item = (Peer, &[u8])> {
        let said = self.said().map(|(peer, _, shown)| (peer, shown));
        said.filter(|(_, shown)| !shown.is_empty())
    }

    fn clock(&self, peer: Peer) -> u32 {
        self.states.get(&peer).map_or(0, |state| state.clock)
    }

    /// All that was said last, also by those who left, and not by those who were silent for too long.
    pub(super) fn said(&self) -> impl Iterator<Item = (Peer, u32, &[u8])> {
        self.states
            .iter()
            .filter_map(|(&peer, state)| Some((peer, state.clock, state.shown.as_deref()?)))
    }
}
