//! From the term of a specification to a program.

use smallvec::{SmallVec, smallvec};

use super::error::{SpecError, SpecPart, SpecPlace};
use super::function::Function;
use super::program::{Body, Clause, Instruction, Program, Value};
use super::sieve::Sieve;
use super::variable::Variables;
use super::{expression, head, template};
use crate::term::TermRef;
use crate::term::layout::{SMALL, tag};

/// The parts of a clause.
#[derive(Clone, Copy)]
pub(super) struct ClauseParts<'a> {
    pub(super) head: TermRef<'a>,
    pub(super) guards: TermRef<'a>,
    pub(super) body: TermRef<'a>,
}

/// The clauses of a specification. Those that are no tuples of three are left out; there are none in
/// what has been compiled.
pub(super) fn clauses(spec: TermRef<'_>) -> impl Iterator<Item = ClauseParts<'_>> {
    let elements = spec.list_elements().into_iter().flatten();
    elements.filter_map(parts)
}

/// Head, guards and body of a clause.
fn parts(clause: TermRef<'_>) -> Option<ClauseParts<'_>> {
    if clause.arity() != Some(3) {
        return None;
    }
    Some(ClauseParts {
        head: clause.element(1)?,
        guards: clause.element(2)?,
        body: clause.element(3)?,
    })
}

/// The program of a specification. Linear in its size, but for maps, whose keys are sorted.
pub(super) fn compile(spec: TermRef<'_>) -> Result<Program, SpecError> {
    let mut clauses = spec
        .list_elements()
        .ok_or_else(|| SpecError::NotAList { found: spec.kind() })?;
    let mut program = Program::new();
    for (index, clause) in clauses.by_ref().enumerate() {
        let number = index + 1;
        let parts = parts(clause).ok_or(SpecError::NotAClause { clause: number })?;
        add_clause(&mut program, parts, number)?;
    }
    if !clauses.tail().is_nil() {
        return Err(SpecError::ImproperList);
    }
    Ok(program)
}

fn add_clause(
    program: &mut Program,
    parts: ClauseParts<'_>,
    clause: usize,
) -> Result<(), SpecError> {
    let at = SpecPlace {
        clause,
        part: SpecPart::Head,
    };
    let variables = Variables::of(parts.head, at)?;
    let steps = program.steps.len();
    let registers = head::compile(parts.head, &variables, at, program)?;
    let guards = program.code.len();
    add_guards(program, parts.guards, &variables, clause)?;
    let body = program.code.len();
    add_body(program, parts.body, &variables, clause)?;
    program.clauses.push(Clause {
        head: steps..program.steps.len(),
        sieve: Sieve::of(&program.steps[steps..], &program.code[guards..body]),
        guards: guards..body,
        body: match template::of_code(&program.code[body..]) {
            Some(parts) => Body::Template(parts),
            None => Body::Code(body..program.code.len()),
        },
        registers,
        variables: variables.count(),
    });
    Ok(())
}

fn add_guards(
    program: &mut Program,
    guards: TermRef<'_>,
    variables: &Variables,
    clause: usize,
) -> Result<(), SpecError> {
    guards
        .list_length()
        .ok_or(SpecError::GuardsNotAList { clause })?;
    for (index, guard) in guards.list_elements().into_iter().flatten().enumerate() {
        let part = SpecPart::Guard(index + 1);
        let at = SpecPlace { clause, part };
        conjuncts(guard).try_for_each(|guard| add_guard(program, guard, variables, at))?;
    }
    Ok(())
}

fn add_guard(
    program: &mut Program,
    guard: TermRef<'_>,
    variables: &Variables,
    at: SpecPlace,
) -> Result<(), SpecError> {
    let start = program.code.len();
    expression::compile(guard, variables, at, program)?;
    program.code.push(Instruction::Guard);
    shorten(&mut program.code, start);
    Ok(())
}

/// The guards that one stands for: all arguments of a conjunction must be true, as all guards must. From left to right.
pub(super) fn conjuncts(guard: TermRef<'_>) -> impl Iterator<Item = TermRef<'_>> {
    let mut waiting: SmallVec<[TermRef<'_>; 4]> = smallvec![guard];
    std::iter::from_fn(move || {
        loop {
            let guard = waiting.pop()?;
            if !is_conjunction(guard) {
                return Some(guard);
            }
            let arguments = guard.elements().into_iter().flatten().rev();
            waiting.extend(arguments.take(guard.arity()? - 1));
        }
    })
}

/// Whether a guard is a conjunction of at least one argument.
fn is_conjunction(guard: TermRef<'_>) -> bool {
    let name = guard.element(1).and_then(TermRef::as_atom);
    name.is_some_and(|name| matches!(name.as_str(), "and" | "andalso" | "andthen"))
        && guard.arity() > Some(1)
}

/// Puts a short way in front of a guard that compares a variable with a small integer, as most do.
fn shorten(code: &mut Vec<Instruction>, start: usize) {
    use Instruction::{Call, Guard, Push, Variable};
    let [left, right, call, Guard] = code[start..] else {
        return;
    };
    let Call {
        function: Function::Compare(comparison),
        ..
    } = call
    else {
        return;
    };
    let (slot, word, comparison) = match (left, right) {
        (Variable(slot), Push(Value { word, .. })) => (slot, word, comparison),
        (Push(Value { word, .. }), Variable(slot)) => (slot, word, comparison.mirrored()),
        _ => return,
    };
    if tag(word) == SMALL {
        let short = Instruction::CompareSmall {
            slot,
            comparison,
            word,
            // Behind the guard, which this moves on by one.
            target: code.len() + 1,
        };
        code.insert(start, short);
    }
}

/// All expressions of a body are checked. Only the last one is kept: the others have no effect.
fn add_body(
    program: &mut Program,
    body: TermRef<'_>,
    variables: &Variables,
    clause: usize,
) -> Result<(), SpecError> {
    let length = body.list_length().filter(|length| *length > 0);
    length.ok_or(SpecError::NoBody { clause })?;
    let start = program.code.len();
    for (index, value) in body.list_elements().into_iter().flatten().enumerate() {
        program.code.truncate(start);
        let part = SpecPart::Body(index + 1);
        expression::compile(value, variables, SpecPlace { clause, part }, program)?;
    }
    Ok(())
}
