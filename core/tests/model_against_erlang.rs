//! Is the model right? It answers the conformance vectors, which a real Erlang recorded, as far as
//! they are about hash tables and need no pattern. What the model says of the crate is worth as
//! much as what this says of the model.

mod model;

use model::call::*;
use model::expected::Expected;
use model::options;
use model::text;
use model::value::Value;
use model::world::World;
use std::collections::BTreeMap;
use std::path::Path;

const AREAS: [&str; 9] = [
    "set",
    "bag",
    "duplicate_bag",
    "counters",
    "elements",
    "large",
    "ownership",
    "traversal",
    "bad_arguments",
];

#[test]
fn the_model_answers_as_erlang_did() {
    for area in AREAS {
        let (judged, passed_over) = run_area(area);
        println!("{area}: {judged} lines agree, {passed_over} are not for this model");
        assert!(judged > 300, "{area}: only {judged} lines were judged");
    }
}

/// How many lines agreed, and how many said nothing about hash tables. Panics at the first that
/// disagrees.
fn run_area(area: &str) -> (usize, usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../conformance")
        .join(area)
        .with_extension("vectors");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // Erlang wrote Latin-1: each byte is a character.
    let file: String = bytes.into_iter().map(char::from).collect();
    let (mut judged, mut passed_over) = (0, 0);
    let mut scenario = Scenario {
        area: area.to_owned(),
        ..Scenario::default()
    };
    for (number, line) in file.lines().enumerate() {
        match scenario.line(&text::parse(line)) {
            Verdict::Agrees => judged += 1,
            Verdict::PassedOver => passed_over += 1,
            Verdict::Setting => {}
            Verdict::Differs(expected) => panic!(
                "{area}:{}: {line}\n  the model says {expected:?}",
                number + 1
            ),
        }
    }
    (judged, passed_over)
}

enum Verdict {
    Agrees,
    /// The line is about something else than the model.
    PassedOver,
    /// The line asks nothing.
    Setting,
    Differs(Expected),
}

/// What the symbol of a table stands for.
enum Target {
    /// A named table is called by its name, so that after a renaming it is not found.
    Name(String),
    Slot(TableNumber),
}

#[derive(Default)]
struct Scenario {
    area: String,
    world: World,
    targets: BTreeMap<String, Target>,
    tables: usize,
}

impl Scenario {
    fn line(&mut self, line: &Value) -> Verdict {
        let [word, rest @ ..] = line.as_tuple().expect("a line is a tuple") else {
            panic!("an empty line")
        };
        match (word.as_atom().expect("a line begins with a word"), rest) {
            ("scenario", _) => {
                *self = Scenario {
                    area: std::mem::take(&mut self.area),
                    ..Scenario::default()
                };
                Verdict::Setting
            }
            ("exit", [process]) => {
                self.world.step(&Step::Exit(process_number(process)));
                Verdict::Setting
            }
            ("mailbox", [process, messages]) => self.mailbox(process, messages),
            ("new", [by, symbol, name, options, result]) => {
                self.new_table(by, symbol, name, options, result)
            }
            ("call", [by, symbol, function, arguments, result]) => {
                self.call(by, symbol, function, arguments, result)
            }
            _ => Verdict::Setting,
        }
    }

    fn new_table(
        &mut self,
        by: &Value,
        symbol: &Value,
        name: &Value,
        options: &Value,
        result: &Value,
    ) -> Verdict {
        let mut options = with_processes(options);
        if self.area == "ownership" {
            // Whose table it is has nothing to do with the order of its keys, and names are shared
            // by all tables.
            options = without_order(&options);
        }
        if mentions_other_kind(&options) {
            return Verdict::PassedOver;
        }
        let step = Step::New {
            by: process_number(by),
            slot: self.tables,
            name: name.clone(),
            options: options.clone(),
        };
        let expected = self
            .world
            .step(&step)
            .expect("a table can always be asked for");
        if expected == Expected::DONE {
            let named = options::parse(&options).is_ok_and(|options| options.named);
            let target = match name.as_atom() {
                Some(name) if named => Target::Name(name.to_owned()),
                _ => Target::Slot(self.tables),
            };
            self.targets
                .insert(symbol.as_atom().expect("a symbol").to_owned(), target);
            self.tables += 1;
        }
        let succeeded = result.as_atom() == Some("ok");
        if succeeded == (expected == Expected::DONE) {
            Verdict::Agrees
        } else {
            Verdict::Differs(expected)
        }
    }

