//! Who is let in by a file: tokens, the names of those who have them, and what they may do.

use std::collections::BTreeMap;
use std::fmt;

use crate::gate::{Admitting, Gate, Principal};
use crate::rights::{Right, Rights};

/// The tokens that a relay lets in. Kept as their hashes; what `Debug` shows is how many there are.
#[derive(Clone, Default)]
pub struct Tokens {
    /// By the blake3 hash of the token, so that looking one up tells nothing of how much of it was right.
    principals: BTreeMap<[u8; 32], Principal>,
}

/// A line of a file of tokens that is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoToken {
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for NoToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}: a line is a token of at least 16 letters, a name, and perhaps \"read:\" and how documents' names begin",
            self.line
        )
    }
}

impl std::error::Error for NoToken {}

/// Letters of a token, at least: what is shorter can be guessed.
const LEAST: usize = 16;

/// What stands before a beginning of names that may only be read; and what may stand before one that may be written to.
const READ: &str = "read:";
const WRITE: &str = "write:";

impl Tokens {
    /// Reads them: in each line a token, a name, and how the names of the documents begin that whoever has it sees; all, where that
    /// is left out. With `read:` before that they are sent, and nothing is taken. Several lines of one token add up; of two
    /// beginnings that fit, the longer decides. Spaces stand between the parts. Empty lines, and those that begin with #, say nothing.
    ///
    /// # Errors
    ///
    /// The first line that is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use syncline_net::Tokens;
    /// Tokens::read("1b9e3f0c5d7a2468 Ann\n8f00b204e9800998 Ben read:\n8f00b204e9800998 Ben notes/Ben/")?;
    /// # Ok::<(), syncline_net::NoToken>(())
    /// ```
    pub fn read(text: &str) -> Result<Tokens, NoToken> {
        let mut tokens = Tokens::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let no_token = NoToken { line: at + 1 };
            let (token, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let (name, beginning) = match rest.trim().split_once(char::is_whitespace) {
                Some((name, beginning)) => (name, beginning.trim()),
                None => (rest.trim(), ""),
            };
            if token.len() < LEAST || name.is_empty() {
                return Err(no_token);
            }
            let hash = blake3::hash(token.as_bytes()).into();
            let principal = tokens.principals.entry(hash);
            let principal = principal.or_insert_with(|| Principal::new(name, Rights::none()));
            if principal.name != name {
                // One token is one person's.
                return Err(no_token);
            }
            let (beginning, right) =
                match (beginning.strip_prefix(READ), beginning.strip_prefix(WRITE)) {
                    (Some(beginning), _) => (beginning.trim(), Right::Read),
                    (None, Some(beginning)) => (beginning.trim(), Right::Write),
                    (None, None) => (beginning, Right::Write),
                };
            principal.rights = principal.rights.clone().with(beginning, right);
        }
        Ok(tokens)
    }

    /// Whoever has this token.
    pub(crate) fn principal(&self, token: &str) -> Option<&Principal> {
        let hash: [u8; 32] = blake3::hash(token.as_bytes()).into();
        self.principals.get(&hash)
    }
}

impl Gate for Tokens {
    fn admit<'g>(&'g self, token: Option<&'g str>) -> Admitting<'g> {
        let found = token.and_then(|token| self.principal(token)).cloned();
        Box::pin(std::future::ready(found))
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.principals.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    #[test]
    fn lines_are_tokens_and_names() {
        let text = "# ours\n\n0123456789abcdef Ann  notes of/Ann\n  fedcba9876543210\tBen \n";
        let tokens = Tokens::read(text).unwrap();
        let found = |token| tokens.principal(token).cloned();
        let hers = Rights::none().with("notes of/Ann", Right::Write);
        let ann = Principal::new("Ann", hers);
        assert_eq!(found("0123456789abcdef"), Some(ann));
        let ben = Principal::new("Ben", Rights::all());
        assert_eq!(found("fedcba9876543210"), Some(ben));
        assert_eq!(found("0123456789abcdee"), None);
        assert_eq!(found(""), None);
        assert_eq!(format!("{tokens:?}"), "Tokens(2)");
        let of_two = "0123456789abcdef Ann\n0123456789abcdef Ben";
        for (text, line) in [("short Ann", 1), ("\n0123456789abcdef", 2), (of_two, 2)] {
            assert_eq!(Tokens::read(text).unwrap_err(), NoToken { line });
        }
    }

    #[test]
    fn lines_of_one_token_add_up() {
        let lines = ["read:", "ann/", "read: ann/old/", "write:read: me"];
        let lines = lines.map(|line| format!("0123456789abcdef Ann {line}\n"));
        let tokens = Tokens::read(&lines.concat()).unwrap();
        let rights = &tokens.principal("0123456789abcdef").unwrap().rights;
        for (document, right) in [
            ("", Right::Read),
            ("plans", Right::Read),
            ("ann/plans", Right::Write),
            ("ann/old/plans", Right::Read),
            ("read: me", Right::Write),
        ] {
            assert_eq!(rights.of(document), Some(right), "{document}");
        }
        let tokens = Tokens::read("0123456789abcdef Ann ann/").unwrap();
        let rights = &tokens.principal("0123456789abcdef").unwrap().rights;
        assert_eq!((rights.of("plans"), rights.of("ann")), (None, None));
    }
}
