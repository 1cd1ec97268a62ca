//! The command: `engine` prints the table of times and memory, `sizes` those of bytes and opening, `summary` that of
//! reconciliation. For each measurement of the first two it starts itself again, with a hidden subcommand.

use std::process::ExitCode;

use syncline_benches::about;
use syncline_benches::child;
use syncline_benches::engine::Outcome;
use syncline_benches::heap::Gate;
use syncline_benches::markdown;
use syncline_benches::options::{HELP, Options};
use syncline_benches::peers::Peer;
use syncline_benches::rows::{self, Row};
use syncline_benches::run;
use syncline_benches::sizes;
use syncline_benches::trace;
use syncline_benches::work::Context;

#[global_allocator]
static ALLOCATOR: Gate = Gate;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command(&arguments) {
        Ok(code) => code,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::from(2)
        }
    }
}

fn command(arguments: &[String]) -> Outcome<ExitCode> {
    match arguments {
        [name, rest @ ..] if name == "engine" => engine(&Options::parse(rest.iter().cloned())?),
        [name, rest @ ..] if name == "sizes" => sizes(Options::parse(rest.iter().cloned())?),
        #[cfg(feature = "ours")]
        [name, rest @ ..] if name == "summary" => {
            let options = Options::parse(rest.iter().cloned())?;
            print!("{}", syncline_benches::summary::run(&options)?);
            Ok(ExitCode::SUCCESS)
        }
        #[cfg(feature = "ours")]
        [name, rest @ ..] if name == "session" => {
            let options = Options::parse(rest.iter().cloned())?;
            print!("{}", syncline_benches::session::run(&options)?);
            Ok(ExitCode::SUCCESS)
        }
        #[cfg(feature = "ours")]
        [name, rest @ ..] if name == "editor" => {
            let options = Options::parse(rest.iter().cloned())?;
            print!("{}", syncline_benches::editor::run(&options)?);
            Ok(ExitCode::SUCCESS)
        }
        #[cfg(feature = "ours")]
        [name, rest @ ..] if name == "growth" => {
            let options = Options::parse(rest.iter().cloned())?;
            print!("{}", syncline_benches::growth::run(&options)?);
            Ok(ExitCode::SUCCESS)
        }
        [name, matter, subject, rest @ ..] if name == "__sizes" => {
            let options = Options::parse(rest.iter().cloned())?;
            sizes::measure(matter, subject, &context(&options)).map(|()| ExitCode::SUCCESS)
        }
        [name, row, peer, rest @ ..] if name == "__measure" => {
            let options = Options::parse(rest.iter().cloned())?;
            child::measure(row, peer, options.often(), &context(&options))
                .map(|()| ExitCode::SUCCESS)
        }
        [name, history, peer, rest @ ..] if name == "__prepare" => {
            let options = Options::parse(rest.iter().cloned())?;
            child::prepare(history, peer, &context(&options)).map(|()| ExitCode::SUCCESS)
        }
        _ => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn context(options: &Options) -> Context {
    Context {
        traces: trace::folder(options.traces.as_deref()),
        quick: options.quick,
        prepared: options.prepared.clone(),
    }
}

fn engine(options: &Options) -> Outcome<ExitCode> {
    if options.list {
        list(&rows::engine());
        return Ok(ExitCode::SUCCESS);
    }
    let results = run::run(options, rows::engine())?;
    tell(options, results.json(), results.text());
    if let Some(file) = &options.markdown {
        markdown::write_part(file, "engine", &results.markdown())?;
    }
    Ok(code(options, results.missed().is_empty()))
}

fn sizes(mut options: Options) -> Outcome<ExitCode> {
    if options.list {
        for row in sizes::all() {
            println!("{:<30}{}", row.name, row.title);
        }
        list(&rows::opening());
        return Ok(ExitCode::SUCCESS);
    }
    // It keeps neither text nor history, so it has nothing to encode or open.
    options.peers.retain(|peer| *peer != Peer::Cola);
    let sizes = sizes::run(&options)?;
    let opening = run::run(&options, rows::opening())?;
    tell(&options, sizes.json(), sizes.text());
    tell(&options, opening.json(), opening.text());
    if let Some(file) = &options.markdown {
        let built = about::run();
        let bytes = format!("Bytes do not depend on the machine. Built with {built}.");
        let parts = [
            bytes,
            sizes.markdown(),
            "### Opening".to_owned(),
            opening.markdown(),
        ];
        markdown::write_part(file, "sizes", &parts.join("\n\n"))?;
    }
    let met = sizes.missed().is_empty() && opening.missed().is_empty();
    Ok(code(&options, met))
}

fn list(rows: &[Row]) {
    for row in rows {
        println!("{:<30}{}", row.name, row.title);
    }
}

fn tell(options: &Options, json: String, text: String) {
    if options.json {
        print!("{json}");
    } else {
        println!("{text}");
    }
}

fn code(options: &Options, met: bool) -> ExitCode {
    if options.check && !met {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
