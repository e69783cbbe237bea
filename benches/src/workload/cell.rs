//! Cells: the combinations in which every contender is measured.

use serde::{Deserialize, Serialize};

use super::ShapeKind;

/// What the operations of a cell are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Every operation reads an object that is there.
    Reads100,
    /// One operation in 20 overwrites an object.
    Reads95,
    /// Every other operation overwrites an object.
    Reads50,
    /// Inserts and deletes, half and half, over twice as many keys as the table has objects.
    Churn,
    /// Inserts of objects that are not there, in random order.
    Inserts,
    /// Inserts of objects above all that are there, in ascending order.
    Ascending,
    /// Reads of ten objects in a row, from one that is there.
    #[serde(rename = "range10")]
    Range10,
    /// The same of a hundred.
    #[serde(rename = "range100")]
    Range100,
    /// The same of ten thousand.
    #[serde(rename = "range10000")]
    Range10000,
    /// Reads of all objects, in ascending order.
    Scan,
    /// Reads of all objects, in descending order.
    ScanReversed,
    /// The least object is taken out.
    PopFirst,
    /// A match specification with the whole key.
    SelectKey,
    /// One with the key's first element.
    SelectPrefix,
    /// One with two bounds for the key.
    SelectRange,
    /// One that looks at every object and wants one in a hundred.
    SelectHundredth,
    /// One that looks at every object and wants every other.
    SelectHalf,
}

/// Threads that take the least object out at the same time.
const CONSUMERS: usize = 2;

impl Work {
    /// Of the hash tables; churn last, because it changes which keys are there.
    pub const HASH: [Self; 4] = [Self::Reads100, Self::Reads95, Self::Reads50, Self::Churn];
    /// Of the ordered tables; churn last here, too.
    pub const ORDERED: [Self; 12] = [
        Self::Reads100,
        Self::Range10,
        Self::Range100,
        Self::Range10000,
        Self::Scan,
        Self::ScanReversed,
        Self::Inserts,
        Self::Ascending,
        Self::PopFirst,
        Self::Reads95,
        Self::Reads50,
        Self::Churn,
    ];
    /// Questions.
    pub const SELECTS: [Self; 5] = [
        Self::SelectKey,
        Self::SelectPrefix,
        Self::SelectRange,
        Self::SelectHundredth,
        Self::SelectHalf,
    ];

    /// For a table's row.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Reads100 => "100 % reads",
            Self::Reads95 => "95 % reads",
            Self::Reads50 => "50 % reads",
            Self::Churn => "churn",
            Self::Inserts => "inserts",
            Self::Ascending => "ascending inserts",
            Self::Range10 => "ranges of 10",
            Self::Range100 => "ranges of 100",
            Self::Range10000 => "ranges of 10 K",
            Self::Scan => "whole scan",
            Self::ScanReversed => "reverse scan",
            Self::PopFirst => "pop_first",
            Self::SelectKey => "key bound",
            Self::SelectPrefix => "key's first element bound",
            Self::SelectRange => "key between bounds",
            Self::SelectHundredth => "all objects, 1 % wanted",
            Self::SelectHalf => "all objects, 50 % wanted",
        }
    }

    /// Share of the operations that have [`WRITE_BIT`](super::WRITE_BIT) set.
    pub(super) fn write_share(self) -> f64 {
        match self {
            Self::Reads95 => 0.05,
            Self::Reads50 | Self::Churn => 0.5,
            _ => 0.0,
        }
    }

    /// How many keys the operations draw from.
    pub(super) fn key_space(self, objects: u32) -> u32 {
        if self == Self::Churn {
            objects * 2
        } else {
            objects
        }
    }

    /// Most objects that one operation reads, if it reads a range.
    #[must_use]
    pub fn range(self) -> Option<u32> {
        match self {
            Self::Range10 => Some(10),
            Self::Range100 => Some(100),
            Self::Range10000 => Some(10_000),
            _ => None,
        }
    }

    /// Whether it reads many objects in a row. What is counted then are objects.
    #[must_use]
    pub fn is_scan(self) -> bool {
        self.range().is_some() || matches!(self, Self::Scan | Self::ScanReversed)
    }

    /// Whether it is a question that looks at every object. What is counted then are the objects looked at.
    #[must_use]
    pub fn looks_at_all(self) -> bool {
        matches!(self, Self::SelectHundredth | Self::SelectHalf)
    }
}

/// Which keys are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyDistribution {
    /// Each with the same probability.
    Uniform,
    /// Rank r with a probability proportional to r^-0.99.
    Zipf,
}

impl KeyDistribution {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Uniform, Self::Zipf];

    /// For a table's row.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
        }
    }
}

/// One combination that every contender is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// What is stored.
    pub shape: ShapeKind,
    /// How many objects are in the table.
    pub objects: u32,
    /// What is done.
    #[serde(alias = "mix")]
    pub work: Work,
    /// With which keys.
    pub keys: KeyDistribution,
    /// By how many threads.
    pub threads: usize,
}

impl Cell {
    /// Whether every operation reads one object.
    #[must_use]
    pub fn reads_only(&self) -> bool {
        self.work == Work::Reads100
    }

    /// Whether there is such a cell: ranges must be shorter than the table, keys must be ordered for bounds to mean
    /// something, and the least object has so many consumers.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        match self.work {
            Work::PopFirst => self.threads == CONSUMERS,
            Work::SelectPrefix | Work::SelectRange => self.shape == ShapeKind::OrderedOrders,
            work => work.range().is_none_or(|range| range < self.objects),
        }
    }

    /// One line that names the cell.
    #[must_use]
    pub fn title(&self) -> String {
        let (shape, objects) = (self.shape.title(), count_title(self.objects));
        let (work, keys, threads) = (self.work.title(), self.keys.title(), self.threads);
        format!("{shape} {objects}, {work}, {keys}, {threads} T")
    }
}

/// `1 K`, `100 K`, `4 M`.
#[must_use]
pub fn count_title(count: u32) -> String {
    match count {
        _ if count >= 1_000_000 && count.is_multiple_of(1_000_000) => {
            format!("{} M", count / 1_000_000)
        }
        _ if count >= 1_000 && count.is_multiple_of(1_000) => format!("{} K", count / 1_000),
        _ => count.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_an_older_file_is_read() {
        let old = r#"{"shape":"ints","objects":1000,"mix":"reads100","keys":"zipf","threads":2}"#;
        let cell: Cell = serde_json::from_str(old).expect("it is a cell");
        assert_eq!(cell.title(), "{int, int} 1 K, 100 % reads, zipf, 2 T");
    }

    #[test]
    fn ranges_are_shorter_than_the_table() {
        let cell = |work, threads| Cell {
            shape: ShapeKind::OrderedInts,
            objects: 1_000,
            work,
            keys: KeyDistribution::Uniform,
            threads,
        };
        assert!(cell(Work::Range100, 1).is_possible());
        assert!(!cell(Work::Range10000, 1).is_possible());
        assert!(cell(Work::PopFirst, 2).is_possible());
        assert!(!cell(Work::PopFirst, 1).is_possible());
    }
}
