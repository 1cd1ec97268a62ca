//! Who is let in: tokens, and the names of those who have them.

use std::collections::BTreeMap;
use std::fmt;

/// The tokens that a relay lets in. Kept as their hashes; what `Debug` shows is how many there are.
#[derive(Clone, Default)]
pub struct Tokens {
    /// By the blake3 hash of the token, so that looking one up tells nothing of how much of it was right.
    principals: BTreeMap<[u8; 32], Principal>,
}

/// Whoever has a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Principal {
    pub(crate) name: String,
    /// They see the documents whose names begin so.
    pub(crate) prefix: String,
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
            "line {}: a line is a token of at least 16 letters, a name, and perhaps how documents' names begin",
            self.line
        )
    }
}

impl std::error::Error for NoToken {}

/// Letters of a token, at least: what is shorter can be guessed.
const LEAST: usize = 16;

impl Tokens {
    /// Reads them: in each line a token, a name, and how the names of the documents begin that whoever has it sees; all, where that
    /// is left out. Spaces stand between them. Empty lines, and those that begin with #, say nothing.
    ///
    /// # Errors
    ///
    /// The first line that is none.
    pub fn read(text: &str) -> Result<Tokens, NoToken> {
        let mut tokens = Tokens::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (token, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let (name, prefix) = match rest.trim().split_once(char::is_whitespace) {
                Some((name, prefix)) => (name, prefix.trim()),
                None => (rest.trim(), ""),
            };
            match token.len() >= LEAST && !name.is_empty() {
                true => {
                    let principal = Principal {
                        name: name.to_owned(),
                        prefix: prefix.to_owned(),
                    };
                    let hash = blake3::hash(token.as_bytes()).into();
                    tokens.principals.insert(hash, principal);
                }
                false => return Err(NoToken { line: at + 1 }),
            }
        }
        Ok(tokens)
    }

    /// Whoever has this token.
    pub(crate) fn principal(&self, token: &str) -> Option<&Principal> {
        let hash: [u8; 32] = blake3::hash(token.as_bytes()).into();
        self.principals.get(&hash)
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
        let found = |token| {
            let found = tokens.principal(token)?;
            Some((found.name.as_str(), found.prefix.as_str()))
        };
        assert_eq!(found("0123456789abcdef"), Some(("Ann", "notes of/Ann")));
        assert_eq!(found("fedcba9876543210"), Some(("Ben", "")));
        assert_eq!(found("0123456789abcdee"), None);
        assert_eq!(found(""), None);
        assert_eq!(format!("{tokens:?}"), "Tokens(2)");
        for (text, line) in [("short Ann", 1), ("\n0123456789abcdef", 2)] {
            assert_eq!(Tokens::read(text).unwrap_err(), NoToken { line });
        }
    }
}
