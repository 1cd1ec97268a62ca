//! A text edited in scalars, UTF-16 units and bytes, beside a plain `String`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syncline_fuzzing::typing::{self, Typing};

fuzz_target!(|typing: Typing| typing::play(&typing));
