//! Where each peer's last stretch in each container ended.

use std::collections::BTreeMap;

/// A peer's places; what it did last is at hand.
#[derive(Default)]
struct Places {
    container: u32,
    end: u32,
    others: BTreeMap<u32, u32>,
}

/// Places by peer and container, by their numbers in the delta; 0 where there is none yet.
#[derive(Default)]
pub(super) struct Cursors {
    peers: Vec<Places>,
    /// How many places are not at hand.
    others: usize,
}

/// What a place that is not at hand takes, about.
const OTHER: usize = 24;

impl Cursors {
    /// What all of it takes, about.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        self.peers.capacity() * size_of::<Places>() + self.others * OTHER
    }

    /// The peer's place in the container, to be read and moved on.
    #[inline]
    pub(super) fn of(&mut self, peer: u32, container: u32) -> &mut u32 {
        let at = peer as usize;
        match self.peers.get(at) {
            Some(places) if places.container == container => &mut self.peers[at].end,
            _ => self.of_another(at, container),
        }
    }

    #[inline(never)]
    fn of_another(&mut self, at: usize, container: u32) -> &mut u32 {
        if at >= self.peers.len() {
            self.peers.resize_with(at + 1, Places::default);
        }
        let places = &mut self.peers[at];
        if places.container != container {
            let known = places.others.insert(places.container, places.end);
            self.others += usize::from(known.is_none());
            places.end = places.others.get(&container).copied().unwrap_or(0);
            places.container = container;
        }
        &mut places.end
    }
}
