//! Throughput of questions: match specifications, and what stands for them elsewhere.

use super::cells::{Runner, after_filling};
use super::{Pool, Sample, SliceTimes, Tally, Worker, slice};
use crate::contender::filter::{AsTerms, Filter};
use crate::contender::{Asked, AskedVisitor, Label};
use crate::error::CompareError;
use crate::workload::{Cell, Question, Row, ShapeKind, Stream, Walk, Work, shuffled};

/// Questions between two looks at the clock, if they look at a few objects only.
const BLOCK_QUESTIONS: usize = 32;

/// Makes the runner of who is asked.
pub struct Fill {
    /// Which table.
    pub shape: ShapeKind,
    /// How many orders.
    pub objects: u32,
}

impl AskedVisitor for Fill {
    type Output = Result<Vec<Box<dyn Runner>>, CompareError>;

    fn visit<C: Asked>(self) -> Self::Output {
        let table: C = filled(self.shape, self.objects)?;
        let wrong = wrong_answers(&table, self.shape, self.objects)?;
        let asked = Work::SELECTS.len() as u64;
        after_filling(C::LABEL, self.shape, self.objects, wrong, asked)?;
        Ok(vec![Box::new(AskedRunner::new(table))])
    }
}

/// A table with so many orders.
fn filled<C: Asked>(shape: ShapeKind, objects: u32) -> Result<C, CompareError> {
    C::filled(shape, shuffled(objects).into_iter().map(Row::at))
}

/// How many questions of each kind are answered otherwise than by hand.
fn wrong_answers<C: Asked>(table: &C, shape: ShapeKind, objects: u32) -> Result<u64, CompareError> {
    let by_hand: Filter<AsTerms> = filled(shape, objects)?;
    let same = |question: Question| {
        let mut expected = by_hand.ask(question);
        let mut answers = C::terms(table.ask(question));
        expected.sort();
        answers.sort();
        expected == answers && expected.len() as u64 == question.answers(objects)
    };
    let questions = Work::SELECTS
        .iter()
        .filter_map(|&work| Question::of(work, objects / 2));
    Ok(questions.filter(|&question| !same(question)).count() as u64)
}

/// Who is asked.
struct AskedRunner<C> {
    table: C,
    cell: Option<Cell>,
    /// Answers to each of the cell's questions, where all have as many.
    answers: Option<u64>,
    streams: Vec<Stream>,
}

impl<C: Asked> AskedRunner<C> {
    /// For a table that is filled.
    fn new(table: C) -> Self {
        Self {
            table,
            cell: None,
            answers: None,
            streams: Vec::new(),
        }
    }
}

impl<C: Asked> Runner for AskedRunner<C> {
    fn label(&self) -> Label {
        C::LABEL
    }

    fn takes_part(&self, cell: &Cell) -> bool {
        Question::of(cell.work, 0).is_some()
    }

    fn prepare(&mut self, cell: &Cell, streams: &[Stream]) -> Result<(), CompareError> {
        self.cell = Some(*cell);
        self.streams = streams.to_vec();
        let question = Question::of(cell.work, 0).filter(|_| cell.work.looks_at_all());
        self.answers = question.map(|question| question.answers(cell.objects));
        Ok(())
    }

    fn slice(
        &mut self,
        pool: &Pool,
        times: SliceTimes,
        round: usize,
    ) -> Result<Sample, CompareError> {
        let Some(cell) = self.cell else {
            return Ok(Sample::default());
        };
        let worker = |stream: &Stream| AskingWorker {
            table: self.table.clone(),
            walk: Walk::start(stream, round),
            cell,
            answers: self.answers,
        };
        Ok(slice(
            pool,
            self.streams.iter().map(worker).collect(),
            times,
        ))
    }
}

/// One thread that asks.
struct AskingWorker<C> {
    table: C,
    walk: Walk,
    cell: Cell,
    answers: Option<u64>,
}

impl<C: Asked> Worker for AskingWorker<C> {
    fn block(&mut self) -> Tally {
        let Cell { work, objects, .. } = self.cell;
        let all = work.looks_at_all();
        let mut tally = Tally::default();
        let questions = if all { 1 } else { BLOCK_QUESTIONS };
        for &index in self.walk.next_part(questions) {
            let Some(question) = Question::of(work, index) else {
                continue;
            };
            let found = C::count(&self.table.ask(question)) as u64;
            tally.operations += if all { u64::from(objects) } else { 1 };
            tally.reads += self.answers.unwrap_or_else(|| question.answers(objects));
            tally.found += found;
            tally.right += found;
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::contender::visit_asked;
    use crate::workload::{KeyDistribution, streams};

    const OBJECTS: u32 = 2_000;

    /// Every question for a moment.
    struct EveryQuestion(ShapeKind);

    impl AskedVisitor for EveryQuestion {
        type Output = ();

        fn visit<C: Asked>(self) {
            let table: C = filled(self.0, OBJECTS).expect("it fills");
            assert_eq!(wrong_answers(&table, self.0, OBJECTS).expect("it asks"), 0);
            let mut runner = AskedRunner::new(table);
            for work in Work::SELECTS {
                let cell = Cell {
                    shape: self.0,
                    objects: OBJECTS,
                    work,
                    keys: KeyDistribution::Uniform,
                    threads: 1,
                };
                let times = SliceTimes {
                    warm_up: Duration::from_millis(1),
                    timed: Duration::from_millis(2),
                };
                let prepared = runner.prepare(&cell, &streams(&cell));
                let sample = prepared.and_then(|()| runner.slice(&Pool::new(1), times, 0));
                let sample = sample.expect("a slice runs");
                assert!(sample.rate > 0.0);
                assert_eq!(sample.tally.reads, sample.tally.found, "{work:?}");
            }
        }
    }

    #[test]
    fn all_give_the_same_answers() {
        for shape in [ShapeKind::SetOrders, ShapeKind::OrderedOrders] {
            for label in [
                Label::Heirloom,
                Label::FilterFold,
                Label::FilterTerms,
                Label::FilterRows,
            ] {
                visit_asked(label, EveryQuestion(shape)).expect("it is asked");
            }
        }
    }
}
