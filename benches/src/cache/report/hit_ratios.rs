//! The table of hit ratios: one row for each workload and capacity.

use super::{cite, or_dash};
use crate::cache::SETTLE_EVERY;
use crate::cache::contender::Label;
use crate::cache::results::{HitRatio, Results};
use crate::cache::workload::Workload;
use crate::report::{heading, new_table, numbers_from};

/// Columns that name a row.
const CASE_HEADS: [&str; 3] = ["workload", "capacity", "of keys"];

/// Everybody's figures for one workload and capacity.
pub(super) struct Case<'a>(Vec<&'a HitRatio>);

impl<'a> Case<'a> {
    /// All of a run, in its order.
    pub(super) fn all(results: &'a Results) -> Vec<Self> {
        let alike = |left: &HitRatio, right: &HitRatio| {
            (left.workload, left.capacity) == (right.workload, right.capacity)
        };
        let cases = results.hit_ratios.chunk_by(alike);
        cases.map(|case| Self(case.iter().collect())).collect()
    }

    /// `OLTP [1] at 1868`.
    pub(super) fn title(&self) -> String {
        let (workload, capacity) = self.name();
        format!("{} at {capacity}", workload.title())
    }

    /// One contender's hits in a hundred.
    pub(super) fn percent(&self, label: Label) -> Option<f64> {
        let found = self.0.iter().find(|ratio| ratio.label == label);
        found.map(|ratio| ratio.percent())
    }

    /// Heirloom's points above the best peer.
    pub(super) fn above_best(&self) -> Option<f64> {
        let peers = self.0.iter().filter(|ratio| ratio.label.is_peer());
        let best = peers.map(|ratio| ratio.percent()).max_by(f64::total_cmp)?;
        Some(self.percent(Label::Heirloom)? - best)
    }

    /// Heirloom's points above this peer.
    pub(super) fn above(&self, peer: Label) -> Option<f64> {
        Some(self.percent(Label::Heirloom)? - self.percent(peer)?)
    }

    /// Which workload and capacity.
    fn name(&self) -> (Workload, u64) {
        (self.0[0].workload, self.0[0].capacity)
    }

    /// One line of the table.
    fn row(&self, contenders: &[Label]) -> Vec<String> {
        let (workload, capacity) = self.name();
        let share = capacity as f64 * 100.0 / self.0[0].footprint as f64;
        let mut words = vec![
            workload.title().to_owned(),
            capacity.to_string(),
            format!("{share:.0} %"),
        ];
        let percent = |&label: &Label| self.percent(label).map(|percent| format!("{percent:.2}"));
        let points = |points: Option<f64>| points.map(|points| format!("{points:+.2}"));
        words.extend(contenders.iter().map(|label| or_dash(percent(label))));
        words.push(or_dash(points(self.above_best())));
        words.push(or_dash(points(self.above(Label::Moka))));
        words
    }
}

/// Prints them.
pub(super) fn print(results: &Results) {
    heading("Hit ratios: hits in a hundred requests; the last columns are Heirloom's points above");
    println!(
        "One thread; a lookup, and an insert after a miss. moka and mini-moka put evictions off, and are\n\
         told to catch up every {SETTLE_EVERY} requests.\n"
    );
    let contenders = &results.plan.contenders;
    let mut heads = CASE_HEADS.to_vec();
    heads.extend(contenders.iter().map(|label| label.title()));
    heads.extend(["best peer", "moka"]);
    let mut table = new_table(&heads);
    for case in Case::all(results) {
        table.add_row(case.row(contenders));
    }
    numbers_from(&mut table, 1);
    println!("{table}");
    cite(results);
    print_overfull(results);
}

/// Who ended with more objects than there was room for, and how many more at most.
fn print_overfull(results: &Results) {
    for &label in &results.plan.contenders {
        let of_label = results
            .hit_ratios
            .iter()
            .filter(|ratio| ratio.label == label);
        let excess = of_label.map(|ratio| ratio.objects.saturating_sub(ratio.capacity));
        if let Some(excess @ 1..) = excess.max() {
            println!("{} kept up to {excess} objects too many.", label.title());
        }
    }
}
