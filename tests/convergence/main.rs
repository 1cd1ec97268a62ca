//! Replicas that hold the same operations show the same document.

mod model;
mod programs;
mod nested;
mod second_opinion;
mod same_bytes;
mod crowd;
mod traces;
mod withheld;
mod pieces;
mod pieces_programs;
mod summary;
