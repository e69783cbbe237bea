//! Functions of expressions. What Erlang's function would raise an exception for is
//! [`Fault::Failed`].

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::arithmetic::{self, Numeral};
use super::function::{Comparison, Function, Size, Test};
use super::matching::steps_to_compare;
use super::program::{Block, Value};
use super::run::{Fault, Run, atom_word, boolean_word};
use crate::term::layout::{self, SMALL, SMALL_MAX, SMALL_MIN, small_value};
use crate::term::{Atom, Number, Origin, TermKind, TermRef};

/// What a function gives.
type Answer = Result<Value, Fault>;

/// The name of the node that a program is: Erlang's word for one that is in no network.
const NODE: &str = "nonode@nohost";

/// The value of a function whose arguments are the values from `first` on.
pub(super) fn call(run: &mut Run<'_>, function: Function, first: usize) -> Answer {
    match function {
        Function::Test(test) => Ok(truth(holds(test, argument(run, first)?))),
        Function::Compare(comparison) => compare(run, comparison, first),
        Function::Unary(operation) => {
            let numeral = arithmetic::unary(operation, number(run, first)?)?;
            made(run, numeral)
        }
        Function::Binary(operation) => binary(run, operation, first),
        Function::Size(size) => length(run, size, first),
        Function::Not => Ok(truth(!boolean(run, first)?)),
        Function::Xor => Ok(truth(boolean(run, first)? != boolean(run, first + 1)?)),
        Function::Max => choose(run, first, Ordering::is_ge),
        Function::Min => choose(run, first, Ordering::is_le),
        Function::Element => element(run, first),
        Function::Head => part(run, first, |list| Some(list.uncons()?.0)),
        Function::Tail => part(run, first, |list| Some(list.uncons()?.1)),
        Function::MapGet => map_get(run, first),
        Function::IsMapKey => is_map_key(run, first),
        Function::IsRecord => is_record(run, first),
        Function::IsFunctionOfArity => is_function(run, first),
        Function::BinaryPart => binary_part(run, first),
        Function::Node => node(),
        Function::NodeOf => node_of(run, first),
    }
}

/// The value at a place of the stack.
fn value(run: &Run<'_>, index: usize) -> Answer {
    run.scratch.stack.get(index).copied().ok_or(Fault::Failed)
}

/// The argument at a place of the stack.
fn argument<'r>(run: &'r Run<'_>, index: usize) -> Result<TermRef<'r>, Fault> {
    Ok(run.view(value(run, index)?))
}

/// The argument at a place of the stack, if it is a number.
fn number<'r>(run: &'r Run<'_>, index: usize) -> Result<Number<'r>, Fault> {
    let term = argument(run, index)?;
    Number::of(layout::node(term.root(), term.words())).ok_or(Fault::Failed)
}

fn boolean(run: &Run<'_>, index: usize) -> Result<bool, Fault> {
    argument(run, index)?.as_bool().ok_or(Fault::Failed)
}

fn truth(value: bool) -> Value {
    Value::constant(boolean_word(value))
}

fn holds(test: Test, term: TermRef<'_>) -> bool {
    let kind = term.kind();
    match test {
        Test::Atom => kind == TermKind::Atom,
        Test::Binary => term.as_bytes().is_some(),
        Test::BitString => kind == TermKind::BitString,
        Test::Boolean => term.as_bool().is_some(),
        Test::Float => kind == TermKind::Float,
        Test::Integer => kind == TermKind::Integer,
        Test::List => matches!(kind, TermKind::Nil | TermKind::List),
        Test::Map => kind == TermKind::Map,
        Test::Number => matches!(kind, TermKind::Integer | TermKind::Float),
        Test::Pid => kind == TermKind::Pid,
        Test::Reference => kind == TermKind::TableId,
        Test::Tuple => kind == TermKind::Tuple,
        Test::Function | Test::Port => false,
    }
}

/// Erlang's order of two arguments.
fn order(run: &mut Run<'_>, first: usize) -> Result<Ordering, Fault> {
    spend_comparison(run, first)?;
    Ok(argument(run, first)?.numeric_cmp(argument(run, first + 1)?))
}

