//! Runs the binary.

mod generated;
mod matrix_diff;
mod memory;
mod rehearse;
mod support;
mod usage;
