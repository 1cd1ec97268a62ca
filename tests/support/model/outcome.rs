//! The end of a scenario, played on the model alone.

use std::collections::BTreeMap;

use super::super::marked::show_spans;
use super::super::reading::json_of;
use super::super::scenario::{Expect, Scenario, Step};
use super::{Known, Model, show_conflicts};

/// What everyone shows once everyone has everything.
pub fn outcome(scenario: &Scenario) -> Expect {
    let mut model = Model::default();
    let mut known = vec![Known::default(); scenario.replicas];
    let mut came = known.clone();
    let mut packages: BTreeMap<u64, (usize, Known)> = BTreeMap::new();
    for step in &scenario.steps {
        let received = match step {
            Step::Do(on, edits, None) => {
                let peer = u64::try_from(*on).expect("few replicas") + 1;
                let done = model.transact(peer, &mut known[*on], edits);
                done.unwrap_or_else(|refusal| panic!("{refusal}: {edits:?}"));
                continue;
            }
            Step::Do(_, _, Some(_)) | Step::Reload(_) => continue,
            Step::Pull(to, from) => vec![(*to, known[*from].clone())],
            Step::Sync(one, other) => {
                let mut both = known[*one].clone();
                both.extend(&known[*other]);
                vec![(*one, both.clone()), (*other, both)]
            }
            Step::Send(parcel) => {
                let holds = known[parcel.from].without(&known[parcel.lacks()]);
                packages.insert(parcel.id, (parcel.to, holds));
                continue;
            }
            Step::Deliver(id) => vec![packages[id].clone()],
        };
        for (to, holds) in received {
            came[to].extend(&holds);
            known[to] = model.settled(&known[to], &came[to]);
        }
    }
    let mut all = Known::default();
    known.iter().for_each(|known| all.extend(known));
    Expect {
        json: json_of(&model.document(&all)),
        conflicts: show_conflicts(&model.conflicts(&all)),
        spans: Some(show_spans(&model.marked(&all))).filter(|spans| !spans.is_empty()),
    }
}
