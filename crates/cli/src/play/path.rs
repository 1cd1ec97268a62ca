//! Naming a container: a root, or one nested in it.
//!
//! `meta/notes/2` is element 2 of the list under key `notes` of the root map `meta`. A part that is a number
//! names an element of a list, any other a key of a map; so the kind of every container on the way follows from
//! the name alone, whatever the document holds. `~1` stands for `/` in a part and `~0` for `~`.

use syncline::Kind;

/// A root and the way from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ContainerPath {
    pub(crate) root: String,
    /// The kind of the root; of the container itself where there are no parts.
    pub(crate) root_kind: Kind,
    pub(crate) parts: Vec<Part>,
}

/// One part of the way: opening what is under a key or at an index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Key { key: String, opens: Kind },
    Index { index: usize, opens: Kind },
}

impl ContainerPath {
    /// Reads the name of a container of kind `kind`.
    pub(crate) fn parse(name: &str, kind: Kind) -> Result<ContainerPath, String> {
        let mut written = name.split('/');
        let root = unescape(written.next().unwrap_or_default())?;
        let rest: Vec<&str> = written.collect();
        // What stands before a part is opened as what that part needs.
        let kinds: Vec<Kind> = rest
            .iter()
            .map(|part| holder_of(part))
            .chain([kind])
            .collect();
        let mut parts = Vec::with_capacity(rest.len());
        for (written, &opens) in rest.iter().zip(&kinds[1..]) {
            parts.push(if is_index(written) {
                let index = written
                    .parse()
                    .map_err(|_| format!("{written} in {name:?} is too large an index"))?;
                Part::Index { index, opens }
            } else {
                Part::Key {
                    key: unescape(written)?,
                    opens,
                }
            });
        }
        Ok(ContainerPath {
            root,
            root_kind: kinds[0],
            parts,
        })
    }
}

fn is_index(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn holder_of(part: &str) -> Kind {
    if is_index(part) {
        Kind::List
    } else {
        Kind::Map
    }
}

fn unescape(part: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(part.len());
    let mut characters = part.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '~' => match characters.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => {
                    return Err(format!(
                        "in {part:?}, ~ is followed by neither 0 (for ~) nor 1 (for /)"
                    ));
                }
            },
            other => other,
        });
    }
    Ok(plain)
}

/// A key as a part of a path.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_has_the_kind_of_the_edit() {
        let path = ContainerPath::parse("body", Kind::Text).unwrap();
        assert_eq!(
            path,
            ContainerPath {
                root: "body".to_owned(),
                root_kind: Kind::Text,
                parts: vec![]
            }
        );
    }

    #[test]
    fn each_part_tells_the_kind_before_it() {
        let path = ContainerPath::parse("meta/notes/2", Kind::Text).unwrap();
        let notes = Part::Key {
            key: "notes".to_owned(),
            opens: Kind::List,
        };
        let parts = vec![
            notes,
            Part::Index {
                index: 2,
                opens: Kind::Text,
            },
        ];
        assert_eq!(
            path,
            ContainerPath {
                root: "meta".to_owned(),
                root_kind: Kind::Map,
                parts
            }
        );
        assert_eq!(
            ContainerPath::parse("todo/0", Kind::Map).unwrap().root_kind,
            Kind::List
        );
    }

    #[test]
    fn escapes_as_json_pointer_does() {
        let path = ContainerPath::parse("a~1b/~01", Kind::Map).unwrap();
        assert_eq!(
            (path.root.as_str(), &path.parts[0]),
            (
                "a/b",
                &Part::Key {
                    key: "~1".to_owned(),
                    opens: Kind::Map
                }
            )
        );
        assert_eq!(escape("~1/"), "~01~1");
        assert!(ContainerPath::parse("a/~", Kind::Map).is_err());
        assert!(ContainerPath::parse("a/99999999999999999999", Kind::Map).is_err());
    }
}
