//! Numbers of peers, containers and keys, as fields: what is likely is small.

/// Containers or keys: new ones come up in the order of their table.
#[derive(Default)]
pub(super) struct Newest {
    /// One more than the highest number so far.
    next: u32,
}

impl Newest {
    /// Counts one that is known from elsewhere; gives its number.
    pub(super) fn given(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// 0 for the next new one, else one more than the number.
    pub(super) fn put(&mut self, number: u32) -> u64 {
        if number == self.next {
            self.next += 1;
            return 0;
        }
        self.next = self.next.max(number.saturating_add(1));
        u64::from(number) + 1
    }

    /// The number that stands so.
    pub(super) fn take(&mut self, value: u64) -> Option<u32> {
        let number = match value.checked_sub(1) {
            None => self.next,
            Some(number) => u32::try_from(number).ok()?,
        };
        self.next = self.next.max(number.checked_add(1)?);
        Some(number)
    }
}

/// Who wrote a run, and whose operations it follows.
#[derive(Default)]
pub(super) struct Authors {
    peers: Newest,
    /// Of the last run.
    last: u32,
    /// The last one before who is another.
    other: u32,
}

impl Authors {
    /// 0 for the other, 1 for the last, 2 for a new one, else 3 more than the number.
    pub(super) fn put(&mut self, author: u32) -> u64 {
        let value = match () {
            _ if author == self.peers.next => 2,
            _ if author == self.other => 0,
            _ if author == self.last => 1,
            _ => u64::from(author) + 3,
        };
        self.note(author);
        value
    }

    pub(super) fn take(&mut self, value: u64) -> Option<u32> {
        let author = match value {
            0 => self.other,
            1 => self.last,
            2 => self.peers.next,
            _ => u32::try_from(value - 3).ok()?,
        };
        self.note(author);
        Some(author)
    }

    /// 0 for the other, 1 for a new one, else 2 more than the number.
    pub(super) fn put_parent(&mut self, peer: u32) -> u64 {
        if peer == self.other && peer != self.peers.next {
            return 0;
        }
        match self.peers.put(peer) {
            0 => 1,
            more => more + 1,
        }
    }

    pub(super) fn take_parent(&mut self, value: u64) -> Option<u32> {
        match value {
            0 => Some(self.other),
            value => self.peers.take(value - 1),
        }
    }

    fn note(&mut self, author: u32) {
        self.peers.put(author);
        if author != self.last {
            self.other = self.last;
            self.last = author;
        }
    }
}
