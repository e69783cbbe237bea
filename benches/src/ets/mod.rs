//! Real ETS, in an Erlang node that is told what to do through its standard input (see `erlang/ets_cells.erl`).
//!
//! Ordered tables are made as hash tables are, for readers and writers at the same time.
//! The node's schedulers are told not to spin while they have nothing to do, so that it doesn't disturb whose turn
//! it isn't.

mod runner;

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use crate::error::CompareError;
use crate::machine::{self, Waiting, Waits};
use crate::measure::{Sample, SliceTimes, Tally};
use crate::results::CallTimes;
use crate::workload::ShapeKind;

pub use runner::EtsRunner;

/// The Erlang program; the last of these modules has its `main`.
const SOURCES: [&str; 4] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/erlang/ets_objects.erl"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/erlang/ets_works.erl"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/erlang/ets_slices.erl"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/erlang/ets_cells.erl"),
];

/// Most of a slice that a worker is taken to have waited for a core.
const WAITED_MAX: f64 = 0.9;

/// A running Erlang node with at most one table.
#[derive(Debug)]
pub struct Ets {
    node: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    process: u32,
}

impl Ets {
    /// Starts a node with this many schedulers; `None` if there is no `erl` on the path.
    ///
    /// # Errors
    /// A node that does not answer.
    pub fn start(schedulers: usize) -> Result<Option<Self>, CompareError> {
        let mut node = match command(schedulers).spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            result => result.map_err(CompareError::io("starting erl"))?,
        };
        let silent = || CompareError::Erlang {
            command: "start".to_owned(),
            reply: "no pipes".to_owned(),
        };
        let input = node.stdin.take().ok_or_else(silent)?;
        let output = BufReader::new(node.stdout.take().ok_or_else(silent)?);
        let mut ets = Self {
            node,
            input,
            output,
            process: 0,
        };
        ets.process = ets.number("pid")? as u32;
        Ok(Some(ets))
    }

    /// The Erlang release on the path, if there is one.
    #[must_use]
    pub fn release() -> Option<String> {
        let print = "io:format(\"OTP ~s, erts ~s\", [erlang:system_info(otp_release), erlang:system_info(version)]), halt().";
        let output = Command::new("erl")
            .args(["-noshell", "-eval", print])
            .stdin(Stdio::null())
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()
    }

    /// Makes an empty table, in place of the one before.
    ///
    /// # Errors
    /// A node that does not answer as agreed; so for every other function here.
    pub fn create(&mut self, shape: ShapeKind) -> Result<(), CompareError> {
        self.tell(&format!("create {}", shape_atom(shape)))
            .map(drop)
    }

    /// Inserts the objects with the indices below `objects`.
    ///
    /// # Errors
    /// As [`Ets::create`].
    pub fn fill(&mut self, objects: u32) -> Result<(), CompareError> {
        self.tell(&format!("fill {objects}")).map(drop)
    }

    /// What the table says of itself.
    ///
    /// # Errors
    /// As [`Ets::create`].
    pub fn own_count_bytes(&mut self) -> Result<u64, CompareError> {
        self.number("memory").map(|bytes| bytes as u64)
    }

    /// The node's resident memory.
    ///
    /// # Errors
    /// As [`machine::resident_bytes`].
    pub fn resident_bytes(&self) -> Result<u64, CompareError> {
        machine::resident_bytes(self.process)
    }

    /// How long inserts took while a table grew from nothing. The first figure is the mean, not the median.
    ///
    /// # Errors
    /// As [`Ets::create`].
    pub fn growth(&mut self, objects: u32) -> Result<CallTimes, CompareError> {
        let [mean, most, slowest, all] = self.numbers(&format!("growth {objects}"))?;
        Ok(CallTimes {
            median_nanoseconds: mean as u64,
            most_nanoseconds: most as u64,
            slowest_nanoseconds: slowest as u64,
            seconds: all / 1e9,
        })
    }

    /// Increments a second of one hot key.
    ///
    /// # Errors
    /// As [`Ets::create`].
    pub fn counter(&mut self, threads: usize, times: SliceTimes) -> Result<Sample, CompareError> {
        self.sample("counter", threads, times)
    }

    /// Runs a slice: a line that is answered with operations a second, fairness, reads, and reads that found an object.
    ///
    /// The time that one worker waited for a core is taken off as it is for the Rust contenders, but the warm-up's
    /// with it, since it is seen from outside.
    fn sample(
        &mut self,
        kind: &str,
        threads: usize,
        times: SliceTimes,
    ) -> Result<Sample, CompareError> {
        let mut waits = Waits::begin(Waiting::Schedulers {
            process: self.process,
            count: threads,
        });
        let begin = Instant::now();
        let (warm_up, timed) = (times.warm_up.as_millis(), times.timed.as_millis());
        let [rate, fairness, reads, found] =
            self.numbers(&format!("{kind} {threads} {warm_up} {timed}"))?;
        let whole = begin.elapsed().max(times.warm_up + times.timed) * threads as u32;
        let waited = (waits.since_last().as_secs_f64() / whole.as_secs_f64()).min(WAITED_MAX);
        let rate = if threads == 1 {
            rate / (1.0 - waited)
        } else {
            rate
        };
        let (reads, found) = (reads as u64, found as u64);
        Ok(Sample {
            rate,
            fairness,
            waited,
            tally: Tally {
                operations: 0,
                reads,
                found,
                right: found,
            },
        })
    }

    /// Says a line and returns the words after `ok`.
    fn tell(&mut self, command: &str) -> Result<String, CompareError> {
        let pipe = |error| CompareError::io(format!("telling the Erlang node {command:?}"))(error);
        writeln!(self.input, "{command}")
            .and_then(|()| self.input.flush())
            .map_err(pipe)?;
        let mut reply = String::new();
        self.output.read_line(&mut reply).map_err(pipe)?;
        match reply.trim_end().strip_prefix("ok") {
            Some(rest) => Ok(rest.to_owned()),
            None => Err(CompareError::Erlang {
                command: command.to_owned(),
                reply,
            }),
        }
    }

    /// Says a line that is answered with so many numbers.
    fn numbers<const COUNT: usize>(&mut self, command: &str) -> Result<[f64; COUNT], CompareError> {
        let reply = self.tell(command)?;
        let numbers: Vec<f64> = reply
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        numbers.try_into().map_err(|_| CompareError::Erlang {
            command: command.to_owned(),
            reply,
        })
    }

    /// Says a line that is answered with one number.
    fn number(&mut self, command: &str) -> Result<f64, CompareError> {
        self.numbers(command).map(|[number]| number)
    }
}

