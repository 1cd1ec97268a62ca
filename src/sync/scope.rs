//! Which documents a session is about.

use std::sync::Arc;

use super::documents::Documents;
use super::message;
use super::options::Only;
use crate::error::Error;
use crate::summary::Summary;

/// The summary of a single document, or of those of many that a session is about; and the moment of which it tells.
pub(super) fn summary(
    documents: &mut dyn Documents,
    only: &Only,
) -> Result<(Arc<Summary>, u64), Error> {
    let all = documents.summary()?;
    let moment = documents.changes(None)?.moment;
    if *only == Only::All {
        return Ok((all, moment));
    }
    let mut some: Summary = match only.keys() {
        Some(keys) => keys
            .iter()
            .filter_map(|&key| all.get(key))
            .copied()
            .collect(),
        None => all
            .iter()
            .filter(|entry| includes(documents, only, entry.key))
            .copied()
            .collect(),
    };
    some.root();
    Ok((Arc::new(some), moment))
}

/// Whether a session is about the document with that key.
pub(super) fn includes(documents: &dyn Documents, only: &Only, key: u64) -> bool {
    *only == Only::All || documents.name(key).is_some_and(|name| only.includes(&name))
}

/// As [`includes`], where it may be that there is no such document yet: its name is told later.
pub(super) fn may_include(documents: &dyn Documents, only: &Only, key: u64) -> bool {
    documents.name(key).is_none() || includes(documents, only, key)
}

pub(super) fn told(only: &Only) -> message::Some {
    match only {
        Only::All => message::Some::All,
        Only::Prefix(prefix) => message::Some::Prefix(prefix.clone()),
        Only::Names(names) => message::Some::Names(names.clone()),
    }
}

pub(super) fn heard(only: message::Some) -> Only {
    match only {
        message::Some::All => Only::All,
        message::Some::Prefix(prefix) => Only::Prefix(prefix),
        message::Some::Names(names) => Only::Names(names),
    }
}
