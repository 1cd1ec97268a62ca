//! What a caller that keeps many sessions over the same documents asks of each, so that it need not ask all of them all the time, nor
//! keep every document in memory.

use super::documents::Documents;
use super::session::{Session, Stage};
use crate::error::Error;

impl Session {
    /// Whether there may be something to say of a document that was written to, by its [key](super::key_of) and name: then ask for
    /// the [`next_message`](Session::next_message). For documents that are nothing to this session it need not be asked.
    pub fn concerns(&self, key: u64, name: &str) -> bool {
        if self.stage != Stage::Running {
            return false;
        }
        match self.lines.get(&key) {
            Some(line) => !line.is_off && !line.is_closed_there,
            None => self.includes(key, name),
        }
    }

    /// Whether it has begun, and is not over: what it is about is known.
    pub fn is_running(&self) -> bool {
        self.stage == Stage::Running
    }

    /// Whether the session is about a document: all, or those that the asker named. Not known before its hello has come.
    pub fn includes(&self, key: u64, name: &str) -> bool {
        self.stage == Stage::Running
            && match &self.only_keys {
                Some(keys) => keys.binary_search(&key).is_ok(),
                None => self.is_single || self.only.includes(name),
            }
    }

    /// Whether the session is in the middle of something with a document, for which it has to stay as it is in memory. If not, the
    /// document may be put away, and loaded again when it is asked for.
    pub fn is_busy_with(&self, key: u64) -> bool {
        let line = self.lines.get(&key).filter(|line| !line.is_off);
        line.is_some_and(|line| {
            line.known.is_none()
                || line.pieces.is_some()
                || line.finding.is_some()
                || line.parting.is_some()
                || line.taking.is_some()
                || line.giving.is_some()
                || self.due.contains(&key)
        })
    }

    /// Whether all that is here has been said: nothing is to be said when there is room again, and nothing is being found.
    pub fn has_said_all(&self) -> bool {
        self.is_settled && self.ready.is_empty() && self.due.is_empty() && self.unsettled.is_empty()
    }

    /// Takes no more of a document, since what came of it cannot be kept: the other side is told by the next messages, and the
    /// caller by [`Event::Refused`](super::Event::Refused). Other documents go on. Nothing happens where the session has nothing to
    /// do with it.
    pub fn leave_out(&mut self, documents: &mut dyn Documents, key: u64, error: Error) {
        let line = self.lines.get(&key).filter(|line| !line.is_off);
        if line.is_some() && self.stage == Stage::Running {
            self.refuse(documents, key, error);
        }
    }
}