impl Drop for Ets {
    /// Stops the node, and waits, so that its time counts as this program's and not as another's.
    fn drop(&mut self) {
        drop(self.node.kill());
        drop(self.node.wait());
    }
}

/// The command line that compiles the program in memory and runs it.
fn command(schedulers: usize) -> Command {
    let run = format!(
        "lists:foreach(fun(Source) -> \
             {{ok, Module, Code}} = compile:file(Source, [binary, report]), \
             {{module, Module}} = code:load_binary(Module, Source, Code) \
         end, {SOURCES:?}), ets_cells:main()."
    );
    let mut command = Command::new("erl");
    command.args([
        "+S",
        &format!("{schedulers}:{schedulers}"),
        "+sbwt",
        "none",
        "+sbwtdcpu",
        "none",
        "+sbwtdio",
        "none",
    ]);
    command
        .args(["-noshell", "-eval", &run])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// What the Erlang program calls a shape; it has none that is only of typed tables.
fn shape_atom(shape: ShapeKind) -> &'static str {
    match shape {
        ShapeKind::Ints => "ints",
        ShapeKind::Binaries => "binaries",
        ShapeKind::OrderedInts => "ordered_ints",
        ShapeKind::Named => "named",
        ShapeKind::SetOrders => "set_orders",
        ShapeKind::OrderedOrders => "ordered_orders",
        ShapeKind::U64s | ShapeKind::WideU64s | ShapeKind::Strings | ShapeKind::Arcs => "none",
    }
}