fn spend_comparison(run: &mut Run<'_>, first: usize) -> Result<(), Fault> {
    let steps = steps_to_compare(argument(run, first)?, argument(run, first + 1)?);
    run.spend_fault(steps)
}

fn compare(run: &mut Run<'_>, comparison: Comparison, first: usize) -> Answer {
    let order = match (order_of_small(run, first), comparison) {
        (Some(order), _) => order,
        (None, Comparison::Same) => return Ok(truth(same(run, first)?)),
        (None, Comparison::NotSame) => return Ok(truth(!same(run, first)?)),
        (None, _) => order(run, first)?,
    };
    Ok(truth(comparison.holds(order)))
}

/// The order of two arguments that are small integers: what most comparisons are about, so they
/// take no detour. They cost no steps either way.
#[inline]
fn order_of_small(run: &Run<'_>, first: usize) -> Option<Ordering> {
    let [a, b] = run.scratch.stack.get(first..)? else {
        return None;
    };
    small_cmp(a.word, b.word)
}

/// The order of two words that are small integers.
#[inline]
pub(super) fn small_cmp(a: u64, b: u64) -> Option<Ordering> {
    let are_small = layout::tag(a) == SMALL && layout::tag(b) == SMALL;
    are_small.then(|| small_value(a).cmp(&small_value(b)))
}

fn same(run: &mut Run<'_>, first: usize) -> Result<bool, Fault> {
    spend_comparison(run, first)?;
    Ok(argument(run, first)?.exact_eq(argument(run, first + 1)?))
}

/// The first of two arguments if their order is as wanted, else the second.
fn choose(run: &mut Run<'_>, first: usize, wanted: impl FnOnce(Ordering) -> bool) -> Answer {
    let order = order(run, first)?;
    value(run, if wanted(order) { first } else { first + 1 })
}

/// A number that the run makes.
fn made(run: &mut Run<'_>, numeral: Numeral) -> Answer {
    let before = run.scratch.made.words().len();
    let word = match numeral {
        Numeral::Integer(value) => run.scratch.made.integer(value)?,
        Numeral::Big(value) => run.scratch.made.big_integer(&value)?,
        Numeral::Float(value) => run.scratch.made.float(value)?,
    };
    run.spend_fault(run.scratch.made.words().len() - before)?;
    run.check_size()?;
    Ok(Value {
        block: Block::Made,
        word,
    })
}

fn integer(value: usize) -> Numeral {
    Numeral::Integer(value as i128)
}

fn binary(run: &mut Run<'_>, operation: super::function::Binary, first: usize) -> Answer {
    let steps = arithmetic::steps(operation, number(run, first)?, number(run, first + 1)?);
    run.spend_fault(steps)?;
    let numeral = arithmetic::binary(operation, number(run, first)?, number(run, first + 1)?)?;
    made(run, numeral)
}

fn length(run: &mut Run<'_>, size: Size, first: usize) -> Answer {
    let term = argument(run, first)?;
    let bits = || term.as_bits().map(|bits| bits.bit_length());
    let count = match size {
        Size::Any => term.arity().or_else(|| bits().map(|bits| bits / 8)),
        Size::Tuple => term.arity(),
        Size::Map => term.map_size(),
        Size::List => term.list_length(),
        Size::Bytes => bits().map(|bits| bits.div_ceil(8)),
        Size::Bits => bits(),
    };
    let count = count.ok_or(Fault::Failed)?;
    if size == Size::List {
        run.spend_fault(count)?;
    }
    made(run, integer(count))
}

