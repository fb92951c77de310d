//! What the suite found.

/// The end of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    Passed,
    /// In one sentence, what to mend.
    Failed(String),
    /// Why it does not apply.
    Skipped(String),
}

impl Finding {
    /// Passed, or failed with these words.
    pub fn when(good: bool, otherwise: impl FnOnce() -> String) -> Self {
        if good { Self::Passed } else { Self::Failed(otherwise()) }
    }
}

/// All findings, in the order of the checks.
#[derive(Debug, Default)]
pub struct Report(pub Vec<(&'static str, Finding)>);

impl Report {
    pub(super) fn add(&mut self, check: &'static str, finding: Finding) {
        self.0.push((check, finding));
    }

    /// How many passed, failed and were skipped.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&Finding) -> bool| self.0.iter().filter(|(_, finding)| wanted(finding)).count();
        (
            count(|finding| matches!(finding, Finding::Passed)),
            count(|finding| matches!(finding, Finding::Failed(_))),
            count(|finding| matches!(finding, Finding::Skipped(_))),
        )
    }
}
