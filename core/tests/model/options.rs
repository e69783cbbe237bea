//! The options of `ets:new/2` and `ets:setopts/2`, read from their terms as Erlang reads them.

use super::call::{Cause, ProcessNumber};
use super::contents::Kind;
use super::value::Value;

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    Private,
    Protected,
    Public,
}

impl Protection {
    pub fn name(self) -> &'static str {
        match self {
            Protection::Private => "private",
            Protection::Protected => "protected",
            Protection::Public => "public",
        }
    }

    fn of(text: &str) -> Option<Protection> {
        [
            Protection::Private,
            Protection::Protected,
            Protection::Public,
        ]
        .into_iter()
        .find(|it| it.name() == text)
    }
}

/// Who inherits a table, and the data that the heir is told.
pub type Heir = Option<(ProcessNumber, Value)>;

/// What `new` was asked for.
#[derive(Clone, Debug)]
pub struct Options {
    pub kind: Kind,
    pub protection: Protection,
    pub named: bool,
    pub key_position: usize,
    pub heir: Heir,
}

const BAD_OPTION: &[Cause] = &[Cause::BadOption];

fn proper(options: &Value) -> Result<&[Value], Vec<Cause>> {
    options
        .as_list()
        .ok_or(vec![Cause::BadOption, Cause::ImproperList])
}

/// The options of `new`. Of equal ones the last counts, but `set` and `protected` never take back
/// what another said.
pub fn parse(options: &Value) -> Result<Options, Vec<Cause>> {
    let mut result = Options {
        kind: Kind::Set,
        protection: Protection::Protected,
        named: false,
        key_position: 1,
        heir: None,
    };
    for option in proper(options)? {
        let known = match option {
            Value::Atom(text) => result.apply_word(text),
            Value::Tuple(elements) => result.apply_tuple(elements),
            _ => false,
        };
        if !known {
            return Err(BAD_OPTION.to_vec());
        }
    }
    Ok(result)
}

impl Options {
    /// Whether this is a `set` about which nothing is said but who may use it.
    pub fn is_simple_set(&self) -> bool {
        let is_simple = !self.named && self.heir.is_none() && self.key_position == 1;
        is_simple && self.kind == Kind::Set
    }

    fn apply_word(&mut self, word: &str) -> bool {
        match word {
            "set" | "protected" | "compressed" => {}
            "ordered_set" => self.kind = Kind::OrderedSet,
            "bag" => self.kind = Kind::Bag,
            "duplicate_bag" => self.kind = Kind::DuplicateBag,
            "private" => self.protection = Protection::Private,
            "public" => self.protection = Protection::Public,
            "named_table" => self.named = true,
            _ => return false,
        }
        true
    }

    fn apply_tuple(&mut self, elements: &[Value]) -> bool {
        match elements {
            [name, position] if name.as_atom() == Some("keypos") => {
                let position = position.as_position();
                self.key_position = position.unwrap_or(self.key_position);
                position.is_some()
            }
            [name, ..] if name.as_atom() == Some("heir") => {
                let heir = parse_heir(elements);
                self.heir = heir.clone().unwrap_or_default();
                heir.is_some()
            }
            [name, value] => is_switch(name, value),
            _ => false,
        }
    }
}

fn is_switch(name: &Value, value: &Value) -> bool {
    let values: &[&str] = match name.as_atom() {
        Some("write_concurrency") => &["true", "false", "auto"],
        Some("read_concurrency" | "decentralized_counters") => &["true", "false"],
        _ => &[],
    };
    value.as_atom().is_some_and(|value| values.contains(&value))
}

/// The heir that a `{heir, …}` names; none if the tuple is no heir option.
fn parse_heir(elements: &[Value]) -> Option<Heir> {
    match elements {
        [_, none] if none.as_atom() == Some("none") => Some(None),
        [_, Value::Process(process), data] => Some(Some((*process, data.clone()))),
        _ => None,
    }
}

/// What `setopts` was asked for.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub heir: Option<Heir>,
    pub protection: Option<Protection>,
}

/// The options of `setopts`, one or a list; one given twice is an error.
pub fn parse_changes(options: &Value) -> Result<Changes, Vec<Cause>> {
    let options = match options {
        Value::List(..) => proper(options)?,
        option => std::slice::from_ref(option),
    };
    let mut changes = Changes::default();
    for option in options {
        let applied = option
            .as_tuple()
            .and_then(|elements| changes.apply(elements));
        applied.ok_or(BAD_OPTION.to_vec())?;
    }
    Ok(changes)
}

impl Changes {
    fn apply(&mut self, elements: &[Value]) -> Option<()> {
        match (elements.first()?.as_atom()?, elements) {
            ("heir", elements) => set_once(&mut self.heir, parse_heir(elements)?),
            ("protection", [_, protection]) => {
                set_once(&mut self.protection, Protection::of(protection.as_atom()?)?)
            }
            _ => None,
        }
    }
}

fn set_once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}