    /// Who got what from whom; the tables are not compared, as they go by names that change.
    fn mailbox(&mut self, process: &Value, messages: &Value) -> Verdict {
        let step = Step::Mailbox(process_number(process));
        let expected = self
            .world
            .step(&self.world.resolve(&step))
            .expect("a mailbox can always be read");
        let Expected::Transfers(transfers) = &expected else {
            panic!("not what a mailbox answers: {expected:?}")
        };
        let mut ours: Vec<_> = transfers
            .iter()
            .map(|(_, from, data)| (*from, data.clone()))
            .collect();
        let mut theirs: Vec<_> = messages
            .as_list()
            .expect("messages")
            .iter()
            .map(sender_and_data)
            .collect();
        ours.sort();
        theirs.sort();
        if ours == theirs {
            Verdict::Agrees
        } else {
            Verdict::Differs(expected)
        }
    }

    fn call(
        &mut self,
        by: &Value,
        symbol: &Value,
        function: &Value,
        arguments: &Value,
        result: &Value,
    ) -> Verdict {
        let function = function.as_atom().expect("a function");
        let arguments = arguments.as_list().expect("arguments");
        if function == "whereis" {
            return self.whereis(&arguments[0], result);
        }
        let Some(target) = self.targets.get(symbol.as_atom().expect("a symbol")) else {
            return Verdict::PassedOver;
        };
        let table = match target {
            Target::Slot(table) => Some(*table),
            Target::Name(name) => self.world.named(name),
        };
        let calls = match (function, table) {
            ("select_delete", Some(table)) => self.deletions(table, &arguments[0]),
            _ => calls(function, arguments),
        };
        for call in &calls {
            let expected = match table {
                Some(table) => self.world.call(process_number(by), table, call),
                None if matches!(call, Call::Info(_) | Call::InfoUnknown) => {
                    Expected::Is(Answer::Perhaps(None))
                }
                None => Expected::fails(Cause::NoSuchTable),
            };
            if outcome(call, result).is_some_and(|outcome| !agrees(&expected, &outcome)) {
                return Verdict::Differs(expected);
            }
        }
        if calls.is_empty() {
            Verdict::PassedOver
        } else {
            Verdict::Agrees
        }
    }

    /// `select_delete` with the one pattern that the area `large` uses, `{'_', '_', Number}`: the
    /// model knows no patterns, so each object is deleted by itself.
    fn deletions(&self, table: TableNumber, specification: &Value) -> Vec<Call> {
        let number = third_of_head(specification);
        let matches =
            |object: &&Value| matches!(object.as_tuple(), Some([_, _, third]) if third == number);
        let objects = self
            .world
            .contents(table)
            .groups
            .values()
            .flatten()
            .filter(matches);
        objects
            .map(|object| Call::DeleteObject(object.clone()))
            .collect()
    }

    fn whereis(&self, name: &Value, result: &Value) -> Verdict {
        let found = self.world.named(name.as_atom().expect("a name"));
        let is_there = result == &text::parse("{ok, a_table}.");
        if found.is_some() == is_there {
            Verdict::Agrees
        } else {
            Verdict::Differs(Expected::Is(Answer::Table(found)))
        }
    }
}

/// `p1` is process number 1.
fn as_process(value: &Value) -> Option<ProcessNumber> {
    value.as_atom()?.strip_prefix('p')?.parse().ok()
}

fn process_number(value: &Value) -> ProcessNumber {
    as_process(value).expect("a process")
}

/// The options with the processes in the place of their names.
fn with_processes(options: &Value) -> Value {
    let convert = |element: &Value| as_process(element).map_or(element.clone(), Value::Process);
    match options {
        Value::Tuple(elements) => Value::tuple(elements.iter().map(convert)),
        Value::List(options, tail) => {
            Value::List(options.iter().map(with_processes).collect(), tail.clone())
        }
        other => other.clone(),
    }
}

fn mentions_other_kind(options: &Value) -> bool {
    let ordered_set = Value::atom("ordered_set");
    options
        .as_list()
        .is_some_and(|options| options.contains(&ordered_set))
}

