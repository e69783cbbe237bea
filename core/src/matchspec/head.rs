//! From a head to the steps that match it.

use smallvec::{SmallVec, smallvec};

use super::error::{SpecError, SpecPlace};
use super::program::{HeadStep, Place, Program};
use super::variable::{Meaning, Variables};
use crate::term::{Atom, Elements, TermRef};

/// Parts of a head that are compiled without an allocation.
const INLINE_PARTS: usize = 8;

/// What is left to compile, the next one last.
enum Task<'a> {
    /// A pattern for the part at a place. If it is the last part of what a register holds, the
    /// register is given up.
    Part {
        pattern: TermRef<'a>,
        place: Place,
        gives_up: Option<usize>,
    },
    /// A key of the map in a register, and the pattern of its value.
    MapValue {
        map: usize,
        key: TermRef<'a>,
        pattern: TermRef<'a>,
        gives_up: Option<usize>,
    },
}

/// Compiles one head.
struct HeadCompiler<'a, 'p> {
    program: &'p mut Program,
    variables: &'p Variables,
    bound: SmallVec<[bool; INLINE_PARTS]>,
    at: SpecPlace,
    tasks: SmallVec<[Task<'a>; INLINE_PARTS]>,
    free: SmallVec<[usize; INLINE_PARTS]>,
    registers: usize,
}

/// Appends a head's steps; returns how many registers they use.
pub(super) fn compile(
    head: TermRef<'_>,
    variables: &Variables,
    at: SpecPlace,
    program: &mut Program,
) -> Result<usize, SpecError> {
    let mut compiler = HeadCompiler {
        program,
        variables,
        bound: smallvec![false; variables.count()],
        at,
        // The object itself is in the first register.
        tasks: smallvec![Task::Part {
            pattern: head,
            place: Place::Register(0),
            gives_up: Some(0),
        }],
        free: SmallVec::new(),
        registers: 1,
    };
    compiler.compile()?;
    Ok(compiler.registers)
}

impl<'a> HeadCompiler<'a, '_> {
    fn compile(&mut self) -> Result<(), SpecError> {
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Part {
                    pattern,
                    place,
                    gives_up,
                } => {
                    self.free.extend(gives_up);
                    self.part(pattern, place);
                }
                Task::MapValue {
                    map,
                    key,
                    pattern,
                    gives_up,
                } => self.map_value(map, key, pattern, gives_up)?,
            }
        }
        Ok(())
    }

    fn part(&mut self, pattern: TermRef<'a>, place: Place) {
        if let Some(atom) = pattern.as_atom() {
            self.atom(atom, pattern.root(), place);
        } else if let Some(elements) = pattern.elements() {
            self.tuple(elements, place);
        } else if let Some((head, tail)) = pattern.uncons() {
            self.cell(head, tail, place);
        } else if let Some(keys) = pattern.map_size() {
            self.map(pattern, keys, place);
        } else {
            self.leaf(pattern, place);
        }
    }

    fn emit(&mut self, step: HeadStep) {
        self.program.steps.push(step);
    }

    fn atom(&mut self, atom: Atom, word: u64, place: Place) {
        match Meaning::of(atom) {
            Meaning::Anything => {}
            Meaning::Variable(number) => self.variable(number, place),
            // `Variables::of` has refused what is too large.
            Meaning::Itself | Meaning::TooLarge => self.emit(HeadStep::Word { place, word }),
        }
    }

    /// The first occurrence binds, the others compare.
    fn variable(&mut self, number: u32, place: Place) {
        let Some(slot) = self.variables.slot(number) else {
            return;
        };
        let bound = std::mem::replace(&mut self.bound[slot], true);
        self.emit(if bound {
            HeadStep::Same { place, slot }
        } else {
            HeadStep::Bind { place, slot }
        });
    }

    fn leaf(&mut self, literal: TermRef<'a>, place: Place) {
        let word = self.program.constants.copy(literal);
        self.emit(if literal.is_immediate() {
            HeadStep::Word { place, word }
        } else {
            HeadStep::Constant { place, word }
        });
    }

    fn tuple(&mut self, elements: Elements<'a>, place: Place) {
        let (into, arity) = (self.register(), elements.len());
        self.emit(HeadStep::Tuple { place, arity, into });
        let parts = elements
            .enumerate()
            .map(|(index, pattern)| (index + 1, pattern));
        self.inside(parts.rev(), into);
    }

    fn cell(&mut self, head: TermRef<'a>, tail: TermRef<'a>, place: Place) {
        let into = self.register();
        self.emit(HeadStep::Cell { place, into });
        self.inside([(1, tail), (0, head)].into_iter(), into);
    }

    /// The parts of what a register holds, the last one first.
    fn inside(&mut self, parts: impl Iterator<Item = (usize, TermRef<'a>)>, register: usize) {
        let mut gives_up = Some(register);
        for (index, pattern) in parts {
            if Meaning::of_term(pattern) == Meaning::Anything {
                continue;
            }
            self.tasks.push(Task::Part {
                pattern,
                place: Place::Inside { register, index },
                gives_up: gives_up.take(),
            });
        }
        self.free.extend(gives_up);
    }

    fn map(&mut self, pattern: TermRef<'a>, keys: usize, place: Place) {
        let map = self.register();
        self.emit(HeadStep::Map { place, into: map });
        if keys == 0 {
            self.free.push(map);
        }
        let first = self.tasks.len();
        for (index, (key, pattern)) in pattern.map_pairs().into_iter().flatten().enumerate() {
            self.tasks.push(Task::MapValue {
                map,
                key,
                pattern,
                gives_up: (index + 1 == keys).then_some(map),
            });
        }
        self.tasks[first..].reverse();
    }

    fn map_value(
        &mut self,
        map: usize,
        key: TermRef<'a>,
        pattern: TermRef<'a>,
        gives_up: Option<usize>,
    ) -> Result<(), SpecError> {
        if matches!(
            Meaning::of_term(key),
            Meaning::Anything | Meaning::Variable(_)
        ) {
            return Err(SpecError::VariableInMapKey {
                at: self.at,
                variable: key.to_term(),
            });
        }
        self.free.extend(gives_up);
        let key = self.program.constants.copy(key);
        let into = self.register();
        self.emit(HeadStep::MapValue { map, key, into });
        self.tasks.push(Task::Part {
            pattern,
            place: Place::Register(into),
            gives_up: Some(into),
        });
        Ok(())
    }

    /// A register that is free.
    fn register(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        })
    }
}
