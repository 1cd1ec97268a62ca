//! The command: `engine` prints the table. It starts itself again, with a hidden subcommand, for each measurement.

use std::fs;
use std::process::ExitCode;

use syncline_benches::child;
use syncline_benches::engine::{Outcome, said};
use syncline_benches::heap::Gate;
use syncline_benches::options::{HELP, Options};
use syncline_benches::rows;
use syncline_benches::run;
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
        [name, row, peer, rest @ ..] if name == "__measure" => {
            let options = Options::parse(rest.iter().cloned())?;
            child::measure(row, peer, options.runs, &context(&options)).map(|()| ExitCode::SUCCESS)
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
        rows::all()
            .iter()
            .for_each(|row| println!("{:<26}{}", row.name, row.title));
        return Ok(ExitCode::SUCCESS);
    }
    let results = run::run(options)?;
    print!(
        "{}",
        if options.json {
            results.json()
        } else {
            results.text()
        }
    );
    if let Some(file) = &options.markdown {
        said(fs::write(file, results.markdown()))?;
    }
    let missed = results.missed();
    Ok(if options.check && !missed.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
