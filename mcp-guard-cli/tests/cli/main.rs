//! Runs the binary.

mod agreement;
mod audit;
mod generated;
mod matrix_diff;
mod memory;
mod rehearse;
mod support;
mod usage;