fn without_order(options: &Value) -> Value {
    let ordered_set = Value::atom("ordered_set");
    Value::list(
        options
            .as_list()
            .expect("a list")
            .iter()
            .filter(|&option| *option != ordered_set)
            .cloned(),
    )
}

fn sender_and_data(message: &Value) -> (ProcessNumber, Value) {
    match message.as_tuple() {
        Some([_, _, from, data]) => (process_number(from), data.clone()),
        _ => panic!("no transfer: {message:?}"),
    }
}

fn third_of_head(specification: &Value) -> &Value {
    let clause = specification.as_list().expect("clauses")[0]
        .as_tuple()
        .expect("a clause");
    &clause[0].as_tuple().expect("a head")[2]
}

/// The position; what can be none is 0, which is one that no table has.
fn position(value: &Value) -> usize {
    value.as_position().unwrap_or(0)
}

/// The calls that a line stands for: none, if they are not for the model.
fn calls(function: &str, arguments: &[Value]) -> Vec<Call> {
    let key = || arguments[0].clone();
    let call = match (function, arguments) {
        ("insert", _) => Call::Insert(key()),
        ("insert_new", _) => Call::InsertNew(key()),
        ("insert_range", [from, to, step, shape]) => {
            return insert_range(numbers(from, to, step), shape);
        }
        ("insert_range_at_once", [from, to, step, shape]) => {
            let objects =
                numbers(from, to, step).map(|number| object(shape, number, [number, number % 7]));
            return vec![Call::Insert(Value::list(objects)), Call::Size];
        }
        ("delete_range", [from, to, step, shape]) => {
            let deletions =
                numbers(from, to, step).map(|number| Call::Delete(shaped_key(shape, number)));
            return deletions.chain([Call::Size]).collect();
        }
        ("lookup", _) => Call::Lookup(key()),
        ("member", _) => Call::Member(key()),
        ("take", _) => Call::Take(key()),
        ("lookup_element", [key, at]) => Call::LookupElement {
            key: key.clone(),
            position: position(at),
        },
        ("lookup_element", [key, at, default]) => Call::LookupElementOr {
            key: key.clone(),
            position: position(at),
            default: default.clone(),
        },
        ("delete", [_]) => Call::Delete(key()),
        ("delete", []) => Call::DeleteTable,
        ("delete_object", _) => Call::DeleteObject(key()),
        ("delete_all_objects", _) => Call::DeleteAllObjects,
        ("update_counter", [key, operations]) => Call::UpdateCounter {
            key: key.clone(),
            operations: operations.clone(),
        },
        ("update_counter", [key, operations, default]) => Call::UpdateCounterOr {
            key: key.clone(),
            operations: operations.clone(),
            default: default.clone(),
        },
        ("update_element", [key, changes]) => Call::UpdateElement {
            key: key.clone(),
            changes: changes.clone(),
        },
        ("update_element", [key, changes, default]) => Call::UpdateElementOr {
            key: key.clone(),
            changes: changes.clone(),
            default: default.clone(),
        },
        ("first" | "last", _) => Call::First,
        ("next" | "prev", _) => Call::Next(key()),
        ("first_lookup" | "last_lookup", _) => Call::FirstLookup,
        ("next_lookup" | "prev_lookup", _) => Call::NextLookup(key()),
        ("walk", [first, _]) if first.as_atom().is_some_and(|name| name.ends_with("lookup")) => {
            Call::WalkLookup
        }
        ("walk", _) => Call::Walk,
        ("fixed_walk_deleting", _) => Call::FixedWalkDeleting,
        ("tab2list", _) => Call::ToList,
        ("info", [item]) => info_call(item.as_atom().expect("an item")),
        ("rename", [Value::Atom(name)]) => Call::Rename(name.clone()),
        ("give_away", [to, data]) => Call::GiveAway {
            to: process_number(to),
            data: data.clone(),
        },
        ("setopts", [options]) => Call::SetOptions(with_processes(options)),
        _ => return vec![],
    };
    vec![call]
}

fn info_call(item: &str) -> Call {
    let item = match item {
        "size" => InfoItem::Size,
        "name" => InfoItem::Name,
        "named_table" => InfoItem::NamedTable,
        "keypos" => InfoItem::KeyPosition,
        "type" => InfoItem::Type,
        "protection" => InfoItem::Protection,
        "owner" => InfoItem::Owner,
        "heir" => InfoItem::Heir,
        _ => return Call::InfoUnknown,
    };
    Call::Info(item)
}

