//! From guards and bodies to instructions.

use smallvec::{SmallVec, smallvec};

use super::error::{SpecError, SpecPlace};
use super::function::{Function, is_trace_only};
use super::program::{Block, Instruction, Program, Value};
use super::variable::{Meaning, Variables};
use crate::term::{Atom, Term, TermRef};

/// Parts of an expression that are compiled without an allocation.
const INLINE_PARTS: usize = 8;

/// What is left to compile, the next one last.
enum Task<'a> {
    /// An expression.
    Expression(TermRef<'a>),
    /// An instruction whose arguments are compiled by then.
    Emit(Instruction),
    /// The point after an argument of `andalso` or `orelse` that may decide.
    Decide { decisive: bool },
    /// The end of such an expression, where so many decisions lead to.
    Land { decisions: usize },
}

/// Compiles one expression.
struct ExpressionCompiler<'a, 'p> {
    program: &'p mut Program,
    variables: &'p Variables,
    at: SpecPlace,
    tasks: SmallVec<[Task<'a>; INLINE_PARTS]>,
    /// Decisions whose targets are not known yet.
    open: Vec<usize>,
    /// Instructions before this one may be jumped over, those from it on are not.
    straight: usize,
}

/// Appends the instructions of one expression.
pub(super) fn compile(
    expression: TermRef<'_>,
    variables: &Variables,
    at: SpecPlace,
    program: &mut Program,
) -> Result<(), SpecError> {
    let mut compiler = ExpressionCompiler {
        straight: program.code.len(),
        program,
        variables,
        at,
        tasks: smallvec![Task::Expression(expression)],
        open: Vec::new(),
    };
    compiler.compile()
}

/// The value of an expression that uses neither object nor variables, nor calls a function.
pub(super) fn constant(
    expression: TermRef<'_>,
    variables: &Variables,
    at: SpecPlace,
) -> Option<Term> {
    let mut program = Program::new();
    compile(expression, variables, at, &mut program).ok()?;
    match *program.code.as_slice() {
        [Instruction::Push(value)] => Some(program.constants.view(value.word).to_term()),
        _ => None,
    }
}

impl<'a> ExpressionCompiler<'a, '_> {
    fn compile(&mut self) -> Result<(), SpecError> {
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Expression(expression) => self.expression(expression)?,
                Task::Emit(instruction) => self.emit_folded(instruction),
                Task::Decide { decisive } => self.decide(decisive),
                Task::Land { decisions } => self.land(decisions),
            }
        }
        Ok(())
    }

    fn expression(&mut self, expression: TermRef<'a>) -> Result<(), SpecError> {
        if let Some(atom) = expression.as_atom() {
            self.atom(atom, expression)
        } else if expression.arity().is_some() {
            self.tuple(expression)
        } else if expression.uncons().is_some() {
            self.list(expression);
            Ok(())
        } else if let Some(count) = expression.map_size() {
            self.map(expression, count);
            Ok(())
        } else {
            self.literal(expression);
            Ok(())
        }
    }

    fn emit(&mut self, instruction: Instruction) {
        self.program.code.push(instruction);
    }

    fn literal(&mut self, term: TermRef<'_>) {
        let word = self.program.constants.copy(term);
        self.emit(Instruction::Push(Value::constant(word)));
    }

    fn atom(&mut self, atom: Atom, expression: TermRef<'_>) -> Result<(), SpecError> {
        let instruction = match Meaning::of(atom) {
            Meaning::TooLarge => {
                return Err(SpecError::variable_too_large(self.at, expression));
            }
            Meaning::Variable(number) => self.variable(number)?,
            _ if atom == Atom::WHOLE_OBJECT => Instruction::Object,
            _ if atom == Atom::ALL_VARIABLES => Instruction::AllVariables(self.variables.count()),
            _ => Instruction::Push(Value::constant(expression.root())),
        };
        self.emit(instruction);
        Ok(())
    }

    fn variable(&self, variable: u32) -> Result<Instruction, SpecError> {
        let at = self.at;
        let slot = self.variables.slot(variable);
        slot.map(Instruction::Variable)
            .ok_or(SpecError::Unbound { at, variable })
    }

    /// `{{…}}` or a call.
    fn tuple(&mut self, expression: TermRef<'a>) -> Result<(), SpecError> {
        let no_expression = || SpecError::not_an_expression(self.at, expression);
        let first = expression.element(1).ok_or_else(no_expression)?;
        let arguments = expression.arity().unwrap_or_default() - 1;
        if let Some(name) = first.as_atom() {
            return self.call(name, expression, arguments);
        }
        let elements = first.elements().filter(|_| arguments == 0);
        let elements = elements.ok_or_else(no_expression)?;
        self.tasks
            .push(Task::Emit(Instruction::Tuple(elements.len())));
        self.tasks.extend(elements.rev().map(Task::Expression));
        Ok(())
    }

    fn list(&mut self, expression: TermRef<'a>) {
        let Some(mut elements) = expression.list_elements() else {
            return;
        };
        let parts: Vec<_> = elements.by_ref().map(Task::Expression).collect();
        self.tasks.push(Task::Emit(Instruction::List(parts.len())));
        self.tasks.push(Task::Expression(elements.tail()));
        self.tasks.extend(parts.into_iter().rev());
    }

    /// Keys and values are expressions both.
    fn map(&mut self, expression: TermRef<'a>, count: usize) {
        self.tasks.push(Task::Emit(Instruction::Map(count)));
        let first = self.tasks.len();
        let pairs = expression.map_pairs().into_iter().flatten();
        let parts = pairs.flat_map(|(key, value)| [key, value]);
        self.tasks.extend(parts.map(Task::Expression));
        self.tasks[first..].reverse();
    }

    fn call(&mut self, name: Atom, form: TermRef<'a>, arguments: usize) -> Result<(), SpecError> {
        if name == Atom::CONST
            && let (1, Some(term)) = (arguments, form.element(2))
        {
            self.literal(term);
            return Ok(());
        }
        match (name.as_str(), arguments) {
            ("self", 0) => self.emit(Instruction::Caller),
            ("and", 1..) => self.instruction(Instruction::And(arguments), form),
            ("or", 1..) => self.instruction(Instruction::Or(arguments), form),
            ("andalso" | "andthen", 1..) => self.short_circuit(false, form),
            ("orelse", 1..) => self.short_circuit(true, form),
            (text, _) => return self.function(text, form, arguments),
        }
        Ok(())
    }

    fn function(
        &mut self,
        name: &str,
        form: TermRef<'a>,
        arguments: usize,
    ) -> Result<(), SpecError> {
        let Some(function) = Function::named(name, arguments) else {
            return Err(self.no_such_function(name, form, arguments));
        };
        self.instruction(
            Instruction::Call {
                function,
                arguments,
            },
            form,
        );
        Ok(())
    }

    fn no_such_function(&self, name: &str, form: TermRef<'a>, arguments: usize) -> SpecError {
        let at = self.at;
        let function = form.element(1).map(TermRef::to_term).unwrap_or_default();
        if is_trace_only(name) {
            return SpecError::TraceOnly { at, function };
        }
        SpecError::NoSuchFunction {
            at,
            function,
            arguments,
        }
    }

    /// An instruction behind its arguments.
    fn instruction(&mut self, instruction: Instruction, form: TermRef<'a>) {
        self.tasks.push(Task::Emit(instruction));
        let arguments = arguments_of(form).into_iter();
        self.tasks.extend(arguments.rev().map(Task::Expression));
    }

    /// All arguments but the last may decide; the value of the last is not looked at.
    fn short_circuit(&mut self, decisive: bool, form: TermRef<'a>) {
        let arguments = arguments_of(form);
        let decisions = arguments.len().saturating_sub(1);
        self.tasks.push(Task::Land { decisions });
        for (index, argument) in arguments.into_iter().rev().enumerate() {
            if index > 0 {
                self.tasks.push(Task::Decide { decisive });
            }
            self.tasks.push(Task::Expression(argument));
        }
    }

    fn decide(&mut self, decisive: bool) {
        self.open.push(self.program.code.len());
        // `land` puts the target in.
        let target = self.program.code.len() + 1;
        self.emit(Instruction::Decide { decisive, target });
    }

    fn land(&mut self, decisions: usize) {
        let here = self.program.code.len();
        let first = self.open.len() - decisions;
        for decision in self.open.drain(first..) {
            if let Instruction::Decide { target, .. } = &mut self.program.code[decision] {
                *target = here;
            }
        }
        if decisions > 0 {
            self.straight = here;
        }
    }

    /// Emits an instruction, or the constant that it makes of constants.
    fn emit_folded(&mut self, instruction: Instruction) {
        match self.folded(instruction) {
            Some((word, values)) => {
                let first = self.program.code.len() - values;
                self.program.code.truncate(first);
                self.emit(Instruction::Push(Value::constant(word)));
            }
            None => self.emit(instruction),
        }
    }

    /// What an instruction makes of constants, and how many it takes.
    fn folded(&mut self, instruction: Instruction) -> Option<(u64, usize)> {
        let values = match instruction {
            Instruction::Tuple(count) => count,
            Instruction::List(count) => count + 1,
            Instruction::Map(count) => count * 2,
            _ => return None,
        };
        let words = self.constants(values)?;
        let constants = &mut self.program.constants;
        let word = match (instruction, words.as_slice()) {
            (Instruction::List(_), [elements @ .., tail]) => {
                constants.list(elements.iter().copied(), *tail)
            }
            (Instruction::Map(_), _) => constants.map(pairs(&words)),
            _ => constants.tuple(words.into_iter()),
        };
        Some((word, values))
    }

    /// The words of the last values, if all of them are constants.
    fn constants(&self, count: usize) -> Option<SmallVec<[u64; INLINE_PARTS]>> {
        let code = self.program.code.get(self.straight..)?;
        let first = code.len().checked_sub(count)?;
        let word = |instruction: &Instruction| match instruction {
            Instruction::Push(Value {
                block: Block::Constants,
                word,
            }) => Some(*word),
            _ => None,
        };
        code[first..].iter().map(word).collect()
    }
}

/// The arguments of a call.
fn arguments_of(form: TermRef<'_>) -> SmallVec<[TermRef<'_>; 4]> {
    form.elements().into_iter().flatten().skip(1).collect()
}

/// Keys and values that stand in turn, as pairs.
pub(super) fn pairs(words: &[u64]) -> Vec<(u64, u64)> {
    let (pairs, _) = words.as_chunks::<2>();
    pairs.iter().map(|&[key, value]| (key, value)).collect()
}
