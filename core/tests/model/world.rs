//! The model: processes, tables, names and rights of one test, stepped one call after the other.

use super::call::*;
use super::contents::Contents;
use super::expected::Expected;
use super::options::{self, Changes, Heir, Options, Protection};
use super::value::Value;
use std::collections::BTreeMap;

/// A table that was made, living or deleted.
#[derive(Debug)]
struct Table {
    contents: Contents,
    alive: bool,
    name: String,
    named: bool,
    protection: Protection,
    owner: ProcessNumber,
    heir: Heir,
    /// How often each process has fixed it.
    fixations: BTreeMap<ProcessNumber, usize>,
}

/// What a call does to the table; decides who may make it.
#[derive(Clone, Copy, PartialEq)]
enum Access {
    /// Anybody may ask, also about a table that is gone.
    Information,
    /// Anybody may ask, while the table lives.
    Presence,
    Read,
    Write,
    /// Only the owner.
    Own,
}

/// The state of a test.
#[derive(Debug)]
pub struct World {
    tables: Vec<Table>,
    slots: BTreeMap<SlotNumber, TableNumber>,
    alive: [bool; PROCESSES],
    mailboxes: [Vec<(TableNumber, ProcessNumber, Value)>; PROCESSES],
}

impl Default for World {
    fn default() -> World {
        World {
            tables: Vec::new(),
            slots: BTreeMap::new(),
            alive: [true; PROCESSES],
            mailboxes: Default::default(),
        }
    }
}

impl World {
    /// What the step must answer, and the state after it. None: the step is none (there is no table
    /// in the slot, or number 0 should end). All who act in it must live: see [`World::resolve`].
    pub fn step(&mut self, step: &Step) -> Option<Expected> {
        match step {
            Step::New {
                by,
                slot,
                name,
                options,
            } => Some(self.new_table(*by, *slot, name, options)),
            Step::Call { by, slot, call } => {
                let table = *self.slots.get(slot)?;
                Some(self.call(*by, table, call))
            }
            Step::Exit(process) => (*process != 0).then(|| self.exit(*process)),
            Step::Mailbox(process) => Some(Expected::Transfers(std::mem::take(
                &mut self.mailboxes[*process],
            ))),
            Step::Whereis(name) => Some(Expected::Is(Answer::Table(self.named(name)))),
            Step::All => Some(Expected::Tables(self.living_tables().collect())),
        }
    }

    /// The step with those who act in it in the place of those who should but are dead.
    pub fn resolve(&self, step: &Step) -> Step {
        let mut step = step.clone();
        match &mut step {
            Step::New { by: process, .. }
            | Step::Call { by: process, .. }
            | Step::Exit(process)
            | Step::Mailbox(process) => {
                *process = self.actor(*process);
            }
            Step::Whereis(_) | Step::All => {}
        }
        step
    }

    /// Who acts where `process` is asked to.
    fn actor(&self, process: ProcessNumber) -> ProcessNumber {
        if self.alive[process] { process } else { 0 }
    }

    /// The slots whose table lives, with its owner and what it holds.
    pub fn living(&self) -> impl Iterator<Item = (SlotNumber, ProcessNumber, &Contents)> {
        let table = |(&slot, &table): (&SlotNumber, &TableNumber)| (slot, &self.tables[table]);
        let living = self
            .slots
            .iter()
            .map(table)
            .filter(|(_, table)| table.alive);
        living.map(|(slot, table)| (slot, table.owner, &table.contents))
    }

    fn living_tables(&self) -> impl Iterator<Item = TableNumber> {
        (0..self.tables.len()).filter(|&table| self.tables[table].alive)
    }

    /// The living table of that name.
    pub fn named(&self, name: &str) -> Option<TableNumber> {
        self.living_tables()
            .find(|&table| self.tables[table].named && self.tables[table].name == name)
    }

