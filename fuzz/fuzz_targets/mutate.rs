//! An encoding that replicas wrote, changed behind right checksums, at those replicas and at an empty one.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use syncline::Doc;
use syncline_fuzzing::encodings::peer;
use syncline_fuzzing::mutator::{Mutation, mutate};
use syncline_fuzzing::program::Program;
use syncline_fuzzing::promise;
use syncline_fuzzing::stage::Stage;

#[derive(Arbitrary, Debug)]
struct Case {
    which: u8,
    mutations: Vec<Mutation>,
    program: Program,
}

fuzz_target!(|case: Case| {
    let mut stage = Stage::play(&case.program);
    let encodings = stage.encodings();
    let honest = &encodings[usize::from(case.which) % encodings.len()];
    let mutated = mutate(honest, &case.mutations);
    if let Some(mut doc) = promise::load(&mutated) {
        promise::merge(&mut doc, honest);
        promise::works(&mut doc);
    }
    for mut doc in stage
        .into_docs()
        .into_iter()
        .chain([Doc::with_peer(peer(50))])
    {
        if promise::merge(&mut doc, &mutated) {
            promise::merge(&mut doc, honest);
            promise::works(&mut doc);
        }
    }
});
