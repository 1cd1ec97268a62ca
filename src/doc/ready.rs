//! Whether a run of a delta can be taken in.

use super::Doc;
use super::followed::Followed;
use super::tables::Tables;
use crate::codec::{Batch, BatchRun};
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::{Heads, Lv, OpId};

/// Whether a run can be taken in.
pub(super) enum Ready {
    /// Known already.
    Known,
    /// From its `skip`-th operation on, following these.
    From {
        skip: u32,
        parents: Heads,
        /// What its peer made before, where it remains to be seen that these follow that.
        before: Option<Lv>,
    },
    /// Not before this operation.
    Needs(OpId),
}

impl Doc {
    /// Whether a run's parents and its peer's earlier operations are here, and are those that it was made after.
    pub(super) fn readiness(
        &mut self,
        batch: &Batch<'_>,
        run: &BatchRun,
        tables: &mut Tables,
    ) -> Result<Ready, Error> {
        let Some(&peer) = batch.peers.get(run.peer as usize) else {
            return Ok(Ready::Known);
        };
        let author = self.peer_in(batch, run.peer, tables);
        let known = author.map_or(0, |author| self.log.peers.count(author));
        if run.seq > known {
            return Ok(Ready::Needs(OpId {
                peer,
                seq: run.seq - 1,
            }));
        }
        let before = self.own_before(batch, run, author);
        if run.seq == 0
            && let Some(before) = before
            && !self.goes_on_from(before)?
        {
            return Ok(Ready::Needs(before));
        }
        if let Some(author) = author
            && let Some(ready) = self.begins_before_log(batch, author, run)?
        {
            return Ok(ready);
        }
        let named = batch.parents.get(run.parents.clone()).unwrap_or(&[]);
        let Followed { parents, missing } =
            self.followed(batch, named, |doc, peer| doc.peer_in(batch, peer, tables))?;
        let skip = known - run.seq;
        if skip > 0
            && let Some(author) = author
        {
            // What is known must be the same operations, made after the same ones.
            let differs = missing.is_some() || !self.same_start(author, run.seq, &parents);
            let differs = if differs {
                Some(run.seq)
            } else {
                self.first_difference(batch, run, author, 0..skip.min(run.len))
            };
            if let Some(seq) = differs {
                return Err(Error::Forked { peer, seq });
            }
            if skip >= run.len {
                return Ok(Ready::Known);
            }
            let last = self.log.peers.lv(&self.log.graph, author, known - 1);
            return Ok(Ready::From {
                skip,
                parents: last.into_iter().collect(),
                before: None,
            });
        }
        if let Some(missing) = missing {
            return Ok(Ready::Needs(missing));
        }
        let before = before.and_then(|before| {
            let is_own = before.peer == peer;
            let by = is_own.then_some(author).flatten();
            Some((by.or_else(|| self.log.peers.find(before.peer))?, before.seq))
        });
        Ok(Ready::From {
            skip: 0,
            before: self.open_own(before, &parents),
            parents,
        })
    }

    /// What becomes of a run that begins among operations of which only the number is known.
    fn begins_before_log(
        &self,
        batch: &Batch<'_>,
        author: PeerIx,
        run: &BatchRun,
    ) -> Result<Option<Ready>, Error> {
        let ground = self.log.peers.ground(author);
        if run.seq >= ground || self.history_is_encoded() {
            self.goes_on(author, run.seq)?;
            return Ok(None);
        }
        if run.seq + run.len <= ground {
            return Ok(Some(Ready::Known));
        }
        if let Some(id) = batch.buried {
            return Err(Error::NeedsBase { id });
        }
        // Its first operation that may be in the log follows its peer's last before that, and nothing else.
        let heads = self.log.ground.as_ref().map(|ground| &*ground.heads);
        let is_alone = matches!(heads, Some([head]) if head.author == author);
        let peer = self.log.peers.peer(author);
        let known = self.log.peers.count(author);
        if known == ground {
            let seq = ground - 1;
            return match is_alone {
                true => Ok(Some(Ready::From {
                    skip: ground - run.seq,
                    parents: Heads::new(),
                    before: None,
                })),
                false => Err(Error::NeedsBase {
                    id: OpId { peer, seq },
                }),
            };
        }
        let skip = known - run.seq;
        let differs = match is_alone {
            true => {
                let both = ground - run.seq..skip.min(run.len);
                self.first_difference(batch, run, author, both)
            }
            false => Some(ground),
        };
        if let Some(seq) = differs {
            return Err(Error::Forked { peer, seq });
        }
        if skip >= run.len {
            return Ok(Some(Ready::Known));
        }
        let last = self.log.peers.lv(&self.log.graph, author, known - 1);
        let parents = last.into_iter().collect();
        Ok(Some(Ready::From {
            skip,
            parents,
            before: None,
        }))
    }

    pub(super) fn peer_in(
        &self,
        batch: &Batch<'_>,
        index: u32,
        tables: &mut Tables,
    ) -> Option<PeerIx> {
        let known = tables.peers.get_mut(index as usize)?;
        if known.is_none() {
            *known = self.log.peers.find(*batch.peers.get(index as usize)?);
        }
        *known
    }
}
