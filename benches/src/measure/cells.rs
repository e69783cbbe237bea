//! Throughput: every contender in every cell.

use std::time::Instant;

use super::{Pool, Sample, SliceTimes, Tally, ordered, points, select};
use crate::contender::{Label, visit_asked, visit_hashed_kind, visit_ordered};
use crate::error::CompareError;
use crate::ets::{Ets, EtsRunner};
use crate::plan::Plan;
use crate::results::Throughput;
use crate::workload::{Cell, Named, OrderedInts, ShapeKind, Stream, count_title, streams};

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

/// The cells of one set of tables.
fn cells(plan: &Plan, shape: ShapeKind, objects: u32) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &work in &plan.works {
        for &keys in &plan.keys {
            cells.extend(plan.threads.iter().map(|&threads| Cell {
                shape,
                objects,
                work,
                keys,
                threads,
            }));
        }
    }
    cells.retain(Cell::is_possible);
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
        let made = runners_of(label, shape, objects).unwrap_or_else(|| Ok(Vec::new()))?;
        runners.extend(made.into_iter().map(|runner| runner as Box<dyn Runner>));
    }
    if let Some(ets) = ets.filter(|_| plan.contenders.contains(&Label::Ets)) {
        runners.push(Box::new(EtsRunner::filled(
            ets,
            shape,
            objects,
            plan.into(),
        )?));
    }
    Ok(runners)
}

/// Fills a table for one contender; `None` if it is none in this process.
fn runners_of(
    label: Label,
    shape: ShapeKind,
    objects: u32,
) -> Option<Result<Vec<Box<dyn Runner>>, CompareError>> {
    match shape {
        ShapeKind::OrderedInts => visit_ordered::<OrderedInts, _>(label, ordered::Fill { objects }),
        ShapeKind::Named => visit_ordered::<Named, _>(label, ordered::Fill { objects }),
        ShapeKind::SetOrders | ShapeKind::OrderedOrders => {
            visit_asked(label, select::Fill { shape, objects })
        }
        _ => visit_hashed_kind(label, shape, points::Fill { objects }),
    }
}

/// The outcome of looking at a table that has just been filled.
pub(super) fn after_filling(
    label: Label,
    shape: ShapeKind,
    objects: u32,
    wrong: u64,
    reads: u64,
) -> Result<(), CompareError> {
    if wrong == 0 {
        return Ok(());
    }
    let table = format!("{} of {}", count_title(objects), shape.title());
    Err(CompareError::WrongAnswers {
        who: label.title(),
        wrong,
        reads,
        place: format!("the check after filling a table with {table}"),
    })
}

/// Fewest rounds of a cell that takes its time: fewer have no median.
const ROUNDS_MIN: usize = 3;

/// All rounds of one cell, the contenders taking turns. A cell that takes its time has fewer.
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
    let begin = Instant::now();
    for round in 0..plan.rounds {
        if round >= ROUNDS_MIN && begin.elapsed() > plan.cell_time_max {
            break;
        }
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
    let missed = if label.may_miss() { 0 } else { reads };
    let wrong = found - right + missed.saturating_sub(found) + found.saturating_sub(reads);
    if wrong == 0 {
        return Ok(());
    }
    Err(CompareError::WrongAnswers {
        who: label.title(),
        wrong,
        reads,
        place: cell.title(),
    })
}
