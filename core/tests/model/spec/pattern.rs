//! Heads of clauses.

use super::super::value::Value;
use super::{is_atom, variable};
use std::collections::{BTreeMap, BTreeSet};

/// What the variables of a head are bound to.
pub type Bindings = BTreeMap<u32, Value>;

/// A head or a part of one.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// `'_'`
    Anything,
    Variable(u32),
    /// What is exactly equal.
    Literal(Value),
    Tuple(Vec<Pattern>),
    /// The first elements, one at least, and what follows them.
    List(Vec<Pattern>, Box<Pattern>),
    /// A map that has these keys, and perhaps more.
    Map(Vec<(Value, Pattern)>),
}

impl Pattern {
    /// None if a variable or `'_'` is the key of a map.
    pub fn parse(source: &Value) -> Option<Pattern> {
        if let Some(number) = variable(source) {
            return Some(Pattern::Variable(number));
        }
        Some(match source {
            _ if is_atom(source, "_") => Pattern::Anything,
            Value::Tuple(elements) => Pattern::Tuple(Pattern::parse_all(elements)?),
            Value::List(elements, tail) if !elements.is_empty() => {
                let tail = tail.as_deref().map_or(Some(NIL), Pattern::parse)?;
                Pattern::List(Pattern::parse_all(elements)?, Box::new(tail))
            }
            Value::Map(entries) => {
                let is_literal = |key: &Value| variable(key).is_none() && !is_atom(key, "_");
                let entry = |(key, part): (&Value, &Value)| {
                    let part = is_literal(key).then(|| Pattern::parse(part))??;
                    Some((key.clone(), part))
                };
                Pattern::Map(entries.iter().map(entry).collect::<Option<_>>()?)
            }
            other => Pattern::Literal(other.clone()),
        })
    }

    fn parse_all(sources: &[Value]) -> Option<Vec<Pattern>> {
        sources.iter().map(Pattern::parse).collect()
    }

    /// The variables that it binds.
    pub fn variables(&self) -> BTreeSet<u32> {
        let of_all = |parts: &[Pattern]| parts.iter().flat_map(Pattern::variables).collect();
        match self {
            Pattern::Anything | Pattern::Literal(_) => BTreeSet::new(),
            Pattern::Variable(number) => BTreeSet::from([*number]),
            Pattern::Tuple(elements) => of_all(elements),
            Pattern::List(elements, tail) => {
                let in_elements: BTreeSet<u32> = of_all(elements);
                &in_elements | &tail.variables()
            }
            Pattern::Map(entries) => {
                let parts = entries.iter().flat_map(|(_, part)| part.variables());
                parts.collect()
            }
        }
    }

    /// Whether it matches, and what it binds then. Without a match the bindings are of no use.
    pub fn matches(&self, value: &Value, bindings: &mut Bindings) -> bool {
        match (self, value) {
            (Pattern::Anything, _) => true,
            (Pattern::Variable(number), value) => {
                bindings.entry(*number).or_insert_with(|| value.clone()) == value
            }
            (Pattern::Literal(literal), value) => literal == value,
            (Pattern::Tuple(parts), Value::Tuple(elements)) => {
                parts.len() == elements.len() && Pattern::match_all(parts, elements, bindings)
            }
            (Pattern::List(parts, end), Value::List(elements, tail)) => {
                parts.len() <= elements.len()
                    && Pattern::match_all(parts, elements, bindings)
                    && end.matches(&rest(&elements[parts.len()..], tail), bindings)
            }
            (Pattern::Map(parts), Value::Map(entries)) => {
                let mut parts = parts.iter();
                parts.all(|(key, part)| {
                    let found = entries.get(key);
                    found.is_some_and(|value| part.matches(value, bindings))
                })
            }
            _ => false,
        }
    }

    fn match_all(parts: &[Pattern], values: &[Value], bindings: &mut Bindings) -> bool {
        let mut pairs = parts.iter().zip(values);
        pairs.all(|(part, value)| part.matches(value, bindings))
    }
}

/// The list's end in a head.
const NIL: Pattern = Pattern::Literal(Value::List(vec![], None));

/// What is left of a list after some elements.
pub fn rest(elements: &[Value], tail: &Option<Box<Value>>) -> Value {
    match (elements, tail) {
        ([], Some(tail)) => (**tail).clone(),
        (elements, tail) => Value::List(elements.to_vec(), tail.clone()),
    }
}
