//! Counters: integers in an object that are added to, in place where one word is all there is to it.

use super::options::position;
use super::{Table, TableError};
use crate::engine::{Change, Counted};
use crate::term::layout::{SMALL_MAX, SMALL_MIN, small_from_i64};
use crate::term::{BigInt, Term, TermError, TermKind, TermRef, ToTerm};

/// One operation of [`Table::update_counter`].
#[derive(Clone, Debug, PartialEq)]
pub struct CounterOperation {
    /// Which element, from 1; `None` for the one after the key.
    position: Option<usize>,
    increment: BigInt,
    bound: Option<Bound>,
}

/// Where a counter stops, and what it becomes there.
#[derive(Clone, Debug, PartialEq)]
struct Bound {
    threshold: BigInt,
    set_value: BigInt,
}

/// What [`Table::update_counter`] is to do: an increment (`1`), an increment at a position
/// (`(2, 1)`), the same with a threshold and the value to set beyond it (`(2, 1, 99, 0)`), or a
/// list of these.
///
/// With a threshold, a sum above it (for a negative increment: below it) becomes the set value.
#[derive(Clone, Debug, PartialEq)]
pub struct CounterOps(Parsed);

#[derive(Clone, Debug, PartialEq)]
enum Parsed {
    /// The most frequent form, which needs no allocation.
    Increment(i64),
    One(CounterOperation),
    List(Vec<CounterOperation>),
    /// No operations at all. Said only when the key has been found, as in Erlang.
    Malformed(Term),
}

impl CounterOperation {
    /// Adds `increment` to the element at `position`, from 1.
    pub fn new(position: usize, increment: impl Into<BigInt>) -> CounterOperation {
        CounterOperation {
            position: Some(position),
            increment: increment.into(),
            bound: None,
        }
    }

    /// A sum beyond `threshold` (above, or below if the increment is negative) becomes
    /// `set_value`.
    pub fn bounded(
        mut self,
        threshold: impl Into<BigInt>,
        set_value: impl Into<BigInt>,
    ) -> CounterOperation {
        self.bound = Some(Bound {
            threshold: threshold.into(),
            set_value: set_value.into(),
        });
        self
    }

    fn from_term(term: TermRef<'_>) -> Option<CounterOperation> {
        let integer = |index| term.element(index)?.to_big_integer();
        let operation = CounterOperation {
            position: Some(position(term.element(1)?)?),
            increment: integer(2)?,
            bound: None,
        };
        match term.arity()? {
            2 => Some(operation),
            4 => Some(operation.bounded(integer(3)?, integer(4)?)),
            _ => None,
        }
    }

    /// The new value of a counter.
    fn apply(&self, value: &BigInt) -> BigInt {
        let sum = value + &self.increment;
        let Some(bound) = &self.bound else {
            return sum;
        };
        let beyond = if self.increment < BigInt::ZERO {
            sum < bound.threshold
        } else {
            sum > bound.threshold
        };
        if beyond { bound.set_value.clone() } else { sum }
    }
}

impl CounterOps {
    /// Operations in Erlang's form. What is none is reported when it is used.
    pub fn from_term(term: TermRef<'_>) -> CounterOps {
        let parsed = if let Some(increment) = term.as_i64() {
            Some(Parsed::Increment(increment))
        } else if let Some(increment) = term.to_big_integer() {
            Some(Parsed::One(CounterOperation {
                position: None,
                increment,
                bound: None,
            }))
        } else if term.arity().is_some() {
            CounterOperation::from_term(term).map(Parsed::One)
        } else {
            Self::list_from_term(term).map(Parsed::List)
        };
        CounterOps(parsed.unwrap_or_else(|| Parsed::Malformed(term.to_term())))
    }

    fn list_from_term(term: TermRef<'_>) -> Option<Vec<CounterOperation>> {
        let mut elements = term.list_elements()?;
        let operations: Option<Vec<_>> =
            elements.by_ref().map(CounterOperation::from_term).collect();
        elements.tail().is_nil().then_some(operations?)
    }

    fn operations(&self) -> Result<Vec<CounterOperation>, TableError> {
        match &self.0 {
            Parsed::Increment(increment) => Ok(vec![CounterOperation {
                position: None,
                increment: BigInt::from(*increment),
                bound: None,
            }]),
            Parsed::One(operation) => Ok(vec![operation.clone()]),
            Parsed::List(operations) => Ok(operations.clone()),
            Parsed::Malformed(term) => Err(TableError::NotAnUpdate {
                operation: term.clone(),
            }),
        }
    }

