//! The results as a table, as Markdown and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::about;
use crate::child::Report;
use crate::markdown;
use crate::peers::Peer;
use crate::rows::{Bound, Source, Unit};
use crate::run::{Line, Results};

/// How a row stands to its bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// The bound in this run's own figures.
    pub at_most: f64,
    /// Our figure over it.
    pub ratio: Option<f64>,
}

impl Standing {
    /// Whether the bound is met.
    #[must_use]
    pub fn met(self) -> Option<bool> {
        self.ratio.map(|ratio| ratio <= 1.0)
    }
}

impl Results {
    /// How the row stands, where what it is compared with was measured.
    #[must_use]
    pub fn standing(&self, line: &Line) -> Option<Standing> {
        // Bounds are stated for full inputs, and absolute ones for the real histories.
        let generated = self.generated && reads_a_trace(line);
        let at_most = match line.row.bound {
            Bound::Rope(times) => times * line.value(Peer::Rope)?,
            Bound::Best(times) => {
                let rivals = Peer::ALL.into_iter().filter(|peer| peer.is_rival());
                times
                    * rivals
                        .filter_map(|peer| line.value(peer))
                        .reduce(f64::min)?
            }
            Bound::Scaled(..) | Bound::Fixed(_) if self.quick || generated => return None,
            Bound::Scaled(most, _) => most * line.row.bound.scale(|peer| line.value(peer))?,
            Bound::Fixed(most) => most,
            Bound::OurRow(times, name) => {
                let other = self.lines.iter().find(|line| line.row.name == name)?;
                times * other.value(Peer::Ours)?
            }
            Bound::None => return None,
        };
        Some(Standing {
            at_most,
            ratio: line.value(Peer::Ours).map(|ours| ours / at_most),
        })
    }

