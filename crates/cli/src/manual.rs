//! `man` and `completions`: what the arguments tell of themselves.

use std::io::{self, Write};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::exit::Outcome;

/// Prints what a shell needs to complete commands and their arguments.
pub(crate) fn completions(
    mut cli: Command,
    shell: Shell,
    out: &mut dyn Write,
) -> io::Result<Outcome> {
    clap_complete::generate(shell, &mut cli, "syncline", out);
    Ok(Outcome::Done)
}

/// Prints the manual page of the whole, or of one command.
pub(crate) fn page(mut cli: Command, of: Option<&str>, out: &mut dyn Write) -> io::Result<Outcome> {
    cli.build();
    let page = match of {
        None => Some(cli),
        Some(name) => {
            let mut commands = cli.get_subcommands();
            commands.find(|command| command.get_name() == name).cloned()
        }
    };
    let Some(page) = page else {
        let name = of.unwrap_or_default();
        eprintln!("syncline: there is no command {name:?}\n  next: `syncline --help` lists them");
        return Ok(Outcome::Failed);
    };
    Man::new(page).render(&mut &mut *out)?;
    Ok(Outcome::Done)
}
