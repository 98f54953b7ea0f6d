//! The figures of an attack as a row of the table, and their limits.

use std::fmt::Write as _;
use std::{fs, io};

use mcp_guard_abuse::Status;
use serde::{Deserialize, Serialize};

use crate::attacks::Outcome;
use crate::bystander::Report;
use crate::tally::Tally;

/// The maximum growth of resident memory and live bytes from the first repetition to the last, in percent.
const GROWTH: u64 = 20;
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Row {
    attack: String,
    answers: Tally,
    peak_rss_kib: u64,
    peak_size_kib: u64,
    rss_kib: Trend,
    live_bytes: Trend,
    pub(crate) descriptors_before: u64,
    descriptors_after: u64,
    repetitions: usize,
    pub(crate) bystander: Report,
    notes: Vec<String>,
    pub(crate) failures: Vec<String>,
}

/// A figure after the first repetition and after the last one.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct Trend {
    first: u64,
    last: u64,
}

impl Trend {
    fn add(&mut self, figure: u64) {
        if self.first == 0 {
            self.first = figure;
        }
        self.last = figure;
    }

    fn grows(self) -> bool {
        self.last > self.first + self.first * GROWTH / 100
    }
}

impl Row {
    pub(crate) fn new(attack: &str) -> Self {
        Self { attack: attack.to_owned(), ..Self::default() }
    }

    pub(crate) fn read(path: &str) -> io::Result<Self> {
        serde_json::from_str(&fs::read_to_string(path)?).map_err(io::Error::from)
    }

    pub(crate) fn write(&self, path: &str) -> io::Result<()> {
        fs::write(path, serde_json::to_string(self)?)
    }

    pub(crate) fn fail(&mut self, failure: String) {
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }

    pub(crate) fn record(&mut self, outcome: Outcome) {
        self.answers.merge(&outcome.answers);
        for note in outcome.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        for failure in outcome.failures {
            self.fail(failure);
        }
    }

    /// Records the peaks of a repetition.
    pub(crate) fn peaked(&mut self, rss_kib: u64, size_kib: u64) {
        self.peak_rss_kib = self.peak_rss_kib.max(rss_kib);
        self.peak_size_kib = self.peak_size_kib.max(size_kib);
    }

    /// Records the state of the server after a repetition.
    pub(crate) fn settled(&mut self, repetition: usize, status: &Status) {
        self.repetitions = repetition;
        self.rss_kib.add(status.rss_kib);
        self.live_bytes.add(status.live_bytes);
        self.descriptors_after = self.descriptors_after.max(status.descriptors);
        if status.descriptors > self.descriptors_before {
            let kept = status.descriptors - self.descriptors_before;
            self.fail(format!("{kept} descriptors kept after repetition {repetition}"));
        }
    }

    /// Compares the figures of all repetitions with their limits.
    pub(crate) fn check(&mut self) {
        if self.live_bytes.grows() {
            self.fail(format!("live bytes grew by more than {GROWTH} % from the first repetition to the last"));
        }
        if self.rss_kib.grows() {
            self.fail(format!("VmRSS grew by more than {GROWTH} % from the first repetition to the last"));
        }
        let failed = self.bystander.answers.except("200");
        if failed > 0 {
            self.fail(format!("{failed} requests of the well-behaved client failed: {}", self.bystander.answers));
        }
    }
}

/// Renders the table, with notes and failures below it.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| attack | runs | answers | peak VmRSS MB | peak VmSize MB | VmRSS 1st, last MB | live 1st, last MB | descriptors before, after \
         | well-behaved: requests, not 200 | p50 / p99 / max ms | result |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let kib = |kib: u64| kib / 1024;
    let mib = |trend: Trend| format!("{:.1}, {:.1}", megabytes(trend.first), megabytes(trend.last));
    for row in rows {
        // Writing to a string never fails.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {}, {} | {} | {}, {} | {}, {} | {} | {} |",
            row.attack,
            row.repetitions,
            row.answers,
            kib(row.peak_rss_kib),
            kib(row.peak_size_kib),
            kib(row.rss_kib.first),
            kib(row.rss_kib.last),
            mib(row.live_bytes),
            row.descriptors_before,
            row.descriptors_after,
            row.bystander.answers.total(),
            row.bystander.answers.except("200"),
            row.bystander.latencies(),
            if row.failures.is_empty() { "ok" } else { "FAILED" },
        );
    }
    for row in rows {
        let notes = row.notes.iter().map(|note| ("note", note));
        for (kind, line) in notes.chain(row.failures.iter().map(|failure| ("FAILED", failure))) {
            let _ = write!(text, "\n{kind}: {}: {line}", row.attack);
        }
    }
    text.push('\n');
    text
}

#[expect(clippy::cast_precision_loss, reason = "rounded for display")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(live_bytes: u64, descriptors: u64) -> Status {
        Status { live_bytes, rss_kib: 1000, descriptors, ..Status::default() }
    }

    fn row(reports: &[Status]) -> Row {
        let mut row = Row { descriptors_before: 20, ..Row::new("test") };
        for (index, status) in reports.iter().enumerate() {
            row.settled(index + 1, status);
        }
        row.check();
        row
    }

    #[test]
    fn growth_is_measured_from_first_to_last_repetition() {
        assert!(row(&[status(100, 20), status(500, 20), status(120, 20)]).failures.is_empty());
        assert_eq!(row(&[status(100, 20), status(121, 20)]).failures.len(), 1);
    }

    #[test]
    fn growth_of_resident_memory_is_a_failure() {
        let rss = |rss_kib| Status { rss_kib, live_bytes: 100, descriptors: 20, ..Status::default() };
        assert!(row(&[rss(20_000), rss(50_000), rss(24_000)]).failures.is_empty());
        assert_eq!(row(&[rss(20_000), rss(24_001)]).failures.len(), 1);
    }

    #[test]
    fn kept_descriptor_is_a_failure() {
        assert!(row(&[status(100, 19)]).failures.is_empty());
        assert_eq!(row(&[status(100, 21), status(100, 20)]).failures.len(), 1);
    }
}
