//! What a scenario found, and which promises it broke.

use serde_json::{Value, json};

use super::gauge::Gauge;
use super::tally::Tally;

/// One scenario's line in the table.
pub struct Outcome {
    pub name: String,
    pub figures: Figures,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// Promises that were not kept; empty when all is well.
    pub broken: Vec<String>,
}

/// The same figures for every scenario.
#[derive(Default)]
pub struct Figures {
    pub acknowledged: usize,
    pub stored: usize,
    pub missing: usize,
    pub duplicates: usize,
    pub outage_ms: u128,
    pub memory_before: f64,
    pub memory_peak: f64,
}

impl Outcome {
    /// Judges what every scenario promises: nothing lost, nothing doubled, counted right, refused cleanly.
    pub fn of(name: &str, tally: &Tally, gauge: &Gauge) -> Self {
        let (memory_before, memory_peak) = gauge.before_and_peak();
        let figures = Figures {
            acknowledged: tally.acknowledged(),
            stored: tally.stored(),
            missing: tally.missing(),
            duplicates: tally.duplicates,
            outage_ms: tally.told.outage.as_millis(),
            memory_before,
            memory_peak,
        };
        let mut outcome = Self { name: name.to_owned(), figures, notes: Vec::new(), broken: Vec::new() };
        let Figures { acknowledged, stored, missing, duplicates, .. } = outcome.figures;
        outcome.promise(acknowledged > 0, "events are acknowledged at all");
        outcome.promise(missing == 0, "what was acknowledged is stored");
        outcome.promise(duplicates == 0, "nothing is stored twice");
        outcome
            .promise(tally.counted == stored, &format!("rollups ({}) count what is stored", tally.counted));
        // Only what was under way at the end may be stored without having been acknowledged.
        outcome.promise(stored <= acknowledged + tally.told.under_way, "nothing else is stored");
        let unclean = tally.told.unclean.first().map(String::as_str).unwrap_or_default();
        outcome.promise(unclean.is_empty(), &format!("a refusal is a 503 with Retry-After, not {unclean}"));
        outcome.note(format!("{:.0} events per second, {} refusals", tally.told.rate, tally.told.refused));
        if tally.told.idle > 0 {
            outcome.note(format!("{} unused connections closed with 408", tally.told.idle));
        }
        outcome
    }

    /// A scenario that could not be played.
    pub fn not_run(name: &str, why: &str) -> Self {
        let notes = vec![format!("not run: {why}")];
        Self { name: name.to_owned(), figures: Figures::default(), notes, broken: Vec::new() }
    }

    pub fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Notes a promise that was not kept.
    pub fn promise(&mut self, kept: bool, what: &str) {
        if !kept {
            self.broken.push(what.to_owned());
        }
    }

    /// Memory stays below twice what it was, with some room for a small process.
    pub fn promise_memory(&mut self) {
        let Figures { memory_before, memory_peak, .. } = self.figures;
        self.promise(memory_peak < 2.0 * memory_before.max(20.0), "memory stays below twice");
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let Figures { acknowledged, stored, missing, duplicates, outage_ms, memory_before, memory_peak } =
            &self.figures;
        let Self { name, notes, .. } = self;
        format!(
            "{name}: acknowledged {acknowledged}, stored {stored}, missing {missing}, duplicates {duplicates}, \
             longest outage {outage_ms} ms, memory {memory_before:.1} → {memory_peak:.1} MiB; {}",
            notes.join("; ")
        )
    }

    pub fn json(&self) -> Value {
        let figures = &self.figures;
        json!({
            "name": self.name,
            "acknowledged": figures.acknowledged,
            "stored": figures.stored,
            "missing": figures.missing,
            "duplicates": figures.duplicates,
            "outage_ms": u64::try_from(figures.outage_ms).unwrap_or(u64::MAX),
            "memory_before_mib": figures.memory_before,
            "memory_peak_mib": figures.memory_peak,
            "notes": self.notes,
            "broken": self.broken,
        })
    }

    /// For a test: prints the line and fails when a promise was broken.
    pub fn expect_kept(&self) {
        println!("{}", self.line());
        assert!(self.broken.is_empty(), "broken: {:?}", self.broken);
    }
}