    fn new_table(
        &mut self,
        by: ProcessNumber,
        slot: SlotNumber,
        name: &Value,
        options: &Value,
    ) -> Expected {
        let parsed = options::parse(options);
        let (Some(name), Ok(options)) = (name.as_atom(), parsed.clone()) else {
            let bad_name = name.as_atom().is_none().then_some(Cause::BadName);
            return Expected::Fails(parsed.err().into_iter().flatten().chain(bad_name).collect());
        };
        if options.named && self.named(name).is_some() {
            return Expected::fails(Cause::NameTaken);
        }
        self.slots.insert(slot, self.tables.len());
        let table = Table::new(
            by,
            name,
            Options {
                heir: self.living_heir(options.heir),
                ..options
            },
        );
        self.tables.push(table);
        Expected::DONE
    }

    /// An heir that is dead when it is named is none.
    fn living_heir(&self, heir: Heir) -> Heir {
        heir.filter(|(process, _)| self.alive[*process])
    }

    /// What the table holds.
    pub fn contents(&self, number: TableNumber) -> &Contents {
        &self.tables[number].contents
    }

    /// The step for a call of a table by its number.
    pub fn call(&mut self, by: ProcessNumber, number: TableNumber, call: &Call) -> Expected {
        let access = access_needed(call);
        let table = &self.tables[number];
        if let Some(refusal) = table.refusal(by, access) {
            return refusal.or_fails(faults_of_form(call));
        }
        match call {
            Call::DeleteTable => self.delete_table(number),
            Call::Rename(name) => self.rename(number, name),
            Call::GiveAway { to, data } => self.give_away(by, number, *to, data),
            Call::SetOptions(options) => self.set_options(number, options),
            Call::FixTable(on) => self.tables[number].fix(by, *on),
            Call::FixedWalkDeleting => self.tables[number].fixed_walk_deleting(by),
            Call::Info(item) => self.info(number, *item),
            Call::InfoUnknown if !table.alive => Expected::Is(Answer::Perhaps(None)),
            Call::InfoUnknown => Expected::fails(Cause::BadItem),
            Call::Owner => Expected::Is(Answer::Perhaps(
                table.alive.then_some(Value::Process(table.owner)),
            )),
            call => call_contents(&mut self.tables[number].contents, call),
        }
    }

    fn delete_table(&mut self, table: TableNumber) -> Expected {
        self.tables[table].alive = false;
        Expected::DONE
    }

    fn rename(&mut self, number: TableNumber, name: &str) -> Expected {
        if self.tables[number].named && self.named(name).is_some() {
            return Expected::fails(Cause::NameTaken);
        }
        self.tables[number].name = name.to_owned();
        Expected::DONE
    }

    fn give_away(
        &mut self,
        by: ProcessNumber,
        number: TableNumber,
        to: ProcessNumber,
        data: &Value,
    ) -> Expected {
        if !self.alive[to] {
            return Expected::fails(Cause::NoSuchProcess);
        }
        if to == by {
            return Expected::fails(Cause::AlreadyOwner);
        }
        self.transfer(number, to, data.clone());
        Expected::DONE
    }

    fn transfer(&mut self, number: TableNumber, to: ProcessNumber, data: Value) {
        let from = std::mem::replace(&mut self.tables[number].owner, to);
        self.mailboxes[to].push((number, from, data));
    }

    fn set_options(&mut self, number: TableNumber, options: &Value) -> Expected {
        match options::parse_changes(options) {
            Err(causes) => Expected::Fails(causes),
            Ok(Changes { heir, protection }) => {
                let heir = heir.map(|heir| self.living_heir(heir));
                let table = &mut self.tables[number];
                table.heir = heir.unwrap_or(table.heir.take());
                table.protection = protection.unwrap_or(table.protection);
                Expected::DONE
            }
        }
    }

    /// Its tables pass to their heirs or go; after that its fixations of what others own.
    fn exit(&mut self, process: ProcessNumber) -> Expected {
        self.alive[process] = false;
        self.mailboxes[process].clear();
        let owned: Vec<_> = self
            .living_tables()
            .filter(|&table| self.tables[table].owner == process)
            .collect();
        for table in owned {
            match self.living_heir(self.tables[table].heir.clone()) {
                Some((heir, data)) => self.transfer(table, heir, data),
                None => self.tables[table].alive = false,
            }
        }
        for table in &mut self.tables {
            table.fixations.remove(&process);
            table.note_fixations();
        }
        Expected::DONE
    }

