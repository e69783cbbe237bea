//! What can go wrong in a comparison.

use std::io;

/// Why a comparison stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A file or a pipe.
    #[error("{what}: {source}")]
    Io {
        /// What was being done, with the path.
        what: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A contender answered a read with nothing, or with a value that belongs to another key.
    #[error("{who} gave {wrong} wrong answers out of {reads} reads in {place}")]
    WrongAnswers {
        /// Who.
        who: &'static str,
        /// How many of the reads were wrong.
        wrong: u64,
        /// How many reads there were.
        reads: u64,
        /// The cell or the step.
        place: String,
    },
    /// The Erlang node did not answer as agreed.
    #[error("the Erlang node answered {command:?} with {reply:?}")]
    Erlang {
        /// What it was told.
        command: String,
        /// What it said.
        reply: String,
    },
    /// A child process failed or printed something else than its result.
    #[error("child process {arguments:?} failed: {output}")]
    Child {
        /// What it was started with.
        arguments: Vec<String>,
        /// What it printed.
        output: String,
    },
    /// Results that could not be written or read as JSON.
    #[error("results as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The first objects were over before the last were in.
    #[error("{who} took longer to fill than its objects live")]
    TooSlow {
        /// Who.
        who: &'static str,
    },
    /// A line of a trace that says nothing of blocks.
    #[error("{trace}, line {line}: not a first block and a number of blocks")]
    Trace {
        /// Which trace.
        trace: String,
        /// Which line, the first being 1.
        line: usize,
    },
    /// Somebody was chosen who is not compared here, or something that is not measured here.
    #[error("`{chosen}` is no part of `compare {comparison}`")]
    TakesNoPart {
        /// Who or what.
        chosen: String,
        /// In what.
        comparison: &'static str,
    },
    /// Heirloom refused to make a table.
    #[error("heirloom: {0}")]
    Heirloom(String),
}

impl CompareError {
    /// Wraps an operating system error with what was being done.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            what: what.into(),
            source,
        }
    }
}
