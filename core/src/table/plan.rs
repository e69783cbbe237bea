//! How a table finds the objects that a specification is about.
//!
//! ```text
//!  MatchSpec --(matchspec::key)--> what it says about the key --(here)--> a walk
//!
//!   keys      lookups, in every kind
//!   beginning of a key, bounds of the key      a part of an ordered table; the whole of any other
//!   nothing                                    the whole table
//! ```
//!
//! Whatever is met on the walk is matched in full: that a key fits does not mean that the object does.

use super::Table;
use super::order::{lower_edge, upper_edge};
use crate::engine::{Direction, Edge, Walk};
use crate::matchspec::{KeyAccess, KeyRange, MatchSpec};
use crate::term::Term;
use std::fmt;

/// How a table finds the objects that a match specification is about: what [`Table::explain`] returns.
///
/// Its text says it in words: `lookup of a, b`; in an ordered table `range of keys > 3` or
/// `range of keys {a,_}`; `scan of every object`; `nothing` if no object of the table can match.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation(KeyAccess);

impl Explanation {
    /// Whether every object of the table is looked at.
    pub fn is_scan(&self) -> bool {
        self.0 == KeyAccess::Every
    }

    /// The keys that are looked up, if nothing else is looked at. None at all where no object can
    /// match.
    pub fn keys(&self) -> Option<&[Term]> {
        match &self.0 {
            KeyAccess::Nothing => Some(&[]),
            KeyAccess::Keys(keys) => Some(keys),
            KeyAccess::Prefix(_) | KeyAccess::Range(_) | KeyAccess::Every => None,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            KeyAccess::Nothing => formatter.write_str("nothing"),
            KeyAccess::Keys(_) => self.0.fmt(formatter),
            KeyAccess::Prefix(_) | KeyAccess::Range(_) => write!(formatter, "range of {}", self.0),
            KeyAccess::Every => write!(formatter, "scan of {}", self.0),
        }
    }
}

impl Table {
    /// How [`select`](Table::select) and its relatives would find the objects that this specification
    /// is about: by lookups where each head has the whole key, in a part of an ordered table where
    /// heads have the beginning of the key or guards have bounds of it, otherwise by a scan.
    ///
    /// Looks at the specification only. O(the specification's size).
    ///
    /// ```
    /// use heirloom::{MatchSpec, Table};
    ///
    /// let users = Table::set("users").create()?;
    /// let spec: MatchSpec = "[{{ann,'$1'}, [], ['$1']}, {{bob,'$1'}, [], ['$1']}]".parse()?;
    /// assert_eq!(users.explain(&spec).to_string(), "lookup of ann, bob");
    ///
    /// let spec: MatchSpec = "[{{'_','$1'}, [], ['$1']}]".parse()?;
    /// assert!(users.explain(&spec).is_scan());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self, spec: &MatchSpec) -> Explanation {
        let access = spec.key_access(self.shared.key_position);
        Explanation(usable(access, self.is_ordered()))
    }

    /// A walk to all objects that a specification may match.
    pub(super) fn walk_for(&self, spec: &MatchSpec, direction: Direction) -> Walk {
        self.walk_to(self.explain(spec).0, direction)
    }

    /// A walk to all objects with keys of which this is known.
    pub(super) fn walk_to(&self, access: KeyAccess, direction: Direction) -> Walk {
        let engine = self.engine();
        match access {
            KeyAccess::Nothing => engine.walk_keys(Vec::new()),
            KeyAccess::Keys(mut keys) => {
                if direction == Direction::Backwards {
                    keys.reverse();
                }
                engine.walk_keys(keys)
            }
            KeyAccess::Prefix(prefix) => {
                let lower = Edge::BeforePrefix(prefix.clone());
                engine.walk_between(lower, Edge::AfterPrefix(prefix), direction)
            }
            KeyAccess::Range(KeyRange { lower, upper }) => {
                engine.walk_between(lower_edge(lower), upper_edge(upper), direction)
            }
            KeyAccess::Every => engine.walk(direction),
        }
    }
}

/// As much of what is known about keys as a table can make use of.
fn usable(access: KeyAccess, is_ordered: bool) -> KeyAccess {
    match access {
        // Where 1 and 1.0 are one key, it is looked up once.
        KeyAccess::Keys(mut keys) if is_ordered => {
            keys.dedup_by(|a, b| a.numeric_eq(b.as_ref()));
            KeyAccess::Keys(keys)
        }
        KeyAccess::Prefix(_) | KeyAccess::Range(_) if !is_ordered => KeyAccess::Every,
        access => access,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str, is_ordered: bool) -> String {
        let spec: MatchSpec = text.parse().expect("a specification");
        Explanation(usable(spec.key_access(1), is_ordered)).to_string()
    }

    #[test]
    fn order_decides_what_bounds_are_good_for() {
        let cases = [
            ("[]", "nothing", "nothing"),
            ("[{{a,'_'},[],['$_']}]", "lookup of a", "lookup of a"),
            (
                "[{{1.0},[],['$_']},{{2},[],['$_']},{{1},[],['$_']}]",
                "lookup of 1, 1.0, 2",
                "lookup of 1, 2",
            ),
            (
                "[{{{a,'_'},'_'},[],['$_']}]",
                "scan of every object",
                "range of keys {a,_}",
            ),
            (
                "[{{'$1'},[{'>','$1',3},{'=<','$1',7}],['$_']}]",
                "scan of every object",
                "range of keys > 3 and =< 7",
            ),
            (
                "[{'_',[],['$_']}]",
                "scan of every object",
                "scan of every object",
            ),
        ];
        for (spec, unordered, ordered) in cases {
            assert_eq!(explained(spec, false), unordered, "{spec}");
            assert_eq!(explained(spec, true), ordered, "{spec}");
        }
    }
}