    /// Position and increment, if that is all there is and both are small.
    fn simple(&self, key_position: usize) -> Option<(usize, i64)> {
        match &self.0 {
            Parsed::Increment(increment) => Some((after(key_position), *increment)),
            Parsed::One(operation) if operation.bound.is_none() => {
                let position = operation.position.unwrap_or(after(key_position));
                Some((position, i64::try_from(&operation.increment).ok()?))
            }
            _ => None,
        }
    }
}

impl From<i64> for CounterOps {
    fn from(increment: i64) -> CounterOps {
        CounterOps(Parsed::Increment(increment))
    }
}

impl From<(usize, i64)> for CounterOps {
    fn from((position, increment): (usize, i64)) -> CounterOps {
        CounterOps(Parsed::One(CounterOperation::new(position, increment)))
    }
}

impl From<(usize, i64, i64, i64)> for CounterOps {
    fn from((position, increment, threshold, set_value): (usize, i64, i64, i64)) -> CounterOps {
        let operation = CounterOperation::new(position, increment);
        CounterOps(Parsed::One(operation.bounded(threshold, set_value)))
    }
}

impl From<CounterOperation> for CounterOps {
    fn from(operation: CounterOperation) -> CounterOps {
        CounterOps(Parsed::One(operation))
    }
}

impl From<Vec<CounterOperation>> for CounterOps {
    fn from(operations: Vec<CounterOperation>) -> CounterOps {
        CounterOps(Parsed::List(operations))
    }
}

impl Table {
    /// Changes the counters of an object of a `set` and returns their new values: one, or a list
    /// if the operations are one. Integers may have any size.
    ///
    /// Atomic, also with several operations: all are carried out or, on an error, none.
    ///
    /// One increment without a threshold is done in place if the counter fits 61 bits before and
    /// after and the object is no larger than 1 KiB: to find the key is all that it costs. Everything
    /// else (thresholds, lists of operations, larger integers and objects) puts a changed copy in the
    /// place of the object, O(the object's size).
    ///
    /// # Errors
    /// [`TableError::KeyNotFound`], [`TableError::NotAnInteger`],
    /// [`TableError::PositionOutOfRange`], [`TableError::KeyPosition`],
    /// [`TableError::NotAnUpdate`], [`TableError::WrongKind`] for bags,
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    ///
    /// ```
    /// use heirloom::{Table, Term};
    ///
    /// let hits = Table::set("hits").create()?;
    /// hits.insert(("page", 0))?;
    /// assert_eq!(hits.update_counter("page", 1)?, Term::from(1));
    /// assert_eq!(hits.update_counter("page", (2, 100, 99, 0))?, Term::from(0));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    #[inline]
    pub fn update_counter(
        &self,
        key: impl ToTerm,
        operations: impl Into<CounterOps>,
    ) -> Result<Term, TableError> {
        let CounterOps(operations) = operations.into();
        if let Parsed::Increment(increment) = operations
            && let Some(sum) = self.add_to_pair(&key, increment, &(SMALL_MIN..=SMALL_MAX))
        {
            // Nothing to drop: the compiler need not know the other forms here.
            std::mem::forget(operations);
            return Ok(Term::from_immediate(small_from_i64(sum)));
        }
        // The outcome has another type there, so that the compiler keeps the one above in registers.
        self.count_any(&key, &CounterOps(operations))?
    }

    #[inline(never)]
    fn count_any(
        &self,
        key: &impl ToTerm,
        operations: &CounterOps,
    ) -> Result<Result<Term, TableError>, TermError> {
        key.with_term(|key| {
            if let Some(value) = self.count_simply(key, operations)? {
                return Ok(Term::from(value));
            }
            self.count_generally(key, operations)?
                .ok_or_else(|| TableError::KeyNotFound { key: key.to_term() })
        })
    }

