//! A chain value is the same whenever it is asked for, and in whatever order.

use super::Chains;
use crate::graph::PeerIx;
use crate::id::{Heads, Lv, Peer};
use crate::oplog::{ContainerIx, Kind, Name, OpKind, OpLog};

/// A repeatable sequence of numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u32::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

fn root(log: &mut OpLog, name: &str) -> ContainerIx {
    let name = log.keys.intern(name);
    log.container(Name::Root {
        name,
        kind: Kind::Text,
    })
}

/// Appends up to `most` operations of an author that follow its last and perhaps somebody else's.
fn grow(log: &mut OpLog, dice: &mut Dice, texts: &[ContainerIx], most: u32) {
    let author = PeerIx(dice.below(3));
    let seq = log.peers.count(author);
    let own = seq
        .checked_sub(1)
        .and_then(|last| log.peers.lv(&log.graph, author, last));
    let mut parents: Heads = own.into_iter().collect();
    if log.end() > Lv(0) && dice.below(4) == 0 {
        parents.push(Lv(log.end().0 - 1 - dice.below(log.end().0.min(90))));
    }
    parents.sort_unstable();
    parents.dedup();
    let (lv, len) = (log.end(), 1 + dice.below(most));
    log.push_span(&parents, len, author, seq);
    let text = texts[dice.below(2) as usize];
    log.route(lv, text);
    let pos = dice.below(300);
    let sequence = log.sequence_mut(text).expect("a text");
    match dice.below(3) {
        0 => sequence.push_delete(lv, OpKind::DeleteBack, pos, len, false, true),
        1 => sequence.push_delete(lv, OpKind::Delete, pos, len, false, true),
        _ => {
            let text: String = "aé文🙂".chars().cycle().take(len as usize).collect();
            sequence.push_text(lv, pos, &text, len, false, true);
        }
    }
}

#[test]
fn values_do_not_depend_on_when_they_are_asked_for() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut log = OpLog::default();
        for peer in [3, 1, 2] {
            log.peers.intern(Peer::new(peer).expect("not zero"));
        }
        let texts = [root(&mut log, "one"), root(&mut log, "two")];
        let mut chains = Chains::default();
        let mut asked = Vec::new();
        for _ in 0..120 {
            grow(
                &mut log,
                &mut dice,
                &texts,
                if seed % 2 == 0 { 2 } else { 50 },
            );
            for _ in 0..dice.below(4) {
                // Mostly of the newest, some of what others still are at, few of long ago.
                let reach = [1, 1, 100, log.end().0][dice.below(4) as usize];
                let lv = Lv(log.end().0 - 1 - dice.below(reach.min(log.end().0)));
                asked.push((lv, chains.value(&log, lv)));
            }
        }
        let mut once = Chains::default();
        let mut values: Vec<_> = (0..log.end().0)
            .map(|lv| once.value(&log, Lv(lv)))
            .collect();
        for &(lv, value) in &asked {
            assert_eq!(value, values[lv.0 as usize], "seed {seed}, {lv:?}");
        }
        for lv in (0..log.end().0).rev() {
            assert_eq!(
                once.value(&log, Lv(lv)),
                values[lv as usize],
                "seed {seed}, backwards"
            );
        }
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), log.end().0 as usize, "values repeat");
    }
}
