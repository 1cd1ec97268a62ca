//! What a write handle points at.

use compact_str::CompactString;

use super::Doc;
use super::path::escape;
use super::policy::is_reserved;
use super::short_path::ShortPath;
use crate::error::Error;
use crate::oplog::{ContainerIx, Kind, Name};

/// The root written to last: typing asks for the same one again and again.
#[derive(Clone, Debug)]
pub(super) struct LastRoot {
    name: Box<str>,
    kind: Kind,
    pub(super) container: ContainerIx,
    /// If it is short.
    pub(super) path: Option<ShortPath>,
}

impl LastRoot {
    /// A root by its number; `None` for other containers, and for those of the library.
    fn of(doc: &Doc, container: ContainerIx) -> Option<LastRoot> {
        let Name::Root { name, kind } = doc.log.containers.name(container) else {
            return None;
        };
        let name = doc.log.keys.name(name);
        if is_reserved(name) {
            return None;
        }
        Some(LastRoot {
            path: ShortPath::new(&escape(name)),
            name: name.into(),
            kind,
            container,
        })
    }

    #[inline]
    pub(super) fn is(&self, name: &str, kind: Kind) -> bool {
        self.kind == kind && *name == *self.name
    }
}

impl Doc {
    /// The path of a root, if it is short.
    pub(super) fn short_path(&mut self, container: ContainerIx) -> Option<ShortPath> {
        let known = self
            .last_root
            .as_ref()
            .is_some_and(|last| last.container == container);
        if !known {
            self.last_root = Some(LastRoot::of(self, container)?);
        }
        self.last_root.as_ref()?.path
    }
}

/// A container to be written to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Known(ContainerIx),
    /// A root that is not there: of the one asked for last the transaction keeps what was asked.
    Missing,
}

/// A root that was asked for and is not there.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    name: CompactString,
    kind: Kind,
    /// The kind of another root that has the name.
    found: Option<Kind>,
}

impl Target {
    #[inline]
    pub(super) fn root(doc: &mut Doc, name: &str, kind: Kind) -> Target {
        match &doc.last_root {
            Some(last) if last.is(name, kind) => Target::Known(last.container),
            _ => Target::look_up(doc, name, kind),
        }
    }

    #[inline(never)]
    fn look_up(doc: &mut Doc, name: &str, kind: Kind) -> Target {
        if !is_reserved(name)
            && let Some(key) = doc.log.keys.find(name)
            && let Some(container) = doc.log.containers.find(Name::Root { name: key, kind })
        {
            doc.last_root = LastRoot::of(doc, container);
            return Target::Known(container);
        }
        doc.open.asked = Some(Asked {
            name: name.into(),
            kind,
            found: doc.root_kind(name),
        });
        Target::Missing
    }

    /// The container, if it exists: what is not written yet reads as empty.
    pub(super) fn known(self, doc: &Doc) -> Option<ContainerIx> {
        match (self, &doc.open.asked) {
            (Target::Known(container), _) => Some(container),
            // Another handle to the same root may have made it meanwhile.
            (Target::Missing, Some(asked)) if asked.found.is_none() => {
                doc.root(&asked.name, asked.kind)
            }
            (Target::Missing, _) => None,
        }
    }

    /// Whether it can be written to at all.
    pub(super) fn verify(self, doc: &Doc) -> Result<(), Error> {
        match (self, &doc.open.asked) {
            (Target::Missing, Some(Asked { name, .. })) if is_reserved(name) => {
                Err(Error::Reserved {
                    name: name.to_string(),
                })
            }
            (
                Target::Missing,
                Some(Asked {
                    name,
                    kind,
                    found: Some(found),
                }),
            ) => Err(Error::WrongKind {
                path: escape(name).into_owned(),
                expected: *kind,
                found: Some(*found),
            }),
            _ => Ok(()),
        }
    }

    /// The container, made now if it is a new root.
    #[inline]
    pub(super) fn resolve(&mut self, doc: &mut Doc) -> Result<ContainerIx, Error> {
        if let Target::Known(container) = *self {
            return Ok(container);
        }
        self.make(doc)
    }

    #[cold]
    fn make(&mut self, doc: &mut Doc) -> Result<ContainerIx, Error> {
        self.verify(doc)?;
        let Some(asked) = &doc.open.asked else {
            return Err(Error::NoSuchPath {
                path: String::new(),
            });
        };
        doc.check_key(&asked.name)?;
        let name = doc.log.keys.intern(&asked.name);
        let container = doc.log.container(Name::Root {
            name,
            kind: asked.kind,
        });
        doc.state.grow(&doc.log);
        *self = Target::Known(container);
        Ok(container)
    }

    /// The path to name in an error.
    pub(super) fn path(self, doc: &Doc) -> String {
        match (self, &doc.open.asked) {
            (Target::Known(container), _) => doc.path_for_error(container),
            (Target::Missing, asked) => asked
                .as_ref()
                .map(|asked| escape(&asked.name).into_owned())
                .unwrap_or_default(),
        }
    }
}