fn numbers(from: &Value, to: &Value, step: &Value) -> impl Iterator<Item = i64> {
    let [from, to, step] = [from, to, step].map(|value| position(value) as i64);
    (from..=to).step_by(step as usize)
}

fn shaped_key(shape: &Value, number: i64) -> Value {
    let shape = match shape.as_atom() {
        Some("integer") => KeyShape::Integer,
        Some("tuple") => KeyShape::Tuple,
        _ => KeyShape::Binary,
    };
    shape.key(number)
}

fn object(shape: &Value, number: i64, rest: [i64; 2]) -> Value {
    Value::tuple([
        shaped_key(shape, number),
        Value::integer(rest[0]),
        Value::integer(rest[1]),
    ])
}

fn insert_range(numbers: impl Iterator<Item = i64>, shape: &Value) -> Vec<Call> {
    let insert = |number| Call::Insert(object(shape, number, [number * number, number % 10]));
    numbers.map(insert).chain([Call::Size]).collect()
}

/// What the line says that the call answered. None: it says nothing about this call of the several
/// of its line.
fn outcome(call: &Call, result: &Value) -> Option<Outcome> {
    let [word, value] = result.as_tuple().expect("a result") else {
        panic!("no result: {result:?}")
    };
    if word.as_atom() == Some("error") {
        return Some(Err(Cause::Other("badarg".to_owned())));
    }
    let list = || value.as_list().expect("a list").to_vec();
    let present = |absent: &str| {
        (value.as_atom() != Some(absent)).then(|| with_processes_in_owner(call, value))
    };
    let answer = match call {
        Call::Insert(_) | Call::Delete(_) | Call::DeleteObject(_)
            if value.as_integer().is_some() =>
        {
            return None;
        }
        Call::InsertNew(_) | Call::Member(_) | Call::UpdateElement { .. } => {
            Answer::Truth(*value == Value::bool(true))
        }
        Call::Lookup(_) | Call::Take(_) | Call::ToList | Call::Walk | Call::FixedWalkDeleting => {
            Answer::Several(list())
        }
        Call::LookupElement { .. } | Call::LookupElementOr { .. } => Answer::Element(value.clone()),
        Call::UpdateCounter { .. } | Call::UpdateCounterOr { .. } => Answer::Element(value.clone()),
        Call::First | Call::Next(_) => Answer::Perhaps(present("$end_of_table")),
        Call::FirstLookup | Call::NextLookup(_) => {
            Answer::KeyAndObjects(value.as_tuple().map(key_and_objects))
        }
        Call::WalkLookup => Answer::KeysAndObjects(
            list()
                .iter()
                .map(|pair| key_and_objects(pair.as_tuple().unwrap()))
                .collect(),
        ),
        Call::Size => Answer::Count(position(value)),
        Call::Info(_) | Call::InfoUnknown => Answer::Perhaps(present("undefined")),
        _ => Answer::Done,
    };
    Some(Ok(answer))
}

/// Erlang says `badarg` whatever the cause is; and the vectors give the objects of a whole table
/// sorted.
fn agrees(expected: &Expected, outcome: &Outcome) -> bool {
    match (expected, outcome) {
        (Expected::Fails(_) | Expected::OrFails(..), Err(_)) => true,
        (Expected::Objects(groups), Ok(Answer::Several(objects))) => {
            let mut objects = objects.clone();
            objects.sort();
            let mut expected: Vec<Value> = groups.values().flatten().cloned().collect();
            expected.sort();
            objects == expected
        }
        (expected, outcome) => expected.allows(outcome),
    }
}

/// Owner and heir are processes; a table may have the name `p1`, so other items are not looked at.
fn with_processes_in_owner(call: &Call, value: &Value) -> Value {
    match call {
        Call::Info(InfoItem::Owner | InfoItem::Heir) => {
            as_process(value).map_or(value.clone(), Value::Process)
        }
        _ => value.clone(),
    }
}

fn key_and_objects(pair: &[Value]) -> (Value, Vec<Value>) {
    (
        pair[0].clone(),
        pair[1].as_list().expect("objects").to_vec(),
    )
}
