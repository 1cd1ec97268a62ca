//! From whom what is to be committed came.

use std::collections::BTreeSet;

use crate::cut::cut;

/// How many of them are named, and in how many bytes: the store takes no more.
const NAMED: usize = 3;
const ORIGIN_MAX: usize = 500;

/// Those from whom something came since the last commit, by name.
#[derive(Default)]
pub(crate) struct Senders(BTreeSet<String>);

impl Senders {
    /// Something came from one.
    pub(crate) fn note(&mut self, name: &str) {
        if !self.0.contains(name) {
            self.0.insert(name.to_owned());
        }
    }

    /// What to say of a commit: the first of them, and whether there are others. Nothing where all is from here. From now on others
    /// are noted.
    pub(crate) fn take(&mut self) -> Option<String> {
        let senders = std::mem::take(&mut self.0);
        let mut names = senders.iter().take(NAMED).cloned();
        let mut origin = names.next()?;
        for name in names {
            origin.push_str(", ");
            origin.push_str(&name);
        }
        if senders.len() > NAMED {
            origin.push_str(" and others");
        }
        Some(cut(&origin, ORIGIN_MAX).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_named_and_each_once() {
        let mut senders = Senders::default();
        assert_eq!(senders.take(), None);
        for name in ["Ben", "Ann", "Ben"] {
            senders.note(name);
        }
        assert_eq!(senders.take().as_deref(), Some("Ann, Ben"));
        assert_eq!(senders.take(), None);
        for name in ["Dan", "Carl", "Ben", "Ann"] {
            senders.note(name);
        }
        assert_eq!(senders.take().as_deref(), Some("Ann, Ben, Carl and others"));
    }

    #[test]
    fn what_is_long_is_cut_between_letters() {
        let mut senders = Senders::default();
        senders.note(&"ä".repeat(ORIGIN_MAX));
        assert_eq!(senders.take(), Some("ä".repeat(ORIGIN_MAX / 2)));
        // An odd number of bytes stands before the rest.
        senders.note(&format!("a{}", "ä".repeat(ORIGIN_MAX)));
        let cut = format!("a{}", "ä".repeat((ORIGIN_MAX - 1) / 2));
        assert_eq!(senders.take(), Some(cut));
    }
}
