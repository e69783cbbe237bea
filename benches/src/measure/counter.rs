//! Counting up one hot key, the hardest case for whatever takes a lock or writes a new entry.

use std::marker::PhantomData;

use super::{Pool, Sample, SliceTimes, Tally, Worker, slice};
use crate::contender::{Counters, CountersVisitor, Label, visit_counters};
use crate::error::CompareError;
use crate::ets::Ets;
use crate::plan::Plan;
use crate::results::CounterRate;
use crate::workload::{BLOCK_OPERATIONS, Shape};

/// The index of the hot key.
const HOT_INDEX: u32 = 500;
/// Objects in the table besides.
const OBJECTS: u32 = 1_000;

/// Measures every contender with every number of threads, in turn.
///
/// # Errors
/// A count that is not the number of increments, or whatever a contender meets.
pub fn run(
    plan: &Plan,
    pool: &Pool,
    mut ets: Option<&mut Ets>,
) -> Result<Vec<CounterRate>, CompareError> {
    let mut results = Vec::new();
    for &threads in &plan.threads {
        let mut samples = vec![Vec::with_capacity(plan.rounds); plan.contenders.len()];
        for _ in 0..plan.rounds {
            for (&label, samples) in plan.contenders.iter().zip(&mut samples) {
                samples.extend(slice_of(label, plan, pool, threads, ets.as_deref_mut())?);
            }
        }
        let measured = plan
            .contenders
            .iter()
            .zip(samples)
            .filter(|(_, samples)| !samples.is_empty());
        results
            .extend(measured.map(|(&label, samples)| CounterRate::new(label, threads, &samples)));
    }
    Ok(results)
}

/// One slice of one contender; `None` if it isn't there.
fn slice_of(
    label: Label,
    plan: &Plan,
    pool: &Pool,
    threads: usize,
    ets: Option<&mut Ets>,
) -> Result<Option<Sample>, CompareError> {
    let times = SliceTimes::from(plan);
    match ets {
        Some(ets) if label == Label::Ets => ets.counter(threads, times).map(Some),
        _ => visit_counters(
            label,
            plan.comparison.counts(),
            CounterSlice {
                pool,
                threads,
                times,
            },
        )
        .transpose(),
    }
}

/// Fills a small table and counts up one of its keys for one slice.
struct CounterSlice<'a> {
    pool: &'a Pool,
    threads: usize,
    times: SliceTimes,
}

impl CountersVisitor for CounterSlice<'_> {
    type Output = Result<Sample, CompareError>;

    fn visit<S: Shape<Key = u64, Value = u64>, C: Counters<S>>(self) -> Self::Output {
        let table = C::create()?;
        let key = S::key(HOT_INDEX);
        (0..OBJECTS).for_each(|index| table.write(&S::key(index), 0));
        let workers = (0..self.threads)
            .map(|_| CounterWorker {
                table: table.clone(),
                key,
                shape: PhantomData::<fn() -> S>,
            })
            .collect();
        let sample = slice(self.pool, workers, self.times);
        check(C::LABEL, sample, table.read(&key))
    }
}

/// Every increment must have counted.
fn check(label: Label, sample: Sample, count: Option<u64>) -> Result<Sample, CompareError> {
    let operations = sample.tally.operations;
    match count.unwrap_or(0).abs_diff(operations) {
        0 => Ok(sample),
        wrong => {
            let place = "the count of a hot key".to_owned();
            Err(CompareError::WrongAnswers {
                who: label.title(),
                wrong,
                reads: operations,
                place,
            })
        }
    }
}

/// One thread that counts.
struct CounterWorker<S, C> {
    table: C,
    key: u64,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape<Key = u64, Value = u64>, C: Counters<S>> Worker for CounterWorker<S, C> {
    fn block(&mut self) -> Tally {
        (0..BLOCK_OPERATIONS).for_each(|_| self.table.increment(self.key));
        Tally::of(BLOCK_OPERATIONS)
    }
}