    fn info(&self, number: TableNumber, item: InfoItem) -> Expected {
        let table = &self.tables[number];
        if !table.alive {
            return Expected::Is(Answer::Perhaps(None));
        }
        let value = match item {
            InfoItem::Memory => return Expected::Positive,
            InfoItem::Heir => return self.heir_info(table),
            InfoItem::Size => Value::integer(table.contents.size()),
            InfoItem::Name => Value::atom(&table.name),
            InfoItem::NamedTable => Value::bool(table.named),
            InfoItem::KeyPosition => Value::integer(table.contents.key_position),
            InfoItem::Type => Value::atom(table.contents.kind.name()),
            InfoItem::Protection => Value::atom(table.protection.name()),
            InfoItem::Owner => Value::Process(table.owner),
            InfoItem::Fixed => Value::bool(table.contents.fixed),
        };
        Expected::item(value)
    }

    /// The heir; of one that died since, an engine may say either.
    fn heir_info(&self, table: &Table) -> Expected {
        let none = Value::atom("none");
        match &table.heir {
            None => Expected::item(none),
            Some((heir, _)) if self.alive[*heir] => Expected::item(Value::Process(*heir)),
            Some((heir, _)) => Expected::ItemOneOf(vec![none, Value::Process(*heir)]),
        }
    }
}

impl Table {
    fn new(owner: ProcessNumber, name: &str, options: Options) -> Table {
        Table {
            contents: Contents::new(options.kind, options.key_position),
            alive: true,
            name: name.to_owned(),
            named: options.named,
            protection: options.protection,
            owner,
            heir: options.heir,
            fixations: BTreeMap::new(),
        }
    }

    /// Why `by` may not make such a call, if it may not.
    fn refusal(&self, by: ProcessNumber, access: Access) -> Option<Expected> {
        let owner = self.owner == by;
        let allowed = match access {
            Access::Information => return None,
            Access::Presence => true,
            Access::Read => owner || self.protection != Protection::Private,
            Access::Write => owner || self.protection == Protection::Public,
            Access::Own => owner,
        };
        match (self.alive, allowed, access) {
            (false, ..) => Some(Expected::fails(Cause::NoSuchTable)),
            (true, true, _) => None,
            (true, false, Access::Own) => {
                Some(Expected::Fails(vec![Cause::NotOwner, Cause::AccessDenied]))
            }
            (true, false, _) => Some(Expected::fails(Cause::AccessDenied)),
        }
    }

    fn note_fixations(&mut self) {
        self.contents.set_fixed(!self.fixations.is_empty());
    }

    fn fix(&mut self, by: ProcessNumber, on: bool) -> Expected {
        if on {
            *self.fixations.entry(by).or_default() += 1;
        } else if let Some(count) = self.fixations.get_mut(&by) {
            *count -= 1;
            self.fixations.retain(|_, count| *count > 0);
        }
        self.note_fixations();
        Expected::DONE
    }

    /// Leaves the fixations as they were: if there was none, nothing is kept of the keys deleted.
    /// Who may not write fails at the first key, if there is one.
    fn fixed_walk_deleting(&mut self, by: ProcessNumber) -> Expected {
        let keys = self.contents.keys();
        let refusal = self.refusal(by, Access::Write);
        if let Some(refusal) = refusal.filter(|_| !keys.is_empty()) {
            return refusal;
        }
        self.contents.remove_all();
        Expected::Keys(keys)
    }
}

