//! What a write handle points at.

use compact_str::CompactString;

use super::Doc;
use super::path::escape;
use crate::error::Error;
use crate::oplog::{ContainerIx, Kind, Name};

/// The root written to last: typing asks for the same one again and again.
#[derive(Clone, Debug)]
pub(super) struct LastRoot {
    name: CompactString,
    kind: Kind,
    pub(super) container: ContainerIx,
    pub(super) path: CompactString,
}

/// A container to be written to.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Known(ContainerIx),
    /// A root that nothing was written to yet.
    New(CompactString, Kind),
    /// The name belongs to a root of another kind.
    Wrong(CompactString, Kind, Kind),
}

impl Target {
    #[inline]
    pub(super) fn root(doc: &mut Doc, name: &str, kind: Kind) -> Target {
        if let Some(last) = &doc.last_root
            && last.name == name
            && last.kind == kind
        {
            return Target::Known(last.container);
        }
        Target::look_up(doc, name, kind)
    }

    fn look_up(doc: &mut Doc, name: &str, kind: Kind) -> Target {
        if let Some(container) = doc.root(name, kind) {
            let path = CompactString::from(escape(name));
            doc.last_root = Some(LastRoot {
                name: name.into(),
                kind,
                container,
                path,
            });
            return Target::Known(container);
        }
        match doc.root_kind(name) {
            Some(found) => Target::Wrong(name.into(), kind, found),
            None => Target::New(name.into(), kind),
        }
    }

    /// The container, if it exists: what is not written yet reads as empty.
    pub(super) fn known(&self, doc: &Doc) -> Option<ContainerIx> {
        match self {
            Target::Known(container) => Some(*container),
            // Another handle to the same root may have made it meanwhile.
            Target::New(name, kind) => doc.root(name, *kind),
            Target::Wrong(..) => None,
        }
    }

    /// Whether it can be written to at all.
    pub(super) fn verify(&self) -> Result<(), Error> {
        match self {
            Target::Known(_) | Target::New(..) => Ok(()),
            Target::Wrong(name, expected, found) => Err(Error::WrongKind {
                path: name.to_string(),
                expected: *expected,
                found: Some(*found),
            }),
        }
    }

    /// The container, made now if it is a new root.
    #[inline]
    pub(super) fn resolve(&mut self, doc: &mut Doc) -> Result<ContainerIx, Error> {
        if let Target::Known(container) = self {
            return Ok(*container);
        }
        self.make(doc)
    }

    #[cold]
    fn make(&mut self, doc: &mut Doc) -> Result<ContainerIx, Error> {
        self.verify()?;
        let container = match self {
            Target::Known(container) => *container,
            Target::New(name, kind) | Target::Wrong(name, kind, _) => {
                doc.check_key(name)?;
                let key = doc.log.keys.intern(name);
                let container = doc.log.container(Name::Root {
                    name: key,
                    kind: *kind,
                });
                doc.state.grow(&doc.log);
                container
            }
        };
        *self = Target::Known(container);
        Ok(container)
    }

    /// The path to name in an error.
    pub(super) fn path(&self, doc: &Doc) -> String {
        match self {
            Target::Known(container) => doc.path_for_error(*container),
            Target::New(name, _) | Target::Wrong(name, ..) => name.to_string(),
        }
    }
}
