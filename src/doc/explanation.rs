//! Why a place of the document shows what it does, as data and to be read.

use std::fmt;

use super::policy::Policy;
use crate::id::OpId;
use crate::oplog::Kind;
use crate::value::Value;

/// Why a place of the document shows what it does: which operations competed for it, who made them, when, which of them knew
/// each other, which won, and by which rule. See [`Doc::explain`](crate::Doc::explain).
///
/// To be read, `{}` gives a line for each competitor.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The place.
    pub path: String,
    /// What it shows; `None` where it shows nothing any more.
    pub value: Option<Value>,
    /// What had to be decided, most telling first.
    pub decisions: Vec<Decision>,
    /// Whether all that competed is known. Not where the document is without the history before a cut: then what was
    /// overwritten or counted before that is not told of.
    pub is_complete: bool,
}

/// One question, and what competed for the answer.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// What was to be decided.
    pub about: About,
    /// How it was.
    pub rule: Rule,
    /// What competed, the winner first, then by (Lamport, peer), the largest first. Of each peer the last write: it knew its
    /// own before. What was taken back does not compete.
    pub competitors: Vec<Competitor>,
}

/// What was to be decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum About {
    /// Which value shows.
    Value,
    /// Where an element of a list stands.
    Place,
    /// Whether an element of a list is there, told of the list for elements that are deleted; or a container at a key, where
    /// others wrote in it who did not know that it went.
    Presence,
    /// Which of several roots of one name and different kinds the name stands for.
    Root,
    /// What a counter comes to.
    Sum,
}

/// By what it was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Rule {
    /// The winner knew all others: nobody disagreed.
    Unopposed,
    /// Of concurrent writes, the one with the largest Lamport number shows, and of those the largest peer.
    LastWriter,
    /// A set survives a removal that did not know it.
    SetSurvives,
    /// Who opens a key at the same time as others shares the container with them.
    Shared,
    /// A deletion stands, whatever is concurrent.
    DeletionStands,
    /// All that was counted adds up.
    Added,
    /// The policy of the key.
    Policy(Policy),
    /// The first of text, list, map and counter that holds something.
    KindOrder,
}

/// An operation that competed.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Competitor {
    /// The operation, with its peer. Of a counter, the peer's last.
    pub id: OpId,
    /// Its Lamport number: 1 more than the largest that it knew.
    pub lamport: u32,
    /// The name that the peer had told by then.
    pub author: Option<String>,
    /// Why its transaction was made, if that was said.
    pub message: Option<String>,
    /// When, in milliseconds since 1970, if that was said. By the clock of whoever made it.
    pub time: Option<i64>,
    /// What it did.
    pub act: Act,
    /// What became of it.
    pub fate: Fate,
    /// Whether it and the winner were made apart: neither knew the other.
    pub is_concurrent: bool,
}

/// What a competing operation did.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Act {
    /// Inserted an element, which shows this value now.
    Inserted(Value),
    /// Set a value; of a list or map, its contents now.
    Set(Value),
    /// Opened a container at a key.
    Opened(Kind),
    /// Removed a key.
    Removed,
    /// Deleted an element.
    Deleted,
    /// Moved an element to this index of the list as it then was.
    Moved(usize),
    /// Moved a container of that kind to a key.
    MovedHere(Kind),
    /// Wrote in a container of that kind, which went, or stood in what did: the peer's last write there.
    Wrote(Kind),
    /// Added to a counter: all of the peer's operations together.
    Added(i128),
    /// Made a root of that kind, by writing to it first.
    Made(Kind),
}

/// What became of a competing operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fate {
    /// It decides what shows.
    Won,
    /// It shares in what shows.
    Shares,
    /// It lost, and nothing overwrote it.
    Lost,
    /// Somebody who knew it wrote after it.
    Overwritten,
    /// The container stands elsewhere: it was moved on, or its move would have put it within itself or too deep.
    Elsewhere,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "`{}` shows {}", self.path, value.to_json())?,
            None => write!(f, "`{}` shows nothing", self.path)?,
        }
        for decision in &self.decisions {
            write!(f, "\n{decision}")?;
        }
        if !self.is_complete {
            f.write_str("\nwhat was before the document's cut is not known")?;
        }
        Ok(())
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = match self.about {
            About::Value => "value",
            About::Place => "place",
            About::Presence => "deleted",
            About::Root => "root",
            About::Sum => "sum",
        };
        write!(f, "{about}: {}", self.rule)?;
        for competitor in &self.competitors {
            write!(f, "\n  {competitor}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rule::Unopposed => "nobody disagreed",
            Rule::LastWriter => "the last writer wins, by (Lamport, peer)",
            Rule::SetSurvives => "a set survives a concurrent removal",
            Rule::Shared => "who opens a key at the same time shares it",
            Rule::DeletionStands => "a deletion stands, whatever is concurrent",
            Rule::Added => "all adds up",
            Rule::KindOrder => "the first kind that holds something",
            Rule::Policy(policy) => return write!(f, "the policy {policy}"),
        })
    }
}

impl fmt::Display for Competitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fate = match self.fate {
            Fate::Won => "won",
            Fate::Shares => "shares",
            Fate::Lost => "lost",
            Fate::Overwritten => "overwritten",
            Fate::Elsewhere => "elsewhere",
        };
        write!(f, "{fate}: {}", self.act)?;
        match &self.author {
            Some(author) => write!(f, " by {author} ({})", self.id)?,
            None => write!(f, " by {}", self.id)?,
        }
        write!(f, ", Lamport {}", self.lamport)?;
        if let Some(time) = self.time {
            write!(f, ", at {time} ms")?;
        }
        if self.is_concurrent {
            f.write_str(", concurrent")?;
        }
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Inserted(value) => write!(f, "inserted {}", value.to_json()),
            Act::Set(value) => write!(f, "set {}", value.to_json()),
            Act::Opened(kind) => write!(f, "opened a {kind}"),
            Act::Removed => f.write_str("removed"),
            Act::Deleted => f.write_str("deleted"),
            Act::Moved(to) => write!(f, "moved to {to}"),
            Act::MovedHere(kind) => write!(f, "moved a {kind} here"),
            Act::Wrote(kind) => write!(f, "wrote in a {kind} within"),
            Act::Added(by) => write!(f, "added {by}"),
            Act::Made(kind) => write!(f, "made a {kind}"),
        }
    }
}
