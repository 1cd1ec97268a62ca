//! `syncline`: see two people edit one document offline, keep documents in a store, replay real editing histories.
//!
//! This file holds the arguments only; each command is a room of its own.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by it"))]

mod demo;
mod exit;
mod failure;
mod files;
mod heap;
mod input;
mod inspect;
mod manual;
mod paint;
mod plain;
mod play;
mod progress;
mod reconcile;
mod replay;
mod sim;
mod store;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use files::Files;

/// Syncline: documents that people edit apart and that agree when they meet.
#[derive(Parser)]
#[command(
    name = "syncline",
    version,
    arg_required_else_help = true,
    after_help = "Example: syncline demo\n\nExit codes: 0 done, 1 a check found a difference or \
                  damage,\n2 something could not be read or run."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Two people edit a document offline, then sync: no files needed
    #[command(
        after_help = "Example: syncline demo\n\nColours appear on a terminal only; NO_COLOR=1 turns them off."
    )]
    Demo,
    /// Replay real editing histories on replicas, check and measure them
    #[command(after_help = REPLAY_HELP)]
    Replay(Files),
    /// Run scenarios: small concurrent histories of a whole document
    #[command(after_help = PLAY_HELP)]
    Play(Files),
    /// Tell what is inside a saved document or delta, also a damaged one
    #[command(after_help = INSPECT_HELP)]
    Inspect(inspect::Encodings),
    /// Let two replicas find what differs, and count the bytes
    #[command(after_help = RECONCILE_HELP)]
    Reconcile(reconcile::Sides),
    /// Let replicas write and meet on a network that fails, simulated
    #[command(after_help = SIM_HELP)]
    Sim(sim::Seeds),
    #[command(flatten)]
    Store(store::Command),
    /// Print completions for a shell
    #[command(after_help = "Example: syncline completions zsh > ~/.zfunc/_syncline")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or that of a command
    #[command(
        after_help = "Examples:\n  syncline man | man -l -\n  syncline man put > syncline-put.1"
    )]
    Man {
        /// The command
        command: Option<String>,
    },
}

