//! Throughput: every contender in every cell.

use std::marker::PhantomData;

use super::{Pool, Sample, SliceTimes, Tally, Worker, slice};
use crate::contender::heirloom::HeirloomTable;
use crate::contender::{self, BATCH_KEYS, Contender, Label, Visitor};
use crate::error::CompareError;
use crate::ets::{Ets, EtsRunner};
use crate::plan::Plan;
use crate::results::Throughput;
use crate::workload::{
    BLOCK_OPERATIONS, Cell, GENERATIONS, INDEX_MASK, KeyDistribution, Mix, Shape, ShapeKind,
    Stream, WRITE_BIT, streams,
};

/// A contender with its table filled, ready for slices. One call of it is one slice, not one operation.
pub trait Runner {
    /// Who.
    fn label(&self) -> Label;

    /// Whether it takes part in this cell.
    fn takes_part(&self, cell: &Cell) -> bool;

    /// Gets the streams of the cell that comes next.
    ///
    /// # Errors
    /// Whatever keeps the contender from taking them.
    fn prepare(&mut self, cell: &Cell, streams: &[Stream]) -> Result<(), CompareError>;

    /// Runs one slice of the cell prepared last.
    ///
    /// # Errors
    /// Whatever the contender meets.
    fn slice(
        &mut self,
        pool: &Pool,
        times: SliceTimes,
        round: usize,
    ) -> Result<Sample, CompareError>;
}

/// Runs all cells: one set of tables for each kind and number of objects, alive together, and every cell on them.
///
/// # Errors
/// A wrong answer, or whatever a contender meets.
pub fn run(
    plan: &Plan,
    pool: &Pool,
    mut ets: Option<&mut Ets>,
) -> Result<Vec<Throughput>, CompareError> {
    let mut results = Vec::new();
    for &shape in &plan.shapes {
        for &objects in &plan.objects {
            let mut runners = runners(plan, shape, objects, ets.as_deref_mut())?;
            for cell in cells(plan, shape, objects) {
                eprintln!("  {}", cell.title());
                results.append(&mut run_cell(plan, pool, &cell, &mut runners)?);
            }
        }
    }
    Ok(results)
}

/// The cells of one set of tables. Churn comes last, since it changes which keys are there.
fn cells(plan: &Plan, shape: ShapeKind, objects: u32) -> Vec<Cell> {
    let mut cells = Vec::new();
    for mix in Mix::ALL {
        for keys in KeyDistribution::ALL {
            cells.extend(plan.threads.iter().map(|&threads| Cell {
                shape,
                objects,
                mix,
                keys,
                threads,
            }));
        }
    }
    cells
}

/// Fills a table for every contender.
fn runners<'a>(
    plan: &Plan,
    shape: ShapeKind,
    objects: u32,
    ets: Option<&'a mut Ets>,
) -> Result<Vec<Box<dyn Runner + 'a>>, CompareError> {
    let mut runners: Vec<Box<dyn Runner + 'a>> = Vec::new();
    for label in plan.rust_contenders() {
        let made = contender::visit_shape(label, shape, Fill { objects })
            .unwrap_or_else(|| Ok(Vec::new()))?;
        runners.extend(made.into_iter().map(|runner| runner as Box<dyn Runner>));
    }
    if let Some(ets) = ets.filter(|_| plan.contenders.contains(&Label::Ets)) {
        runners.push(Box::new(EtsRunner::filled(ets, shape, objects)?));
    }
    Ok(runners)
}

/// Makes the runners of one contender.
struct Fill {
    objects: u32,
}

impl Visitor for Fill {
    type Output = Result<Vec<Box<dyn Runner>>, CompareError>;

    fn visit<S: Shape, C: Contender<S>>(self) -> Self::Output {
        let table = C::create()?;
        fill(&table, self.objects);
        verify(&table, self.objects)?;
        let mut runners = table.variants();
        runners.insert(0, Box::new(TableRunner::<S, C>::whole(table)));
        Ok(runners)
    }
}

/// Inserts the objects with the indices below `objects`.
pub fn fill<S: Shape, C: Contender<S>>(table: &C, objects: u32) {
    for index in 0..objects {
        let key = S::key(index);
        table.write(key, S::value(&key, 0));
    }
}

