//! Models of what happens to a table while it is used: this very code under loom.

use super::gate::Rights;
use super::*;
use crate::loom_support::{check, check_within, spawn, start};
use crate::mutant::Mutant;
use crate::process::Message;
use crate::sync::Ordering;
use crate::term::{Term, ToTerm};

fn table_of(owner: &Process, access: Access) -> Table {
    create::unregistered(Kind::Set, owner, access)
}

fn value_of(table: &Table, key: impl ToTerm) -> Result<Option<i64>, TableError> {
    let found = table.with(key, |object| object.element(2)?.as_i64())?;
    Ok(found.flatten())
}

#[test]
fn a_table_whose_owner_exits_is_there_or_gone() {
    check_within(2, Mutant::NoGateUnderLock, || {
        // A key of several words: those of one word have a short way, which looks at the gate
        // again when it finds nothing.
        let owner = Process::new();
        let table = table_of(&owner, Access::Public);
        let inserted = table.insert(("key", 10)).is_ok();
        let exiting = owner.clone();
        let exiting = spawn(1, move || exiting.exit(Atom::OK));
        let seen = match value_of(&table, "key") {
            // There, but empty, would be neither.
            Ok(value) => value == Some(10),
            Err(error) => matches!(error, TableError::NoSuchTable { .. }),
        };
        let ended = exiting.join().is_ok();
        let gone = matches!(
            table.insert(("key", 11)),
            Err(TableError::NoSuchTable { .. })
        );
        inserted && seen && ended && gone
    });
}

#[test]
fn an_heir_that_has_the_message_has_the_table() {
    check_within(2, Mutant::MessageBeforeTable, || {
        let (owner, heir) = (Process::new(), Process::new());
        let table = table_of(&owner, Access::Private);
        let prepared =
            owner.run(|| table.insert((1, 10)).is_ok() && table.set_heir(&heir, 5).is_ok());
        let exiting = owner.clone();
        let exiting = spawn(1, move || exiting.exit(Atom::OK));
        let read = || heir.run(|| value_of(&table, 1)) == Ok(Some(10));
        let told = match heir.try_receive() {
            Some(Message::Transfer { data, .. }) => data == Term::from(5) && read(),
            _ => true,
        };
        let ended = exiting.join().is_ok();
        let inherited = read();
        heir.exit(Atom::OK);
        prepared && told && ended && inherited
    });
}

#[test]
fn an_exit_finds_a_table_that_is_being_made() {
    check_within(2, Mutant::UnlockedCreation, || {
        let (owner, heir) = (Process::new(), Process::new());
        let making = (owner.clone(), heir.clone());
        let making = start(1, move || {
            let (owner, heir) = making;
            owner.run(|| Table::set("t").heir(&heir, 5).create()).ok()
        });
        let exiting = (owner, heir.clone());
        let exiting = start(2, move || {
            let (owner, heir) = exiting;
            owner.exit(Atom::OK);
            match heir.try_receive() {
                Some(Message::Transfer { table, .. }) => Table::find(table).is_some(),
                _ => true,
            }
        });
        let (made, found) = (making.join(), exiting.join());
        let Ok(made) = made else { return false };
        let inherited = made
            .as_ref()
            .is_none_or(|table| table.owner() == Some(heir.pid()));
        heir.exit(Atom::OK);
        let forgotten = made.is_none_or(|table| !Table::all().contains(&table));
        found.unwrap_or(false) && inherited && forgotten
    });
}

#[test]
fn an_heir_that_was_set_gets_the_table() {
    check_within(2, Mutant::HeirNotAskedAgain, || {
        let (owner, heir) = (Process::new(), Process::new());
        let table = table_of(&owner, Access::Public);
        let exiting = owner.clone();
        let exiting = start(1, move || exiting.exit(Atom::OK));
        let setting = (owner.clone(), heir.clone(), table.clone());
        let setting = start(2, move || {
            let (owner, heir, table) = setting;
            owner.run(|| table.set_heir(&heir, 5)).is_ok()
        });
        let set = setting.join().unwrap_or(false);
        let ended = exiting.join().is_ok();
        let owned = table.owner();
        heir.exit(Atom::OK);
        ended && owned == set.then(|| heir.pid())
    });
}

#[test]
fn an_owner_writes_nothing_after_the_table_is_given_away() {
    check_within(2, Mutant::NoGateUnderLock, || {
        let (owner, receiver) = (Process::new(), Process::new());
        let table = table_of(&owner, Access::Protected);
        let inserted = owner.run(|| table.insert((1, 10))).is_ok();
        let writing = (owner.clone(), table.clone());
        let writing = spawn(1, move || {
            let (owner, table) = writing;
            owner.run(|| table.insert((1, 20))).is_ok()
        });
        let given = owner.run(|| table.give_away(&receiver, 0)).is_ok();
        let read = || receiver.run(|| value_of(&table, 1)).ok().flatten();
        let (first, second) = (read(), read());
        let written = writing.join().unwrap_or(false);
        let right = first == second && first == Some(if written { 20 } else { 10 });
        owner.exit(Atom::OK);
        receiver.exit(Atom::OK);
        inserted && given && right
    });
}

#[test]
fn a_fixed_walk_goes_on_from_a_deleted_key() {
    check_within(2, Mutant::FixationIgnored, || {
        let owner = Process::new();
        let table = table_of(&owner, Access::Public);
        let inserted = table.insert((1, 10)).is_ok() && table.insert((2, 10)).is_ok();
        let deleting = table.clone();
        let walked = owner.run(|| {
            let fixed = table.safe_fixtable(true).is_ok();
            let Ok(Some(first)) = table.first() else {
                return false;
            };
            let gone = first.clone();
            let deleting = spawn(1, move || deleting.delete(&gone).is_ok());
            let second = table.next(&first);
            let deleted = deleting.join().unwrap_or(false);
            let freed = table.safe_fixtable(false).is_ok();
            // Nobody has it fixed any more, and the key is gone.
            let refused = table.next(&first).is_err();
            let went_on = second.is_ok_and(|second| second.is_some_and(|second| second != first));
            fixed && went_on && deleted && freed && refused
        });
        owner.exit(Atom::OK);
        inserted && walked
    });
}

/// The gate alone: with a table in it the model would take a minute.
#[test]
fn nobody_reads_what_was_there_while_the_table_was_closed() {
    check(Mutant::UncountedGate, || {
        let owner = Pid::from_raw(1);
        let [open, closed] = [Access::Public, Access::Private].map(|a| Rights::new(owner, a));
        let table = Arc::new((Gate::new(open), AtomicU64::new(0)));
        let changing = Arc::clone(&table);
        let changing = start(1, move || {
            let (gate, object) = &*changing;
            gate.set(closed);
            object.store(1, Ordering::Release);
            object.store(0, Ordering::Release);
            gate.set(open);
        });
        let reading = start(2, move || {
            let (gate, object) = &*table;
            let Some(admission) = gate.reader() else {
                return true;
            };
            let found = object.load(Ordering::Acquire);
            admission.holds().is_err() || found == 0
        });
        let nothing_seen = reading.join().unwrap_or(false);
        changing.join().is_ok() && nothing_seen
    });
}
