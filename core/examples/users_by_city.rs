//! A secondary index: users by number, found by their city, too. Both change in one step.

use heirloom::{Table, TableError};
use std::thread;

fn main() -> Result<(), TableError> {
    let users = Table::set("users").public().index(3).create()?;
    users.insert(vec![
        (1, "ann", "Bern"),
        (2, "bob", "Rome"),
        (3, "eve", "Bern"),
    ])?;

    thread::scope(|scope| {
        scope.spawn(|| users.update_element(3, (3, "Rome")));
        // At every moment she lives in one of the two.
        let in_bern = users.index_read("Bern", 3).map(|users| users.len());
        println!("{in_bern:?} in Bern");
        assert!(in_bern.is_ok_and(|count| (1..=2).contains(&count)));
    });
    for user in users.index_read("Rome", 3)? {
        println!("{user}");
    }
    assert_eq!(users.index_read("Bern", 3)?.len(), 1);
    assert_eq!(users.index_read("Rome", 3)?.len(), 2);
    Ok(())
}
