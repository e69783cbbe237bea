//! Running a program over one object.

use std::ops::Range;

use smallvec::SmallVec;

use super::arena::Arena;
use super::call;
use super::error::RunError;
use super::function::Function;
use super::options::RunOptions;
use super::program::{Block, Body, Clause, Instruction, Program, Value};
use super::{matching, template};
use crate::term::layout::{ATOM, NIL, PID, identifier, pointer};
use crate::term::{Atom, TermError, TermRef};

/// Variables, registers and stack places that need no allocation.
const INLINE_PLACES: usize = 8;
/// Bytes in a word.
const WORD_BYTES: usize = size_of::<u64>();

/// Why an expression has no value.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// It failed, as Erlang's function would: wrong kinds, a division by zero.
    Failed,
    /// The whole run must end.
    Stop(RunError),
}

/// What failing expressions of numbers and sizes say.
impl From<TermError> for Fault {
    /// Erlang fails with `system_limit` where an integer is too large, `badarith` where a float is.
    fn from(_: TermError) -> Fault {
        Fault::Failed
    }
}

/// The word of an atom.
pub(super) const fn atom_word(atom: Atom) -> u64 {
    pointer(ATOM, atom.index() as usize)
}

/// The word of a boolean.
#[inline]
pub(super) const fn boolean_word(value: bool) -> u64 {
    atom_word(if value { Atom::TRUE } else { Atom::FALSE })
}

/// The boolean of a word.
#[inline]
fn boolean(word: u64) -> Option<bool> {
    if word == boolean_word(true) {
        Some(true)
    } else {
        (word == boolean_word(false)).then_some(false)
    }
}

/// What runs write to. It is kept from one object to the next, so that only the first run prepares
/// it.
pub(super) struct Scratch {
    pub(super) made: Arena,
    pub(super) stack: SmallVec<[Value; INLINE_PLACES]>,
    pub(super) variables: SmallVec<[u64; INLINE_PLACES]>,
    pub(super) registers: SmallVec<[u64; INLINE_PLACES]>,
}

impl Scratch {
    /// Room for every clause of a program.
    pub(super) fn new(program: &Program) -> Scratch {
        let most = |places: fn(&Clause) -> usize| program.clauses.iter().map(places).max();
        let variables = most(|clause| clause.variables).unwrap_or_default();
        let registers = most(|clause| clause.registers).unwrap_or_default();
        Scratch {
            made: Arena::new(),
            stack: SmallVec::new(),
            variables: SmallVec::from_elem(NIL, variables),
            registers: SmallVec::from_elem(NIL, registers),
        }
    }
}

/// One run over one object.
pub(super) struct Run<'a> {
    pub(super) program: &'a Program,
    pub(super) object: TermRef<'a>,
    pub(super) scratch: &'a mut Scratch,
    options: &'a RunOptions,
    steps_max: u64,
    steps_left: u64,
    /// Whether failures become `'EXIT'`, as in bodies.
    catches: bool,
}

impl<'a> Run<'a> {
    #[inline]
    pub(super) fn new(
        program: &'a Program,
        object: TermRef<'a>,
        options: &'a RunOptions,
        steps_max: u64,
        scratch: &'a mut Scratch,
    ) -> Self {
        Run {
            program,
            object,
            scratch,
            options,
            steps_max,
            steps_left: steps_max,
            catches: false,
        }
    }

    /// How many of its steps it has not taken.
    pub(super) fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// The value of the first clause that matches.
    pub(super) fn select(&mut self) -> Result<Option<Value>, RunError> {
        self.scratch.made.clear();
        let program = self.program;
        for clause in &program.clauses {
            self.spend(clause.sieve.steps())?;
            if !clause.sieve.refuses(self.object) && self.matches(clause)? && self.allows(clause)? {
                return self.body(clause).map(Some);
            }
        }
        Ok(None)
    }

