//! `compare`: Heirloom's tables beside their peers. See the crate's documentation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{panic, process, thread};

use clap::{Args, Parser, Subcommand};
use serde::Deserialize;

use heirloom_benches::cache;
use heirloom_benches::contender::Label;
use heirloom_benches::error::CompareError;
use heirloom_benches::ets::Ets;
use heirloom_benches::limits;
use heirloom_benches::machine::{CpuTimes, Machine};
use heirloom_benches::measure::child::Task;
use heirloom_benches::measure::{Pool, cells, counter, growth, memory, parked};
use heirloom_benches::plan::{Comparison, Plan, Section};
use heirloom_benches::report;
use heirloom_benches::results::Results;
use heirloom_benches::run::{choose, file_of, part, replace, save};
use heirloom_benches::workload::{ShapeKind, Work};

/// Compares Heirloom with its peers and with what the machine allows.
#[derive(Parser)]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// The hash tables: dashmap, papaya, scc, a locked hashbrown, and ETS if there is an `erl`.
    Hash(Options),
    /// The ordered tables: crossbeam's SkipMap, scc's TreeIndex, a locked BTreeMap, and ETS if there is an `erl`.
    Ordered(Options),
    /// Match specifications: filters written by hand, and ETS if there is an `erl`.
    Select(Options),
    /// Typed tables: dashmap, papaya, scc, and a locked hashbrown.
    Typed(Options),
    /// Caches: moka, quick_cache, mini-moka and foyer; hit ratios on traces, too.
    Cache(cache::Options),
    /// Print the report of a results file again.
    Show {
        /// The file [default: results/compare-hash.json of this package].
        file: Option<PathBuf>,
    },
    /// One measurement that needs a process of its own; for this program's own use.
    #[command(hide = true)]
    Child {
        #[command(subcommand)]
        task: Task,
    },
}

#[derive(Args)]
struct Options {
    /// A smoke run of a minute or two; its figures are not to be quoted, and no file is written without --json.
    #[arg(long)]
    quick: bool,
    /// Where the results go [default: results/compare-hash.json of this package, and its like].
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only these parts, such as `cells,counter`.
    #[arg(long, value_delimiter = ',')]
    section: Vec<Section>,
    /// Only these contenders, such as `heirloom,dashmap`.
    #[arg(long, value_delimiter = ',')]
    contender: Vec<Label>,
    /// Only this kind of object.
    #[arg(long)]
    shape: Vec<ShapeKind>,
    /// Only this work, such as `reads100,churn`.
    #[arg(long, value_delimiter = ',')]
    work: Vec<Work>,
    /// These numbers of objects, such as `1000,100000`.
    #[arg(long, value_delimiter = ',')]
    objects: Vec<u32>,
    /// These numbers of threads, such as `1,2`.
    #[arg(long, value_delimiter = ',')]
    threads: Vec<usize>,
    /// So many rounds of each cell.
    #[arg(long)]
    rounds: Option<usize>,
    /// Slices of this length, in milliseconds, after a warm-up of a quarter of it.
    #[arg(long)]
    slice: Option<u64>,
}

impl Options {
    /// What is to be measured.
    fn plan(&self, comparison: Comparison, cores: usize) -> Result<Plan, CompareError> {
        let mut plan = if self.quick {
            Plan::quick(comparison, cores)
        } else {
            Plan::full(comparison, cores)
        };
        let name = comparison.name();
        choose(&mut plan.contenders, &self.contender, name)?;
        choose(&mut plan.sections, &self.section, name)?;
        choose(&mut plan.shapes, &self.shape, name)?;
        choose(&mut plan.works, &self.work, name)?;
        replace(&mut plan.objects, &self.objects);
        replace(&mut plan.threads, &self.threads);
        plan.objects.sort_unstable();
        plan.rounds = self.rounds.unwrap_or(plan.rounds).max(1);
        if let Some(milliseconds) = self.slice {
            plan.timed = Duration::from_millis(milliseconds);
            plan.warm_up = plan.timed / 4;
        }
        Ok(plan)
    }

