//! Any bytes into [`syncline::Doc::load`], as they are and with their checksums right.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use syncline_fuzzing::frame::seal;
use syncline_fuzzing::{mutator, promise};

fuzz_target!(|bytes: &[u8]| {
    let sealed = seal(bytes);
    for bytes in [bytes, &sealed] {
        if let Some(mut doc) = promise::load(bytes) {
            promise::works(&mut doc);
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::change_frame(data, size, max_size, seed, fuzzer_mutate)
});
