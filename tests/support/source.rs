//! Reads the paths that a Rust source names, without comments and literals.

/// An identifier or a piece of punctuation, `::` as one, and where it stands.
pub struct Word<'a> {
    pub text: &'a str,
    at: usize,
}

/// A path that a source names, from the root of the crate, and where it stands.
#[derive(Debug, PartialEq)]
pub struct Named {
    pub path: Vec<String>,
    pub at: usize,
}

pub fn words(source: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(next) = source[at..].chars().next() {
        let rest = &source[at..];
        let skipped = literal(rest);
        let in_word = |character: char| character.is_alphanumeric() || character == '_';
        let len = if skipped > 0 {
            skipped
        } else if in_word(next) {
            rest.find(|character| !in_word(character))
                .unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            next.len_utf8()
        };
        if skipped == 0 && !next.is_whitespace() {
            words.push(Word {
                text: &rest[..len],
                at,
            });
        }
        at += len;
    }
    words
}

/// How long the comment or literal is that the source begins with; 0 if it begins with something else.
fn literal(source: &str) -> usize {
    let upto = |end: &str, from: usize| {
        source[from..]
            .find(end)
            .map_or(source.len(), |found| from + found + end.len())
    };
    if source.starts_with("//") {
        return upto("\n", 0);
    }
    if source.starts_with("/*") {
        return comment(source);
    }
    let raw = source.trim_start_matches(['b', 'c']);
    if source.len() - raw.len() <= 1
        && let Some(hashes) = raw.strip_prefix('r')
        && let quoted = hashes.trim_start_matches('#')
        && quoted.starts_with('"')
    {
        let end = format!("\"{}", "#".repeat(hashes.len() - quoted.len()));
        return upto(&end, source.len() - quoted.len() + 1);
    }
    let mut characters = source.char_indices().skip(1);
    match source.chars().next() {
        Some('"') => quoted(source, '"'),
        Some('\'') => match (characters.next(), characters.next()) {
            (Some((_, '\\')), _) => quoted(source, '\''),
            (Some(_), Some((end, '\''))) => end + 1,
            // A lifetime: the name behind the quote is a word that leads nowhere.
            _ => 1,
        },
        _ => 0,
    }
}

fn comment(source: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < source.len() {
        let rest = &source.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest.starts_with(b"*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn quoted(source: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in source.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    source.len()
}

/// Every path that starts with `crate`, `super` or `self` in the source of a module.
pub fn named(source: &str, module: &[String]) -> Vec<Named> {
    let words = words(source);
    let text = |at: usize| words.get(at).map_or("", |word| word.text);
    let mut found = Vec::new();
    // Modules within the file, each with the depth of braces at which it ends.
    let mut inner: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    for at in 0..words.len() {
        match text(at) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inner.pop_if(|(_, end)| *end == depth);
            }
            "mod" if text(at + 2) == "{" => inner.push((text(at + 1).to_owned(), depth)),
            "crate" | "super" | "self"
                if text(at + 1) == "::" && (at == 0 || text(at - 1) != "::") =>
            {
                let mut base = module.to_vec();
                base.extend(inner.iter().map(|(name, _)| name.clone()));
                tree(&words, at, base, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Reads a path, or a tree of them as imports have, from the word at `at`; returns where it ends.
pub fn tree(
    words: &[Word<'_>],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<Named>,
) -> usize {
    let start = at;
    while let Some(word) = words.get(at) {
        match word.text {
            "{" => {
                at += 1;
                while words.get(at).is_some_and(|word| word.text != "}") {
                    at = tree(words, at, path.clone(), found);
                    at += usize::from(words.get(at).is_some_and(|word| word.text == ","));
                }
                return at + 1;
            }
            "crate" => path.clear(),
            "self" => {}
            "super" => {
                path.pop();
            }
            name => path.push(name.to_owned()),
        }
        at += 1;
        if words.get(at).is_none_or(|word| word.text != "::") {
            break;
        }
        at += 1;
    }
    if words.get(at).is_some_and(|word| word.text == "as") {
        path.extend(words.get(at + 1).map(|word| word.text.to_owned()));
        at += 2;
    }
    found.push(Named {
        path,
        at: words[start].at,
    });
    // Something else than a path, as in a macro's pattern: one word on, so that reading ends.
    at.max(start + 1)
}
