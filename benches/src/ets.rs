//! Real ETS, in an Erlang node that is told what to do through its standard input (see `erlang/ets_cells.erl`).
//!
//! The node's schedulers are told not to spin while they have nothing to do, so that it doesn't disturb whose turn
//! it isn't.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, fs, process};

use crate::contender::Label;
use crate::error::CompareError;
use crate::machine::{self, Waiting, Waits};
use crate::measure::cells::Runner;
use crate::measure::{Pool, Sample, SliceTimes, Tally};
use crate::results::InsertTimes;
use crate::workload::{Cell, Mix, ShapeKind, Stream, WRITE_BIT};

/// The Erlang program.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/erlang/ets_cells.erl");
/// Most operations of a stream that are handed over: ETS gets through fewer in a slice, and a list is larger than
/// an array.
const STREAM_OPERATIONS_MAX: usize = 1 << 18;

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
    pub fn growth(&mut self, objects: u32) -> Result<InsertTimes, CompareError> {
        let [mean, most, slowest, all] = self.numbers(&format!("growth {objects}"))?;
        Ok(InsertTimes {
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
        let (warm_up, timed) = (times.warm_up.as_millis(), times.timed.as_millis());
        let [rate, fairness, reads, found] =
            self.numbers(&format!("{kind} {threads} {warm_up} {timed}"))?;
        let whole = (times.warm_up + times.timed) * threads as u32;
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
        "{{ok, Module, Code}} = compile:file({SOURCE:?}, [binary, report]), \
         {{module, Module}} = code:load_binary(Module, {SOURCE:?}, Code), Module:main()."
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

/// What the Erlang program calls a shape.
fn shape_atom(shape: ShapeKind) -> &'static str {
    match shape {
        ShapeKind::Ints => "ints",
        ShapeKind::Binaries => "binaries",
    }
}

/// The node with a filled table.
#[derive(Debug)]
pub struct EtsRunner<'a> {
    ets: &'a mut Ets,
    kind: &'static str,
    threads: usize,
}

impl<'a> EtsRunner<'a> {
    /// Replaces the node's table by a filled one.
    ///
    /// # Errors
    /// As [`Ets::create`].
    pub fn filled(ets: &'a mut Ets, shape: ShapeKind, objects: u32) -> Result<Self, CompareError> {
        ets.create(shape)?;
        ets.fill(objects)?;
        Ok(Self {
            ets,
            kind: "slice reads",
            threads: 0,
        })
    }
}

impl Runner for EtsRunner<'_> {
    fn label(&self) -> Label {
        Label::Ets
    }

    fn takes_part(&self, _cell: &Cell) -> bool {
        true
    }

    fn prepare(&mut self, cell: &Cell, streams: &[Stream]) -> Result<(), CompareError> {
        self.kind = match cell.mix {
            Mix::Reads100 => "slice reads",
            Mix::Reads95 | Mix::Reads50 => "slice mixed",
            Mix::Churn => "slice churn",
        };
        self.threads = cell.threads;
        for (slot, stream) in streams.iter().enumerate() {
            let file = write_stream(slot, stream, cell.mix)?;
            self.ets
                .tell(&format!("stream {slot} {}", file.display()))?;
            fs::remove_file(&file).map_err(CompareError::io(file.display().to_string()))?;
        }
        Ok(())
    }

    fn slice(
        &mut self,
        _pool: &Pool,
        times: SliceTimes,
        _round: usize,
    ) -> Result<Sample, CompareError> {
        self.ets.sample(self.kind, self.threads, times)
    }
}

/// Writes a stream where the node can read it. In churn the node inserts what has the bit and deletes what has not,
/// so the bit is turned round.
fn write_stream(slot: usize, stream: &Stream, mix: Mix) -> Result<PathBuf, CompareError> {
    let path = env::temp_dir().join(format!("heirloom-compare-{}-{slot}", process::id()));
    let flip = if mix == Mix::Churn { WRITE_BIT } else { 0 };
    let part = &stream[..stream.len().min(STREAM_OPERATIONS_MAX)];
    let bytes: Vec<u8> = part
        .iter()
        .flat_map(|operation| (operation ^ flip).to_le_bytes())
        .collect();
    save(&path, &bytes)?;
    Ok(path)
}

/// Writes a file.
fn save(path: &Path, bytes: &[u8]) -> Result<(), CompareError> {
    fs::write(path, bytes).map_err(CompareError::io(path.display().to_string()))
}
