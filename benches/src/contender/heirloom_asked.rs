//! Heirloom asked by match specifications. Each is put together and compiled for the question, as in Erlang. And the
//! same tables, asked by filters written by hand.

use std::ops::ControlFlow::Continue;

use ::heirloom::{Atom, Kind, MatchSpec, SpecError, Table, Term, TermRef, ToTerm, match_spec};

use super::heirloom::{accepted, created};
use super::{Asked, Label};
use crate::error::CompareError;
use crate::workload::{Question, Row, ShapeKind};

/// A public table of orders.
#[derive(Clone)]
pub struct HeirloomOrders(Table);

/// The specification of a question.
fn specification(question: Question) -> Result<MatchSpec, SpecError> {
    match question {
        Question::Key { customer, number } => match_spec!(
            |{const((customer, number)), amount, _}| => {const((customer, number)), amount}
        ),
        Question::Prefix { customer } => match_spec!(
            |{{const(customer), number}, amount, _}| => {{const(customer), number}, amount}
        ),
        Question::Range { from, to } => match_spec!(
            |{key, amount, _}| if key >= const((from, 0)) && key < const((to, 0)) => {key, amount}
        ),
        Question::Amount { from } => match_spec!(
            |{key, amount, _}| if amount >= from => {key, amount}
        ),
    }
}

impl Asked for HeirloomOrders {
    const LABEL: Label = Label::Heirloom;
    type Answers = Vec<Term>;

    fn filled(shape: ShapeKind, rows: impl Iterator<Item = Row>) -> Result<Self, CompareError> {
        let options = if shape == ShapeKind::OrderedOrders {
            Table::ordered_set("compare")
        } else {
            Table::set("compare")
        };
        let table = created(options)?;
        for row in rows {
            let state = accepted(Atom::new(row.state.name()));
            accepted(table.insert(((row.customer, row.number), row.amount, state)));
        }
        Ok(Self(table))
    }

    fn ask(&self, question: Question) -> Vec<Term> {
        accepted(self.0.select(&accepted(specification(question))))
    }

    fn count(answers: &Vec<Term>) -> usize {
        answers.len()
    }

    fn terms(answers: Vec<Term>) -> Vec<Term> {
        answers
    }
}

/// The same tables. What a specification says is said by a closure over views of the objects, which makes the same terms.
#[derive(Clone)]
pub struct HeirloomFolded(HeirloomOrders);

/// Customer, number and amount of an order.
#[inline]
fn parts(order: TermRef<'_>) -> Option<[u64; 3]> {
    let key = order.element(1)?;
    Some([
        key.element(1)?.as_u64()?,
        key.element(2)?.as_u64()?,
        order.element(2)?.as_u64()?,
    ])
}

/// The answers with one more, if the question wants the order.
#[inline]
fn noted(mut answers: Vec<Term>, question: Question, order: TermRef<'_>) -> Vec<Term> {
    if let Some([customer, number, amount]) = parts(order) {
        let is_wanted = match question {
            Question::Key { .. } => true,
            Question::Prefix { customer: wanted } => customer == wanted,
            Question::Range { from, to } => (from..to).contains(&customer),
            Question::Amount { from } => amount >= from,
        };
        if is_wanted {
            answers.push(accepted(((customer, number), amount).to_term()));
        }
    }
    answers
}

impl Asked for HeirloomFolded {
    const LABEL: Label = Label::FilterFold;
    type Answers = Vec<Term>;

    fn filled(shape: ShapeKind, rows: impl Iterator<Item = Row>) -> Result<Self, CompareError> {
        HeirloomOrders::filled(shape, rows).map(Self)
    }

    fn ask(&self, question: Question) -> Vec<Term> {
        let table = &self.0.0;
        let customers = match question {
            Question::Key { customer, number } => {
                let note = |order: TermRef<'_>| noted(Vec::new(), question, order);
                return accepted(table.with((customer, number), note)).unwrap_or_default();
            }
            Question::Prefix { customer } => Some((customer, customer + 1)),
            Question::Range { from, to } => Some((from, to)),
            Question::Amount { .. } => None,
        };
        let note = |answers, order: TermRef<'_>| noted(answers, question, order);
        match customers {
            Some((from, to)) if table.kind() == Kind::OrderedSet => {
                let range = (from, 0_u64)..(to, 0_u64);
                let note = |answers, order: TermRef<'_>| Continue(note(answers, order));
                accepted(table.fold_range(range, Vec::new(), note))
            }
            _ => accepted(table.foldl(Vec::new(), note)),
        }
    }

    fn count(answers: &Vec<Term>) -> usize {
        answers.len()
    }

    fn terms(answers: Vec<Term>) -> Vec<Term> {
        answers
    }
}
