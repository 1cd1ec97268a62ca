//! Documents of which a side takes nothing: since they may only be read there, or since they are not wanted.

use super::documents::Documents;
use super::event::Event;
use super::give::name_of;
use super::message::{Begin, CLOSED, UNWANTED, message};
use super::session::Session;

impl Session {
    /// Takes nothing of a document that may only be read, and says so, once.
    pub(super) fn take_none(&mut self, key: u64) {
        let line = self.lines.entry(key).or_default();
        line.is_received = true;
        if std::mem::replace(&mut line.is_closed, true) {
            return;
        }
        match self.options.tells_read_only {
            true => self.tell(key, CLOSED),
            // It would take what it sent for stored.
            false => self.put_off(key),
        }
    }

    /// The other side takes nothing of a document.
    pub(super) fn closed(&mut self, documents: &mut dyn Documents, key: u64) {
        self.due.remove(&key);
        if let Some(line) = self.lines.get_mut(&key).filter(|line| !line.is_off) {
            line.send_nothing();
            let document = name_of(documents, key);
            self.events.push_back(Event::ReadOnly { document });
        }
        self.note_settled_line(documents, key);
    }

    /// Says that a document is not wanted here.
    pub(super) fn put_off(&mut self, key: u64) {
        let line = self.lines.entry(key).or_default();
        line.is_off = true;
        line.pieces = None;
        self.tell(key, UNWANTED);
    }

    /// Says something of a document by its number, and gives it one if it has none.
    fn tell(&mut self, key: u64, what: u8) {
        if self
            .lines
            .get(&key)
            .is_none_or(|line| line.number.is_none())
        {
            self.open(key, Begin::Agreed);
        }
        if let Some(number) = self.lines.get(&key).and_then(|line| line.number) {
            self.ready.push_back(message(what, number));
        }
    }
}
