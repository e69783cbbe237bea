//! How far one call of a selection goes.

use crate::matchspec::RunOptions;
use crate::process::current_pid;

/// How far one call of [`Table::select_with`](crate::Table::select_with) goes, and which way.
///
/// ```
/// use heirloom::{RunOptions, SelectOptions};
///
/// let options = SelectOptions::default()
///     .with_results_max(100)
///     .with_steps_max(1_000_000)
///     .with_object(RunOptions::default().with_bytes_max(1 << 20));
/// assert_eq!(options.results_max, 100);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectOptions {
    /// The most results of one call, at least 1. Without a limit by default.
    pub results_max: usize,
    /// The most steps of one call, over all objects together; each object takes at least one. Without a
    /// limit by default.
    pub steps_max: u64,
    /// Whether to begin with the last key, in a table that has its keys in order.
    pub reverse: bool,
    /// The bounds for each single object, and which process `{self}` stands for: if that is `None`, the
    /// one that calls.
    pub object: RunOptions,
}

impl SelectOptions {
    /// The same options with another number of results.
    pub fn with_results_max(self, results_max: usize) -> Self {
        SelectOptions {
            results_max,
            ..self
        }
    }

    /// The same options with another number of steps for a whole call.
    pub fn with_steps_max(self, steps_max: u64) -> Self {
        SelectOptions { steps_max, ..self }
    }

    /// The same options with another direction.
    pub fn with_reverse(self, reverse: bool) -> Self {
        SelectOptions { reverse, ..self }
    }

    /// The same options with other bounds for each object.
    pub fn with_object(self, object: RunOptions) -> Self {
        SelectOptions { object, ..self }
    }
}

impl Default for SelectOptions {
    fn default() -> Self {
        SelectOptions {
            results_max: usize::MAX,
            steps_max: u64::MAX,
            reverse: false,
            object: RunOptions::default(),
        }
    }
}

/// The same bounds, with the current process as the caller unless there is another.
pub(super) fn for_caller(options: &RunOptions) -> RunOptions {
    RunOptions {
        caller: options.caller.or_else(|| Some(current_pid())),
        ..options.clone()
    }
}