    /// The names of the rows whose bound is missed; none in a quick run, which gives no verdict.
    #[must_use]
    pub fn missed(&self) -> Vec<&'static str> {
        if self.quick {
            return Vec::new();
        }
        let missed = |line: &&Line| self.standing(line).and_then(Standing::met) == Some(false);
        self.lines
            .iter()
            .filter(missed)
            .map(|line| line.row.name)
            .collect()
    }

    /// One JSON object a row.
    #[must_use]
    pub fn json(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            let figures: BTreeMap<&str, Value> = line
                .cells
                .iter()
                .map(|(peer, report)| (peer.name(), figure_json(report)))
                .collect();
            let standing = self.standing(line);
            let object = json!({
                "row": line.row.name,
                "unit": line.row.unit().to_string(),
                "peers": figures,
                "bound": line.row.bound.to_string(),
                "at_most": standing.map(|standing| standing.at_most),
                "ratio": standing.and_then(|standing| standing.ratio),
                "met": standing.and_then(Standing::met).filter(|_| !self.quick),
                "quick": self.quick,
                "generated": self.generated && reads_a_trace(line),
            });
            // Writing to a string cannot fail.
            writeln!(out, "{object}").ok();
        }
        out
    }

    /// The table for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let table = markdown::aligned(&self.cells());
        format!("{table}\n{}", self.notes("  "))
    }

    /// The table for a document.
    #[must_use]
    pub fn markdown(&self) -> String {
        let table = markdown::table(&self.cells());
        format!("{}\n{table}\n{}", self.heading(), self.notes("- "))
    }

    fn heading(&self) -> String {
        format!(
            "Each figure is the least of several runs in a process of its own; times in milliseconds, live heap in \
             megabytes, measured apart. \"Of which\" is our figure over what it may be at most. Built with {}.\n",
            about::run()
        )
    }

    fn cells(&self) -> Vec<Vec<String>> {
        let mut head = vec!["work".to_owned()];
        head.extend(self.peers.iter().map(Peer::to_string));
        head.extend(["at most", "of which", "verdict"].map(str::to_owned));
        let mut rows = vec![head];
        for line in &self.lines {
            let mut row = vec![match line.row.unit() {
                Unit::Times => line.row.title.to_owned(),
                unit => format!("{}, {unit}", line.row.title),
            }];
            row.extend(self.peers.iter().map(|peer| cell(line.cells.get(peer))));
            row.extend(self.verdict(line));
            rows.push(row);
        }
        rows
    }

    fn verdict(&self, line: &Line) -> [String; 3] {
        let bound = line.row.bound;
        let Some(standing) = self.standing(line) else {
            return [bound.to_string(), String::new(), String::new()];
        };
        let at_most = match bound {
            Bound::Fixed(_) => figure(standing.at_most),
            Bound::Scaled(most, _) => {
                format!(
                    "{} ({most} ms × {:.2})",
                    figure(standing.at_most),
                    standing.at_most / most
                )
            }
            _ => format!("{} ({bound})", figure(standing.at_most)),
        };
        let ratio = standing
            .ratio
            .map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
        let verdict = match standing.met() {
            _ if self.quick => "",
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        [at_most, ratio, verdict.to_owned()]
    }

    fn notes(&self, bullet: &str) -> String {
        let mut why: BTreeMap<(Peer, String), Vec<&str>> = BTreeMap::new();
        for line in &self.lines {
            for (peer, report) in &line.cells {
                let note = match report {
                    Report::Cannot(reason) => reason.clone(),
                    Report::Over(_) => "stopped at the limit".to_owned(),
                    Report::Measured {
                        other_text: true, ..
                    } => "* ends in another text than the history's".to_owned(),
                    Report::Measured { .. } => continue,
                };
                why.entry((*peer, note)).or_default().push(line.row.name);
            }
        }
        let mut out = String::new();
        for ((peer, note), rows) in why {
            writeln!(out, "{bullet}{peer}: {note} ({})", rows.join(", ")).ok();
        }
        if self
            .lines
            .iter()
            .any(|line| matches!(line.row.bound, Bound::Scaled(..)))
        {
            writeln!(
                out,
                "{bullet}A bound in milliseconds is multiplied by how fast this machine is: the geometric mean of the \
                 peers' times in the row over their times where the bound was set."
            )
            .ok();
        }
        if self.quick {
            writeln!(out, "{bullet}A quick run with small inputs: no verdict.").ok();
        }
        if self.generated && self.lines.iter().any(reads_a_trace) {
            writeln!(
                out,
                "{bullet}No traces folder: histories were generated, so bounds in milliseconds or megabytes do not \
                 apply to them."
            )
            .ok();
        }
        out
    }
}

fn reads_a_trace(line: &Line) -> bool {
    matches!(line.row.source, Source::Measured(work) if work.trace().is_some())
}

fn figure_json(report: &Report) -> Value {
    match report {
        Report::Measured {
            value,
            runs,
            other_text,
        } => {
            json!({"value": value, "runs": runs, "other_text": other_text})
        }
        Report::Cannot(why) => json!({"value": null, "why": why}),
        Report::Over(seconds) => json!({"value": null, "why": format!("over {seconds} s")}),
    }
}

fn cell(report: Option<&Report>) -> String {
    match report {
        Some(Report::Measured {
            value, other_text, ..
        }) => {
            format!("{}{}", figure(*value), if *other_text { "*" } else { "" })
        }
        Some(Report::Over(seconds)) => format!("> {seconds} s"),
        Some(Report::Cannot(_)) => "–".to_owned(),
        None => String::new(),
    }
}

/// Three digits that count, and thousands set apart.
fn figure(value: f64) -> String {
    let digits = match value {
        value if value >= 99.95 => {
            let whole = format!("{value:.0}");
            let (front, back) = whole.split_at(whole.len().saturating_sub(3));
            return if front.is_empty() {
                back.to_owned()
            } else {
                format!("{front},{back}")
            };
        }
        value if value >= 9.995 => 1,
        value if value >= 0.0995 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}
