//! Measurements that need a process of their own: this program starts itself again, and reads one line of JSON.

use std::env;
use std::process::Command;

use clap::Subcommand;
use serde::de::DeserializeOwned;

use super::{growth, memory, parked};
use crate::cache;
use crate::contender::Label;
use crate::error::CompareError;
use crate::run::name;
use crate::workload::ShapeKind;

/// What a child process is to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Task {
    /// Fill a table; print the growth of resident memory.
    Memory {
        /// Who.
        #[arg(long)]
        contender: Label,
        /// What is stored.
        #[arg(long)]
        shape: ShapeKind,
        /// How many objects.
        #[arg(long)]
        objects: u32,
    },
    /// Fill a table; print how long single inserts took. Without a contender: only read the clock as often.
    Growth {
        /// Who.
        #[arg(long)]
        contender: Option<Label>,
        /// How many objects.
        #[arg(long)]
        objects: u32,
    },
    /// Overwrite objects while a reader stays; print what that costs.
    Parked {
        /// Who.
        #[arg(long)]
        contender: Label,
        /// How many overwrites.
        #[arg(long)]
        overwrites: u64,
        /// How long at most.
        #[arg(long)]
        milliseconds: u64,
    },
    /// Fill a cache twice; print the growth of resident memory.
    CacheMemory {
        /// Who.
        #[arg(long)]
        contender: cache::contender::Label,
        /// For how many objects.
        #[arg(long)]
        capacity: u32,
    },
}

impl Task {
    /// Does it and prints the result.
    ///
    /// # Errors
    /// Whatever the measurement meets.
    pub fn perform(&self) -> Result<(), CompareError> {
        let line = match *self {
            Self::Memory {
                contender,
                shape,
                objects,
            } => serde_json::to_string(&memory::measure(contender, shape, objects)?),
            Self::Growth { contender, objects } => {
                serde_json::to_string(&growth::measure(contender, objects)?)
            }
            Self::Parked {
                contender,
                overwrites,
                milliseconds,
            } => serde_json::to_string(&parked::measure(contender, overwrites, milliseconds)?),
            Self::CacheMemory {
                contender,
                capacity,
            } => serde_json::to_string(&cache::memory::measure(contender, capacity)?),
        };
        println!("{}", line?);
        Ok(())
    }

    /// The command line that says this.
    fn arguments(&self) -> Vec<String> {
        let words = match self {
            Self::Memory {
                contender,
                shape,
                objects,
            } => {
                format!(
                    "memory --contender {} --shape {} --objects {objects}",
                    name(contender),
                    name(shape)
                )
            }
            Self::Growth { contender, objects } => {
                let contender = contender
                    .map(|label| format!("--contender {} ", name(&label)))
                    .unwrap_or_default();
                format!("growth {contender}--objects {objects}")
            }
            Self::Parked {
                contender,
                overwrites,
                milliseconds,
            } => {
                let name = name(contender);
                format!(
                    "parked --contender {name} --overwrites {overwrites} --milliseconds {milliseconds}"
                )
            }
            Self::CacheMemory {
                contender,
                capacity,
            } => {
                let name = name(contender);
                format!("cache-memory --contender {name} --capacity {capacity}")
            }
        };
        words.split(' ').map(str::to_owned).collect()
    }

    /// Does it in a child process.
    ///
    /// # Errors
    /// A child that can't be started, fails, or prints something else.
    pub fn in_child<R: DeserializeOwned>(&self) -> Result<R, CompareError> {
        let program = env::current_exe().map_err(CompareError::io("finding this program"))?;
        let arguments = self.arguments();
        let output = Command::new(program).arg("child").args(&arguments).output();
        let output = output.map_err(CompareError::io("starting a child process"))?;
        let parsed = serde_json::from_slice(&output.stdout)
            .ok()
            .filter(|_| output.status.success());
        parsed.ok_or_else(|| {
            let printed =
                String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            CompareError::Child {
                arguments,
                output: printed.into_owned(),
            }
        })
    }
}
