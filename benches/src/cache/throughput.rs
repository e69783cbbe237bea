//! Operations a second: caches of one size, alive together, take turns in every cell.

use super::contender::{Cache, Label, Visitor, visit};
use super::plan::{Plan, Work};
use super::results::{Cell, Throughput};
use crate::error::CompareError;
use crate::measure::{Pool, Sample, SliceTimes, Tally, Worker, slice};
use crate::results::{Conduct, median};
use crate::workload::{
    GENERATIONS, INDEX_MASK, Ints, KeyDistribution, Shape, Stream, WRITE_BIT, Walk, drawn,
};

/// Runs all cells.
///
/// # Errors
/// A cache that can't be made, or one that gives another key's value.
pub fn run(plan: &Plan, pool: &Pool) -> Result<Vec<Throughput>, CompareError> {
    let mut results = Vec::new();
    for &capacity in &plan.capacities {
        let runners = runners(plan, capacity)?;
        for &work in &plan.works {
            for &threads in &plan.threads {
                let cell = Cell {
                    capacity,
                    work,
                    threads,
                };
                eprintln!("  {}", cell.title());
                results.append(&mut run_cell(plan, pool, cell, &runners)?);
            }
        }
    }
    Ok(results)
}

/// A filled cache for every contender.
fn runners(plan: &Plan, capacity: u32) -> Result<Vec<Box<dyn Runner>>, CompareError> {
    let universe = plan.universe;
    plan.contenders
        .iter()
        .map(|&label| visit(label, Fill { capacity, universe }))
        .collect()
}

/// All rounds of one cell, the contenders taking turns.
fn run_cell(
    plan: &Plan,
    pool: &Pool,
    cell: Cell,
    runners: &[Box<dyn Runner>],
) -> Result<Vec<Throughput>, CompareError> {
    let stream = |thread| zipf(plan.universe, cell.work, thread);
    let streams: Vec<Stream> = (0..cell.threads as u64).map(stream).collect();
    let mut samples = vec![Vec::with_capacity(plan.rounds); runners.len()];
    for round in 0..plan.rounds {
        for turn in 0..runners.len() {
            let who = (turn + round) % runners.len();
            let sample = runners[who].slice(pool, plan.into(), &streams, cell.work, round);
            check(runners[who].label(), &sample, cell)?;
            samples[who].push(sample);
        }
    }
    let labels = runners.iter().map(|runner| runner.label());
    let result = |(label, samples): (Label, &Vec<Sample>)| throughput(cell, label, samples);
    Ok(labels.zip(&samples).map(result).collect())
}

/// The operations of one thread.
fn zipf(universe: u32, work: Work, thread: u64) -> Stream {
    drawn(KeyDistribution::Zipf, universe, work.insert_share(), thread)
}

/// Every object that was found must have been one of its key's.
fn check(label: Label, sample: &Sample, cell: Cell) -> Result<(), CompareError> {
    let Tally { found, right, .. } = sample.tally;
    if found == right {
        return Ok(());
    }
    Err(CompareError::WrongAnswers {
        who: label.title(),
        wrong: found - right,
        reads: found,
        place: cell.title(),
    })
}

/// From the rounds of a cell.
fn throughput(cell: Cell, label: Label, samples: &[Sample]) -> Throughput {
    let rounds: Vec<f64> = samples.iter().map(|sample| sample.rate).collect();
    let sum = |of: fn(&Tally) -> u64| samples.iter().map(|sample| of(&sample.tally)).sum::<u64>();
    Throughput {
        cell,
        label,
        rate: median(&rounds),
        rounds,
        conduct: Conduct::of(samples),
        hits: sum(|tally| tally.found) as f64 / sum(|tally| tally.reads) as f64,
    }
}

/// A cache that is filled, ready for slices.
trait Runner {
    /// Who.
    fn label(&self) -> Label;

    /// Runs one slice.
    fn slice(
        &self,
        pool: &Pool,
        times: SliceTimes,
        streams: &[Stream],
        work: Work,
        round: usize,
    ) -> Sample;
}

/// Makes a cache and asks it for every key once, and then for those that are drawn, so that it holds what it would keep.
struct Fill {
    capacity: u32,
    universe: u32,
}

impl Visitor for Fill {
    type Output = Result<Box<dyn Runner>, CompareError>;

    fn visit<C: Cache>(self) -> Self::Output {
        let cache = C::create(u64::from(self.capacity))?;
        let draws = zipf(self.universe, Work::GetOrInsert, 0);
        for index in (0..self.universe).chain(draws.iter().copied()) {
            let key = Ints::key(index);
            if cache.get(key).is_none() {
                cache.insert(key, Ints::value(&key, 0));
            }
        }
        cache.settle();
        Ok(Box::new(CacheRunner(cache)))
    }
}

/// A cache of one contender.
struct CacheRunner<C>(C);

impl<C: Cache> Runner for CacheRunner<C> {
    fn label(&self) -> Label {
        C::LABEL
    }

    fn slice(
        &self,
        pool: &Pool,
        times: SliceTimes,
        streams: &[Stream],
        work: Work,
        round: usize,
    ) -> Sample {
        let worker = |stream: &Stream| CacheWorker {
            cache: self.0.clone(),
            walk: Walk::start(stream, round),
            generation: (round as u64 + 1) % GENERATIONS,
            inserts_missing: work == Work::GetOrInsert,
        };
        slice(pool, streams.iter().map(worker).collect(), times)
    }
}

/// One thread's part of a slice.
struct CacheWorker<C> {
    cache: C,
    walk: Walk,
    generation: u64,
    inserts_missing: bool,
}

impl<C: Cache> Worker for CacheWorker<C> {
    fn block(&mut self) -> Tally {
        let (cache, generation) = (&self.cache, self.generation);
        let block = self.walk.next_block();
        let mut tally = Tally::of(block.len());
        for &operation in block {
            let key = Ints::key(operation & INDEX_MASK);
            if operation & WRITE_BIT != 0 {
                cache.insert(key, Ints::value(&key, generation));
                continue;
            }
            let found = cache.get(key);
            tally.note(found, |value| Ints::seems_right(&key, &value));
            if self.inserts_missing && found.is_none() {
                cache.insert(key, Ints::value(&key, generation));
            }
        }
        tally
    }
}
