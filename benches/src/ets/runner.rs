//! The Erlang node as a contender in cells.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use super::Ets;
use crate::contender::Label;
use crate::error::CompareError;
use crate::measure::cells::Runner;
use crate::measure::ordered::{EPISODE_SETS, episode_objects, lowest};
use crate::measure::{Pool, Sample, SliceTimes};
use crate::workload::{
    BLOCK_OPERATIONS, Cell, HALF_FROM, HUNDREDTH_FROM, Named, OrderedInts, Question,
    RANGE_CUSTOMERS, ShapeKind, Stream, WRITE_BIT, Work,
};

/// Operations of a stream that are handed over for each millisecond of a slice: ETS gets through fewer, and a list is
/// larger than an array.
const OPERATIONS_A_MILLISECOND: u128 = 2_500;

/// The node with a filled table.
#[derive(Debug)]
pub struct EtsRunner<'a> {
    ets: &'a mut Ets,
    operations_max: usize,
    slice: String,
    threads: usize,
}

impl<'a> EtsRunner<'a> {
    /// Replaces the node's table by a filled one.
    ///
    /// # Errors
    /// As [`Ets::create`].
    pub fn filled(
        ets: &'a mut Ets,
        shape: ShapeKind,
        objects: u32,
        times: SliceTimes,
    ) -> Result<Self, CompareError> {
        ets.create(shape)?;
        ets.fill(objects)?;
        let milliseconds = (times.warm_up + times.timed).as_millis();
        let operations_max = (milliseconds * OPERATIONS_A_MILLISECOND) as usize;
        Ok(Self {
            ets,
            operations_max: operations_max.next_power_of_two(),
            slice: String::new(),
            threads: 0,
        })
    }

    /// Hands over streams, if the cell's work draws from them.
    fn hand_over_streams(&mut self, cell: &Cell, streams: &[Stream]) -> Result<(), CompareError> {
        for (slot, stream) in streams.iter().enumerate() {
            let words = stream[..self.stream_length(cell.work, stream)].iter();
            // In churn the node inserts what has the bit and deletes what has not, so the bit is turned round.
            let flip = if cell.work == Work::Churn {
                WRITE_BIT
            } else {
                0
            };
            let words = words.map(|operation| operation ^ flip);
            self.hand_over(&format!("stream {slot}"), words)?;
        }
        Ok(())
    }

    /// How much of a stream is handed over: less where each operation reads many objects.
    fn stream_length(&self, work: Work, stream: &Stream) -> usize {
        let objects = match work {
            Work::SelectRange | Work::SelectHundredth | Work::SelectHalf => usize::MAX,
            work => work.range().unwrap_or(1) as usize,
        };
        (self.operations_max / objects).clamp(BLOCK_OPERATIONS, stream.len())
    }

    /// Says a line with the name of a file that has these words.
    fn hand_over(
        &mut self,
        command: &str,
        words: impl Iterator<Item = u32>,
    ) -> Result<(), CompareError> {
        let file = temporary_file();
        let bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        save(&file, &bytes)?;
        let told = self.ets.tell(&format!("{command} {}", file.display()));
        fs::remove_file(&file).map_err(CompareError::io(file.display().to_string()))?;
        told.map(drop)
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
        self.slice = slice_command(cell);
        self.threads = cell.threads;
        let count = episode_objects(cell.objects);
        match cell.work {
            Work::Scan | Work::ScanReversed => Ok(()),
            Work::Inserts => self.tell(&format!("fresh {} {count} {EPISODE_SETS}", cell.objects)),
            Work::Ascending => self.tell(&format!("ascending {count}")),
            Work::PopFirst => {
                let lowest = match cell.shape {
                    ShapeKind::Named => lowest::<Named>(cell.objects),
                    _ => lowest::<OrderedInts>(cell.objects),
                };
                self.hand_over("lowest", lowest.into_iter())
            }
            _ => {
                self.check_answers(cell)?;
                self.hand_over_streams(cell, streams)
            }
        }
    }

    fn slice(
        &mut self,
        _pool: &Pool,
        times: SliceTimes,
        _round: usize,
    ) -> Result<Sample, CompareError> {
        self.ets.sample(&self.slice, self.threads, times)
    }
}

impl EtsRunner<'_> {
    /// If the work is a question: whether it has as many answers as it should.
    fn check_answers(&mut self, cell: &Cell) -> Result<(), CompareError> {
        let index = cell.objects / 2;
        let asked = question_words(cell.work).zip(Question::of(cell.work, index));
        let Some((words, question)) = asked else {
            return Ok(());
        };
        let found = self.ets.number(&format!("answers {words} {index}"))? as u64;
        let expected = question.answers(cell.objects);
        if found == expected {
            return Ok(());
        }
        Err(CompareError::WrongAnswers {
            who: Label::Ets.title(),
            wrong: found.abs_diff(expected),
            reads: expected,
            place: cell.title(),
        })
    }

    /// Says a line that is answered with nothing.
    fn tell(&mut self, command: &str) -> Result<(), CompareError> {
        self.ets.tell(command).map(drop)
    }
}

/// How the node is told what to do in a slice of this cell.
fn slice_command(cell: &Cell) -> String {
    match cell.work {
        Work::Reads95 | Work::Reads50 => "slice mixed 0".to_owned(),
        Work::Churn => "slice churn 0".to_owned(),
        Work::Scan => "slice scan 0".to_owned(),
        Work::ScanReversed => "slice scan_reversed 0".to_owned(),
        Work::Inserts | Work::Ascending => "episodes inserts 0".to_owned(),
        Work::PopFirst => "episodes pops 0".to_owned(),
        work => match (question_words(work), work.range()) {
            (Some(words), _) => format!("slice {words}"),
            (None, Some(objects)) => format!("slice range {objects}"),
            (None, None) => "slice reads 0".to_owned(),
        },
    }
}

/// What the node calls a question, and its argument.
fn question_words(work: Work) -> Option<String> {
    Some(match work {
        Work::SelectKey => "select_key 0".to_owned(),
        Work::SelectPrefix => "select_prefix 0".to_owned(),
        Work::SelectRange => format!("select_range {RANGE_CUSTOMERS}"),
        Work::SelectHundredth => format!("select_amount {HUNDREDTH_FROM}"),
        Work::SelectHalf => format!("select_amount {HALF_FROM}"),
        _ => return None,
    })
}

/// Where words are put for the node.
fn temporary_file() -> PathBuf {
    env::temp_dir().join(format!("heirloom-compare-{}", process::id()))
}

/// Writes a file.
fn save(path: &Path, bytes: &[u8]) -> Result<(), CompareError> {
    fs::write(path, bytes).map_err(CompareError::io(path.display().to_string()))
}
