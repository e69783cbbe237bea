//! Reads and writes of single objects, drawn from streams.

use std::marker::PhantomData;

use super::cells::{Runner, after_filling};
use super::{Pool, Sample, SliceTimes, Tally, Worker, slice};
use crate::contender::heirloom::{HeirloomTable, TermShape};
use crate::contender::{BATCH_KEYS, Contender, Hashed, HashedVisitor, Label};
use crate::error::CompareError;
use crate::workload::{Cell, GENERATIONS, INDEX_MASK, Shape, Stream, WRITE_BIT, Walk, Work};

/// Makes the runners of one hash table.
pub struct Fill {
    /// How many objects.
    pub objects: u32,
}

impl HashedVisitor for Fill {
    type Output = Result<Vec<Box<dyn Runner>>, CompareError>;

    fn visit<S: Shape, C: Hashed<S>>(self) -> Self::Output {
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
    insert_all(table, S::filling(objects));
}

/// Inserts the objects with these indices.
pub fn insert_all<S: Shape, C: Contender<S>>(table: &C, indices: impl Iterator<Item = u32>) {
    let mut key = S::key(0);
    for index in indices {
        S::set_key(&mut key, index);
        table.write(&key, S::value(&key, 0));
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
    let (wrong, reads) = ((missing + ghosts) as u64, 2 * u64::from(objects));
    after_filling(C::LABEL, S::KIND, objects, wrong, reads)
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
        self.churn = cell.work == Work::Churn;
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
            walk: Walk::start(stream, round),
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
    let mut tally = Tally::of(block.len());
    let mut key = S::key(0);
    for &operation in block {
        S::set_key(&mut key, operation & INDEX_MASK);
        if operation & WRITE_BIT == 0 {
            tally.note(table.read(&key), |value| S::seems_right(&key, &value));
        } else {
            table.write(&key, S::value(&key, generation));
        }
    }
    tally
}

/// Inserts and deletes.
fn churn_block<S: Shape, C: Contender<S>>(table: &C, block: &[u32], generation: u64) -> Tally {
    let mut key = S::key(0);
    for &operation in block {
        S::set_key(&mut key, operation & INDEX_MASK);
        if operation & WRITE_BIT == 0 {
            table.write(&key, S::value(&key, generation));
        } else {
            table.delete(&key);
        }
    }
    Tally::of(block.len())
}

/// Heirloom's table, read by `lookup_many`.
pub struct BatchRunner<S> {
    table: HeirloomTable<S>,
    streams: Vec<Stream>,
}

impl<S: TermShape> BatchRunner<S> {
    /// For the cells that only read.
    #[must_use]
    pub fn new(table: HeirloomTable<S>) -> Self {
        Self {
            table,
            streams: Vec::new(),
        }
    }
}

impl<S: TermShape> Runner for BatchRunner<S> {
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
            walk: Walk::start(stream, round),
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

impl<S: TermShape> Worker for BatchWorker<S> {
    fn block(&mut self) -> Tally {
        let block = self.walk.next_block();
        let mut tally = Tally::of(block.len());
        for batch in block.as_chunks::<BATCH_KEYS>().0 {
            let keys = batch.map(|operation| S::key(operation & INDEX_MASK));
            self.table.read_many(&keys, |at, value| {
                tally.note(value, |value| S::seems_right(&keys[at], &value));
            });
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::super::short;
    use super::*;
    use crate::contender::visit_hashed_kind;
    use crate::plan::Comparison;

    /// Fills a small table and does all work with it.
    struct Everything;

    impl HashedVisitor for Everything {
        type Output = ();

        fn visit<S: Shape, C: Hashed<S>>(self) {
            let fill = Fill {
                objects: short::OBJECTS,
            };
            let mut runners = fill.visit::<S, C>().expect("the table is right");
            let pool = Pool::new(2);
            for work in Work::HASH {
                let sample = short::slice(runners[0].as_mut(), &pool, S::KIND, work);
                let Tally {
                    reads,
                    found,
                    right,
                    ..
                } = sample.tally;
                assert!(sample.rate > 0.0 && found == right, "{work:?}");
                assert!(found == reads || C::LABEL.may_miss(), "{work:?}");
            }
        }
    }

    #[test]
    fn every_typed_table_does_all_work() {
        for &shape in Comparison::Typed.shapes() {
            for &label in Comparison::Typed.contenders() {
                visit_hashed_kind(label, shape, Everything).expect("it is a table");
            }
        }
    }
}