/// Reads every object once and looks at every byte of it; looks for as many that aren't there, too.
fn verify<S: Shape, C: Contender<S>>(table: &C, objects: u32) -> Result<(), CompareError> {
    let right = |key: &S::Key| {
        table
            .read(key)
            .is_some_and(|value| S::is_right(key, &value))
    };
    let missing = (0..objects).filter(|&index| !right(&S::key(index))).count();
    let ghosts = (objects..2 * objects)
        .filter(|&index| table.read(&S::key(index)).is_some())
        .count();
    match (missing + ghosts) as u64 {
        0 => Ok(()),
        wrong => {
            let place = format!(
                "the check after filling a table of {objects} {}",
                S::KIND.title()
            );
            Err(CompareError::WrongAnswers {
                label: C::LABEL,
                wrong,
                reads: 2 * u64::from(objects),
                place,
            })
        }
    }
}

/// All rounds of one cell, the contenders taking turns.
fn run_cell(
    plan: &Plan,
    pool: &Pool,
    cell: &Cell,
    runners: &mut [Box<dyn Runner + '_>],
) -> Result<Vec<Throughput>, CompareError> {
    let streams = streams(cell);
    let mut part: Vec<_> = runners
        .iter_mut()
        .filter(|runner| runner.takes_part(cell))
        .collect();
    for runner in &mut part {
        runner.prepare(cell, &streams)?;
    }
    let mut samples = vec![Vec::with_capacity(plan.rounds); part.len()];
    for round in 0..plan.rounds {
        for turn in 0..part.len() {
            let who = (turn + round) % part.len();
            let sample = part[who].slice(pool, plan.into(), round)?;
            check(part[who].label(), &sample, cell)?;
            samples[who].push(sample);
        }
    }
    let result = |(runner, samples): (_, &Vec<Sample>)| {
        let runner: &&mut Box<dyn Runner + '_> = runner;
        Throughput::new(cell, runner.label(), samples)
    };
    Ok(part.iter().zip(&samples).map(result).collect())
}

/// Every read must have given a value of its key, or nothing where that can happen.
fn check(label: Label, sample: &Sample, cell: &Cell) -> Result<(), CompareError> {
    let Tally {
        reads,
        found,
        right,
        ..
    } = sample.tally;
    let wrong = found - right + if label.may_miss() { 0 } else { reads - found };
    if wrong == 0 {
        return Ok(());
    }
    Err(CompareError::WrongAnswers {
        label,
        wrong,
        reads,
        place: cell.title(),
    })
}

/// Where in its stream a thread starts in this round: a different place each time, at the beginning of a block.
fn start_of(round: usize, stream: &Stream) -> usize {
    let blocks = stream.len() / BLOCK_OPERATIONS;
    (round * blocks * 5 / 8) % blocks * BLOCK_OPERATIONS
}

/// A Rust map of one shape.
pub struct TableRunner<S, C> {
    table: C,
    reads_only: bool,
    churn: bool,
    streams: Vec<Stream>,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape, C: Contender<S>> TableRunner<S, C> {
    /// For every cell.
    pub fn whole(table: C) -> Self {
        Self {
            table,
            reads_only: false,
            churn: false,
            streams: Vec::new(),
            shape: PhantomData,
        }
    }

    /// For the cells that only read.
    pub fn reading(table: C) -> Self {
        Self {
            reads_only: true,
            ..Self::whole(table)
        }
    }
}

impl<S: Shape, C: Contender<S>> Runner for TableRunner<S, C> {
    fn label(&self) -> Label {
        C::LABEL
    }

    fn takes_part(&self, cell: &Cell) -> bool {
        cell.reads_only() || !self.reads_only
    }

    fn prepare(&mut self, cell: &Cell, streams: &[Stream]) -> Result<(), CompareError> {
        self.churn = cell.mix == Mix::Churn;
        self.streams = streams.to_vec();
        Ok(())
    }

    fn slice(
        &mut self,
        pool: &Pool,
        times: SliceTimes,
        round: usize,
    ) -> Result<Sample, CompareError> {
        let worker = |stream: &Stream| CellWorker {
            table: self.table.clone(),
            walk: Walk {
                at: start_of(round, stream),
                stream: Stream::clone(stream),
            },
            generation: (round as u64 + 1) % GENERATIONS,
            churn: self.churn,
            shape: PhantomData::<fn() -> S>,
        };
        Ok(slice(
            pool,
            self.streams.iter().map(worker).collect(),
            times,
        ))
    }
}

/// A place in a stream.
struct Walk {
    stream: Stream,
    at: usize,
}

impl Walk {
    /// The next block of operations; after the last one, the first.
    #[inline]
    fn next_block(&mut self) -> &[u32] {
        let at = self.at;
        self.at = (at + BLOCK_OPERATIONS) % self.stream.len();
        &self.stream[at..at + BLOCK_OPERATIONS]
    }
}

/// One thread's part of a slice.
struct CellWorker<S, C> {
    table: C,
    walk: Walk,
    generation: u64,
    churn: bool,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape, C: Contender<S>> Worker for CellWorker<S, C> {
    fn block(&mut self) -> Tally {
        let (table, generation, churn) = (&self.table, self.generation, self.churn);
        let block = self.walk.next_block();
        if churn {
            churn_block::<S, C>(table, block, generation)
        } else {
            mixed_block::<S, C>(table, block, generation)
        }
    }
}

/// Reads and overwriting inserts.
fn mixed_block<S: Shape, C: Contender<S>>(table: &C, block: &[u32], generation: u64) -> Tally {
    let mut tally = Tally {
        operations: block.len() as u64,
        ..Tally::default()
    };
    for &operation in block {
        let key = S::key(operation & INDEX_MASK);
        if operation & WRITE_BIT == 0 {
            tally.note(table.read(&key), |value| S::seems_right(&key, &value));
        } else {
            table.write(key, S::value(&key, generation));
        }
    }
    tally
}

/// Inserts and deletes.
fn churn_block<S: Shape, C: Contender<S>>(table: &C, block: &[u32], generation: u64) -> Tally {
    for &operation in block {
        let key = S::key(operation & INDEX_MASK);
        if operation & WRITE_BIT == 0 {
            table.write(key, S::value(&key, generation));
        } else {
            table.delete(&key);
        }
    }
    Tally {
        operations: block.len() as u64,
        ..Tally::default()
    }
}

/// Heirloom's table, read by `lookup_many`.
pub struct BatchRunner<S> {
    table: HeirloomTable<S>,
    streams: Vec<Stream>,
}

impl<S: Shape> BatchRunner<S> {
    /// For the cells that only read.
    #[must_use]
    pub fn new(table: HeirloomTable<S>) -> Self {
        Self {
            table,
            streams: Vec::new(),
        }
    }
}

impl<S: Shape> Runner for BatchRunner<S> {
    fn label(&self) -> Label {
        Label::HeirloomLookupMany
    }

    fn takes_part(&self, cell: &Cell) -> bool {
        cell.reads_only()
    }

    fn prepare(&mut self, _cell: &Cell, streams: &[Stream]) -> Result<(), CompareError> {
        self.streams = streams.to_vec();
        Ok(())
    }

    fn slice(
        &mut self,
        pool: &Pool,
        times: SliceTimes,
        round: usize,
    ) -> Result<Sample, CompareError> {
        let worker = |stream: &Stream| BatchWorker {
            table: self.table.clone(),
            walk: Walk {
                at: start_of(round, stream),
                stream: Stream::clone(stream),
            },
        };
        Ok(slice(
            pool,
            self.streams.iter().map(worker).collect(),
            times,
        ))
    }
}

/// One thread's part of a slice.
struct BatchWorker<S> {
    table: HeirloomTable<S>,
    walk: Walk,
}

impl<S: Shape> Worker for BatchWorker<S> {
    fn block(&mut self) -> Tally {
        let block = self.walk.next_block();
        let mut tally = Tally {
            operations: block.len() as u64,
            ..Tally::default()
        };
        for batch in block.as_chunks::<BATCH_KEYS>().0 {
            let keys = batch.map(|operation| S::key(operation & INDEX_MASK));
            self.table.read_many(&keys, |at, value| {
                tally.note(value, |value| S::seems_right(&keys[at], &value));
            });
        }
        tally
    }
}
