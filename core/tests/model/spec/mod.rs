//! Match specifications as Erlang's manual describes them: read from a value and run over an object
//! rule by rule, with a copy of whatever is bound.
//!
//! [`pattern`]: heads. [`expression`]: guards and bodies. [`function`], [`number`]: what can be
//! called in them. [`replace`]: which specifications keep an object's key.

mod expression;
mod function;
mod number;
mod pattern;
mod replace;

use super::call::ProcessNumber;
use super::value::Value;
use expression::{Expression, Setting};
use pattern::{Bindings, Pattern};

/// A specification that is one.
#[derive(Clone, Debug)]
pub struct Specification {
    source: Value,
    clauses: Vec<Clause>,
}

#[derive(Clone, Debug)]
struct Clause {
    head: Pattern,
    guards: Vec<Expression>,
    body: Vec<Expression>,
}

impl Specification {
    /// The specification that a value stands for; none if it is none.
    pub fn parse(source: &Value) -> Option<Specification> {
        let clauses = source.as_list()?.iter().map(Clause::parse);
        Some(Specification {
            source: source.clone(),
            clauses: clauses.collect::<Option<_>>()?,
        })
    }

    /// `[{Pattern, [], [Result]}]`
    pub fn of_pattern(pattern: &Value, result: &str) -> Option<Specification> {
        Specification::parse(&Value::list([Value::tuple([
            pattern.clone(),
            Value::list([]),
            Value::list([Value::atom(result)]),
        ])]))
    }

    /// The result for an object: of the first clause that matches it. None: no clause does.
    pub fn result(&self, object: &Value, caller: ProcessNumber) -> Option<Value> {
        self.clauses
            .iter()
            .find_map(|clause| clause.result(object, caller))
    }

    /// Whether the result is `true`.
    pub fn is_true(&self, object: &Value, caller: ProcessNumber) -> bool {
        self.result(object, caller) == Some(Value::bool(true))
    }

    /// Whether `select_replace` takes it, for keys at this position.
    pub fn keeps_key(&self, key_position: usize) -> bool {
        let clauses = self.source.as_list().expect("it was parsed");
        clauses
            .iter()
            .all(|clause| replace::keeps_key(clause, key_position))
    }
}

impl Clause {
    fn parse(source: &Value) -> Option<Clause> {
        let [head, guards, body] = source.as_tuple()? else {
            return None;
        };
        let head = Pattern::parse(head)?;
        let bound = head.variables();
        let expressions = |list: &Value| -> Option<Vec<Expression>> {
            let parse = |expression| Expression::parse(expression, &bound);
            list.as_list()?.iter().map(parse).collect()
        };
        let (guards, body) = (expressions(guards)?, expressions(body)?);
        (!body.is_empty()).then_some(Clause { head, guards, body })
    }

    fn result(&self, object: &Value, caller: ProcessNumber) -> Option<Value> {
        let mut bindings = Bindings::new();
        if !self.head.matches(object, &mut bindings) {
            return None;
        }
        let mut setting = Setting {
            object,
            bindings,
            caller,
            in_body: false,
        };
        let is_true = |guard: &Expression| guard.value(&setting) == Ok(Value::bool(true));
        if !self.guards.iter().all(is_true) {
            return None;
        }
        setting.in_body = true;
        let result = self.body.last().expect("a body is not empty");
        // A body fails nowhere: each call that does has the value 'EXIT'.
        result.value(&setting).ok()
    }
}

/// The number of a variable `'$0'`, `'$1'`, …
fn variable(value: &Value) -> Option<u32> {
    let digits = value.as_atom()?.strip_prefix('$')?;
    let number: u32 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

fn is_atom(value: &Value, text: &str) -> bool {
    value.as_atom() == Some(text)
}
