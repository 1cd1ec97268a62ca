//! Replicas without the history of documents: all but the first, which all are joined to, let it go up to what the first
//! has on its disk.

use syncline::VersionVector;
use syncline::sync::Event;

use crate::file::File;
use crate::world::World;

impl World<'_> {
    /// What the first replica has of a document, whatever fails.
    pub(crate) fn kept(&self, document: usize) -> VersionVector {
        let file = self.replicas[0].files.get(&document);
        file.map(File::kept).unwrap_or_default()
    }

    /// Whether the ends of an edge may both be without history that the other needs.
    fn may_be_stuck(&self, edge: usize) -> bool {
        self.plan.drops_history && !self.plan.edges[edge].contains(&0)
    }

    /// One side has no history of what the other needs.
    pub(crate) fn lacks_history(
        &mut self,
        edge: usize,
        end: usize,
        event: &Event,
    ) -> Result<(), String> {
        let Some(link) = &mut self.edges[edge].link else {
            return Ok(());
        };
        let (replica, is_suspect) = (link.ends[end], link.is_suspect);
        match event {
            Event::Replaced {
                document,
                has_history,
            } => {
                let document = self.number(document)?;
                let how = if *has_history { "with" } else { "without" };
                self.note(format_args!(
                    "replica {replica} has document {document} anew, {how} its history"
                ));
                return self.changed(replica, document);
            }
            _ if is_suspect => {}
            _ if !self.may_be_stuck(edge) => {
                return Err(format!(
                    "replica {replica} lacks history, which edge {edge} has: {event:?}"
                ));
            }
            Event::Behind { document, .. } if self.is_calm || self.random.happens(5_000) => {
                self.note(format_args!("replica {replica} does without the history"));
                if let Some(link) = &mut self.edges[edge].link {
                    link.sessions[end].accept([document.as_str()]);
                }
            }
            _ => {
                self.note(format_args!(
                    "replica {replica} waits for history from elsewhere"
                ));
                if let Some(link) = &mut self.edges[edge].link {
                    link.is_partial = true;
                }
            }
        }
        Ok(())
    }
}
