//! Equality and order, both without recursion.
//!
//! Three orders share one walk:
//! * *numeric*: Erlang's `==` and `<`. `1 == 1.0`; keys of maps are compared in key order, their
//!   values numerically.
//! * *key*: the order of keys inside a map. Integers sort before floats, so that only exactly equal
//!   terms are equal.
//! * *exact*: numeric first, and key order where that finds no difference. Sorting by it sorts as
//!   Erlang does.
//!
//! Everything a term contains stands in *runs* of consecutive words: the elements of a tuple, head
//! and tail of a list cell, a map's keys, a map's values. The walk goes through two runs side by
//! side; a run that is left for a nested one waits on a stack, unless it is done. A list's tail is
//! the last word of its run, so long lists need no stack.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::layout::{
    BITS, FLOAT, Node, SMALL, TUPLE, bits_length, bits_parts, is_immediate, node, offset, tag,
    words_of_bits,
};
use super::number::Number;
use super::{Atom, TermRef};

/// What is left to compare of two runs of words.
struct Pair {
    left: usize,
    right: usize,
    count: usize,
    /// Whether these are keys of a map, or parts of one.
    keys: bool,
}

/// Waiting runs; terms nested up to four deep stay on the stack.
type Waiting = SmallVec<[Pair; 4]>;

/// What comparing two words says.
enum Step {
    /// The order is known.
    Decided(Ordering),
    /// No difference so far.
    Same,
    /// It depends on what the words contain.
    Inside(Pair),
    /// It depends on the keys of two maps of one size, then on their values.
    Maps {
        left: usize,
        right: usize,
        count: usize,
    },
}

impl Step {
    /// Goes on where there is no difference.
    fn of(order: Ordering) -> Step {
        match order {
            Ordering::Equal => Step::Same,
            order => Step::Decided(order),
        }
    }
}

/// Exact equality where at least one root is boxed.
pub(crate) fn boxed_eq(a: TermRef<'_>, b: TermRef<'_>) -> bool {
    if tag(a.root) != tag(b.root) || is_immediate(a.root) {
        return a.root == b.root;
    }
    // Both are whole blocks: their size must agree, and equal words are an answer. (Unequal ones
    // are none: origins may differ.)
    if offset(a.root) == 0 && offset(b.root) == 0 {
        if a.words.len() != b.words.len() {
            return false;
        }
        if a.words == b.words {
            return true;
        }
    }
    match tag(a.root) {
        BITS => bits_eq(a, b),
        FLOAT => a.words[offset(a.root)] == b.words[offset(b.root)],
        _ => walk_eq(a, b),
    }
}

/// Equality of two bit strings: length and words, whatever their origin.
fn bits_eq(a: TermRef<'_>, b: TermRef<'_>) -> bool {
    let (a_at, b_at) = (offset(a.root), offset(b.root));
    let bit_length = bits_length(a.words[a_at]);
    let count = words_of_bits(bit_length);
    bit_length == bits_length(b.words[b_at])
        && a.words[a_at + 1..][..count] == b.words[b_at + 1..][..count]
}

/// Exact equality of nested terms.
fn walk_eq(a: TermRef<'_>, b: TermRef<'_>) -> bool {
    let mut waiting = Waiting::new();
    let mut run = Pair {
        left: 0,
        right: 0,
        count: 0,
        keys: false,
    };
    let (mut left, mut right) = (a.root, b.root);
    loop {
        match step_eq(left, a.words, right, b.words) {
            Step::Same => {}
            Step::Inside(inner) => enter(&mut run, inner, &mut waiting),
            Step::Decided(_) | Step::Maps { .. } => return false,
        }
        match next_words(&mut run, &mut waiting, a.words, b.words) {
            Some(words) => (left, right) = words,
            None => return true,
        }
    }
}

