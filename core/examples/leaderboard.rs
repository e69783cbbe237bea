//! A leaderboard: points come in, and each player's place is known at once.

use heirloom::{Table, TableError};
use std::error::Error;

/// `points` has the sum of each player; `places` its keys in the order of places.
struct Leaderboard {
    points: Table,
    places: Table,
}

impl Leaderboard {
    fn new() -> Result<Leaderboard, TableError> {
        Ok(Leaderboard {
            points: Table::set("points").create()?,
            places: Table::ordered_set("places").create()?,
        })
    }

    /// Adds a player's points; the place that the player has now, from 1. For one thread at a time.
    fn score(&self, player: &str, points: i64) -> Result<u64, Box<dyn Error>> {
        let sum = self.points.update_counter_or(player, points, ("", 0))?;
        let sum = sum.as_i64().ok_or("more points than there can be")?;
        self.places.delete((points - sum, player))?;
        self.places.insert(((-sum, player),))?;
        Ok(self.places.rank((-sum, player))? + 1)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let board = Leaderboard::new()?;
    assert_eq!(board.score("ann", 30)?, 1);
    assert_eq!(board.score("bob", 20)?, 2);
    assert_eq!(board.score("cem", 10)?, 3);
    assert_eq!(board.score("bob", 15)?, 1);
    for place in board.places.iter().take(2) {
        println!("{}", place?);
    }
    let last = board.places.nth(2)?.map(|key| key.to_string());
    assert_eq!(last.as_deref(), Some("{-10,<<\"cem\">>}"));
    Ok(())
}