    /// As [`Table::update_counter`], but if there is no object with this key, `default` with `key`
    /// in the place of its key is inserted and counted in. Atomic as a whole. What it costs, if the
    /// key is there, is what `update_counter` costs; otherwise O(the default object's size).
    ///
    /// # Errors
    /// As [`Table::update_counter`], and [`TableError::NotATuple`] or [`TableError::NoKey`] for the
    /// default object.
    ///
    /// ```
    /// use heirloom::{Table, Term};
    ///
    /// let words = Table::set("words").create()?;
    /// assert_eq!(words.update_counter_or("the", 1, ("", 0))?, Term::from(1));
    /// assert_eq!(words.update_counter_or("the", 1, ("", 0))?, Term::from(2));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn update_counter_or(
        &self,
        key: impl ToTerm,
        operations: impl Into<CounterOps>,
        default: impl ToTerm,
    ) -> Result<Term, TableError> {
        let operations = operations.into();
        key.with_term(|key| {
            default.with_term(|default| self.count_or_insert(key, &operations, default))
        })??
    }

    fn count_or_insert(
        &self,
        key: TermRef<'_>,
        operations: &CounterOps,
        default: TermRef<'_>,
    ) -> Result<Term, TableError> {
        self.check_updatable("update_counter")?;
        self.check_object(default)?;
        loop {
            if let Some(value) = self.count_simply(key, operations)? {
                return Ok(Term::from(value));
            }
            if let Some(value) = self.count_generally(key, operations)? {
                return Ok(value);
            }
            let default = self.with_key(default, key)?;
            let (object, value) = self.counted(default.as_ref(), operations)?;
            if self.insert_object(object.as_ref(), true)? {
                return Ok(value);
            }
        }
    }

    /// The fast way, for one increment of a small counter that is there.
    #[inline(always)]
    fn count_simply(
        &self,
        key: TermRef<'_>,
        operations: &CounterOps,
    ) -> Result<Option<i64>, TableError> {
        self.check_terms()?;
        let simple = operations.simple(self.shared.key_position);
        let Some((position, increment)) = simple.filter(|_| self.shared.kind.has_unique_keys())
        else {
            return Ok(None);
        };
        let engine = self.engine();
        let counted = self.writing(|admission| engine.add(key, position, increment, admission))?;
        match counted {
            Counted::Value(value) => Ok(Some(value)),
            Counted::NotSimple => Ok(None),
        }
    }

    /// The general way. `None` if there is no such key.
    fn count_generally(
        &self,
        key: TermRef<'_>,
        operations: &CounterOps,
    ) -> Result<Option<Term>, TableError> {
        self.check_updatable("update_counter")?;
        let mut value = None;
        let updated = self.writing(|admission| {
            self.engine().update(key, admission, |object| {
                let (object, counted) = self.counted(object, operations)?;
                value = Some(counted);
                Ok::<_, TableError>(Change::Replace(object))
            })
        })?;
        // A value from a round that was lost counts no more than that round.
        Ok(updated.transpose()?.and(value))
    }

    /// An object after some counter operations, and what they return.
    fn counted(
        &self,
        object: TermRef<'_>,
        operations: &CounterOps,
    ) -> Result<(Term, Term), TableError> {
        let mut elements: Vec<Term> = elements_of(object);
        let mut values = Vec::new();
        for operation in operations.operations()? {
            let position = operation
                .position
                .unwrap_or(after(self.shared.key_position));
            self.check_position(position, elements.len())?;
            let element = &mut elements[position - 1];
            let value = element.to_big_integer().ok_or(TableError::NotAnInteger {
                position,
                found: element.kind(),
            })?;
            *element = operation.apply(&value).to_term()?;
            values.push(element.clone());
        }
        let result = match &operations.0 {
            Parsed::List(_) => Term::list(values)?,
            _ => values.pop().unwrap_or_default(),
        };
        Ok((Term::tuple(elements)?, result))
    }

    /// Whether an element may be changed in place.
    pub(super) fn check_position(&self, position: usize, arity: usize) -> Result<(), TableError> {
        if position == self.shared.key_position {
            return Err(TableError::KeyPosition { position });
        }
        if position == 0 || position > arity {
            return Err(TableError::PositionOutOfRange { position, arity });
        }
        Ok(())
    }

    /// Counters and elements are for kinds with one object a key.
    pub(super) fn check_updatable(&self, operation: &'static str) -> Result<(), TableError> {
        self.check_terms()?;
        self.check_writer()?;
        self.check_unique_keys(operation)
    }

    /// An object with another key.
    pub(super) fn with_key(
        &self,
        object: TermRef<'_>,
        key: TermRef<'_>,
    ) -> Result<Term, TableError> {
        let mut elements = elements_of(object);
        elements[self.shared.key_position - 1] = key.to_term();
        Ok(Term::tuple(elements)?)
    }
}

/// The position after the key's, which may be the last there is: no object has an element there.
fn after(key_position: usize) -> usize {
    key_position.saturating_add(1)
}

/// The elements of a tuple, each on its own.
pub(super) fn elements_of(object: TermRef<'_>) -> Vec<Term> {
    debug_assert_eq!(object.kind(), TermKind::Tuple);
    let elements = object.elements().into_iter().flatten();
    elements.map(TermRef::to_term).collect()
}
