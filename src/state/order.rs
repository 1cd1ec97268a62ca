//! Which insertions every text shows, in order: a replay of its whole history.

use std::collections::BTreeMap;

use super::list::ListState;
use crate::id::{Heads, Lv, LvSpan};
use crate::oplog::{ContainerIx, Kind, OpLog};
use crate::sequence::{Edit, Replay, ReplayError, Step, Stretch};

/// By text, the insertions whose elements it shows, in its order. O(runs · log runs), and what a replay costs.
pub(crate) fn order(log: &OpLog) -> Result<BTreeMap<ContainerIx, Vec<LvSpan>>, ReplayError> {
    let all = LvSpan::new(Lv(0), log.end());
    let mut orders = BTreeMap::new();
    if all.is_empty() {
        return Ok(orders);
    }
    for plan in Replay::default().plan(log, all, &Heads::new(), |_| 0)? {
        if log.containers.kind(plan.container) != Kind::Text {
            continue;
        }
        let mut order = ListState::new();
        for step in &plan.steps {
            match step {
                Step::Edits(edits) => edits.iter().for_each(|edit| apply(*edit, &mut order)),
                Step::Script(script) => order = rewritten(&order, script),
            }
        }
        orders.insert(plan.container, order.spans().collect());
    }
    Ok(orders)
}

fn apply(edit: Edit, order: &mut ListState) {
    match edit {
        Edit::Insert { at, lv, len } => order.insert(at, lv, len),
        Edit::Delete { at, len } => order.delete(at, len, |_, _| {}),
        // Marks move nothing; the others are not in a text.
        Edit::Mark { .. } | Edit::Unmark { .. } | Edit::Set { .. } | Edit::Move { .. } => {}
    }
}

fn rewritten(old: &ListState, script: &[Stretch]) -> ListState {
    let mut new = ListState::new();
    let mut append = |lv: Lv, len: u32| {
        let at = new.len();
        new.insert(at, lv, len);
    };
    let mut spans = old.spans();
    let mut rest = LvSpan::default();
    for stretch in script {
        let (mut len, keep) = match *stretch {
            Stretch::Keep(len) => (len, true),
            Stretch::Drop(len) => (len, false),
            Stretch::New { lv, len } => {
                append(lv, len);
                continue;
            }
        };
        while len > 0 {
            if rest.is_empty() {
                let Some(next) = spans.next() else { break };
                rest = next;
            }
            let here = len.min(rest.len());
            if keep {
                append(rest.start, here);
            }
            rest.start = rest.start.plus(here);
            len -= here;
        }
    }
    new
}
