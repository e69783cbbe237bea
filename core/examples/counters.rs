//! Metrics: counters that all threads count up, each made by the first who names it.

use heirloom::{Table, TableError};
use std::thread;

const WORKERS: i64 = 4;
const REQUESTS: i64 = 1_000;

fn main() -> Result<(), TableError> {
    let metrics = Table::ordered_set("metrics").create()?;
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| serve(&metrics).expect("the table is there"));
        }
    });
    for metric in metrics.iter() {
        println!("{}", metric?);
    }
    assert_eq!(
        metrics.lookup_element("requests", 2)?.as_i64(),
        Some(WORKERS * REQUESTS)
    );
    Ok(())
}

/// One worker of a server.
fn serve(metrics: &Table) -> Result<(), TableError> {
    for request in 0..REQUESTS {
        metrics.update_counter_or("requests", 1, ("", 0))?;
        if request % 10 == 0 {
            metrics.update_counter_or("slow requests", 1, ("", 0))?;
        }
    }
    Ok(())
}
