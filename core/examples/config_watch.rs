//! Configuration with watchers: each hears of a setting that changes, and looks it up.

use heirloom::{Notice, Set, TableError};
use std::thread;

fn main() -> Result<(), TableError> {
    let config = Set::<String, u32>::options("config")
        .change_feed(1000)
        .create()?;
    config.insert("workers".into(), 4)?;

    let changes = config.subscribe()?;
    let settings = config.clone();
    let watcher = thread::spawn(move || {
        let mut resized = Vec::new();
        for change in changes {
            // Whoever has missed something looks at everything that matters to it.
            let concerns_us = match change? {
                Notice::Changed(name) => name == "workers",
                _ => true,
            };
            if concerns_us && let Some(workers) = settings.get("workers")? {
                println!("{workers} workers");
                resized.push(workers);
                if workers == 8 {
                    break;
                }
            }
        }
        Ok::<_, TableError>(resized)
    });

    config.insert("level".into(), 2)?;
    config.insert("workers".into(), 8)?;
    let resized = watcher.join().expect("it did not panic")?;
    assert_eq!(resized.last(), Some(&8));
    Ok(())
}
