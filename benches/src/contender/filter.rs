//! What one writes by hand instead of a match specification: plain Rust rows in a map behind a lock, and a loop.
//!
//! The rows are a struct's worth of integers, found by their key: a hash map where Heirloom has a `set`, a `BTreeMap`
//! where it has an `ordered_set`. The loop knows at compile time what it looks for. So it has every advantage over a
//! program that is interpreted over terms, but for one: [`AsTerms`] hands out what `select` hands out, a list of terms
//! `{Key, Amount}`, since that is what is compared. What the loop alone costs is told by [`AsRows`], whose results are
//! plain Rust values; Heirloom is not held against that.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use ::heirloom::{Term, ToTerm};
use hashbrown::HashMap;

use super::heirloom::accepted;
use super::shared::Shared;
use super::{Asked, Hasher, Label, hasher};
use crate::error::CompareError;
use crate::workload::{Question, Row, ShapeKind, State};

/// Customer and number of an order.
type Key = (u64, u64);
/// What else there is to an order.
type Rest = (u64, State);

/// The rows in a map.
enum Rows {
    Hashed(HashMap<Key, Rest, Hasher>),
    Ordered(BTreeMap<Key, Rest>),
}

impl Rows {
    fn one<R>(&self, key: Key, make: impl Fn(&Key, &Rest) -> R) -> Vec<R> {
        let rest = match self {
            Self::Hashed(map) => map.get(&key),
            Self::Ordered(map) => map.get(&key),
        };
        rest.map(|rest| make(&key, rest)).into_iter().collect()
    }

    /// The orders of the customers from one up to, not including, another.
    fn range<R>(&self, from: u64, to: u64, make: impl Fn(&Key, &Rest) -> R) -> Vec<R> {
        match self {
            Self::Hashed(map) => {
                let wanted = map.iter().filter(|(key, _)| (from..to).contains(&key.0));
                wanted.map(|(key, rest)| make(key, rest)).collect()
            }
            Self::Ordered(map) => {
                let wanted = map.range((from, 0)..(to, 0));
                wanted.map(|(key, rest)| make(key, rest)).collect()
            }
        }
    }

    fn amount<R>(&self, from: u64, make: impl Fn(&Key, &Rest) -> R) -> Vec<R> {
        let wanted = |(_, rest): &(&Key, &Rest)| rest.0 >= from;
        let make = |(key, rest): (&Key, &Rest)| make(key, rest);
        match self {
            Self::Hashed(map) => map.iter().filter(wanted).map(make).collect(),
            Self::Ordered(map) => map.iter().filter(wanted).map(make).collect(),
        }
    }
}

/// What the loop makes of a row that is wanted.
pub trait Made: Send + Sync + 'static {
    /// Whose results these are.
    const LABEL: Label;
    /// One result.
    type Answer;
    /// Makes one.
    fn answer(key: &Key, rest: &Rest) -> Self::Answer;
    /// The term that it stands for.
    fn term(answer: Self::Answer) -> Term;
}

/// Terms, as `select` makes them.
#[derive(Debug)]
pub struct AsTerms;

impl Made for AsTerms {
    const LABEL: Label = Label::FilterTerms;
    type Answer = Term;

    #[inline]
    fn answer(key: &Key, rest: &Rest) -> Term {
        accepted((*key, rest.0).to_term())
    }

    fn term(answer: Term) -> Term {
        answer
    }
}

/// Plain Rust values.
#[derive(Debug)]
pub struct AsRows;

impl Made for AsRows {
    const LABEL: Label = Label::FilterRows;
    type Answer = (Key, u64);

    #[inline]
    fn answer(key: &Key, rest: &Rest) -> (Key, u64) {
        (*key, rest.0)
    }

    fn term(answer: (Key, u64)) -> Term {
        accepted(answer.to_term())
    }
}

/// The rows, and what is made of them.
pub struct Filter<M> {
    rows: Shared<Rows>,
    made: PhantomData<fn() -> M>,
}

impl<M> Clone for Filter<M> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            made: PhantomData,
        }
    }
}

impl<M: Made> Asked for Filter<M> {
    const LABEL: Label = M::LABEL;
    type Answers = Vec<M::Answer>;

    fn filled(shape: ShapeKind, rows: impl Iterator<Item = Row>) -> Result<Self, CompareError> {
        let pairs = rows.map(|row| ((row.customer, row.number), (row.amount, row.state)));
        let rows = if shape == ShapeKind::OrderedOrders {
            Rows::Ordered(pairs.fold(BTreeMap::new(), |mut map, (key, rest)| {
                map.insert(key, rest);
                map
            }))
        } else {
            let mut map = HashMap::with_hasher(hasher());
            map.extend(pairs);
            Rows::Hashed(map)
        };
        Ok(Self {
            rows: Shared::new(rows),
            made: PhantomData,
        })
    }

    fn ask(&self, question: Question) -> Vec<M::Answer> {
        let rows = self.rows.reader();
        match question {
            Question::Key { customer, number } => rows.one((customer, number), M::answer),
            Question::Prefix { customer } => rows.range(customer, customer + 1, M::answer),
            Question::Range { from, to } => rows.range(from, to, M::answer),
            Question::Amount { from } => rows.amount(from, M::answer),
        }
    }

    fn count(answers: &Vec<M::Answer>) -> usize {
        answers.len()
    }

    fn terms(answers: Vec<M::Answer>) -> Vec<Term> {
        answers.into_iter().map(M::term).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Work;

    /// The answers of a loop over the rows themselves, sorted.
    fn expected(question: Question, rows: &[Row]) -> Vec<Term> {
        let wanted = rows.iter().filter(|row| question.wants(row));
        let mut terms: Vec<Term> = wanted
            .map(|row| AsTerms::answer(&(row.customer, row.number), &(row.amount, row.state)))
            .collect();
        terms.sort();
        terms
    }

    #[test]
    fn both_maps_answer_what_is_asked() {
        let rows: Vec<Row> = (0..2_000).map(Row::at).collect();
        for shape in [ShapeKind::SetOrders, ShapeKind::OrderedOrders] {
            let filter = Filter::<AsRows>::filled(shape, rows.iter().copied()).expect("it fills");
            for question in Work::SELECTS.map(|work| Question::of(work, 77)) {
                let question = question.expect("it is a question");
                let mut answers = Filter::<AsRows>::terms(filter.ask(question));
                answers.sort();
                assert_eq!(answers, expected(question, &rows));
            }
        }
    }
}
