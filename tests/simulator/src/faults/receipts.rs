//! What can go wrong with receipts, and what becomes of one text because of it.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::{check_share, concerns};
use crate::dice::Dice;

/// Faults of the receipts (回执) that follow a send.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReceiptFaults {
    /// The part of the texts whose receipt is never pushed; a lookup still tells their fate.
    pub lost_share: f64,
    /// Added to the account's own delay.
    pub late_ms: u64,
    /// The receipt is pushed before the send is answered.
    pub early: bool,
    /// How many times each receipt is pushed.
    pub duplicate: u32,
    /// Receipts claim delivery even for texts that failed; a lookup tells the truth.
    pub false_success: bool,
    /// The part of the texts that are not delivered.
    pub fail_share: f64,
    /// Why they are not, in the provider's own words; by default its plainest.
    pub err_code: Option<String>,
    /// Only texts to these numbers fail.
    pub numbers: Option<Vec<String>>,
    /// Statuses that are told before the last one, in the provider's own words; they may come in any order.
    pub progress: Vec<String>,
    /// Receipts carry ids that the gateway was never given.
    pub unknown_ids: bool,
}

impl Default for ReceiptFaults {
    fn default() -> Self {
        Self {
            lost_share: 0.0,
            late_ms: 0,
            early: false,
            duplicate: 1,
            false_success: false,
            fail_share: 0.0,
            err_code: None,
            numbers: None,
            progress: Vec::new(),
            unknown_ids: false,
        }
    }
}

impl ReceiptFaults {
    pub(super) fn check(&self) -> Result<()> {
        check_share("receipts.lost_share", self.lost_share)?;
        check_share("receipts.fail_share", self.fail_share)?;
        ensure!((1..=100).contains(&self.duplicate), "receipts.duplicate is {}; 1 to 100 is possible", self.duplicate);
        Ok(())
    }

    /// Why a text to `number` fails, or `None` for a delivered one.
    pub(crate) fn draw_failure<'f>(&'f self, number: &str, usual: &'f str, dice: &Dice) -> Option<&'f str> {
        let fails = dice.hits(self.fail_share) && concerns(self.numbers.as_deref(), number);
        fails.then(|| self.err_code.as_deref().unwrap_or(usual))
    }

    /// How often a text's receipt is pushed.
    pub(crate) fn draw_copies(&self, dice: &Dice) -> u32 {
        if dice.hits(self.lost_share) { 0 } else { self.duplicate }
    }
}
