//! Any bytes into [`Doc::merge`], of an empty document and of a small one, as they are and with their checksums right.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use syncline::Doc;
use syncline_fuzzing::encodings::{peer, small};
use syncline_fuzzing::frame::seal;
use syncline_fuzzing::{mutator, promise};

fuzz_target!(|bytes: &[u8]| {
    let sealed = seal(bytes);
    for bytes in [bytes, &sealed] {
        let docs = [
            Doc::with_peer(peer(50)),
            Doc::load(small()).expect("it was saved"),
        ];
        for mut doc in docs {
            if promise::merge(&mut doc, bytes) {
                promise::works(&mut doc);
            }
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::change_frame(data, size, max_size, seed, fuzzer_mutate)
});