fn access_needed(call: &Call) -> Access {
    match call {
        Call::Info(_) | Call::InfoUnknown | Call::Owner => Access::Information,
        Call::Size => Access::Presence,
        Call::GiveAway { .. } | Call::SetOptions(_) => Access::Own,
        Call::Lookup(_)
        | Call::With(_)
        | Call::LookupMany(_)
        | Call::Member(_)
        | Call::LookupElement { .. }
        | Call::LookupElementOr { .. }
        | Call::First
        | Call::Last
        | Call::Next(_)
        | Call::Previous(_)
        | Call::FirstLookup
        | Call::LastLookup
        | Call::NextLookup(_)
        | Call::PreviousLookup(_)
        | Call::Walk
        | Call::WalkBack
        | Call::WalkLookup
        | Call::WalkLookupBack
        | Call::FoldLeft
        | Call::FoldRight
        | Call::Slots
        | Call::ToList
        | Call::FixedWalkDeleting
        | Call::FixTable(_) => Access::Read,
        _ => Access::Write,
    }
}

/// Causes that a call may also name where the table or the right to it is missing: an argument that
/// is wrong by itself may be refused before the table is looked at.
fn faults_of_form(call: &Call) -> Vec<Cause> {
    match call {
        Call::LookupElement { position: 0, .. } | Call::LookupElementOr { position: 0, .. } => {
            vec![Cause::Position]
        }
        _ => vec![],
    }
}

/// The calls that need only the objects.
fn call_contents(contents: &mut Contents, call: &Call) -> Expected {
    match call {
        Call::Insert(argument) => contents.insert(argument),
        Call::InsertNew(argument) => contents.insert_new(argument),
        Call::InsertMany(objects) => Expected::Is(Answer::Count(contents.insert_each(objects))),
        Call::InitTable(objects) => {
            contents.remove_all();
            contents.insert_each(objects);
            Expected::DONE
        }
        Call::Lookup(key) => contents.lookup(key),
        Call::With(key) => Expected::Is(Answer::Perhaps(contents.first_object(key))),
        Call::LookupMany(keys) => contents.lookup_many(keys),
        Call::Member(key) => contents.member(key),
        Call::LookupElement { key, position } => contents.lookup_element(key, *position, None),
        Call::LookupElementOr {
            key,
            position,
            default,
        } => contents.lookup_element(key, *position, Some(default)),
        Call::Take(key) => Expected::several(&contents.remove(key)),
        Call::Delete(key) => {
            contents.remove(key);
            Expected::DONE
        }
        Call::DeleteObject(object) => contents.delete_object(object),
        Call::DeleteAllObjects => {
            contents.remove_all();
            Expected::DONE
        }
        Call::UpdateCounter { key, operations } => contents.update_counter(key, operations, None),
        Call::UpdateCounterOr {
            key,
            operations,
            default,
        } => contents.update_counter(key, operations, Some(default)),
        Call::UpdateElement { key, changes } => contents.update_element(key, changes, None),
        Call::UpdateElementOr {
            key,
            changes,
            default,
        } => contents.update_element(key, changes, Some(default)),
        Call::InsertRangeAtOnce(range) | Call::InsertRange(range) => {
            let objects: Vec<Value> = range.objects(contents.key_position).collect();
            contents.insert_each(&objects);
            Expected::DONE
        }
        Call::DeleteRange(range) => {
            range.keys().for_each(|key| drop(contents.remove(&key)));
            Expected::DONE
        }
        call => traverse(contents, call),
    }
}

fn traverse(contents: &Contents, call: &Call) -> Expected {
    match call {
        Call::First | Call::Last => contents.first(),
        Call::Next(key) | Call::Previous(key) => contents.next(key),
        Call::FirstLookup | Call::LastLookup => contents.first_lookup(),
        Call::NextLookup(key) | Call::PreviousLookup(key) => contents.next_lookup(key),
        Call::Walk | Call::WalkBack => Expected::Keys(contents.keys()),
        Call::WalkLookup | Call::WalkLookupBack => {
            Expected::KeysAndObjects(contents.groups.clone())
        }
        Call::FoldLeft | Call::Slots | Call::ToList => contents.objects(),
        Call::FoldRight => contents.objects_reversed(),
        Call::Size => Expected::Is(Answer::Count(contents.size())),
        other => unreachable!("{other:?} is no call on the objects alone"),
    }
}
