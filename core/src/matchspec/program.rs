//! What a specification becomes: steps that compare, and instructions that compute.
//!
//! ```text
//!  [{{'$1',{u,'$2'}}, [{is_atom,'$1'}], [{{{'+','$2',1},x}}]}, …]
//!
//!  steps of the head           instructions of the guards    instructions of the body
//!  Tuple    r0, 2 -> r0        Variable 0                    Variable 1
//!  Bind     r0[1] -> 0         Call     is_atom              Push     1
//!  Tuple    r0[2], 2 -> r0     Guard                         Call     +
//!  Word     r0[1] is u                                       Push     x
//!  Bind     r0[2] -> 1                                       Tuple    2
//! ```
//!
//! A *register* holds the word of a tuple, list cell or map of the object that is being looked into.
//! It is given up with the last part of what it holds, so a list of any length needs one. The
//! instructions work on a stack of [`Value`]s. Jumps lead forward only: every run ends.

use std::ops::Range;

use super::arena::Arena;
use super::function::{Comparison, Function};
use super::sieve::Sieve;
use super::template::Part;

/// Whose words a value's word refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Those of the object.
    Object,
    /// The constants of the program.
    Constants,
    /// Those that the run has made.
    Made,
}

/// A value on the stack of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) block: Block,
    pub(super) word: u64,
}

impl Value {
    /// A constant of the program, or a value that is complete in its word.
    pub(super) const fn constant(word: u64) -> Value {
        Value {
            block: Block::Constants,
            word,
        }
    }
}

/// Where a head finds a part of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// What a register holds.
    Register(usize),
    /// A word of the box of what a register holds: an element of a tuple, from 1; head 0 or tail 1
    /// of a list cell.
    Inside { register: usize, index: usize },
}

/// One step of a head; the clause fails with the first that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadStep {
    /// The part is this word.
    Word { place: Place, word: u64 },
    /// The part equals the constant.
    Constant { place: Place, word: u64 },
    /// The variable becomes the part.
    Bind { place: Place, slot: usize },
    /// The part equals the variable.
    Same { place: Place, slot: usize },
    /// The part is a tuple of this arity, and is put into a register.
    Tuple {
        place: Place,
        arity: usize,
        into: usize,
    },
    /// The part is a list cell, and is put into a register.
    Cell { place: Place, into: usize },
    /// The part is a map, and is put into a register.
    Map { place: Place, into: usize },
    /// The map in a register has the constant as a key, whose value is put into a register.
    MapValue { map: usize, key: u64, into: usize },
}

impl HeadStep {
    /// The register that the step puts something into.
    pub(super) fn writes_to(&self) -> Option<usize> {
        match *self {
            HeadStep::Tuple { into, .. }
            | HeadStep::Cell { into, .. }
            | HeadStep::Map { into, .. }
            | HeadStep::MapValue { into, .. } => Some(into),
            HeadStep::Word { .. }
            | HeadStep::Constant { .. }
            | HeadStep::Bind { .. }
            | HeadStep::Same { .. } => None,
        }
    }
}

/// One instruction of an expression. Arguments are the last values of the stack; the result takes
/// their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instruction {
    /// A constant.
    Push(Value),
    /// A variable's value.
    Variable(usize),
    /// `'$_'`
    Object,
    /// `'$$'`: the list of so many variables.
    AllVariables(usize),
    /// `{self}`
    Caller,
    /// A tuple of so many values.
    Tuple(usize),
    /// A list of so many values and a tail.
    List(usize),
    /// A map of so many keys and values, in turn.
    Map(usize),
    /// A function of so many values.
    Call {
        function: Function,
        arguments: usize,
    },
    /// Whether all of so many booleans are true.
    And(usize),
    /// Whether one of so many booleans is true.
    Or(usize),
    /// Drops the last value if it is the other boolean; goes to `target` if it is `decisive`.
    Decide { decisive: bool, target: usize },
    /// Takes a guard's value; the clause fails unless it is `true`.
    Guard,
    /// A guard's comparison of a variable with a small integer. If the variable is one, too, this is all that is done: the
    /// clause fails, or goes on at `target`. Otherwise the instructions that follow decide.
    CompareSmall {
        slot: usize,
        comparison: Comparison,
        word: u64,
        target: usize,
    },
}

/// One clause: what it refuses at once, and ranges of steps and instructions.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) head: Range<usize>,
    pub(super) sieve: Sieve,
    pub(super) guards: Range<usize>,
    pub(super) body: Body,
    /// Registers that the head uses.
    pub(super) registers: usize,
    /// Variables that the head binds.
    pub(super) variables: usize,
}

/// How a clause's result is made.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// By instructions.
    Code(Range<usize>),
    /// By putting parts together.
    Template(Vec<Part>),
}

/// Steps and instructions that most specifications have at most.
const USUAL: usize = 8;

/// A compiled specification.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<HeadStep>,
    pub(super) code: Vec<Instruction>,
    pub(super) constants: Arena,
    pub(super) clauses: Vec<Clause>,
}

impl Program {
    pub(super) fn new() -> Program {
        Program {
            steps: Vec::with_capacity(USUAL),
            code: Vec::with_capacity(USUAL),
            constants: Arena::new(),
            clauses: Vec::with_capacity(1),
        }
    }
}