const REPLAY_HELP: &str = "\
Examples:
  syncline replay friendsforever.json.gz
  syncline replay --check traces/*.json.gz traces/*.jsonl.gz
  syncline replay --json paper.json | jq '.local_ms, .save_bytes'

A sequential trace is typed into one replica, transaction by transaction, and a
second one receives it. In a concurrent trace every agent types on a replica of
its own (agent n is peer n + 1), which before each transaction has received
exactly the history that the transaction names; afterwards everyone receives
the rest.

--check alone replays without measuring. It compares the text on every replica
with endContent and names the first position that differs.

--json gives, per history: file, line (of a .jsonl), kind, transactions,
operations, peers, final_chars, text_blake3, converged, matches_end_content,
  local_ms               typing on all agents' replicas, without exchange
  merge_ms               an empty replica receiving all in one delta, until
                         its text is readable
  stream_ms              a concurrent trace's transactions arriving one by
                         one at a replica that only reads
  save_ms, load_ms       writing a snapshot; reading it until the text is
                         readable
  first_edit_ms          one letter in the middle right after that
  save_bytes_fast, save_bytes_compact
                         a snapshot, packed with the levels Fast (as
                         save_bytes) and Compact
  shallow_bytes_fast, shallow_bytes_compact
                         a snapshot without the history
  history_bytes_fast, history_bytes_compact
                         all in one delta, packed with the levels Fast (as
                         full_delta_bytes) and Compact
  delta_bytes_behind     the delta for a replica 1, 100, 1000 and 10000
                         operations behind at the end of the trace: at the
                         newest transaction that lacks so many
  keystroke_delta_bytes  one more letter by the last writer
  typed_heap_bytes       live after typing a sequential trace
  heap_bytes             live after loading
  peak_heap_bytes        the most held at once while receiving all in one
                         delta, or while loading
Times are milliseconds, the least of a few runs where the work is short. Heap
figures come from separate runs of the same work. A figure that does not apply
is null.";

const PLAY_HELP: &str = "\
Examples:
  syncline play examples/scenarios/conflict.jsonl
  syncline play --check --json scenarios.jsonl.gz

A scenario is one JSON document:
  {\"kind\": \"scenario\", \"replicas\": 2, \"steps\": [
    {\"on\": 0, \"do\": [[\"text\", \"body\", \"insert\", 0, \"hi\"]]},
    {\"sync\": [0, 1]}],
   \"expect\": {\"json\": {\"body\": \"hi\"}, \"conflicts\": {}}}
docs/scenarios.md describes the whole language.

--json gives, per scenario: file, line, converged, matches_expect (null where
the file expects nothing), json, conflicts, and forked where replicas that
share a peer id have parted.";

const INSPECT_HELP: &str = "\
Examples:
  syncline inspect notes.syncline
  syncline inspect --json notes.syncline | jq '.frames[].operations'

Of every frame: format, checksum, peers, operations, and its parts with sizes
and packings. Of a damaged file it tells what can be read, then where it
breaks, and exits with 2. docs/format.md names the parts.

--json gives, per file: file, bytes, frames, and error (offset, what; null
where all can be read). A frame has format, name, offset, bytes,
checksum_matches (null where it is cut short), goes_on_from, operations,
text_chars, runs, parents, marks, stretches, keys, containers, peers,
own_codes, sections (name, offset, bytes, packing, unpacked), frames (those
in a snapshot) and error.";

const RECONCILE_HELP: &str = "\
Examples:
  syncline reconcile --entries 100000 --differ 100
  syncline reconcile --entries 1000000 --differ 1000 --tail --json

Makes two summaries of so many entries (of a document: one for each peer), of
which so many differ, each longer on one side, the sides in turn. Keys are
random, always the same; with --tail they are consecutive, and the largest
differ. Then one side asks the other, first as a stranger, then as one who
remembers how far each had seen the other before the entries differed.

--json gives, for each of the two: pair (first or known), entries, differ,
tail, bytes_out and bytes_in (what the asker sent and received, without any
operations), round_trips (until the asker can have all that it lacks), exact
(each side knew precisely what it lacks, and what the other does), and ms
(both sides together, hashes and symbols at hand; the least of a few runs).
A result that is not exact exits with 1.";

const SIM_HELP: &str = "\
Examples:
  syncline sim --seed 7 --history
  syncline sim --seeds 0..10000
  syncline sim --replicas 5 --documents 100 --operations 20000 --seed 1 --json

Replicas write documents, and sessions carry what they write over links that
delay, lose, repeat, reorder and change messages, break and part; replicas
crash and come back with what they saved. Then faults stop, and all must come
to hold the same: what somebody has who merged everybody's deltas without
sessions. A seed makes the same history on every machine. What is not said is
drawn from the seed. docs/simulation.md tells how to read a history.

--json gives seed, replicas, documents, operations, converged, hash (of every
document's JSON and frontier, replicas and documents in order), bytes and
messages (all that was sent), sessions, round_trips (of all sessions, until
the asker had what the other had), steps, faults, crashes, forks,
simulated_ms, ms (how long it took to simulate) and error (null, or what was
wrong). With --seeds: seeds, histories, converged, failed (seeds), hash (of
their hashes), operations, bytes, round_trips, steps, faults, simulated_ms,
ms and per_second.

A history that does not converge, or in which anything else was wrong, exits
with 1; its last 400 lines are told, and the command that makes it again.";

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Demo => exit::after_writing(demo::run),
        Command::Replay(files) => exit::after_writing(|out| replay::run(&files, out)),
        Command::Play(files) => exit::after_writing(|out| play::run(&files, out)),
        Command::Inspect(files) => exit::after_writing(|out| inspect::run(&files, out)),
        Command::Reconcile(sides) => exit::after_writing(|out| reconcile::run(&sides, out)),
        Command::Sim(seeds) => exit::after_writing(|out| sim::run(&seeds, out)),
        Command::Store(command) => exit::after_writing(|out| store::run(&command, out)),
        Command::Completions { shell } => {
            exit::after_writing(|out| manual::completions(Cli::command(), shell, out))
        }
        Command::Man { command } => {
            exit::after_writing(|out| manual::page(Cli::command(), command.as_deref(), out))
        }
    }
}
