//! Ratios: Heirloom's throughput divided by a peer's, in each cell; the worst and the geometric mean of many.

use crate::contender::Label;
use crate::results::{Results, Throughput};
use crate::workload::{Cell, ShapeKind, Work};

/// One cell in which Heirloom and at least one peer were measured.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// Where.
    pub cell: Cell,
    /// Heirloom's figure.
    pub heirloom: &'a Throughput,
    /// Everybody else's.
    pub peers: Vec<&'a Throughput>,
}

impl Row<'_> {
    /// Heirloom's throughput divided by this peer's; above 1 is good.
    #[must_use]
    pub fn ratio(&self, label: Label) -> Option<f64> {
        self.peers
            .iter()
            .find(|peer| peer.label == label)
            .map(|peer| self.heirloom.rate / peer.rate)
    }

    /// The fastest peer that does all of the work.
    #[must_use]
    pub fn best(&self) -> Option<&Throughput> {
        self.best_of(Label::is_rival)
    }

    /// The fastest peer among some.
    fn best_of(&self, among: impl Fn(Label) -> bool) -> Option<&Throughput> {
        let peers = self.peers.iter().copied().filter(|peer| among(peer.label));
        peers.max_by(|left, right| left.rate.total_cmp(&right.rate))
    }
}

/// A selection of cells.
#[derive(Clone, Debug)]
pub struct Rows<'a>(pub Vec<Row<'a>>);

impl<'a> Rows<'a> {
    /// Every cell of a run.
    #[must_use]
    pub fn of(results: &'a Results) -> Self {
        let heirlooms = results
            .cells
            .iter()
            .filter(|cell| cell.label == Label::Heirloom);
        let row = |heirloom: &'a Throughput| {
            let peer = |other: &&Throughput| other.cell == heirloom.cell && other.label.is_peer();
            Row {
                cell: heirloom.cell,
                heirloom,
                peers: results.cells.iter().filter(peer).collect(),
            }
        };
        Self(heirlooms.map(row).collect())
    }

    /// Those with this kind of object.
    #[must_use]
    pub fn shape(self, shape: ShapeKind) -> Self {
        self.filter(|cell| cell.shape == shape)
    }

    /// Those that only read.
    #[must_use]
    pub fn reads_only(self) -> Self {
        self.filter(Cell::reads_only)
    }

    /// Those with such work.
    #[must_use]
    pub fn works(self, pass: impl Fn(Work) -> bool) -> Self {
        self.filter(|cell| pass(cell.work))
    }

    /// Those with so many threads.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        self.filter(|cell| cell.threads == threads)
    }

    /// Those that pass.
    fn filter(self, pass: impl Fn(&Cell) -> bool) -> Self {
        Self(self.0.into_iter().filter(|row| pass(&row.cell)).collect())
    }

    /// Against one peer; `None` if it is in none of these cells.
    #[must_use]
    pub fn against(&self, label: Label) -> Option<Score> {
        self.score(|row| row.ratio(label))
    }

    /// Against the fastest peer of each cell.
    #[must_use]
    pub fn against_best(&self) -> Option<Score> {
        self.against_best_of(Label::is_rival)
    }

    /// Against the fastest of some peers in each cell.
    #[must_use]
    pub fn against_best_of(&self, among: impl Fn(Label) -> bool) -> Option<Score> {
        self.score(|row| {
            let best = row.best_of(&among)?;
            Some(row.heirloom.rate / best.rate)
        })
    }

    /// Against the one peer that comes off best in all of these cells together.
    #[must_use]
    pub fn against_best_single(&self) -> Option<(Label, Score)> {
        let mut labels: Vec<Label> = Vec::new();
        for peer in self.0.iter().flat_map(|row| &row.peers) {
            if peer.label.is_rival() && !labels.contains(&peer.label) {
                labels.push(peer.label);
            }
        }
        labels
            .into_iter()
            .filter_map(|label| Some((label, self.against(label)?)))
            .min_by(|(_, left), (_, right)| left.geometric_mean.total_cmp(&right.geometric_mean))
    }

    /// The worst and the mean of some ratio.
    fn score(&self, ratio: impl Fn(&Row<'a>) -> Option<f64>) -> Option<Score> {
        let ratios: Vec<(f64, Cell)> = self
            .0
            .iter()
            .filter_map(|row| Some((ratio(row)?, row.cell)))
            .collect();
        let &(worst, worst_cell) = ratios
            .iter()
            .min_by(|left, right| left.0.total_cmp(&right.0))?;
        let logarithms: f64 = ratios.iter().map(|(ratio, _)| ratio.ln()).sum();
        let geometric_mean = (logarithms / ratios.len() as f64).exp();
        Some(Score {
            worst,
            worst_cell,
            geometric_mean,
            cells: ratios.len(),
        })
    }
}

/// Many ratios in short.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// The lowest.
    pub worst: f64,
    /// Where that is.
    pub worst_cell: Cell,
    /// Of all of them.
    pub geometric_mean: f64,
    /// How many there are.
    pub cells: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Conduct;
    use crate::workload::KeyDistribution;

    /// A throughput in a cell that differs from others by its number of objects.
    fn throughput(label: Label, objects: u32, rate: f64) -> Throughput {
        let (shape, work, keys) = (ShapeKind::Ints, Work::Reads100, KeyDistribution::Uniform);
        Throughput {
            cell: Cell {
                shape,
                objects,
                work,
                keys,
                threads: 1,
            },
            label,
            rate,
            rounds: vec![rate],
            conduct: Conduct {
                fairness: 1.0,
                waited: 0.0,
            },
            misses: 0,
        }
    }

    #[test]
    fn worst_and_mean_are_against_the_best_peer_of_each_cell() {
        let figures = [
            throughput(Label::Heirloom, 1, 8.0),
            throughput(Label::Dashmap, 1, 2.0),
            throughput(Label::Papaya, 1, 4.0),
            throughput(Label::Heirloom, 2, 3.0),
            throughput(Label::Dashmap, 2, 6.0),
        ];
        let row = |at: usize, peers: std::ops::Range<usize>| Row {
            cell: figures[at].cell,
            heirloom: &figures[at],
            peers: figures[peers].iter().collect(),
        };
        let rows = Rows(vec![row(0, 1..3), row(3, 4..5)]);
        let score = rows.against_best().expect("there are peers");
        assert_eq!(
            (score.worst, score.worst_cell.objects, score.cells),
            (0.5, 2, 2)
        );
        assert!((score.geometric_mean - 1.0).abs() < 1e-9);
        assert!(rows.against(Label::Ets).is_none());
        let other = rows.against_best_of(|label| label != Label::Papaya);
        assert_eq!(other.map(|score| score.worst), Some(0.5));
        let other = rows.against_best_of(|label| label == Label::Papaya);
        assert_eq!(
            other.map(|score| (score.worst, score.cells)),
            Some((2.0, 1))
        );
        assert_eq!(
            rows.against(Label::Papaya).map(|score| score.worst),
            Some(2.0)
        );
        // Against dashmap the mean is that of 4 and 0.5, against papaya it is 2.
        let single = rows.against_best_single();
        let single = single.map(|(label, score)| (label, score.cells));
        assert_eq!(single, Some((Label::Dashmap, 2)));
    }
}
