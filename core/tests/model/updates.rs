//! `update_counter` and `update_element`.

use super::call::Cause;
use super::contents::{Checked, Contents};
use super::expected::Expected;
use super::value::Value;
use num_bigint::BigInt;

impl Contents {
    /// `update_counter`. A missing key is told before anything that is wrong with the operations.
    pub fn update_counter(
        &mut self,
        key: &Value,
        operations: &Value,
        default: Option<&Value>,
    ) -> Expected {
        if !self.kind.is_set() {
            return Expected::fails(Cause::WrongKind);
        }
        let parsed = parse_operations(operations, self.key_position);
        let object = match self.object_to_update(key, default) {
            Err(causes) => return Expected::Fails(causes).or_fails(faults_beside(default, parsed)),
            Ok(object) => object,
        };
        let outcome = parsed.and_then(|(operations, single)| {
            count(object, &operations, self.key_position)
                .map(|(object, results)| (object, results, single))
        });
        match outcome {
            Err(causes) => Expected::Fails(causes),
            Ok((object, mut results, single)) => {
                self.put(object);
                let result = if single {
                    results.remove(0)
                } else {
                    Value::list(results)
                };
                Expected::element(result)
            }
        }
    }

    /// `update_element`. A missing key without a default is no error, whatever the changes are.
    pub fn update_element(
        &mut self,
        key: &Value,
        changes: &Value,
        default: Option<&Value>,
    ) -> Expected {
        if !self.kind.is_set() {
            return Expected::fails(Cause::WrongKind);
        }
        let parsed = parse_changes(changes);
        let object = match self.object_to_update(key, default) {
            Err(_) if default.is_none() => return Expected::truth(false),
            Err(causes) => return Expected::Fails(causes).or_fails(faults_beside(default, parsed)),
            Ok(object) => object,
        };
        match parsed.and_then(|changes| change(object, &changes, self.key_position)) {
            Err(causes) => Expected::Fails(causes),
            Ok(object) => {
                self.put(object);
                if default.is_some() {
                    Expected::DONE
                } else {
                    Expected::truth(true)
                }
            }
        }
    }

    /// The elements of the object stored under `key`, else those of the default with `key` in its
    /// place.
    fn object_to_update(&self, key: &Value, default: Option<&Value>) -> Checked<Vec<Value>> {
        if let Some(default) = default {
            let faults = self.faults_of_object(default);
            if !faults.is_empty() {
                return Err(faults);
            }
        }
        let elements = |object: &Value| object.as_tuple().expect("an object").to_vec();
        match (self.first_object(key), default) {
            // An ordered set may have it under another key that is equal, and that one stays.
            (Some(stored), _) => Ok(elements(&stored)),
            (None, None) => Err(vec![Cause::NoSuchKey]),
            (None, Some(default)) => {
                let mut elements = elements(default);
                elements[self.key_position - 1] = key.clone();
                Ok(elements)
            }
        }
    }
}

/// One operation of `update_counter`.
#[derive(Clone, Debug)]
struct Operation {
    position: usize,
    increment: BigInt,
    threshold: Option<(BigInt, BigInt)>,
}

/// A bad default and bad updates: either may be told.
fn faults_beside<T>(default: Option<&Value>, parsed: Checked<T>) -> Vec<Cause> {
    default.and(parsed.err()).unwrap_or_default()
}

/// The operations, and whether they were one alone, which answers with one number.
fn parse_operations(operations: &Value, key_position: usize) -> Checked<(Vec<Operation>, bool)> {
    match operations {
        Value::Integer(increment) => Ok((
            vec![Operation {
                position: key_position + 1,
                increment: increment.clone(),
                threshold: None,
            }],
            true,
        )),
        Value::Tuple(_) => Ok((vec![parse_operation(operations)?], true)),
        Value::List(operations, None) => Ok((each(operations, parse_operation)?, false)),
        Value::List(..) => Err(vec![Cause::BadOperation, Cause::ImproperList]),
        _ => Err(vec![Cause::BadOperation, Cause::NotAnInteger]),
    }
}