/// One step of exact equality.
#[inline]
fn step_eq(left: u64, a: &[u64], right: u64, b: &[u64]) -> Step {
    const DIFFERENT: Step = Step::Decided(Ordering::Less);
    if is_immediate(left) || tag(left) != tag(right) {
        return if left == right { Step::Same } else { DIFFERENT };
    }
    let same = match (node(left, a), node(right, b)) {
        (Node::Cons { at: x }, Node::Cons { at: y }) => {
            return Step::Inside(Pair {
                left: x,
                right: y,
                count: 2,
                keys: false,
            });
        }
        (Node::Tuple { at: x, arity: n }, Node::Tuple { at: y, arity: m }) if n == m => {
            return Step::Inside(Pair {
                left: x,
                right: y,
                count: n,
                keys: false,
            });
        }
        // Keys and values are one run: both are compared exactly.
        (Node::Map { at: x, count: n }, Node::Map { at: y, count: m }) if n == m => {
            return Step::Inside(Pair {
                left: x,
                right: y,
                count: 2 * n,
                keys: false,
            });
        }
        (Node::Float(x), Node::Float(y)) => x.to_bits() == y.to_bits(),
        (
            Node::Bits {
                header: h,
                words: x,
            },
            Node::Bits {
                header: i,
                words: y,
            },
        ) => bits_length(h) == bits_length(i) && x == y,
        (
            Node::Big {
                negative: n,
                limbs: x,
            },
            Node::Big {
                negative: m,
                limbs: y,
            },
        ) => n == m && x == y,
        _ => false,
    };
    if same { Step::Same } else { DIFFERENT }
}

/// Erlang's order, in which `1` and `1.0` are equal.
pub(crate) fn numeric_cmp(a: TermRef<'_>, b: TermRef<'_>) -> Ordering {
    let order = if tag(a.root) == TUPLE && tag(b.root) == TUPLE {
        flat_cmp(a, b)
    } else {
        simple_cmp(a.root, a.words, b.root, b.words)
    };
    order.unwrap_or_else(|| walk_cmp(a, b, false).0)
}

