//! What every replica ends with: they receive the rest, and their texts and versions are compared.

use syncline::{Doc, Frontier, VersionVector};

use super::typing::TEXT;
use crate::failure::{ENGINE_FAULT, Failure};
use crate::progress::Progress;

/// How many replicas with a wrong text are told of, each by name.
const MAX_TOLD: usize = 3;

/// The end of a history on all its replicas.
pub(crate) struct Ends {
    name: &'static str,
    /// The text of the replica that the others are compared with.
    pub(crate) text: String,
    frontier: Frontier,
    /// Whether all replicas show the same text at the same version.
    pub(crate) converged: bool,
    /// Number of replicas compared.
    pub(crate) replicas: usize,
    /// The names and texts of the first few replicas whose text is another.
    others: Vec<(String, String)>,
}

impl Ends {
    /// Starts from one replica, called `name`.
    pub(crate) fn of(name: &'static str, doc: &Doc) -> Ends {
        let (text, frontier) = (doc.text(TEXT).to_string(), doc.frontier());
        Ends {
            name,
            text,
            frontier,
            converged: true,
            replicas: 1,
            others: Vec::new(),
        }
    }

    /// Compares one more, called `name`.
    pub(crate) fn compare(&mut self, name: &str, doc: &Doc) {
        self.replicas += 1;
        let text = doc.text(TEXT).to_string();
        self.converged &= doc.frontier() == self.frontier && text == self.text;
        if text != self.text && self.others.len() < MAX_TOLD {
            self.others.push((name.to_owned(), text));
        }
    }

    /// Lets each agent's replica receive what `hub` holds and it lacks, and compares it.
    pub(crate) fn compare_agents(
        &mut self,
        replicas: Vec<Doc>,
        hub: &mut Doc,
        name: &str,
    ) -> Result<(), Failure> {
        let mut progress = Progress::begin(name, "receiving the rest", replicas.len());
        for (agent, mut doc) in replicas.into_iter().enumerate() {
            let name = format!("agent {agent}'s replica");
            doc.merge(&hub.delta_since(&doc.version_vector()))
                .map_err(|error| not_received(&name, &error))?;
            self.compare(&name, &doc);
            progress.step();
        }
        Ok(())
    }

    /// Compares an empty replica that receives all of `writer` in one delta, and what a saved `writer` loads as.
    pub(crate) fn compare_copies(&mut self, writer: &mut Doc) -> Result<(), Failure> {
        let mut receiver = Doc::new();
        let name = "the replica that received all at once";
        receiver
            .merge(&writer.delta_since(&VersionVector::new()))
            .map_err(|error| not_received(name, &error))?;
        self.compare(name, &receiver);
        let name = "the replica that was saved and loaded";
        let loaded = Doc::load(&writer.save()).map_err(|error| not_received(name, &error))?;
        self.compare(name, &loaded);
        Ok(())
    }

    /// The texts that are not `expected`, each with whose it is and the first position, in scalars, that differs.
    pub(crate) fn differences<'a>(
        &'a self,
        expected: &'a str,
    ) -> impl Iterator<Item = Difference<'a>> {
        let name = if self.others.is_empty() {
            "every replica"
        } else {
            self.name
        };
        let main = std::iter::once((name, self.text.as_str()));
        let others = self
            .others
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        main.chain(others).filter_map(move |(whose, found)| {
            first_difference(expected, found).map(|position| Difference {
                whose,
                position,
                expected,
                found,
            })
        })
    }
}

fn not_received(name: &str, error: &syncline::Error) -> Failure {
    Failure::new(format!("{name}: {error}"), ENGINE_FAULT)
}

/// One text that is not the expected one.
pub(crate) struct Difference<'a> {
    pub(crate) whose: &'a str,
    /// In scalars.
    pub(crate) position: usize,
    expected: &'a str,
    found: &'a str,
}

impl Difference<'_> {
    /// What stands on both sides around the position.
    pub(crate) fn excerpts(&self) -> (String, String) {
        let around = |text: &str| {
            let from = self.position.saturating_sub(12);
            let shown: String = text.chars().skip(from).take(32).collect();
            format!("{shown:?}")
        };
        (around(self.expected), around(self.found))
    }
}

fn first_difference(expected: &str, found: &str) -> Option<usize> {
    if expected == found {
        return None;
    }
    let same = expected
        .chars()
        .zip(found.chars())
        .take_while(|(a, b)| a == b)
        .count();
    Some(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(peer: u64, text: &str) -> Doc {
        let mut doc = Doc::with_peer(syncline::Peer::new(peer).unwrap());
        doc.transact(|tx| tx.text(TEXT).insert(0, text)).unwrap();
        doc
    }

    #[test]
    fn replicas_converge_by_text_and_by_version() {
        let mut ends = Ends::of("first", &doc(1, "same"));
        ends.compare("second", &doc(1, "same"));
        assert!(ends.converged);
        ends.compare("third", &doc(2, "same"));
        assert!(!ends.converged, "another version");
        assert_eq!(ends.differences("same").count(), 0);

        let mut ends = Ends::of("first", &doc(1, "same"));
        ends.compare("second", &doc(1, "sane"));
        assert!(!ends.converged, "another text");
        let whose = |expected| {
            ends.differences(expected)
                .map(|found| (found.whose, found.position))
                .collect::<Vec<_>>()
        };
        assert_eq!(whose("same"), [("second", 2)]);
        assert_eq!(whose("some"), [("first", 1), ("second", 1)]);
    }

    #[test]
    fn the_first_difference_counts_scalars() {
        assert_eq!(first_difference("", ""), None);
        assert_eq!(first_difference("a🙂b", "a🙂c"), Some(2));
        assert_eq!(first_difference("ab", "abc"), Some(2));
        assert_eq!(first_difference("x", ""), Some(0));
    }

    #[test]
    fn excerpts_show_both_sides_from_the_same_place() {
        let (expected, found) = ("0123456789abcdefghij", "0123456789abcdefghiX");
        let difference = Difference {
            whose: "it",
            position: 19,
            expected,
            found,
        };
        assert_eq!(
            difference.excerpts(),
            (
                "\"789abcdefghij\"".to_owned(),
                "\"789abcdefghiX\"".to_owned()
            )
        );
    }
}