    /// Where the results go. A run of a part only, or a quick one, doesn't take the place of a whole one.
    fn file(&self, comparison: Comparison) -> Option<PathBuf> {
        let chosen = [
            self.section.len(),
            self.contender.len(),
            self.shape.len(),
            self.work.len(),
            self.objects.len(),
            self.threads.len(),
        ];
        let whole = !self.quick && chosen.iter().all(|&count| count == 0);
        self.json
            .clone()
            .or_else(|| whole.then(|| file_of(comparison.name())))
    }
}

fn main() -> ExitCode {
    end_with_first_panic();
    match perform(&CommandLine::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A thread that panics, as where Heirloom refuses a call, must not leave others waiting for it.
fn end_with_first_panic() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        print(panicked);
        process::exit(PANICKED);
    }));
}

/// The exit code of a program that panicked, as Rust has it.
const PANICKED: i32 = 101;

/// Does what the command line says.
fn perform(verb: &Verb) -> Result<(), CompareError> {
    match verb {
        Verb::Hash(options) => compare(Comparison::Hash, options),
        Verb::Ordered(options) => compare(Comparison::Ordered, options),
        Verb::Select(options) => compare(Comparison::Select, options),
        Verb::Typed(options) => compare(Comparison::Typed, options),
        Verb::Cache(options) => cache::compare(options),
        Verb::Show { file: Some(file) } => show(file),
        Verb::Show { file: None } => show(&file_of(Comparison::Hash.name())),
        Verb::Child { task } => task.perform(),
    }
}

/// Measures, prints, and writes the file.
fn compare(comparison: Comparison, options: &Options) -> Result<(), CompareError> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let results = measure(options.plan(comparison, cores)?, cores)?;
    if let Some(file) = options.file(comparison) {
        save(&results, &file)?;
    }
    report::print(&results);
    Ok(())
}

/// Runs the parts of the plan. Those in child processes come first, while this one is small and idle.
fn measure(plan: Plan, cores: usize) -> Result<Results, CompareError> {
    let (begin, before) = (Instant::now(), CpuTimes::now());
    let erlang = plan.comparison.has_ets().then(Ets::release).flatten();
    let machine = Machine::look(cores, erlang, plan.comparison.crates());
    let pool = Pool::new(plan.threads.iter().copied().max().unwrap_or(1));
    let memory = section(&plan, Section::Memory, || memory::run(&plan))?;
    let growth = section(&plan, Section::Growth, || growth::run(&plan))?;
    let parked = section(&plan, Section::Parked, || parked::run(&plan))?;
    let limits = section(&plan, Section::Limits, || {
        Ok(limits::run(&plan, &pool, &memory))
    })?;
    let mut ets = ets(&plan)?;
    let cells = section(&plan, Section::Cells, || {
        cells::run(&plan, &pool, ets.as_mut())
    })?;
    let counters = section(&plan, Section::Counter, || {
        counter::run(&plan, &pool, ets.as_mut())
    })?;
    drop(ets);
    let (seconds, others_share) = (
        begin.elapsed().as_secs_f64(),
        CpuTimes::now().others_share_since(&before),
    );
    Ok(Results {
        machine,
        plan,
        others_share,
        seconds,
        memory,
        growth,
        parked,
        limits,
        cells,
        counters,
    })
}

/// The Erlang node for the parts that run beside the others, if it takes part.
fn ets(plan: &Plan) -> Result<Option<Ets>, CompareError> {
    let wanted = plan.contenders.contains(&Label::Ets)
        && (plan.has(Section::Cells) || plan.has(Section::Counter));
    if wanted {
        Ets::start(plan.threads.iter().copied().max().unwrap_or(1))
    } else {
        Ok(None)
    }
}

/// Runs one part, if the plan has it, and says so.
fn section<T>(
    plan: &Plan,
    section: Section,
    run: impl FnOnce() -> Result<Vec<T>, CompareError>,
) -> Result<Vec<T>, CompareError> {
    part(plan.has(section), section, run)
}

/// Prints a report again.
fn show(file: &Path) -> Result<(), CompareError> {
    let text = fs::read_to_string(file).map_err(CompareError::io(file.display().to_string()))?;
    match serde_json::from_str(&text)? {
        AnyResults::Caches(results) => cache::report::print(&results),
        AnyResults::Tables(results) => report::print(&results),
    }
    Ok(())
}

/// What a results file may hold: fields tell which.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyResults {
    Caches(Box<cache::results::Results>),
    Tables(Box<Results>),
}