/// The order of two tuples, if the words that it depends on are simple ones: a short way for what keys mostly are.
fn flat_cmp(a: TermRef<'_>, b: TermRef<'_>) -> Option<Ordering> {
    let [left, right] = [a, b].map(|tuple| {
        let (&arity, elements) = tuple.words[offset(tuple.root)..].split_first()?;
        elements.get(..arity as usize)
    });
    let (left, right) = (left?, right?);
    if left.len() != right.len() {
        return Some(left.len().cmp(&right.len()));
    }
    for (&x, &y) in left.iter().zip(right) {
        let order = simple_cmp(x, a.words, y, b.words)?;
        if order != Ordering::Equal {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// The numeric order of two words if both are small integers, or bit strings, or the same atom.
#[inline(always)]
fn simple_cmp(x: u64, a: &[u64], y: u64, b: &[u64]) -> Option<Ordering> {
    if tag(x) != tag(y) {
        return None;
    }
    match tag(x) {
        SMALL => Some(x.cast_signed().cmp(&y.cast_signed())),
        BITS => {
            let (header, words) = bits_parts(a, offset(x));
            let (other, others) = bits_parts(b, offset(y));
            Some(bits_cmp(
                bits_length(header),
                words,
                bits_length(other),
                others,
            ))
        }
        _ => (x == y && is_immediate(x)).then_some(Ordering::Equal),
    }
}

/// The order of keys inside a map.
pub(crate) fn key_cmp(a: TermRef<'_>, b: TermRef<'_>) -> Ordering {
    walk_cmp(a, b, true).0
}

/// Erlang's order made total.
pub(crate) fn exact_cmp(a: TermRef<'_>, b: TermRef<'_>) -> Ordering {
    let (order, tie) = walk_cmp(a, b, false);
    order.then(tie)
}

/// The order of two terms, and the first difference in key order between parts that the order holds
/// equal.
fn walk_cmp(a: TermRef<'_>, b: TermRef<'_>, keys: bool) -> (Ordering, Ordering) {
    let mut waiting = Waiting::new();
    let mut run = Pair {
        left: 0,
        right: 0,
        count: 0,
        keys,
    };
    let mut tie = Ordering::Equal;
    let (mut left, mut right) = (a.root, b.root);
    loop {
        match step_cmp(
            node(left, a.words),
            node(right, b.words),
            run.keys,
            &mut tie,
        ) {
            Step::Decided(order) => return (order, tie),
            Step::Same => {}
            Step::Inside(inner) => enter(&mut run, inner, &mut waiting),
            Step::Maps { left, right, count } => {
                let values = Pair {
                    left: left + count,
                    right: right + count,
                    count,
                    keys: run.keys,
                };
                enter(&mut run, values, &mut waiting);
                enter(
                    &mut run,
                    Pair {
                        left,
                        right,
                        count,
                        keys: true,
                    },
                    &mut waiting,
                );
            }
        }
        match next_words(&mut run, &mut waiting, a.words, b.words) {
            Some(words) => (left, right) = words,
            None => return (Ordering::Equal, tie),
        }
    }
}

/// One step of an order.
fn step_cmp(a: Node<'_>, b: Node<'_>, keys: bool, tie: &mut Ordering) -> Step {
    let inside = |left, right, count| {
        Step::Inside(Pair {
            left,
            right,
            count,
            keys,
        })
    };
    match (a, b) {
        (Node::Atom(x), Node::Atom(y)) if x == y => Step::Same,
        (Node::Atom(x), Node::Atom(y)) => {
            Step::Decided(Atom::from_index(x).cmp(&Atom::from_index(y)))
        }
        (Node::Pid(x), Node::Pid(y)) | (Node::TableId(x), Node::TableId(y)) => Step::of(x.cmp(&y)),
        (Node::Cons { at: x }, Node::Cons { at: y }) => inside(x, y, 2),
        (Node::Tuple { at: x, arity: n }, Node::Tuple { at: y, arity: m }) if n == m => {
            inside(x, y, n)
        }
        (Node::Tuple { arity: n, .. }, Node::Tuple { arity: m, .. }) => Step::Decided(n.cmp(&m)),
        (
            Node::Map { at: left, count },
            Node::Map {
                at: right,
                count: m,
            },
        ) if count == m => Step::Maps { left, right, count },
        (Node::Map { count: n, .. }, Node::Map { count: m, .. }) => Step::Decided(n.cmp(&m)),
        (
            Node::Bits {
                header: h,
                words: x,
            },
            Node::Bits {
                header: i,
                words: y,
            },
        ) => Step::of(bits_cmp(bits_length(h), x, bits_length(i), y)),
        _ => match (Number::of(a), Number::of(b)) {
            (Some(x), Some(y)) => number_step(x, y, keys, tie),
            _ => Step::of(rank(a).cmp(&rank(b))),
        },
    }
}

/// Compares two numbers; a difference that is only one of representation is the tie-break of the
/// exact order.
fn number_step(a: Number<'_>, b: Number<'_>, keys: bool, tie: &mut Ordering) -> Step {
    if keys {
        return Step::of(a.key_cmp(b));
    }
    let order = a.numeric_cmp(b);
    if order == Ordering::Equal && *tie == Ordering::Equal {
        *tie = a.key_cmp(b);
    }
    Step::of(order)
}

/// Bit by bit; of two that agree as far as both go, the shorter one is less. Unused bits are zero,
/// so whole words can be compared: where a zero past the end meets a one, the longer string is the
/// greater one.
fn bits_cmp(a_bits: usize, a: &[u64], b_bits: usize, b: &[u64]) -> Ordering {
    let in_order = |word: &u64| u64::from_be(*word);
    let common = a.len().min(b.len());
    let words = a[..common]
        .iter()
        .map(in_order)
        .cmp(b[..common].iter().map(in_order));
    words.then(a_bits.cmp(&b_bits))
}

/// The place of a kind in the order of all terms:
/// number < atom < reference < process id < tuple < map < empty list < list < bit string.
fn rank(node: Node<'_>) -> u8 {
    match node {
        Node::Small(_) | Node::Big { .. } | Node::Float(_) => 0,
        Node::Atom(_) => 1,
        Node::TableId(_) => 2,
        Node::Pid(_) => 3,
        Node::Tuple { .. } => 4,
        Node::Map { .. } => 5,
        Node::Nil => 6,
        Node::Cons { .. } => 7,
        Node::Bits { .. } => 8,
    }
}

/// Leaves a run for one inside it; it waits only if something of it is left.
#[inline]
fn enter(run: &mut Pair, inner: Pair, waiting: &mut Waiting) {
    let outer = std::mem::replace(run, inner);
    if outer.count > 0 {
        waiting.push(outer);
    }
}

/// The next two words that are not the same immediate value; such need no look inside. `None` when
/// all runs are done.
#[inline]
fn next_words(run: &mut Pair, waiting: &mut Waiting, a: &[u64], b: &[u64]) -> Option<(u64, u64)> {
    loop {
        while run.count > 0 {
            let words = (a[run.left], b[run.right]);
            run.left += 1;
            run.right += 1;
            run.count -= 1;
            if words.0 != words.1 || !is_immediate(words.0) {
                return Some(words);
            }
        }
        *run = waiting.pop()?;
    }
}
