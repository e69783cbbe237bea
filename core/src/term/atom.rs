//! Atoms: names interned for the life of the program.
//!
//! ```text
//!  text  --(sharded map)-->  index  --(append-only vector)-->  text
//! ```
//!
//! The index is what terms hold, so comparing two atoms is comparing two numbers. The table is
//! bounded: hostile input can fill it, which is then an error for whoever asks for a new atom, but
//! it can't fill memory.

use std::cmp::Ordering;
use std::fmt;

use dashmap::DashMap;

use super::error::AtomError;
use crate::sync::OnceLock;
use crate::sync::global::{Mutex, PoisonError};

/// An atom: a name that stands for itself. Copying and comparing for equality cost as much as for an integer.
///
/// Atoms are ordered by their text. They are never freed: at most [`Atom::ATOMS_MAX`] exist at
/// once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Atom(u32);

/// Both directions of the interning.
struct AtomTable {
    indexes: DashMap<&'static str, u32>,
    texts: boxcar::Vec<&'static str>,
    /// Held while an atom is added, so that no text is added twice and the bound is exact.
    adding: Mutex<()>,
}

macro_rules! predefined {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the variants number the constants of the same name")]
        enum Predefined { $($name),* }

        impl Atom {
            $($(#[$doc])* pub const $name: Atom = Atom(Predefined::$name as u32);)*
        }

        /// The texts of the constants, in the order of their indexes.
        const PREDEFINED: &[&str] = &[$($text),*];
    };
}

predefined! {
    /// `true`
    TRUE = "true";
    /// `false`
    FALSE = "false";
    /// `undefined`: what a missing value ([`None`]) becomes.
    UNDEFINED = "undefined";
    /// `ok`
    OK = "ok";
    /// `error`
    ERROR = "error";
    /// `nil`
    NIL = "nil";
    /// `none`
    NONE = "none";
    /// `badarg`: what Erlang says about nearly every wrong call.
    BADARG = "badarg";
    /// `system_limit`: what Erlang says about what is too large.
    SYSTEM_LIMIT = "system_limit";
    /// `'$end_of_table'`: what traversals answer at the end.
    END_OF_TABLE = "$end_of_table";
    /// `'ETS-TRANSFER'`: the first element of the message about a table that has changed hands.
    ETS_TRANSFER = "ETS-TRANSFER";
    /// `'EXIT'`: what a failing expression in the body of a match specification becomes.
    EXIT = "EXIT";
    /// `'_'`: matches anything.
    UNDERSCORE = "_";
    /// `'$_'`: the whole object.
    WHOLE_OBJECT = "$_";
    /// `'$$'`: all bound variables.
    ALL_VARIABLES = "$$";
    /// `const`: what takes a value in a match specification as it stands.
    CONST = "const";
    /// `normal`: why a process ends that has done its work.
    NORMAL = "normal";
    /// `killed`: why a process ends that was made to.
    KILLED = "killed";
    /// `noproc`: why a process that is not there has ended.
    NOPROC = "noproc";
    /// `set`
    SET = "set";
    /// `bag`
    BAG = "bag";
    /// `duplicate_bag`
    DUPLICATE_BAG = "duplicate_bag";
    /// `ordered_set`
    ORDERED_SET = "ordered_set";
    /// `private`
    PRIVATE = "private";
    /// `protected`
    PROTECTED = "protected";
    /// `public`
    PUBLIC = "public";
    /// `named_table`
    NAMED_TABLE = "named_table";
    /// `keypos`
    KEYPOS = "keypos";
    /// `heir`
    HEIR = "heir";
}

/// The first variables of patterns. They follow the constants, so that each is known by its index.
const VARIABLES: &[&str] = &["$0", "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9"];

impl AtomTable {
    fn new() -> Self {
        let table = AtomTable {
            indexes: DashMap::new(),
            texts: boxcar::Vec::new(),
            adding: Mutex::new(()),
        };
        for text in PREDEFINED.iter().chain(VARIABLES) {
            table.add(text);
        }
        table
    }

    /// The process-wide table.
    fn global() -> &'static Self {
        static TABLE: OnceLock<AtomTable> = OnceLock::new();
        TABLE.get_or_init(AtomTable::new)
    }

    /// The index of a text that is in the table.
    fn find(&self, text: &str) -> Option<u32> {
        self.indexes.get(text).map(|index| *index)
    }

    /// Adds a text; text first, so that whoever sees the index finds the text.
    fn add(&self, text: &'static str) -> u32 {
        let index = self.texts.push(text) as u32;
        self.indexes.insert(text, index);
        index
    }

    /// The index of a text, which is added if need be.
    fn intern(&self, text: &str) -> Result<u32, AtomError> {
        match self.find(text) {
            Some(index) => Ok(index),
            None => self.intern_new(text),
        }
    }

    #[cold]
    fn intern_new(&self, text: &str) -> Result<u32, AtomError> {
        check_length(text)?;
        // A poisoned lock guards nothing but the order of additions: go on.
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = self.find(text) {
            return Ok(index);
        }
        if self.texts.count() >= Atom::ATOMS_MAX {
            return Err(AtomError::TableFull {
                atoms_max: Atom::ATOMS_MAX,
            });
        }
        Ok(self.add(Box::leak(Box::from(text))))
    }
}

