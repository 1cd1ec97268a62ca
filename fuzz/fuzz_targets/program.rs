//! Two to four replicas write, send, receive in any order and more than once, reload, and in the end all converge.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syncline_fuzzing::program::Program;
use syncline_fuzzing::stage::Stage;

fuzz_target!(|program: Program| Stage::play(&program).converge());
