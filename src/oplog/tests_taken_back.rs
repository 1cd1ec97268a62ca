//! Taking back costs what was made: at these sizes, anything that looks through all of it for each part takes minutes.

use super::{ContainerIx, Containers, Kind, Name, OpLog, Peers};
use crate::graph::Graph;
use crate::id::{Lv, Peer};

const MANY: u32 = 150_000;

fn name(log: &mut OpLog, name: &str) -> ContainerIx {
    let name = log.keys.intern(name);
    log.container(Name::Root {
        name,
        kind: Kind::Map,
    })
}

#[test]
fn many_made_containers_are_forgotten_in_one_pass() {
    let mut containers = Containers::default();
    for by in (0..MANY).map(Lv) {
        containers.intern(
            Name::Made {
                by,
                kind: Kind::Map,
            },
            1,
        );
    }
    containers.truncate(1);
    assert_eq!(containers.len(), 1);
    for (by, found) in [(Lv(0), true), (Lv(1), false), (Lv(MANY - 1), false)] {
        let kind = Kind::Map;
        assert_eq!(containers.find(Name::Made { by, kind }).is_some(), found);
    }
}

#[test]
fn many_routes_are_forgotten_in_one_pass() {
    let mut log = OpLog::default();
    let [old, both] = ["old", "both"].map(|root| name(&mut log, root));
    let author = log.peers.intern(Peer::new(1).expect("not zero"));
    for nth in 0..MANY {
        let container = if nth % 2 == 0 { old } else { both };
        let lv = log.push_newest(1, author);
        log.push_entry(lv, container, None, super::Cell::Int(1), false);
    }
    let mark = log.mark();
    let roots: Vec<_> = (0..MANY / 2)
        .map(|nth| name(&mut log, &format!("new {nth}")))
        .collect();
    for new in roots {
        for container in [new, both] {
            let lv = log.push_newest(1, author);
            log.push_entry(lv, container, None, super::Cell::Int(1), false);
        }
    }
    log.check().expect("sound");
    log.truncate(&mark);
    assert_eq!(log.end(), Lv(MANY));
    assert!(log.containers.is_used(old) && log.containers.is_used(both));
    log.check().expect("sound");
    let start = log.mark_at(Lv(0), super::TableLens::default());
    log.truncate(&start);
    assert_eq!(log.containers.len(), 0);
}

#[test]
fn many_runs_of_a_peer_are_forgotten_in_one_pass() {
    let (mut graph, mut peers) = (Graph::default(), Peers::default());
    let authors = [1, 2].map(|id| peers.intern(Peer::new(id).expect("not zero")));
    for nth in 0..2 * MANY {
        let author = authors[nth as usize % 2];
        graph.push_newest(1, author, nth / 2);
        peers.record(author, 1, graph.runs().len() - 1);
    }
    peers.truncate(&graph, Lv(3), 2);
    assert_eq!(authors.map(|author| peers.count(author)), [2, 1]);
    assert_eq!(authors.map(|author| peers.runs(author).len()), [2, 1]);
}
