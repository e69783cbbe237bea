//! What a specification says about the key: which objects a table need not look at.

use std::fmt;
use std::ops::Bound;

use super::compile::{ClauseParts, clauses, conjuncts};
use super::error::{SpecPart, SpecPlace};
use super::expression::constant;
use super::function::Comparison;
use super::replace::is_key_of_object;
use super::variable::{Variables, variable_number};
use super::walk::is_literal;
use crate::term::{Atom, Term, TermRef};

/// The keys that an object must have in order to match. An object with such a key may still not
/// match; one without never does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KeyAccess {
    /// No object can match.
    Nothing,
    /// The key is exactly one of these, each different.
    Keys(Vec<Term>),
    /// The key is a tuple that begins like this.
    Prefix(KeyPrefix),
    /// The key lies between two bounds.
    Range(KeyRange),
    /// Nothing is known: every object has to be looked at.
    Every,
}

/// The beginning of a tuple.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeyPrefix {
    /// How many elements the tuple has.
    pub(crate) arity: usize,
    /// The first of them; not all, and perhaps none.
    pub(crate) elements: Vec<Term>,
}

/// Bounds in Erlang's order of terms, in which 1 and 1.0 are equal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeyRange {
    pub(crate) lower: Bound<Term>,
    pub(crate) upper: Bound<Term>,
}

/// What a whole specification says.
pub(super) fn access(spec: TermRef<'_>, key_position: usize) -> KeyAccess {
    clauses(spec)
        .map(|clause| access_of_clause(clause, key_position))
        .fold(KeyAccess::Nothing, KeyAccess::or)
        .without_duplicates()
}

/// What one clause says.
fn access_of_clause(clause: ClauseParts<'_>, key_position: usize) -> KeyAccess {
    let is_whole =
        variable_number(clause.head).is_some() || clause.head.as_atom() == Some(Atom::UNDERSCORE);
    let key = clause.head.element(key_position);
    match key {
        None if !is_whole => KeyAccess::Nothing,
        Some(key) if is_literal(key) => KeyAccess::Keys(vec![key.to_term()]),
        Some(key) if key.arity().is_some() => KeyAccess::Prefix(KeyPrefix::of(key)),
        _ => Guards {
            variable: key.and_then(variable_number),
            key_position,
        }
        .access(clause.guards),
    }
}

impl KeyAccess {
    /// What is known where one of two is.
    fn or(self, other: KeyAccess) -> KeyAccess {
        use KeyAccess::{Every, Keys, Nothing, Prefix, Range};
        match (self, other) {
            (Nothing, known) | (known, Nothing) => known,
            (Every, _) | (_, Every) => Every,
            (Keys(mut keys), Keys(more)) => {
                keys.extend(more);
                Keys(keys)
            }
            (Prefix(one), Prefix(other)) => one.common(other).map_or(Every, Prefix),
            (Prefix(_), _) | (_, Prefix(_)) => Every,
            (Range(one), Range(other)) => one.hull(other).access(),
            (Range(range), Keys(keys)) | (Keys(keys), Range(range)) => keys
                .into_iter()
                .fold(range, |range, key| range.hull(KeyRange::of(key)))
                .access(),
        }
    }

    fn without_duplicates(self) -> KeyAccess {
        match self {
            KeyAccess::Keys(mut keys) => {
                keys.sort();
                keys.dedup();
                KeyAccess::Keys(keys)
            }
            known => known,
        }
    }
}

impl KeyPrefix {
    /// The literals that a tuple of a head begins with.
    fn of(pattern: TermRef<'_>) -> KeyPrefix {
        let elements = pattern.elements().into_iter().flatten();
        let literals = elements.take_while(|element| is_literal(*element));
        KeyPrefix {
            arity: pattern.arity().unwrap_or_default(),
            elements: literals.map(TermRef::to_term).collect(),
        }
    }

    /// What two prefixes share.
    fn common(mut self, other: KeyPrefix) -> Option<KeyPrefix> {
        let pairs = self.elements.iter().zip(&other.elements);
        let same = pairs.take_while(|(a, b)| a == b).count();
        self.elements.truncate(same);
        (self.arity == other.arity).then_some(self)
    }
}

impl KeyRange {
    const UNBOUNDED: KeyRange = KeyRange {
        lower: Bound::Unbounded,
        upper: Bound::Unbounded,
    };

    /// The range of one key.
    fn of(key: Term) -> KeyRange {
        KeyRange {
            lower: Bound::Included(key.clone()),
            upper: Bound::Included(key),
        }
    }

    /// The least range with two others in it.
    fn hull(self, other: KeyRange) -> KeyRange {
        KeyRange {
            lower: wider(self.lower, other.lower, false),
            upper: wider(self.upper, other.upper, true),
        }
    }

    /// Leaves out what a guard leaves out: the key compared with a constant.
    fn narrow(&mut self, comparison: Comparison, constant: Term) {
        let (lower, upper) = match comparison {
            Comparison::Less => (None, Some(Bound::Excluded(constant))),
            Comparison::LessOrEqual => (None, Some(Bound::Included(constant))),
            Comparison::Greater => (Some(Bound::Excluded(constant)), None),
            Comparison::GreaterOrEqual => (Some(Bound::Included(constant)), None),
            Comparison::Equal | Comparison::Same => (
                Some(Bound::Included(constant.clone())),
                Some(Bound::Included(constant)),
            ),
            Comparison::NotEqual | Comparison::NotSame => (None, None),
        };
        tighten(&mut self.lower, lower, false);
        tighten(&mut self.upper, upper, true);
    }

