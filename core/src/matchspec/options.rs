//! Bounds of a run, and what it knows of its surroundings.

use crate::term::{Limits, Pid};

/// How much a specification may do with one object, and for whom it runs.
///
/// Specifications have no loops, so every run ends; the bounds are for specifications and objects
/// that are both large.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunOptions {
    /// The most steps for one object: the instructions of each clause that is tried, and words that
    /// are copied or compared. 2^32 by default, the work of some seconds.
    pub steps_max: u64,
    /// The largest size of what is made for one object, in bytes. 1 GiB by default.
    pub bytes_max: usize,
    /// The process that `{self}` stands for. `None` by default: `{self}` fails.
    pub caller: Option<Pid>,
}

impl RunOptions {
    /// The most steps for one object unless told otherwise.
    pub const STEPS_MAX_DEFAULT: u64 = 1 << 32;

    /// The same options with another number of steps.
    pub fn with_steps_max(self, steps_max: u64) -> Self {
        RunOptions { steps_max, ..self }
    }

    /// The same options with another size in bytes.
    pub fn with_bytes_max(self, bytes_max: usize) -> Self {
        RunOptions { bytes_max, ..self }
    }

    /// The same options with another caller.
    pub fn with_caller(self, caller: Pid) -> Self {
        RunOptions {
            caller: Some(caller),
            ..self
        }
    }
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            steps_max: Self::STEPS_MAX_DEFAULT,
            bytes_max: Limits::BYTES_MAX_DEFAULT,
            caller: None,
        }
    }
}
