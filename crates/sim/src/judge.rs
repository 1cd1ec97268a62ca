//! Where a history led: all replicas are to hold the same, and that is to be what was written.

use syncline::{Doc, Peer, VersionVector};

use crate::world::World;

/// Whoever merges the deltas of all and writes nothing.
const NOBODY: u64 = 1;

fn fresh() -> Doc {
    Peer::new(NOBODY).map_or_else(Doc::new, Doc::with_peer)
}

impl World<'_> {
    /// Merges what all replicas have now, without sessions.
    pub(crate) fn remember_all(&mut self) -> Result<(), String> {
        let documents = self.names.len();
        self.references.resize_with(documents, fresh);
        for (document, reference) in self.references.iter_mut().enumerate() {
            for (at, replica) in self.replicas.iter_mut().enumerate() {
                let Some(doc) = replica.store.get_mut(&self.names[document]) else {
                    continue;
                };
                let known = reference.version_vector();
                if known.includes(&doc.version_vector()) {
                    continue;
                }
                if !known.includes(&doc.cut()) {
                    return Err(format!(
                        "replica {at} is without history of document {document} that nobody has"
                    ));
                }
                match reference.merge(&doc.delta_since(&known)) {
                    Ok(change) if change.waiting().is_empty() => {}
                    Err(syncline::Error::Forked { .. }) if self.config.forks => {
                        self.forked.insert(document);
                    }
                    Ok(_) => {
                        return Err(format!("document {document} of replica {at} has gaps"));
                    }
                    Err(error) => {
                        return Err(format!("document {document} of replica {at}: {error}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Nothing is due any more.
    pub(crate) fn judge(&mut self) -> Result<(), String> {
        let before: Vec<VersionVector> = self.references.iter().map(Doc::version_vector).collect();
        for replica in 0..self.replicas.len() {
            self.pump(replica)?;
        }
        self.remember_all()?;
        for (document, before) in before.iter().enumerate() {
            if self.forked.contains(&document) {
                self.merge_anew(document)?;
            }
            let reference = &mut self.references[document];
            reference
                .check()
                .map_err(|error| format!("document {document}, merged, is not sound: {error}"))?;
            let all = reference.version_vector();
            let written = &self.written[document];
            // Names that came of a split are nobody's here.
            let is_split = reference.splits().next().is_some();
            let is_strange = |peer: &Peer, count: &u32| {
                !is_split && written.get(peer).is_none_or(|written| written < count)
            };
            let strange = all.iter().find(|(peer, count)| is_strange(peer, count));
            if let Some((peer, count)) = strange {
                return Err(format!(
                    "document {document} has {count} operations of peer {peer}, who wrote {}",
                    written.get(&peer).unwrap_or(&0)
                ));
            }
            debug_assert!(is_split || all.includes(before));
            self.compare(document)?;
        }
        let [brought, new] = self.brought;
        if self.plan.is_counted && brought > 2 * new + 100 + self.again {
            return Err(format!(
                "sessions brought {brought} operations, of which {new} were new"
            ));
        }
        if self.plan.shows > 0 {
            self.judge_presence()?;
        }
        self.check_all()
    }

    /// Whoever merged before the sessions split a peer could not merge both of its histories.
    fn merge_anew(&mut self, document: usize) -> Result<(), String> {
        let first = self.replicas.first_mut();
        let doc = first.and_then(|replica| replica.store.get_mut(&self.names[document]));
        let delta = doc.map(|doc| doc.delta_since(&VersionVector::new()));
        let mut reference = fresh();
        if let Some(delta) = delta {
            reference
                .merge(&delta)
                .map_err(|error| format!("document {document} of replica 0: {error}"))?;
        }
        self.references[document] = reference;
        Ok(())
    }

    fn check_all(&mut self) -> Result<(), String> {
        for (at, replica) in self.replicas.iter_mut().enumerate() {
            let checked = replica.check(&self.names);
            checked.map_err(|what| format!("replica {at}: {what}"))?;
        }
        Ok(())
    }

    /// Compares every replica's document with what was merged from all.
    fn compare(&mut self, document: usize) -> Result<(), String> {
        let name = &self.names[document];
        let reference = &mut self.references[document];
        let (all, frontier) = (reference.version_vector(), reference.frontier());
        let json = reference.to_json();
        let root = root(reference)?;
        for (at, replica) in self.replicas.iter_mut().enumerate() {
            let wrong = |what: &str| {
                Err(format!(
                    "document {document} of replica {at} has not converged: {what}"
                ))
            };
            let Some(doc) = replica.store.get_mut(name) else {
                match all.is_empty() {
                    true => continue,
                    false => return wrong("it is not there"),
                }
            };
            let has = doc.version_vector();
            if has != all {
                return wrong(&format!("it has {has:?} of {all:?}"));
            }
            if doc.frontier() != frontier {
                return wrong("another frontier");
            }
            if doc.to_json() != json {
                return wrong(&format!("it shows {}, not {json}", doc.to_json()));
            }
            if doc.text("body").spans() != reference.text("body").spans() {
                return wrong("its text is marked otherwise");
            }
            if self::root(doc)? != root {
                return wrong("another summary");
            }
        }
        Ok(())
    }

    /// Of every document's JSON and frontier, replicas and documents in order.
    pub(crate) fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for replica in &self.replicas {
            for name in &self.names {
                let Some(doc) = replica.store.get(name) else {
                    hasher.update(b"none\n");
                    continue;
                };
                hasher.update(doc.to_json().to_string().as_bytes());
                for id in doc.frontier().iter() {
                    hasher.update(&id.peer.get().to_le_bytes());
                    hasher.update(&id.seq.to_le_bytes());
                }
                hasher.update(b"\n");
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

fn root(doc: &mut Doc) -> Result<[u8; 32], String> {
    let summary = doc.summary().map_err(|error| error.to_string())?;
    Ok(summary.clone().root())
}
