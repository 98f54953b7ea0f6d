//! The commands, one module for each.

pub(crate) mod audit;
pub(crate) mod matrix;
pub(crate) mod rehearse;
