//! Sessions that survive: the worker that keeps them dies, and the next one goes on with the same table.

use heirloom::process::{self, Message};
use heirloom::{Process, Table, TableError};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let keeper = Process::new();
    let heir = keeper.clone();
    let first = process::spawn(move || -> Result<(), TableError> {
        let sessions = Table::set("sessions").heir(&heir, "sessions").create()?;
        sessions.insert(("cookie 1", "ann"))?;
        panic!("a fault in some request");
    });
    assert!(first.join().is_err());

    // Whoever starts workers is the heir, and gives the table to the next one.
    let Message::Transfer { table, .. } = keeper.receive()? else {
        return Err("no table".into());
    };
    let sessions = Table::find(table).ok_or("no table")?;
    let second = Process::new();
    keeper.run(|| sessions.give_away(&second, "sessions"))?;
    second.run(|| sessions.insert(("cookie 2", "bob")))?;

    println!("{} sessions", sessions.size()?);
    assert_eq!(
        sessions.lookup_element("cookie 1", 2)?.as_str(),
        Some("ann")
    );
    assert_eq!(
        sessions.lookup_element("cookie 2", 2)?.as_str(),
        Some("bob")
    );
    Ok(())
}
