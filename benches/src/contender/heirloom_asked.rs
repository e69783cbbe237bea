//! Heirloom asked by match specifications. Each is put together and compiled for the question, as in Erlang.

use ::heirloom::{Atom, MatchSpec, SpecError, Table, Term, match_spec};

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
