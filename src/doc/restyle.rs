//! Marking text so that it shows what it is to show, and no more than that takes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Doc;
use super::cell_value::plain_value;
use super::text_edits::{Attributes, differing};
use crate::error::Error;
use crate::oplog::{ContainerIx, Expand};
use crate::value::Value;

/// What a stretch of text is to show.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Where it ends.
    pub(super) end: u32,
    pub(super) shown: BTreeMap<String, (Value, Expand)>,
}

/// A mark that is to be made.
struct Mark {
    range: Range<u32>,
    value: Value,
    expand: Expand,
}

impl Doc {
    /// What a text shows, to be shown again.
    pub(super) fn wanted(&self, text: ContainerIx) -> Vec<Wanted> {
        let styles = self.styles(text);
        let wanted = styles.iter().map(|style| {
            let shown = style.shown.iter().filter_map(|&(key, mark)| {
                let mark = self.log.marks.get(mark)?;
                let value = (plain_value(mark.value), mark.extent.expand());
                Some((self.log.keys.name(key).to_owned(), value))
            });
            Wanted {
                end: style.end,
                shown: shown.collect(),
            }
        });
        wanted.collect()
    }

    /// Marks a text from a position on where it shows something else than this.
    pub(super) fn restyle(
        &mut self,
        text: ContainerIx,
        start: u32,
        wanted: &[Wanted],
    ) -> Result<(), Error> {
        let Some(end) = wanted
            .last()
            .map(|last| last.end)
            .filter(|&end| end > start)
        else {
            return Ok(());
        };
        let mut marks: Vec<(String, Mark)> = Vec::new();
        // By key, the last mark so far.
        let mut last: BTreeMap<String, usize> = BTreeMap::new();
        let mut at = start;
        let mut wanted = wanted.iter().peekable();
        for style in self.styles_in(text, start..end) {
            let shown = self.attributes_of(&style);
            while at < style.end
                && let Some(want) = wanted.peek()
            {
                let to = style.end.min(want.end);
                for (key, value) in differing(shown.clone(), plain(&want.shown)) {
                    let expand = want.shown.get(&key).map_or(Expand::After, |shown| shown.1);
                    let before = last.get(&key).and_then(|&nth| marks.get_mut(nth));
                    match before.map(|before| &mut before.1) {
                        Some(mark) if mark.range.end == at && mark.value == value => {
                            mark.range.end = to;
                        }
                        _ => {
                            last.insert(key.clone(), marks.len());
                            let range = at..to;
                            let mark = Mark {
                                range,
                                value,
                                expand,
                            };
                            marks.push((key, mark));
                        }
                    }
                }
                at = to;
                wanted.next_if(|want| want.end <= at);
            }
        }
        for (
            key,
            Mark {
                range,
                value,
                expand,
            },
        ) in marks
        {
            self.check_marking(&key, &value)?;
            self.mark_text(text, range, &key, &value, expand)?;
        }
        Ok(())
    }
}

fn plain(shown: &BTreeMap<String, (Value, Expand)>) -> Attributes {
    let shown = shown.iter();
    shown
        .map(|(key, (value, _))| (key.clone(), value.clone()))
        .collect()
}