/// Checks that a text is not longer than an atom may be.
fn check_length(text: &str) -> Result<(), AtomError> {
    let characters_max = Atom::CHARACTERS_MAX;
    if text.len() <= characters_max {
        return Ok(());
    }
    match text.chars().count() {
        characters if characters > characters_max => Err(AtomError::TooLong {
            characters,
            characters_max,
        }),
        _ => Ok(()),
    }
}

impl Atom {
    /// The greatest number of atoms: 2^20, as in Erlang.
    pub const ATOMS_MAX: usize = 1 << 20;
    /// The greatest length of an atom in characters, as in Erlang.
    pub const CHARACTERS_MAX: usize = 255;

    /// The atom of a text, which is interned if it is new.
    ///
    /// Costs one look-up in a sharded map; a new atom also an allocation that is never freed.
    ///
    /// # Errors
    /// [`AtomError::TooLong`] and [`AtomError::TableFull`].
    pub fn new(text: &str) -> Result<Atom, AtomError> {
        AtomTable::global().intern(text).map(Atom)
    }

    /// The atom of a text if there is one already. Never grows the table.
    pub fn existing(text: &str) -> Option<Atom> {
        AtomTable::global().find(text).map(Atom)
    }

    /// The atom's text.
    pub fn as_str(self) -> &'static str {
        // Every index comes from the table; the fallback is never taken.
        AtomTable::global()
            .texts
            .get(self.0 as usize)
            .copied()
            .unwrap_or("")
    }

    /// `true` or `false`.
    #[inline]
    pub const fn from_bool(value: bool) -> Atom {
        if value { Atom::TRUE } else { Atom::FALSE }
    }

    /// Whether this is `true` or `false`, and which.
    #[inline]
    pub const fn as_bool(self) -> Option<bool> {
        match self {
            Atom::TRUE => Some(true),
            Atom::FALSE => Some(false),
            _ => None,
        }
    }

    /// `'$N'`, if that is one of the first variables.
    pub(crate) fn variable(number: usize) -> Option<Atom> {
        (number < VARIABLES.len()).then_some(Atom((PREDEFINED.len() + number) as u32))
    }

    /// The number of one of the first variables.
    pub(crate) fn variable_number(self) -> Option<u32> {
        let number = self.0.checked_sub(PREDEFINED.len() as u32)?;
        (number < VARIABLES.len() as u32).then_some(number)
    }

    /// Whether this is one of the constants above.
    pub(crate) fn is_predefined(self) -> bool {
        self.0 < PREDEFINED.len() as u32
    }

    /// The index that terms hold.
    #[inline]
    pub(crate) const fn index(self) -> u32 {
        self.0
    }

    /// The atom that a term's index stands for.
    #[inline]
    pub(crate) const fn from_index(index: u32) -> Atom {
        Atom(index)
    }
}

impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By text, character by character, as Erlang orders atoms. (UTF-8 keeps the order of the
/// characters.)
impl Ord for Atom {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other {
            Ordering::Equal
        } else {
            self.as_str().cmp(other.as_str())
        }
    }
}

impl fmt::Debug for Atom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl TryFrom<&str> for Atom {
    type Error = AtomError;

    fn try_from(text: &str) -> Result<Atom, AtomError> {
        Atom::new(text)
    }
}

impl From<bool> for Atom {
    fn from(value: bool) -> Atom {
        Atom::from_bool(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predefined_atoms_have_their_texts() {
        assert_eq!(Atom::TRUE.as_str(), "true");
        assert_eq!(Atom::HEIR.as_str(), "heir");
        assert_eq!(Atom::new("undefined"), Ok(Atom::UNDEFINED));
        for (index, text) in PREDEFINED.iter().enumerate() {
            assert_eq!(Atom::new(text).map(Atom::index), Ok(index as u32));
        }
        for (number, text) in VARIABLES.iter().enumerate() {
            let atom = Atom::new(text);
            assert_eq!(Atom::variable(number), atom.clone().ok());
            assert_eq!(atom.map(Atom::variable_number), Ok(Some(number as u32)));
        }
    }

    #[test]
    fn equal_texts_are_one_atom_from_all_threads() {
        let intern = || {
            (0..1000)
                .map(|n| Atom::new(&format!("shared {n}")))
                .collect::<Vec<_>>()
        };
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(intern)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        assert!(all.iter().all(|atoms| *atoms == all[0]));
        assert_eq!(all[0][7].as_ref().map(|atom| atom.as_str()), Ok("shared 7"));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(Atom::new(&"å".repeat(255)).is_ok());
        let error = AtomError::TooLong {
            characters: 256,
            characters_max: 255,
        };
        assert_eq!(Atom::new(&"å".repeat(256)), Err(error));
    }

    #[test]
    fn existing_does_not_intern() {
        assert_eq!(Atom::existing("never made by anybody"), None);
        assert_eq!(Atom::existing("never made by anybody"), None);
        assert_eq!(Atom::existing("ok"), Some(Atom::OK));
    }

    #[test]
    fn order_is_by_text() -> Result<(), AtomError> {
        let (late, early) = (Atom::new("zz order")?, Atom::new("aa order")?);
        assert!(early < late);
        assert_eq!(late.cmp(&late), Ordering::Equal);
        Ok(())
    }
}
