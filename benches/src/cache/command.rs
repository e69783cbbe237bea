//! The command line of `compare cache`, and the run.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use super::contender::Label;
use super::plan::{Plan, Section, Work};
use super::results::Results;
use super::workload::Workload;
use super::{burst, expiry, hit_ratios, memory, report, throughput};
use crate::error::CompareError;
use crate::machine::{CpuTimes, Machine};
use crate::measure::Pool;
use crate::run::{file_of, part, replace, save};

/// The crates whose versions belong to the results.
const CRATES: [&str; 6] = [
    "heirloom",
    "moka",
    "quick_cache",
    "mini-moka",
    "foyer-memory",
    "foldhash",
];

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// A smoke run of a minute or two; its times are not to be quoted, and no file is written without --json.
    #[arg(long)]
    quick: bool,
    /// Where the results go [default: results/compare-cache.json of this package].
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only these parts, such as `memory,hit-ratios`.
    #[arg(long, value_delimiter = ',')]
    section: Vec<Section>,
    /// Only these contenders, such as `heirloom,moka`.
    #[arg(long, value_delimiter = ',')]
    contender: Vec<Label>,
    /// Only this work, such as `get,mixed`.
    #[arg(long, value_delimiter = ',')]
    work: Vec<Work>,
    /// Hit ratios on these only, such as `oltp,loop`.
    #[arg(long, value_delimiter = ',')]
    workload: Vec<Workload>,
    /// Throughput of caches for so many objects, such as `1000,100000`.
    #[arg(long, value_delimiter = ',')]
    capacity: Vec<u32>,
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
    fn plan(&self) -> Plan {
        let mut plan = if self.quick {
            Plan::quick()
        } else {
            Plan::full()
        };
        replace(&mut plan.sections, &self.section);
        replace(&mut plan.contenders, &self.contender);
        replace(&mut plan.works, &self.work);
        replace(&mut plan.workloads, &self.workload);
        replace(&mut plan.capacities, &self.capacity);
        replace(&mut plan.threads, &self.threads);
        plan.rounds = self.rounds.unwrap_or(plan.rounds).max(1);
        if let Some(milliseconds) = self.slice {
            plan.timed = Duration::from_millis(milliseconds);
            plan.warm_up = plan.timed / 4;
        }
        plan
    }

    /// Where the results go. A run of a part only, or a quick one, doesn't take the place of a whole one.
    fn file(&self) -> Option<PathBuf> {
        let chosen = [
            self.section.len(),
            self.contender.len(),
            self.work.len(),
            self.workload.len(),
            self.capacity.len(),
            self.threads.len(),
        ];
        let whole = !self.quick && chosen.iter().all(|&count| count == 0);
        let default = || whole.then(|| file_of("cache"));
        self.json.clone().or_else(default)
    }
}

/// Measures, prints, and writes the file.
///
/// # Errors
/// A wrong answer, a child that fails, or a file that can't be read or written.
pub fn compare(options: &Options) -> Result<(), CompareError> {
    let results = measure(options.plan())?;
    if let Some(file) = options.file() {
        save(&results, &file)?;
    }
    report::print(&results);
    Ok(())
}

/// Runs the parts of the plan. Those in child processes come first, while this one is small and idle.
fn measure(plan: Plan) -> Result<Results, CompareError> {
    let (begin, before) = (Instant::now(), CpuTimes::now());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let machine = Machine::look(cores, None, &CRATES);
    let pool = Pool::new(plan.threads.iter().copied().max().unwrap_or(1));
    let memory = part(plan.has(Section::Memory), Section::Memory, || {
        memory::run(&plan)
    })?;
    let throughput = part(plan.has(Section::Throughput), Section::Throughput, || {
        throughput::run(&plan, &pool)
    })?;
    let hit_ratios = part(plan.has(Section::HitRatios), Section::HitRatios, || {
        hit_ratios::run(&plan)
    })?;
    let expiry = part(plan.has(Section::Expiry), Section::Expiry, || {
        expiry::run(&plan)
    })?;
    let burst = part(plan.has(Section::Burst), Section::Burst, || {
        burst::run(&plan)
    })?;
    let others_share = CpuTimes::now().others_share_since(&before);
    Ok(Results {
        machine,
        plan,
        others_share,
        seconds: begin.elapsed().as_secs_f64(),
        memory,
        throughput,
        hit_ratios,
        expiry,
        burst,
    })
}
