//! Making a table.

use super::gate::{Gate, Rights};
use super::info::Advice;
use super::options::{Heir, TableOptions};
use super::{Admin, Kind, Shared, Table, TableError, caller, registry};
use crate::engine::{Care, Duplicates, Engine, HashTable, Index, Lifetimes, Tree};
use crate::feed::Feed;
use crate::mutant::{self, Mutant};
use crate::process::{OwnedTable, Process};
use crate::sync::{Arc, AtomicU64, Counter, Mutex, lock, thread};
use crate::term::{Atom, TableId, Term};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

/// The id of the next table.
static IDS: Counter = Counter::new(1);

pub(super) fn create(options: TableOptions) -> Result<Table, TableError> {
    if options.key_position == 0 {
        let option = (
            crate::Atom::new("keypos").map_err(crate::TermError::from)?,
            0,
        );
        return Err(TableError::BadOption {
            option: Term::tuple([Term::from(option.0), Term::from(option.1)])?,
        });
    }
    options.check_indexes()?;
    let owner = caller();
    let shared = Arc::new(new_shared(&options, &owner)?);
    let name = options.name?;
    publish(&shared, &owner, options.named.then_some(name))?;
    Ok(Table { shared })
}

/// Gives a new table to its owner and lets it be found.
///
/// Under the table's lock, for which an exit of the owner waits: it finds the table known, hands it
/// over or takes it out of the registry again. So nobody finds a table without an owner, no heir has
/// one that is not found, and none that is deleted stays.
fn publish(shared: &Arc<Shared>, owner: &Process, name: Option<Atom>) -> Result<(), TableError> {
    let admin = lock(&shared.admin);
    let table: Arc<dyn OwnedTable> = shared.clone();
    owner
        .adopt(table, || {}, None)
        .map_err(|_| TableError::NoSuchProcess { pid: owner.pid() })?;
    if mutant::is_on(Mutant::UnlockedCreation) {
        drop(admin);
        // loom knows nothing of the registry, and would not interrupt before it.
        thread::yield_now();
        return registry::add(shared, name);
    }
    registry::add(shared, name).inspect_err(|_| {
        // An exit that waits for the lock must find that there is nothing to do.
        shared.gate.shut();
        owner.disown(shared.id);
    })
}

/// A table that the registry does not know: a static would outlive a model's executions.
#[cfg(all(test, any(heirloom_loom, heirloom_shuttle)))]
pub(super) fn unregistered(kind: Kind, owner: &Process, access: super::Access) -> Table {
    let options = TableOptions::new(kind, Ok(Atom::OK)).access(access);
    let shared = Arc::new(new_shared(&options, owner).expect("the options are good"));
    let owned: Arc<dyn OwnedTable> = shared.clone();
    owner.adopt(owned, || {}, None).expect("the owner is alive");
    Table { shared }
}

/// A table that nobody knows of yet.
pub(super) fn new_shared(options: &TableOptions, owner: &Process) -> Result<Shared, TableError> {
    let id = TableId::from_raw(IDS.next());
    Ok(Shared {
        id,
        gate: Gate::new(Rights::new(owner.pid(), options.access)),
        engine: engine(options, id),
        kind: options.kind,
        key_position: options.key_position,
        fixers: AtomicU64::new(0),
        advice: Advice::of(options),
        listener: options.listener.clone(),
        weigher: options.weigher.clone(),
        admin: Mutex::new(Admin {
            name: options.name.clone()?,
            named: options.named,
            heir: living(options.heir.clone()),
            fixations: BTreeMap::new(),
        }),
    })
}

fn engine(options: &TableOptions, id: TableId) -> Engine {
    let hash = |duplicates| {
        Engine::Hash(HashTable::new(
            duplicates,
            options.key_position,
            new_seed(id),
            care(options),
        ))
    };
    match options.kind {
        Kind::Set => hash(Duplicates::Replace),
        Kind::OrderedSet => Engine::Tree(Box::new(Tree::new(options.key_position, care(options)))),
        Kind::Bag => hash(Duplicates::Differing),
        Kind::DuplicateBag => hash(Duplicates::Any),
    }
}

/// What the table's objects need besides memory.
fn care(options: &TableOptions) -> Care {
    let limits = &options.limits;
    let has_exact_keys = options.kind != Kind::OrderedSet;
    let index = |&position: &usize| Index::new(position, options.key_position, has_exact_keys);
    let positions = options.indexes.iter();
    let lifetimes = || {
        Box::new(match options.kind {
            Kind::Set => Lifetimes::of_hash_table(limits.clone()),
            _ => Lifetimes::new(limits.clone()),
        })
    };
    Care {
        lifetimes: limits.are_set().then(lifetimes),
        values: options.values,
        feed: options.feed.map(|notices| Arc::new(Feed::new(notices))),
        indexes: positions.map(index).collect(),
        kinds: options.kinds,
    }
}

/// What a table's hashes depend on. From the system's source of randomness: keys cannot be chosen
/// to collide by somebody who does not know it.
fn new_seed(id: TableId) -> u64 {
    if cfg!(any(heirloom_loom, heirloom_shuttle)) {
        // What was seen is repeated there, so a model must take the same way each time.
        return 1;
    }
    RandomState::new().hash_one(id.raw())
}

/// An heir that is alive; a dead one is none, as in Erlang.
pub(super) fn living(heir: Option<Heir>) -> Option<Heir> {
    heir.filter(|heir| Process::find(heir.pid).is_some())
}
