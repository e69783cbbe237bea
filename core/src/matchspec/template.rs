//! Results that are only put together of constants and of what the head has bound, as most are.
//!
//! Such a body becomes a list of parts that stand as in a canonical block, so that the result is written once, from
//! front to back, and is complete:
//!
//! ```text
//!  {{'$2',[a,{{'$1'}}]}}    Tuple 2, Variable 1, Cell, Constant a, Cell, Tuple 1, Variable 0, Constant []
//!  '$$'                     Variables 2
//! ```

use std::ops::Range;

use smallvec::{SmallVec, smallvec};

use super::arena::Arena;
use super::error::RunError;
use super::program::{Block, Instruction, Value};
use super::run::Run;
use crate::term::TermRef;
use crate::term::layout::NIL;

/// Parts of a body that are compiled without an allocation.
const INLINE_PARTS: usize = 8;

/// One part of a result; what is in a box comes behind it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// A tuple of so many parts.
    Tuple(usize),
    /// A list cell.
    Cell,
    Variable(usize),
    /// The list of so many variables. Its cells are no parts of their own: a specification may name it often.
    Variables(usize),
    Object,
    /// The word of a constant.
    Constant(u64),
}

/// A value as the instructions make it, after its parts.
#[derive(Clone, Copy)]
struct Made {
    kind: Kind,
    /// Where the numbers of its parts begin.
    parts: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    Leaf(Part),
    Tuple(usize),
    /// A list of so many elements and a tail.
    List(usize),
}

/// What is left to write down, the next one last.
enum Task {
    Value(usize),
    /// A list cell whose head is this value.
    Element(usize),
}

/// The parts of the value that some instructions make, if they only put a tuple or a list together.
pub(super) fn of_code(code: &[Instruction]) -> Option<Vec<Part>> {
    let mut values: SmallVec<[Made; INLINE_PARTS]> = SmallVec::new();
    let mut parts: SmallVec<[usize; INLINE_PARTS]> = SmallVec::new();
    let mut stack: SmallVec<[usize; INLINE_PARTS]> = SmallVec::new();
    for instruction in code {
        let (kind, count) = match *instruction {
            Instruction::Push(Value {
                block: Block::Constants,
                word,
            }) => (Kind::Leaf(Part::Constant(word)), 0),
            Instruction::Variable(slot) => (Kind::Leaf(Part::Variable(slot)), 0),
            Instruction::Object => (Kind::Leaf(Part::Object), 0),
            Instruction::AllVariables(count) => (Kind::Leaf(Part::Variables(count)), 0),
            Instruction::Tuple(count) => (Kind::Tuple(count), count),
            Instruction::List(count) => (Kind::List(count), count + 1),
            _ => return None,
        };
        let first = stack.len().checked_sub(count)?;
        values.push(Made {
            kind,
            parts: parts.len(),
        });
        parts.extend(stack.drain(first..));
        stack.push(values.len() - 1);
    }
    let root = stack.pop()?;
    let is_box = matches!(
        values[root].kind,
        Kind::Tuple(_) | Kind::List(1..) | Kind::Leaf(Part::Variables(1..))
    );
    is_box.then(|| in_order(&values, &parts, root))
}

/// The parts of a value in the order of a canonical block.
fn in_order(values: &[Made], parts: &[usize], root: usize) -> Vec<Part> {
    let mut order = Vec::with_capacity(values.len());
    let mut tasks: SmallVec<[Task; INLINE_PARTS]> = smallvec![Task::Value(root)];
    while let Some(task) = tasks.pop() {
        let (Task::Value(value) | Task::Element(value)) = task;
        if let Task::Element(_) = task {
            order.push(Part::Cell);
        }
        let Made { kind, parts: first } = values[value];
        match kind {
            Kind::Leaf(part) => order.push(part),
            Kind::Tuple(count) => {
                order.push(Part::Tuple(count));
                let elements = parts[first..][..count].iter().rev();
                tasks.extend(elements.map(|&element| Task::Value(element)));
            }
            Kind::List(count) => {
                tasks.push(Task::Value(parts[first + count]));
                let elements = parts[first..][..count].iter().rev();
                tasks.extend(elements.map(|&element| Task::Element(element)));
            }
        }
    }
    order
}

/// Where the words of the parts belong.
#[derive(Default)]
struct Slots {
    /// Those of the innermost box.
    open: Range<usize>,
    /// Those of the boxes around it, if they have some left.
    waiting: SmallVec<[Range<usize>; 4]>,
}

impl Slots {
    /// The next one. There is none for the first part, which is the result.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        loop {
            match self.open.next() {
                Some(slot) => return Some(slot),
                None => self.open = self.waiting.pop()?,
            }
        }
    }

    /// Those of a box come next.
    #[inline]
    fn enter(&mut self, inside: Range<usize>) {
        if !inside.is_empty() {
            let outer = std::mem::replace(&mut self.open, inside);
            if !outer.is_empty() {
                self.waiting.push(outer);
            }
        }
    }
}

/// Writes the result for an object whose variables are bound. It is all that the run has made, in canonical form.
pub(super) fn write(run: &mut Run<'_>, parts: &[Part]) -> Result<Value, RunError> {
    run.spend(parts.len())?;
    run.scratch.made.begin_result();
    let mut writing = Writing {
        slots: Slots::default(),
        root: NIL,
    };
    let (program, object) = (run.program, run.object);
    for part in parts {
        match *part {
            Part::Tuple(arity) => writing.put(run, |made| made.open_tuple(arity))?,
            Part::Cell => writing.put(run, Arena::open_cell)?,
            Part::Variable(slot) => writing.copy_variable(run, slot)?,
            Part::Variables(count) => {
                run.spend(count)?;
                for slot in 0..count {
                    writing.put(run, Arena::open_cell)?;
                    writing.copy_variable(run, slot)?;
                }
                writing.copy(run, TermRef::from_immediate(NIL))?;
            }
            Part::Object => writing.copy(run, object)?,
            Part::Constant(word) => writing.copy(run, program.constants.view(word))?,
        }
    }
    Ok(Value {
        block: Block::Made,
        word: writing.root,
    })
}

/// A result that is being written.
struct Writing {
    slots: Slots,
    /// The word of the first part.
    root: u64,
}

impl Writing {
    /// Writes the next part: its word, and where the words of what is in it belong.
    #[inline]
    fn put(
        &mut self,
        run: &mut Run<'_>,
        make: impl FnOnce(&mut Arena) -> (u64, Range<usize>),
    ) -> Result<(), RunError> {
        let made = &mut run.scratch.made;
        let before = made.words().len();
        let (word, inside) = make(made);
        match self.slots.next() {
            Some(slot) => made.set(slot, word),
            None => self.root = word,
        }
        self.slots.enter(inside);
        let words = made.words().len() - before;
        run.spend(words)?;
        run.check_made()
    }

    /// Writes a part that is complete.
    #[inline]
    fn copy(&mut self, run: &mut Run<'_>, term: TermRef<'_>) -> Result<(), RunError> {
        self.put(run, |made| (made.copy(term), 0..0))
    }

    #[inline]
    fn copy_variable(&mut self, run: &mut Run<'_>, slot: usize) -> Result<(), RunError> {
        let object = run.object.words();
        self.copy(
            run,
            TermRef::from_parts(run.scratch.variables[slot], object),
        )
    }
}
