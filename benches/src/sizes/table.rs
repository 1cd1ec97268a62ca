//! The sizes as tables, as Markdown and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::rows::{Limit, Matter, Section};
use super::run::{SizeLine, Sizes};
use crate::encoding::Encoding;
use crate::markdown;

/// How one of ours stands to its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The most it may take.
    pub at_most: u64,
    /// Whether it takes no more; none where we have no such encoding yet.
    pub met: Option<bool>,
}

/// Ours that are held to a bound.
const BOUND: [Encoding; 2] = [Encoding::OursFast, Encoding::OursCompact];

impl SizeLine {
    /// The fewest bytes among rivals that hold as much.
    #[must_use]
    pub fn best(&self) -> Option<(Encoding, u64)> {
        let columns = self.row.section.columns().iter();
        let rivals = columns.filter(|encoding| encoding.is_rival());
        rivals
            .filter_map(|encoding| Some((*encoding, *self.bytes.get(encoding)?)))
            .min_by_key(|(_, bytes)| *bytes)
    }

    fn standing(&self, encoding: Encoding, limit: Limit, real: bool) -> Option<Standing> {
        let at_most = match limit {
            Limit::AtMost(bytes) if real => bytes,
            Limit::BelowBest => self.best()?.1.saturating_sub(1),
            Limit::AtMost(_) | Limit::None => return None,
        };
        let met = self.bytes.get(&encoding).map(|bytes| *bytes <= at_most);
        Some(Standing { at_most, met })
    }
}

impl Sizes {
    /// How `Fast` and `Compact` stand in a row; a bound in bytes is for the real input in full.
    #[must_use]
    pub fn standings(&self, line: &SizeLine) -> [Option<Standing>; 2] {
        let is_tree = matches!(line.row.matter, Matter::Tree(_));
        let real = is_tree || !(self.quick || self.generated);
        [
            line.standing(Encoding::OursFast, line.row.fast, real),
            line.standing(Encoding::OursCompact, line.row.compact, real),
        ]
    }

    /// The rows and levels whose bound is missed; none in a quick run, which gives no verdict.
    #[must_use]
    pub fn missed(&self) -> Vec<String> {
        if self.quick {
            return Vec::new();
        }
        let mut missed = Vec::new();
        for line in &self.lines {
            for (encoding, standing) in BOUND.iter().zip(self.standings(line)) {
                if standing.is_some_and(|standing| standing.met != Some(true)) {
                    missed.push(format!("{} {}", line.row.name, encoding.name()));
                }
            }
        }
        missed
    }

    /// One JSON object a row.
    #[must_use]
    pub fn json(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            let bytes: BTreeMap<&str, u64> = line
                .bytes
                .iter()
                .map(|(encoding, bytes)| (encoding.name(), *bytes))
                .collect();
            let [fast, compact] = self
                .standings(line)
                .map(|standing| self.standing_json(standing));
            let object = json!({
                "row": line.row.name,
                "unit": "bytes",
                "bytes": bytes,
                "why": self.why(line.row.matter),
                "best_peer": line.best().map(|(encoding, _)| encoding.name()),
                "fast": fast,
                "compact": compact,
                "quick": self.quick,
                "generated": self.generated,
            });
            // Writing to a string cannot fail.
            writeln!(out, "{object}").ok();
        }
        out
    }

    /// Which subjects could not make the matter, and why.
    fn why(&self, matter: Matter) -> BTreeMap<&str, &str> {
        let failed = self.failed.iter();
        failed
            .filter(|(_, matters)| matters.contains(&matter.name()))
            .map(|((subject, why), _)| (subject.name(), why.as_str()))
            .collect()
    }

    fn standing_json(&self, standing: Option<Standing>) -> Value {
        let met = standing.and_then(|standing| standing.met);
        json!({
            "at_most": standing.map(|standing| standing.at_most),
            "met": met.filter(|_| !self.quick),
        })
    }

    /// The tables for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let tables = self.tables(markdown::aligned, "");
        format!("{tables}{}", self.notes("  "))
    }

    /// The tables for a document.
    #[must_use]
    pub fn markdown(&self) -> String {
        let tables = self.tables(markdown::table, "### ");
        format!("{tables}{}", self.notes("- "))
    }

    fn tables(&self, draw: fn(&[Vec<String>]) -> String, heading: &str) -> String {
        let mut out = String::new();
        for section in Section::ALL {
            let lines = self.lines.iter();
            let lines: Vec<&SizeLine> = lines.filter(|line| line.row.section == section).collect();
            if !lines.is_empty() {
                let table = draw(&self.cells(section, &lines));
                writeln!(out, "{heading}{}, bytes\n\n{table}", section.title()).ok();
            }
        }
        out
    }

    fn cells(&self, section: Section, lines: &[&SizeLine]) -> Vec<Vec<String>> {
        let told = |encoding: &Encoding| lines.iter().any(|line| line.bytes.contains_key(encoding));
        let columns: Vec<Encoding> = section.columns().iter().copied().filter(told).collect();
        let ours = [Encoding::OursNone].into_iter().filter(told);
        let columns: Vec<Encoding> = columns.into_iter().chain(ours).collect();
        let mut head = vec![String::new()];
        head.extend(columns.iter().map(Encoding::to_string));
        for encoding in BOUND {
            head.extend([encoding.title(), "at most", "verdict"].map(str::to_owned));
        }
        let mut rows = vec![head];
        for line in lines {
            let mut row = vec![line.row.title.clone()];
            row.extend(columns.iter().map(|encoding| bytes(line, *encoding)));
            for (encoding, standing) in BOUND.iter().zip(self.standings(line)) {
                row.push(bytes(line, *encoding));
                row.push(standing.map_or_else(String::new, |standing| grouped(standing.at_most)));
                row.push(self.verdict(standing).to_owned());
            }
            rows.push(row);
        }
        rows
    }

    fn verdict(&self, standing: Option<Standing>) -> &'static str {
        match standing {
            _ if self.quick => "",
            None => "",
            Some(Standing { met: None, .. }) => "not yet",
            Some(Standing {
                met: Some(true), ..
            }) => "met",
            Some(Standing {
                met: Some(false), ..
            }) => "**missed**",
        }
    }

    fn notes(&self, bullet: &str) -> String {
        let mut out = String::new();
        for ((subject, why), matters) in &self.failed {
            let (name, matters) = (subject.name(), matters.join(", "));
            writeln!(out, "{bullet}{name}: {why} ({matters})").ok();
        }
        if self.lines.iter().any(|line| !line.of_other_text.is_empty()) {
            let note = "* The engine ends in another text than the history's.";
            writeln!(out, "{bullet}{note}").ok();
        }
        let note = "† For information, not compared with: it holds less than the history.";
        writeln!(out, "{bullet}{note}").ok();
        if self.quick {
            writeln!(out, "{bullet}A quick run with small inputs: no verdict.").ok();
        }
        if self.generated {
            let note = "No traces folder: histories were generated, so bounds in bytes do not apply to them.";
            writeln!(out, "{bullet}{note}").ok();
        }
        out
    }
}

fn bytes(line: &SizeLine, encoding: Encoding) -> String {
    let star = if line.of_other_text.contains(&encoding) {
        "*"
    } else {
        ""
    };
    match line.bytes.get(&encoding) {
        Some(bytes) => format!("{}{star}", grouped(*bytes)),
        None => "–".to_owned(),
    }
}

/// Thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
