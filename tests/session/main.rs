//! Sessions: two sides that find out what the other lacks, and send it.

mod pair;
mod one_way;
mod live;
mod restart;
mod faults;
mod seals;
mod lines;
mod forks;
mod base;
mod replaced;
mod workspace;
mod readonly;
mod looking;
mod programs;
