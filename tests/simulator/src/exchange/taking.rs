//! Taking a call's texts: remember them, decide their fate, see to their receipts.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::desk::Desk;
use crate::account::{Account, ReceiptMode};
use crate::clock::now_ms;
use crate::memory::{CallRecord, Fate};
use crate::push::{Part, Receipt};
use crate::wire::{ReceiptsTo, Submission, Text};
use crate::world::millis;

/// How a call's receipts travel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Push,
    Wait,
    Nowhere,
}

impl Desk<'_> {
    /// The record of a call that is about to be taken, or refused as a whole.
    pub(super) fn open(&self, submission: &Submission, refusal: Option<String>) -> CallRecord {
        CallRecord {
            id: self.world.next_call(submission.texts.len()),
            provider: self.provider,
            account: self.account.key.clone(),
            sender: submission.sender.clone(),
            callback: match &submission.receipts_to {
                ReceiptsTo::Url(url) => Some(url.clone()),
                ReceiptsTo::Account | ReceiptsTo::Nowhere => None,
            },
            at_ms: now_ms(),
            answered: AtomicBool::new(false),
            refusal,
        }
    }

    /// Remembers the call's texts and, where they are taken, sees to their receipts.
    pub(super) async fn take(&self, call: &Arc<CallRecord>, submission: Submission, settings: &Account) {
        let delay = Duration::from_millis(settings.receipts.delay_ms.saturating_add(self.faults.receipts().late_ms));
        let report_at_ms = call.at_ms.saturating_add(millis(delay));
        let way = self.way(call, &submission.receipts_to, settings);
        self.count(call, &submission.texts);
        let mut receipts = Vec::new();
        self.world.memory.record(call, submission.texts, |position, text| {
            let err_code = text.doom.clone().or_else(|| self.draw_failure(text));
            let fate = Fate { report_at_ms, err_code };
            if way != Way::Nowhere && call.took(text) {
                self.write_receipts(&mut receipts, call, position, text, &fate);
            }
            fate
        });
        if !receipts.is_empty() {
            self.account.tally.receipts_waiting.add(receipts.len() as u64);
            self.hand_over(receipts, way, delay).await;
        }
    }

    fn way(&self, call: &CallRecord, receipts_to: &ReceiptsTo, settings: &Account) -> Way {
        if !call.taken() || !settings.receipts.enabled || *receipts_to == ReceiptsTo::Nowhere {
            return Way::Nowhere;
        }
        match settings.mode() {
            ReceiptMode::Push if call.callback.is_some() || settings.callback_url.is_some() => Way::Push,
            ReceiptMode::Pull if self.wire.nature().receipts_wait => Way::Wait,
            _ => Way::Nowhere,
        }
    }

    fn count(&self, call: &CallRecord, texts: &[Text]) {
        let taken = texts.iter().filter(|text| call.took(text)).count();
        self.account.tally.texts.add(taken as u64);
        if call.taken() && taken == 0 {
            // Refused one by one, but all of them: that is an error, too.
            self.account.tally.refused.one();
        }
    }

    fn draw_failure(&self, text: &Text) -> Option<Arc<str>> {
        let usual = self.wire.nature().failure;
        self.faults.receipts().draw_failure(&text.number, usual, &self.world.dice).map(Arc::from)
    }

    /// Adds as many copies of a text's receipts as the faults ask for.
    fn write_receipts(
        &self,
        receipts: &mut Vec<Receipt>,
        call: &Arc<CallRecord>,
        position: usize,
        text: &Text,
        fate: &Fate,
    ) {
        let faults = self.faults.receipts();
        let (call, text) = if faults.unknown_ids { self.unknown(call, text) } else { (call.clone(), text.clone()) };
        let total = if self.wire.nature().receipt_each_part { text.parts } else { 1 };
        let receipt = Receipt {
            call,
            position,
            text,
            part: Part { number: 1, total },
            report_ms: fate.report_at_ms,
            err_code: fate.err_code.clone().filter(|_| !faults.false_success),
        };
        for number in 1..=total {
            let copies = faults.draw_copies(&self.world.dice) as usize;
            let receipt = Receipt { part: Part { number, total }, ..receipt.clone() };
            for status in &faults.progress {
                receipts.push(Receipt { err_code: Some(status.as_str().into()), ..receipt.clone() });
            }
            receipts.extend(std::iter::repeat_n(receipt, copies));
        }
    }

    /// The same text under ids that the gateway was never given, in the form of those that it was.
    fn unknown(&self, call: &CallRecord, text: &Text) -> (Arc<CallRecord>, Text) {
        let id = self.world.next_call(1);
        let out_id = text.out_id.as_deref().map(|known| {
            let is_number = known.bytes().all(|byte| byte.is_ascii_digit());
            if is_number {
                format!("{:015}", id % 1_000_000_000_000_000).into()
            } else {
                format!("unknown-{id}").into()
            }
        });
        let call = CallRecord {
            id,
            provider: call.provider,
            account: call.account.clone(),
            sender: call.sender.clone(),
            callback: call.callback.clone(),
            at_ms: call.at_ms,
            answered: AtomicBool::new(false),
            refusal: None,
        };
        (Arc::new(call), Text { out_id, ..text.clone() })
    }

    async fn hand_over(&self, receipts: Vec<Receipt>, way: Way, delay: Duration) {
        let early = self.faults.receipts().early;
        match way {
            Way::Push if early => self.world.push_now(&self.account, &receipts).await,
            Way::Push => self.account.outbox.add_receipts(receipts, delay),
            Way::Wait => {
                let due_ms = if early { 0 } else { now_ms().saturating_add(millis(delay)) };
                self.account.mailbox.add_receipts(receipts, due_ms);
            }
            Way::Nowhere => {}
        }
    }
}
