//! What is asked for on the command line.

use crate::Failed;

/// How many clients write to how many documents, for how long, while how many others are uploaded.
pub(crate) struct Plan {
    pub(crate) clients: usize,
    pub(crate) documents: usize,
    pub(crate) seconds: usize,
    pub(crate) upload: Option<usize>,
}

impl Plan {
    pub(crate) fn read(arguments: &[String]) -> Result<Plan, Failed> {
        let mut plan = Plan {
            clients: 50,
            documents: 5,
            seconds: 5,
            upload: None,
        };
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            let place = match name.as_str() {
                "--clients" => &mut plan.clients,
                "--documents" => &mut plan.documents,
                "--seconds" => &mut plan.seconds,
                "--upload" => plan.upload.insert(0),
                _ => {
                    let usage = "load [--clients N] [--documents M] [--seconds S] [--upload U]";
                    return Err(usage.into());
                }
            };
            *place = arguments.next().ok_or("a number is due")?.parse()?;
            if *place == 0 {
                return Err(format!("{name} is at least 1").into());
            }
        }
        Ok(plan)
    }

    /// Which document a client writes to.
    pub(crate) fn document(&self, client: usize) -> String {
        format!("notes/{}", client % self.documents)
    }

    /// How many clients share a client's document, with itself.
    pub(crate) fn sharing(&self, client: usize) -> usize {
        let first = client % self.documents;
        (first..self.clients).step_by(self.documents).count()
    }
}