    /// Whether the object matches a clause's head; binds its variables.
    fn matches(&mut self, clause: &Clause) -> Result<bool, RunError> {
        self.scratch.registers[0] = self.object.root();
        self.spend(clause.head.len())?;
        let program = self.program;
        for step in &program.steps[clause.head.clone()] {
            if !matching::step(self, step)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether all guards of a clause are true.
    fn allows(&mut self, clause: &Clause) -> Result<bool, RunError> {
        self.catches = false;
        self.scratch.stack.clear();
        match self.execute(clause.guards.clone()) {
            Ok(()) => Ok(true),
            Err(Fault::Failed) => Ok(false),
            Err(Fault::Stop(error)) => Err(error),
        }
    }

    /// The value of a clause's body.
    fn body(&mut self, clause: &Clause) -> Result<Value, RunError> {
        let code = match &clause.body {
            Body::Template(parts) => return template::write(self, parts),
            Body::Code(code) => code.clone(),
        };
        self.catches = true;
        self.scratch.stack.clear();
        match self.execute(code) {
            Ok(()) | Err(Fault::Failed) => Ok(self.scratch.stack.pop().unwrap_or(EXIT)),
            Err(Fault::Stop(error)) => Err(error),
        }
    }

    /// Executes instructions. All are paid for at the start: no jump leads back.
    fn execute(&mut self, range: Range<usize>) -> Result<(), Fault> {
        self.spend_fault(range.len())?;
        let program = self.program;
        let mut next = range.start;
        while next < range.end {
            next = self.instruction(program.code[next], next + 1)?;
        }
        Ok(())
    }

    /// Executes one instruction; returns which is next.
    #[inline]
    fn instruction(&mut self, instruction: Instruction, next: usize) -> Result<usize, Fault> {
        match instruction {
            Instruction::Push(value) => self.scratch.stack.push(value),
            Instruction::Variable(slot) => self.push(Block::Object, self.scratch.variables[slot]),
            Instruction::Object => self.push(Block::Object, self.object.root()),
            Instruction::AllVariables(count) => self.all_variables(count)?,
            Instruction::Caller => self.caller()?,
            Instruction::Tuple(count) => self.tuple(count)?,
            Instruction::List(count) => self.list(count)?,
            Instruction::Map(count) => self.map(count)?,
            Instruction::Call {
                function,
                arguments,
            } => self.call(function, arguments)?,
            Instruction::And(count) => self.fold_booleans(count, false)?,
            Instruction::Or(count) => self.fold_booleans(count, true)?,
            Instruction::Decide { decisive, target } => return self.decide(decisive, target, next),
            Instruction::Guard => self.guard()?,
            Instruction::CompareSmall {
                slot,
                comparison,
                word,
                target,
            } => {
                if let Some(order) = call::small_cmp(self.scratch.variables[slot], word) {
                    let holds = comparison.holds(order);
                    return if holds {
                        Ok(target)
                    } else {
                        Err(Fault::Failed)
                    };
                }
            }
        }
        Ok(next)
    }

    #[inline]
    fn push(&mut self, block: Block, word: u64) {
        self.scratch.stack.push(Value { block, word });
    }

    #[inline]
    fn guard(&mut self) -> Result<(), Fault> {
        match self.scratch.stack.pop() {
            Some(value) if value.word == boolean_word(true) => Ok(()),
            _ => Err(Fault::Failed),
        }
    }

    /// What a failing expression leaves behind in a body.
    fn failed(&mut self) -> Result<(), Fault> {
        if !self.catches {
            return Err(Fault::Failed);
        }
        self.scratch.stack.push(EXIT);
        Ok(())
    }

    /// Replaces a function's arguments by its value.
    #[inline]
    fn call(&mut self, function: Function, arguments: usize) -> Result<(), Fault> {
        let first = self.scratch.stack.len().saturating_sub(arguments);
        let value = call::call(self, function, first);
        self.scratch.stack.truncate(first);
        match value {
            Ok(value) => {
                self.scratch.stack.push(value);
                Ok(())
            }
            Err(Fault::Failed) => self.failed(),
            Err(stop) => Err(stop),
        }
    }

    /// `and` (is one of them false?) and `or` (is one of them true?). All must be booleans.
    fn fold_booleans(&mut self, count: usize, wanted: bool) -> Result<(), Fault> {
        self.spend_fault(count)?;
        let first = self.scratch.stack.len().saturating_sub(count);
        let mut booleans = self.scratch.stack[first..]
            .iter()
            .map(|value| boolean(value.word));
        let found = booleans.try_fold(false, |found, next| Some(found | (next? == wanted)));
        self.scratch.stack.truncate(first);
        match found {
            Some(found) => self.push(Block::Constants, boolean_word(found == wanted)),
            None => self.failed()?,
        }
        Ok(())
    }

    /// A decisive value is the result; the other boolean makes way for the next argument.
    fn decide(&mut self, decisive: bool, target: usize, next: usize) -> Result<usize, Fault> {
        let value = self.scratch.stack.pop().unwrap_or(EXIT);
        match boolean(value.word) {
            Some(value) if value != decisive => return Ok(next),
            Some(_) => self.scratch.stack.push(value),
            None => self.failed()?,
        }
        Ok(target)
    }

    fn caller(&mut self) -> Result<(), Fault> {
        match self.options.caller {
            Some(pid) => {
                self.push(Block::Constants, identifier(PID, pid.raw()));
                Ok(())
            }
            None => self.failed(),
        }
    }

    fn all_variables(&mut self, count: usize) -> Result<(), Fault> {
        let first = self.scratch.stack.len();
        for slot in 0..count {
            self.push(Block::Object, self.scratch.variables[slot]);
        }
        self.push(Block::Constants, NIL);
        self.list_from(first)
    }

    fn tuple(&mut self, count: usize) -> Result<(), Fault> {
        let first = self.scratch.stack.len().saturating_sub(count);
        self.carry(first)?;
        let words = self.scratch.stack[first..].iter().map(|value| value.word);
        let word = self.scratch.made.tuple(words);
        self.replace(first, word)
    }

    fn list(&mut self, count: usize) -> Result<(), Fault> {
        self.list_from(self.scratch.stack.len().saturating_sub(count + 1))
    }

    /// Makes a list of the values from `first` on, of which the last is its tail.
    fn list_from(&mut self, first: usize) -> Result<(), Fault> {
        self.carry(first)?;
        let tail = self.scratch.stack.pop().map_or(NIL, |tail| tail.word);
        let words = self.scratch.stack[first..].iter().map(|value| value.word);
        let word = self.scratch.made.list(words, tail);
        self.replace(first, word)
    }

    fn map(&mut self, count: usize) -> Result<(), Fault> {
        let first = self.scratch.stack.len().saturating_sub(2 * count);
        self.carry(first)?;
        let words: SmallVec<[u64; 2 * INLINE_PLACES]> = self.scratch.stack[first..]
            .iter()
            .map(|value| value.word)
            .collect();
        let word = self.scratch.made.map(super::expression::pairs(&words));
        self.replace(first, word)
    }

    /// Replaces the values from `first` on by one that was made of them.
    fn replace(&mut self, first: usize, word: u64) -> Result<(), Fault> {
        self.spend_fault(self.scratch.stack.len() - first)?;
        self.check_size()?;
        self.scratch.stack.truncate(first);
        self.push(Block::Made, word);
        Ok(())
    }

    /// Copies the values from `first` on to where new values are made.
    fn carry(&mut self, first: usize) -> Result<(), Fault> {
        for index in first..self.scratch.stack.len() {
            let value = self.scratch.stack[index];
            self.scratch.stack[index] = self.carried(value)?;
        }
        Ok(())
    }

    fn carried(&mut self, value: Value) -> Result<Value, Fault> {
        let words = match value.block {
            Block::Made => return Ok(value),
            Block::Object => self.object.words(),
            Block::Constants => self.program.constants.words(),
        };
        let before = self.scratch.made.words().len();
        let word = self
            .scratch
            .made
            .copy(TermRef::from_parts(value.word, words));
        self.spend_fault(self.scratch.made.words().len() - before)?;
        self.check_size()?;
        Ok(Value {
            block: Block::Made,
            word,
        })
    }

    /// A value as a term.
    #[inline]
    pub(super) fn view(&self, value: Value) -> TermRef<'_> {
        let words = match value.block {
            Block::Object => self.object.words(),
            Block::Constants => self.program.constants.words(),
            Block::Made => self.scratch.made.words(),
        };
        TermRef::from_parts(value.word, words)
    }

    /// Takes steps from those that are left.
    #[inline]
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), RunError> {
        match self.steps_left.checked_sub(steps as u64) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => {
                self.steps_left = 0;
                Err(RunError::OutOfSteps {
                    steps_max: self.steps_max,
                })
            }
        }
    }

    /// As [`spend`](Self::spend), inside an expression.
    #[inline]
    pub(super) fn spend_fault(&mut self, steps: usize) -> Result<(), Fault> {
        self.spend(steps).map_err(Fault::Stop)
    }

    /// Checks the size of what has been made.
    #[inline]
    pub(super) fn check_made(&self) -> Result<(), RunError> {
        let bytes_max = self.options.bytes_max;
        if self.scratch.made.words().len().saturating_mul(WORD_BYTES) > bytes_max {
            return Err(RunError::TooManyBytes { bytes_max });
        }
        Ok(())
    }

    /// As [`check_made`](Self::check_made), inside an expression.
    pub(super) fn check_size(&self) -> Result<(), Fault> {
        self.check_made().map_err(Fault::Stop)
    }
}

/// What a failing expression of a body becomes.
const EXIT: Value = Value::constant(atom_word(Atom::EXIT));
