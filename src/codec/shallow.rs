//! A document without its history: a snapshot whose history is empty, and whose ends are everybody's.
//!
//! There is no history to number things by, so they are numbered as the state has them: peers by id; then from the roots, by
//! name and kind, on to what stands in them, the keys of each map by name.

use std::collections::{BTreeMap, VecDeque};

use super::Level;
use super::ends::Told;
use super::frame::{FORMAT_SNAPSHOT, frame};
use super::shown::{Shown, entries_of};
use super::sketch_write::{Sketched, put_sketch};
use super::starts::Starts;
use super::tables::Tables;
use crate::column::put_unsigned;
use crate::id::OpId;
use crate::oplog::{ContainerIx, Kind, Name, OpLog};
use crate::state::State;
use crate::summary::Chains;

/// Writes what a document shows, and no history. Of what waits, some may never find its place behind that.
pub(crate) fn write_shallow<'a>(
    log: &OpLog,
    state: &State,
    chains: &mut Chains,
    waiting: impl Iterator<Item = &'a [u8]>,
    level: Level,
) -> Vec<u8> {
    let shown = Shown::new(log, state, BTreeMap::new());
    let mut tables = Tables::new(log, Starts::default());
    number_all(log, state, &shown, &mut tables);
    let sketched = Sketched {
        log,
        state,
        shown: &shown,
        told: Told::All,
        level,
    };
    let mut body = Vec::new();
    put_sketch(&mut body, &sketched, chains, &mut tables);
    put_unsigned(&mut body, 0);
    waiting.for_each(|delta| body.extend_from_slice(delta));
    frame(FORMAT_SNAPSHOT, &body)
}

fn number_all(log: &OpLog, state: &State, shown: &Shown, tables: &mut Tables<'_>) {
    for (peer, _) in log.peers.counts() {
        log.peers.find(peer).map(|author| tables.peer(author));
    }
    let inside = inside(log, shown);
    let mut roots: Vec<_> = log
        .containers
        .roots()
        .map(|(name, kind, root)| (log.keys.name(name), kind, root))
        .collect();
    roots.sort_unstable();
    let mut next: VecDeque<_> = roots.into_iter().map(|root| root.2).collect();
    while let Some(container) = next.pop_front() {
        // Of what was opened at a key, the generation is known also where nothing was done with it.
        let is_made = matches!(log.containers.name(container), Name::Made { .. });
        if !is_made
            || log.containers.is_used(container)
            || shown.is_moved(log, container)
            || shown.is_away(log, container)
        {
            number(log, shown, tables, container);
        }
        if log.containers.kind(container) == Kind::Map {
            let entries = entries_of(log, state, container);
            let mut keys: Vec<_> = entries.into_iter().map(|entry| entry.0).collect();
            keys.sort_unstable_by_key(|&key| log.keys.name(key));
            for key in keys {
                tables.key(key);
            }
        }
        next.extend(inside.get(&container).into_iter().flatten());
    }
}

/// Numbers a container, and a list before what its elements made, wherever that, or something of it, was moved: a reader knows that
/// an element made it once it has read the list.
fn number(log: &OpLog, shown: &Shown, tables: &mut Tables<'_>, container: ContainerIx) {
    if tables.number(container).is_some() {
        return;
    }
    let has_to_wait = match log.containers.name(container) {
        Name::Made { .. } => shown.has(container) && !shown.is_moved(log, container),
        Name::Root { .. } | Name::Child { .. } => true,
    };
    if let Some(around) = log.first_around(container).filter(|_| has_to_wait) {
        number(log, shown, tables, around);
    }
    tables.container(container);
}

/// By container, those that stand in it and are in a place that is shown or have a name of their own.
fn inside(log: &OpLog, shown: &Shown) -> BTreeMap<ContainerIx, Vec<ContainerIx>> {
    let mut inside: BTreeMap<ContainerIx, Vec<ContainerIx>> = BTreeMap::new();
    for (container, name) in log.containers.iter() {
        let around = match name {
            Name::Root { .. } => continue,
            _ if shown.is_moved(log, container) => log.around(container),
            _ => log.first_around(container),
        };
        if let Some(around) = around.filter(|_| shown.has(container)) {
            inside.entry(around).or_default().push(container);
        }
    }
    for containers in inside.values_mut() {
        containers.sort_by_cached_key(|&container| match log.containers.name(container) {
            _ if shown.is_moved(log, container) => moved_key(log, container),
            Name::Root { .. } => (None, None, 0, Kind::Text),
            Name::Child {
                key,
                generation,
                kind,
                ..
            } => (Some(log.keys.name(key)), None, generation, kind),
            Name::Made { by, kind } => (None, Some(log.id(by)), 0, kind),
        });
    }
    inside
}

/// What one that was moved stands in line by: its key, and who moved it there.
fn moved_key(log: &OpLog, container: ContainerIx) -> (Option<&str>, Option<OpId>, u32, Kind) {
    let place = log.stands(container);
    let key = log
        .slot_at(container, place)
        .map(|slot| log.keys.name(slot.1));
    let by = place.map(|entry| log.id(log.entry_lv(entry)));
    (key, by, 0, log.containers.kind(container))
}
