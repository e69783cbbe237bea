//! Guards and bodies.

use super::super::call::ProcessNumber;
use super::super::value::Value;
use super::function::{self, Failed};
use super::pattern::Bindings;
use super::{is_atom, variable};
use std::collections::{BTreeMap, BTreeSet};

/// An expression or a part of one.
#[derive(Clone, Debug)]
pub enum Expression {
    Variable(u32),
    /// `'$_'`
    Object,
    /// `'$$'`
    Bound,
    Literal(Value),
    Tuple(Vec<Expression>),
    /// The first elements, one at least, and what follows them.
    List(Vec<Expression>, Box<Expression>),
    Map(Vec<(Expression, Expression)>),
    /// A function or a special form, and its arguments.
    Call(String, Vec<Expression>),
}

/// Where an expression is evaluated.
pub struct Setting<'o> {
    pub object: &'o Value,
    pub bindings: Bindings,
    pub caller: ProcessNumber,
    /// In bodies a call that fails has the value `'EXIT'`; a guard fails as a whole.
    pub in_body: bool,
}

impl Expression {
    /// None if the value is no expression, or has a variable that the head does not bind.
    pub fn parse(source: &Value, bound: &BTreeSet<u32>) -> Option<Expression> {
        let parse = |part: &Value| Expression::parse(part, bound);
        let parse_all = |parts: &[Value]| parts.iter().map(parse).collect::<Option<Vec<_>>>();
        if let Some(number) = variable(source) {
            return bound
                .contains(&number)
                .then_some(Expression::Variable(number));
        }
        Some(match source {
            _ if is_atom(source, "$_") => Expression::Object,
            _ if is_atom(source, "$$") => Expression::Bound,
            Value::Tuple(parts) => match parts.as_slice() {
                [Value::Tuple(elements)] => Expression::Tuple(parse_all(elements)?),
                [name, literal] if is_atom(name, "const") => Expression::Literal(literal.clone()),
                [Value::Atom(name), arguments @ ..] => {
                    let exists = function::exists(name, arguments.len());
                    Expression::Call(exists.then(|| name.clone())?, parse_all(arguments)?)
                }
                _ => return None,
            },
            Value::List(elements, tail) if !elements.is_empty() => {
                let tail = tail.as_deref().map_or(Some(NIL), parse)?;
                Expression::List(parse_all(elements)?, Box::new(tail))
            }
            Value::Map(entries) => {
                let entry = |(key, value)| Some((parse(key)?, parse(value)?));
                Expression::Map(entries.iter().map(entry).collect::<Option<_>>()?)
            }
            other => Expression::Literal(other.clone()),
        })
    }

    pub fn value(&self, setting: &Setting<'_>) -> Result<Value, Failed> {
        match self {
            Expression::Variable(number) => Ok(setting.bindings[number].clone()),
            Expression::Object => Ok(setting.object.clone()),
            Expression::Bound => Ok(Value::list(setting.bindings.values().cloned())),
            Expression::Literal(value) => Ok(value.clone()),
            Expression::Tuple(elements) => Ok(Value::Tuple(values(elements, setting)?)),
            Expression::List(elements, tail) => {
                Ok(joined(values(elements, setting)?, tail.value(setting)?))
            }
            Expression::Map(entries) => map(entries, setting),
            Expression::Call(name, arguments) => match called(name, arguments, setting) {
                Err(Failed) if setting.in_body => Ok(Value::atom("EXIT")),
                result => result,
            },
        }
    }
}

/// The list's end in a list that is made.
const NIL: Expression = Expression::Literal(Value::List(vec![], None));

fn values(parts: &[Expression], setting: &Setting<'_>) -> Result<Vec<Value>, Failed> {
    parts.iter().map(|part| part.value(setting)).collect()
}

/// A list of elements before a tail, which may be a list itself.
fn joined(mut elements: Vec<Value>, tail: Value) -> Value {
    match tail {
        Value::List(more, tail) => {
            elements.extend(more);
            Value::List(elements, tail)
        }
        tail => Value::List(elements, Some(Box::new(tail))),
    }
}

fn map(entries: &[(Expression, Expression)], setting: &Setting<'_>) -> Result<Value, Failed> {
    let mut map = BTreeMap::new();
    for (key, value) in entries {
        map.insert(key.value(setting)?, value.value(setting)?);
    }
    Ok(Value::Map(map))
}

fn called(name: &str, arguments: &[Expression], setting: &Setting<'_>) -> Result<Value, Failed> {
    match name {
        "self" => Ok(Value::Process(setting.caller)),
        "andalso" | "andthen" => until(arguments, false, setting),
        "orelse" => until(arguments, true, setting),
        _ => function::call(name, &values(arguments, setting)?),
    }
}

/// The first argument that is `decisive`, else the last one, which need not be a truth value.
fn until(arguments: &[Expression], decisive: bool, setting: &Setting<'_>) -> Result<Value, Failed> {
    let (last, others) = arguments.split_last().ok_or(Failed)?;
    for argument in others {
        let value = argument.value(setting)?;
        if function::truth(&value)? == decisive {
            return Ok(value);
        }
    }
    last.value(setting)
}