/// A part of an argument.
fn part(
    run: &Run<'_>,
    whole: usize,
    find: impl FnOnce(TermRef<'_>) -> Option<TermRef<'_>>,
) -> Answer {
    let value = value(run, whole)?;
    let word = find(run.view(value)).ok_or(Fault::Failed)?.root();
    Ok(Value { word, ..value })
}

/// `element(Position, Tuple)`
fn element(run: &Run<'_>, first: usize) -> Answer {
    let position = argument(run, first)?.as_u64().ok_or(Fault::Failed)?;
    let position = usize::try_from(position).map_err(|_| Fault::Failed)?;
    part(run, first + 1, |tuple| tuple.element(position))
}

/// `map_get(Key, Map)`
fn map_get(run: &mut Run<'_>, first: usize) -> Answer {
    spend_comparison(run, first)?;
    let value = value(run, first + 1)?;
    let found = run.view(value).map_get(argument(run, first)?);
    let word = found.ok_or(Fault::Failed)?.root();
    Ok(Value { word, ..value })
}

/// `is_map_key(Key, Map)`
fn is_map_key(run: &mut Run<'_>, first: usize) -> Answer {
    spend_comparison(run, first)?;
    let map = argument(run, first + 1)?;
    map.map_size().ok_or(Fault::Failed)?;
    Ok(truth(map.map_get(argument(run, first)?).is_some()))
}

/// Whether Erlang holds an integer in one word: it has 60 bits there, one less than we.
fn is_erlang_small(value: i64) -> bool {
    (SMALL_MIN / 2..=SMALL_MAX / 2).contains(&value)
}

/// `is_record(Term, Tag, Size)`
fn is_record(run: &Run<'_>, first: usize) -> Answer {
    let tag = argument(run, first + 1)?.as_atom().ok_or(Fault::Failed)?;
    let size = argument(run, first + 2)?.as_i64();
    let size = size
        .filter(|size| is_erlang_small(*size))
        .ok_or(Fault::Failed)?;
    let term = argument(run, first)?;
    let has_tag = term.element(1).and_then(TermRef::as_atom) == Some(tag);
    let has_size = term.arity().is_some_and(|arity| arity as i64 == size);
    Ok(truth(has_tag && has_size))
}

/// `is_function(Term, Arity)`: no term is one, but the arity must be one.
fn is_function(run: &Run<'_>, first: usize) -> Answer {
    match number(run, first + 1)? {
        Number::Small(0..)
        | Number::Big {
            negative: false, ..
        } => Ok(truth(false)),
        _ => Err(Fault::Failed),
    }
}

/// `binary_part(Binary, {Start, Length})`, `binary_part(Binary, Start, Length)`
fn binary_part(run: &mut Run<'_>, first: usize) -> Answer {
    let (start, length) = part_bounds(run, first)?;
    let term = argument(run, first)?;
    let bytes = term.as_bytes().ok_or(Fault::Failed)?;
    let range = byte_range(start, length, bytes.len()).ok_or(Fault::Failed)?;
    let bytes: SmallVec<[u8; 64]> = SmallVec::from_slice(&bytes[range]);
    let origin = term.origin().unwrap_or(Origin::Text);
    run.spend_fault(bytes.len() / size_of::<u64>())?;
    let word = run.scratch.made.bytes(&bytes, origin);
    run.check_size()?;
    Ok(Value {
        block: Block::Made,
        word,
    })
}

/// Start and length of a part: two arguments, or a tuple of two.
fn part_bounds(run: &Run<'_>, first: usize) -> Result<(i64, i64), Fault> {
    let integer = |term: TermRef<'_>| term.as_i64().ok_or(Fault::Failed);
    let second = argument(run, first + 1)?;
    if run.scratch.stack.len() - first == 3 {
        return Ok((integer(second)?, integer(argument(run, first + 2)?)?));
    }
    let inside = |position| second.element(position).ok_or(Fault::Failed);
    if second.arity() != Some(2) {
        return Err(Fault::Failed);
    }
    Ok((integer(inside(1)?)?, integer(inside(2)?)?))
}

/// The bytes of a part, which may be counted backwards from its start.
fn byte_range(start: i64, length: i64, bytes: usize) -> Option<std::ops::Range<usize>> {
    let end = start.checked_add(length)?;
    let (from, to) = (start.min(end), start.max(end));
    let range = usize::try_from(from).ok()?..usize::try_from(to).ok()?;
    (range.end <= bytes).then_some(range)
}

fn node() -> Answer {
    let atom = Atom::new(NODE).map_err(|_| Fault::Failed)?;
    Ok(Value::constant(atom_word(atom)))
}

/// `node(Identifier)`: all identifiers are of this node.
fn node_of(run: &Run<'_>, first: usize) -> Answer {
    match argument(run, first)?.kind() {
        TermKind::Pid | TermKind::TableId => node(),
        _ => Err(Fault::Failed),
    }
}
