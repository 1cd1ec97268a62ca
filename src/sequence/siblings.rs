//! An ordered index of siblings, for places where very many people insert at once.

use std::collections::BTreeMap;

use super::item::Element;
use crate::id::OpId;

/// Both origins of an element.
pub(super) type Origins = (Element, Element);

/// For some pairs of origins, all elements that have them, by id. Made for a pair when a scan there passes many, and kept
/// up from then on.
#[derive(Clone, Debug, Default)]
pub(super) struct Siblings {
    by_origins: BTreeMap<Origins, BTreeMap<OpId, Element>>,
}

impl Siblings {
    /// The sibling that stands last among those with a smaller id: a scan need not start before it.
    pub(super) fn last_before(
        &self,
        origins: Origins,
        id: impl FnOnce() -> OpId,
    ) -> Option<Element> {
        let siblings = self.by_origins.get(&origins)?;
        siblings
            .range(..id())
            .next_back()
            .map(|(_, &element)| element)
    }

    pub(super) fn is_indexed(&self, origins: Origins) -> bool {
        self.by_origins.contains_key(&origins)
    }

    pub(super) fn index(&mut self, origins: Origins, siblings: BTreeMap<OpId, Element>) {
        self.by_origins.insert(origins, siblings);
    }

    /// Adds an element where its origins are indexed.
    pub(super) fn add(&mut self, origins: Origins, id: impl FnOnce() -> OpId, element: Element) {
        if let Some(siblings) = self.by_origins.get_mut(&origins) {
            siblings.insert(id(), element);
        }
    }
}