fn parse_operation(operation: &Value) -> Checked<Operation> {
    let integer = |value: &Value| {
        value
            .as_integer()
            .cloned()
            .ok_or(vec![Cause::BadOperation, Cause::NotAnInteger])
    };
    match operation.as_tuple() {
        Some([position, increment]) => Ok(Operation {
            position: parse_position(position)?,
            increment: integer(increment)?,
            threshold: None,
        }),
        Some([position, increment, threshold, set_value]) => Ok(Operation {
            position: parse_position(position)?,
            increment: integer(increment)?,
            threshold: Some((integer(threshold)?, integer(set_value)?)),
        }),
        _ => Err(vec![Cause::BadOperation]),
    }
}

/// A position from 1. One that is no such number is a fault of the form or of the position, as the
/// crate sees it.
fn parse_position(position: &Value) -> Checked<usize> {
    position
        .as_position()
        .ok_or(vec![Cause::BadOperation, Cause::Position])
}

fn parse_changes(changes: &Value) -> Checked<Vec<(usize, Value)>> {
    match changes {
        Value::Tuple(_) => Ok(vec![parse_change(changes)?]),
        Value::List(changes, None) => each(changes, parse_change),
        Value::List(..) => Err(vec![Cause::BadOperation, Cause::ImproperList]),
        _ => Err(vec![Cause::BadOperation]),
    }
}

fn parse_change(change: &Value) -> Checked<(usize, Value)> {
    match change.as_tuple() {
        Some([position, value]) => Ok((parse_position(position)?, value.clone())),
        _ => Err(vec![Cause::BadOperation]),
    }
}

/// All results, or all faults: which of several faults is told is not ours to say.
fn each<T>(items: &[Value], parse: impl Fn(&Value) -> Checked<T>) -> Checked<Vec<T>> {
    gather(items.iter().map(parse))
}

fn gather<T>(results: impl Iterator<Item = Checked<T>>) -> Checked<Vec<T>> {
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(item) => good.push(item),
            Err(mut causes) => faults.append(&mut causes),
        }
    }
    if faults.is_empty() {
        Ok(good)
    } else {
        Err(faults)
    }
}

fn faults_of_position(position: usize, arity: usize, key_position: usize) -> Vec<Cause> {
    if position == key_position {
        vec![Cause::KeyPosition]
    } else if position == 0 || position > arity {
        vec![Cause::Position]
    } else {
        vec![]
    }
}

/// The object after all operations and the number that each of them left.
fn count(
    mut elements: Vec<Value>,
    operations: &[Operation],
    key_position: usize,
) -> Checked<(Value, Vec<Value>)> {
    let arity = elements.len();
    let results = gather(operations.iter().map(|operation| {
        let faults = faults_of_position(operation.position, arity, key_position);
        if !faults.is_empty() {
            return Err(faults);
        }
        let element = &mut elements[operation.position - 1];
        let old = element.as_integer().ok_or(vec![Cause::NotAnInteger])?;
        *element = Value::Integer(operation.apply(old));
        Ok(element.clone())
    }))?;
    Ok((Value::Tuple(elements), results))
}

impl Operation {
    fn apply(&self, old: &BigInt) -> BigInt {
        let new = old + &self.increment;
        let Some((threshold, set_value)) = &self.threshold else {
            return new;
        };
        let past = if self.increment < BigInt::ZERO {
            new < *threshold
        } else {
            new > *threshold
        };
        if past { set_value.clone() } else { new }
    }
}

fn change(
    mut elements: Vec<Value>,
    changes: &[(usize, Value)],
    key_position: usize,
) -> Checked<Value> {
    let arity = elements.len();
    gather(changes.iter().map(|(position, value)| {
        let faults = faults_of_position(*position, arity, key_position);
        if !faults.is_empty() {
            return Err(faults);
        }
        elements[position - 1] = value.clone();
        Ok(())
    }))?;
    Ok(Value::Tuple(elements))
}