    fn is_empty(&self) -> bool {
        let (lower, lower_included) = limit(&self.lower);
        let (upper, upper_included) = limit(&self.upper);
        match (lower, upper) {
            (Some(lower), Some(upper)) => {
                let order = lower.numeric_cmp(upper.as_ref());
                order.is_gt() || (order.is_eq() && !(lower_included && upper_included))
            }
            _ => false,
        }
    }

    fn access(self) -> KeyAccess {
        if self.is_empty() {
            KeyAccess::Nothing
        } else if self == KeyRange::UNBOUNDED {
            KeyAccess::Every
        } else {
            KeyAccess::Range(self)
        }
    }
}

/// The term of a bound, and whether it is inside.
fn limit(bound: &Bound<Term>) -> (Option<&Term>, bool) {
    match bound {
        Bound::Included(term) => (Some(term), true),
        Bound::Excluded(term) => (Some(term), false),
        Bound::Unbounded => (None, true),
    }
}

/// Whether the first bound leaves out more than the second.
fn is_tighter(one: &Bound<Term>, other: &Bound<Term>, upper: bool) -> bool {
    let (a, a_included) = limit(one);
    let (b, b_included) = limit(other);
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_some();
    };
    let order = a.numeric_cmp(b.as_ref());
    let order = if upper { order.reverse() } else { order };
    order.is_gt() || (order.is_eq() && b_included && !a_included)
}

fn wider(one: Bound<Term>, other: Bound<Term>, upper: bool) -> Bound<Term> {
    if is_tighter(&one, &other, upper) {
        other
    } else {
        one
    }
}

fn tighten(bound: &mut Bound<Term>, by: Option<Bound<Term>>, upper: bool) {
    if let Some(by) = by.filter(|by| is_tighter(by, bound, upper)) {
        *bound = by;
    }
}

/// Reads guards for what they say about the key.
struct Guards {
    /// The variable that is the key.
    variable: Option<u32>,
    key_position: usize,
}

impl Guards {
    /// All guards must hold.
    fn access(&self, guards: TermRef<'_>) -> KeyAccess {
        let mut range = KeyRange::UNBOUNDED;
        let mut exact: Option<Term> = None;
        let guards = guards.list_elements().into_iter().flatten();
        for guard in guards.flat_map(conjuncts) {
            if let Some((comparison, constant)) = self.comparison(guard) {
                let other = (comparison == Comparison::Same).then(|| constant.clone());
                if exact.is_some() && other.is_some() && exact != other {
                    return KeyAccess::Nothing;
                }
                exact = exact.or(other);
                range.narrow(comparison, constant);
            } else if guard.as_bool() == Some(false) {
                return KeyAccess::Nothing;
            }
        }
        match exact {
            Some(key) if !range.is_empty() => KeyAccess::Keys(vec![key]),
            _ => range.access(),
        }
    }

    /// The key compared with a constant, the key on the left.
    fn comparison(&self, guard: TermRef<'_>) -> Option<(Comparison, Term)> {
        if guard.arity() != Some(3) {
            return None;
        }
        let comparison = Comparison::named(guard.element(1)?.as_atom()?.as_str())?;
        let (left, right) = (guard.element(2)?, guard.element(3)?);
        if self.is_key(left) {
            Some((comparison, self.constant(right)?))
        } else if self.is_key(right) {
            Some((comparison.mirrored(), self.constant(left)?))
        } else {
            None
        }
    }

    fn is_key(&self, expression: TermRef<'_>) -> bool {
        let number = variable_number(expression);
        (number.is_some() && number == self.variable)
            || is_key_of_object(expression, self.key_position)
    }

    fn constant(&self, expression: TermRef<'_>) -> Option<Term> {
        let at = SpecPlace {
            clause: 0,
            part: SpecPart::Head,
        };
        constant(expression, &Variables::none(), at)
    }
}

impl fmt::Display for KeyAccess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyAccess::Nothing => formatter.write_str("no object"),
            KeyAccess::Keys(keys) => {
                formatter.write_str("lookup of")?;
                for (index, key) in keys.iter().enumerate() {
                    let before = if index == 0 { " " } else { ", " };
                    write!(formatter, "{before}{key}")?;
                }
                Ok(())
            }
            KeyAccess::Prefix(prefix) => prefix.fmt(formatter),
            KeyAccess::Range(range) => range.fmt(formatter),
            KeyAccess::Every => formatter.write_str("every object"),
        }
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("keys {")?;
        for index in 0..self.arity {
            let before = if index == 0 { "" } else { "," };
            match self.elements.get(index) {
                Some(element) => write!(formatter, "{before}{element}")?,
                None => write!(formatter, "{before}_")?,
            }
        }
        formatter.write_str("}")
    }
}

impl fmt::Display for KeyRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lower, lower_included) = limit(&self.lower);
        let (upper, upper_included) = limit(&self.upper);
        formatter.write_str("keys")?;
        if let Some(lower) = lower {
            let sign = if lower_included { ">=" } else { ">" };
            write!(formatter, " {sign} {lower}")?;
        }
        if lower.is_some() && upper.is_some() {
            formatter.write_str(" and")?;
        }
        if let Some(upper) = upper {
            let sign = if upper_included { "=<" } else { "<" };
            write!(formatter, " {sign} {upper}")?;
        }
        Ok(())
    }
}
