//! The page: the story, what was shipped, and who won the conflict and why.

use std::io::{self, Write};

use syncline::{Conflict, Error};

use super::show::{self, WIDTH};
use super::story::{self, DAY, Person, TRIP};
use crate::exit::Outcome;
use crate::failure::{ENGINE_FAULT, Failure, Place};
use crate::paint::{self, Paint};

/// Plays the story and tells it.
pub(crate) fn run(out: &mut dyn Write) -> io::Result<Outcome> {
    match Page::write(out) {
        Ok(()) => Ok(Outcome::Done),
        Err(Stop::Output(error)) => Err(error),
        Err(Stop::Engine(error)) => {
            let place = Place {
                file: "demo".to_owned(),
                line: None,
            };
            Failure::new(error.to_string(), ENGINE_FAULT).report(&place);
            Ok(Outcome::Failed)
        }
    }
}

/// Why the page ended early.
enum Stop {
    Output(io::Error),
    Engine(Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Output(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Engine(error)
    }
}

struct Page<'o> {
    out: &'o mut dyn Write,
    paint: Paint,
}

impl Page<'_> {
    fn write(out: &mut dyn Write) -> Result<(), Stop> {
        let mut page = Page {
            out,
            paint: Paint::for_stdout(),
        };
        let (mut ada, mut grace) = story::together()?;
        page.heading("Ada and Grace share a document")?;
        page.say("It holds a text, a map, a list and a counter, and each has a copy:")?;
        page.lines(&show::document(&ada.doc, WIDTH))?;

        story::apart(&mut ada, &mut grace)?;
        page.heading("Offline, both go on writing")?;
        page.both(&ada, &grace, |person| {
            show::deeds(&person.did, show::column())
        })?;
        page.say("\nSo for now there are two truths:\n")?;
        page.both(&ada, &grace, |person| {
            show::document(&person.doc, show::column())
        })?;

        let sent = story::sync(&mut ada, &mut grace)?;
        page.heading("They meet, and each sends what the other lacks")?;
        page.shipped(&ada, &grace, sent)?;
        page.agreement(&ada, &grace)?;

        page.heading("One question had two answers")?;
        page.conflict(&ada, &grace)?;

        let letter = story::one_more_letter(&mut ada, &mut grace)?;
        page.heading("From here on")?;
        page.say(&format!(
            "Grace types one more letter: {letter} bytes go out, and Ada has it."
        ))?;
        page.say("Try `syncline play --help` to write such a story yourself, or")?;
        page.say("`syncline replay --help` to replay real editing histories.")?;
        Ok(())
    }

    fn shipped(
        &mut self,
        ada: &Person,
        grace: &Person,
        (by_ada, by_grace): (usize, usize),
    ) -> Result<(), Stop> {
        let document = ada.doc.save().len();
        self.say(&format!(
            "{} sends {by_ada} bytes, {} sends {by_grace} bytes.",
            ada.name, grace.name
        ))?;
        self.say(&format!(
            "The whole document with all its history, saved, is {document} bytes: it stays at home."
        ))?;
        Ok(())
    }

    fn agreement(&mut self, ada: &Person, grace: &Person) -> Result<(), Stop> {
        let (left, right) = (
            show::document(&ada.doc, WIDTH),
            show::document(&grace.doc, WIDTH),
        );
        if left == right && ada.doc.frontier() == grace.doc.frontier() {
            self.say(&self.paint.green("\nNow both show exactly this:"))?;
            return self.lines(&left);
        }
        // Not expected ever; a page that could not say so would show nothing by agreeing.
        Err(Stop::Engine(Error::Aborted(
            "the two copies differ after the sync".to_owned(),
        )))
    }

    fn conflict(&mut self, ada: &Person, grace: &Person) -> Result<(), Stop> {
        let answers = ada.doc.map(TRIP).conflicts(DAY);
        let [won, lost] = answers.as_slice() else {
            return Err(Stop::Engine(Error::Aborted(
                "the day should have two answers".to_owned(),
            )));
        };
        let author = |answer: &Conflict| {
            if Some(answer.id.peer) == ada.doc.peer() {
                ada.name
            } else {
                grace.name
            }
        };
        let (won_by, lost_by) = (author(won), author(lost));
        let (won_day, lost_day) = (show::plain(&won.value), show::plain(&lost.value));
        self.say(&format!(
            "Letters, list and votes fit together, but a day is one or the other: {lost_by} set {lost_day}, {won_by} \
             set {won_day}, and neither knew of the other."
        ))?;
        self.say(&format!(
            "Both copies show {}, because:\n",
            self.paint.bold(&won_day)
        ))?;
        for (answer, by, day) in [(won, won_by, &won_day), (lost, lost_by, &lost_day)] {
            let (id, lamport, peer) = (answer.id, answer.lamport, answer.id.peer);
            self.lines(&[format!(
                "  {day:<10} by {by:<6} operation {id}, Lamport {lamport}, peer {peer}"
            )])?;
        }
        let why = if won.lamport == lost.lamport {
            "The Lamport numbers are equal, so the larger peer wins."
        } else {
            "A Lamport number is one more than the largest its writer knew, and the larger wins."
        };
        self.say(&format!(
            "\n{why} Every copy decides so by itself. No clock is asked, and {lost_by}'s {lost_day} is not lost: \
             `conflicts(\"{DAY}\")` lists both, and setting the day again settles it."
        ))
    }

    fn both(
        &mut self,
        ada: &Person,
        grace: &Person,
        of: impl Fn(&Person) -> Vec<String>,
    ) -> Result<(), Stop> {
        let head = |person: &Person| [format!("{}:", person.name)];
        let paint = self.paint;
        self.lines(&show::side_by_side(paint, &head(ada), &head(grace)))?;
        self.lines(&show::side_by_side(paint, &of(ada), &of(grace)))
    }

    fn heading(&mut self, title: &str) -> Result<(), Stop> {
        let rule = "-".repeat((WIDTH + 2).saturating_sub(title.chars().count() + 1));
        Ok(writeln!(
            self.out,
            "\n{} {}",
            self.paint.bold(title),
            self.paint.dim(&rule)
        )?)
    }

    fn say(&mut self, text: &str) -> Result<(), Stop> {
        self.lines(&paint::wrap(text, WIDTH))
    }

    fn lines(&mut self, lines: &[String]) -> Result<(), Stop> {
        for line in lines {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }
}
