//! The model: processes, tables, names and rights of one test, stepped one call after the other.

use super::call::*;
use super::contents::Contents;
use super::cursor::Cursor;
use super::dispatch::{self, Access, access_needed, faults_of_form, faults_of_kind};
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
    /// What its continuations stand for.
    cursors: BTreeMap<PlaceNumber, Cursor>,
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
    /// in the slot, nothing to continue, or number 0 should end). All who act in it must live: see [`World::resolve`].
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
                let can_be_asked = match call {
                    Call::Continue(place) => self.is_open(*slot, *place),
                    _ => true,
                };
                can_be_asked.then(|| self.call(*by, table, call))
            }
            Step::Exit(process) => (*process != 0).then(|| self.exit(*process)),
            Step::Mailbox(process) => Some(Expected::Transfers(std::mem::take(
                &mut self.mailboxes[*process],
            ))),
            Step::Whereis(name) => Some(Expected::Is(Answer::Table(self.named(name)))),
            Step::All => Some(Expected::Tables(self.living_tables().collect())),
        }
    }

    /// Whether there is more to come of what was opened in a place of the slot's table.
    pub fn is_open(&self, slot: SlotNumber, place: PlaceNumber) -> bool {
        let table = self.slots.get(&slot).map(|&table| &self.tables[table]);
        table.is_some_and(|table| table.cursors.contains_key(&place))
    }

    /// Notes what a step answered, of which the model knew only what is right.
    pub fn learn(&mut self, step: &Step, outcome: &Outcome) {
        let (Step::Call { slot, call, .. }, Ok(Answer::Chunk(results, more))) = (step, outcome)
        else {
            return;
        };
        let table = &mut self.tables[self.slots[slot]];
        if let Call::Open { place, .. } | Call::Continue(place) = call {
            table.deliver(*place, results, *more);
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

    /// The step for a call of a table by its number.
    pub fn call(&mut self, by: ProcessNumber, number: TableNumber, call: &Call) -> Expected {
        let access = access_needed(call);
        let table = &self.tables[number];
        if let Some(refusal) = table.refusal(by, access) {
            let causes = faults_of_kind(call, table.contents.kind);
            return refusal.or_fails([faults_of_form(call), causes].concat());
        }
        self.tables[number].note_what_goes(by, call);
        let expected = self.call_admitted(by, number, call);
        self.tables[number].note_contents();
        expected
    }

    fn call_admitted(&mut self, by: ProcessNumber, number: TableNumber, call: &Call) -> Expected {
        let table = &mut self.tables[number];
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
            Call::Open {
                query,
                limit,
                place,
            } => table.open(by, query, *limit, *place),
            Call::Continue(place) => table.next_chunk(*place),
            call => dispatch::change(&mut table.contents, call, by),
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
            cursors: BTreeMap::new(),
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
        let keys = self.contents.walk(Direction::Forward);
        let refusal = self.refusal(by, Access::Write);
        if let Some(refusal) = refusal.filter(|_| self.contents.size() > 0) {
            return refusal;
        }
        self.contents.remove_all();
        keys
    }

    /// The first chunk, and a cursor for those that follow.
    fn open(
        &mut self,
        by: ProcessNumber,
        query: &Query,
        limit: usize,
        place: PlaceNumber,
    ) -> Expected {
        match Cursor::open(&self.contents, query, limit, by) {
            None => Expected::Fails(dispatch::faults_of_chunks(query, limit)),
            Some(cursor) => {
                self.cursors.insert(place, cursor);
                self.next_chunk(place)
            }
        }
    }

    fn next_chunk(&self, place: PlaceNumber) -> Expected {
        Expected::Chunk(self.cursors[&place].next_chunk(&self.contents))
    }

    fn deliver(&mut self, place: PlaceNumber, results: &[Value], more: bool) {
        if !more {
            self.cursors.remove(&place);
        } else if let Some(cursor) = self.cursors.get_mut(&place) {
            cursor.deliver(&self.contents, results);
        }
    }

    fn note_contents(&mut self) {
        for cursor in self.cursors.values_mut() {
            cursor.note(&self.contents);
        }
    }

    /// What a call removes before it puts something in its place, which may be equal: to who goes
    /// on with a query these are two things.
    fn note_what_goes(&mut self, by: ProcessNumber, call: &Call) {
        if self.cursors.is_empty() {
            return;
        }
        if let Some(rest) = dispatch::what_stays(&self.contents, call, by) {
            for cursor in self.cursors.values_mut() {
                cursor.note(&rest);
            }
        }
    }
}
