//! What taking operations back asks of a tracker of the whole history: where the elements stand now.

use super::item::Element;
use super::tracker::Tracker;
use crate::id::LvSpan;

impl Tracker {
    /// Where those of the elements show that operations inserted: positions and lengths, ascending.
    pub(crate) fn inserted_parts(&self, inserted: LvSpan) -> Vec<(u32, u32)> {
        self.parts_shown([(Element::inserted(inserted.start), inserted.len())])
    }

    /// Where those of the elements show that operations deleted once: positions and lengths, ascending.
    pub(crate) fn deleted_parts(&self, deletions: LvSpan) -> Vec<(u32, u32)> {
        self.parts_shown(self.deleted_by(deletions))
    }

    fn parts_shown(&self, parts: impl IntoIterator<Item = (Element, u32)>) -> Vec<(u32, u32)> {
        let mut shown = Vec::new();
        for (first, len) in parts {
            let mut done = 0;
            while done < len {
                let place = first.plus(done);
                let plain = self.moves.plain(place, len - done);
                let (cursor, offset) = self.place_of(self.moves.newest(place));
                let item = self.item(cursor);
                let here = (item.len - offset).min(plain);
                if item.visible_newest() > 0 {
                    shown.push((self.newest_before(cursor) + offset, here));
                }
                done += here;
            }
        }
        shown.sort_unstable();
        shown.dedup_by(|next, last| {
            let goes_on = last.0 + last.1 == next.0;
            if goes_on {
                last.1 += next.1;
            }
            goes_on
        });
        shown
    }
}
