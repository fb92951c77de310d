//! Taking a call's texts: remember them, decide their fate, see to their receipts.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::desk::Desk;
use crate::clock::now_ms;
use crate::memory::{CallRecord, Fate};
use crate::push::Receipt;
use crate::wire::Submission;
use crate::world::millis;

impl Desk<'_> {
    /// Remembers the call's texts and, where they are taken, sees to their receipts.
    pub(super) async fn record(&self, submission: Submission, refusal: Option<String>) -> Arc<CallRecord> {
        let call = Arc::new(CallRecord {
            id: self.world.next_call(),
            provider: self.provider,
            account: self.account.key.clone(),
            template: submission.template,
            out_id: submission.out_id,
            at_ms: now_ms(),
            answered: AtomicBool::new(false),
            refusal,
        });
        let settings = self.account.settings();
        let delay = Duration::from_millis(settings.receipts.delay_ms.saturating_add(self.faults.receipts().late_ms));
        let report_at_ms = call.at_ms.saturating_add(millis(delay));
        let is_pushing = call.taken() && settings.receipts.enabled && settings.callback_url.is_some();
        if call.taken() {
            self.account.tally.texts.add(submission.texts.len() as u64);
        }
        let mut receipts = Vec::new();
        self.world.memory.record(&call, submission.texts, |position, text| {
            let err_code = self.faults.receipts().draw_failure(&self.world.dice).map(Arc::from);
            let fate = Fate { report_at_ms, err_code };
            if is_pushing {
                self.write_receipts(&mut receipts, &call, position, &text.number, &fate);
            }
            fate
        });
        self.push(receipts, delay).await;
        call
    }

    /// Adds as many copies of a text's receipt as the faults ask for.
    fn write_receipts(
        &self,
        receipts: &mut Vec<Receipt>,
        call: &CallRecord,
        position: usize,
        number: &str,
        fate: &Fate,
    ) {
        let faults = self.faults.receipts();
        let id = if faults.unknown_ids { self.world.next_call() } else { call.id };
        let receipt = Receipt {
            number: number.to_owned(),
            send_ms: call.at_ms,
            report_ms: fate.report_at_ms,
            err_code: fate.err_code.clone().filter(|_| !faults.false_success),
            biz_id: self.wire.provider_id(id, position),
            out_id: if faults.unknown_ids { Some(format!("unknown-{id}")) } else { call.out_id.clone() },
        };
        let copies = faults.draw_copies(&self.world.dice) as usize;
        receipts.extend(std::iter::repeat_n(receipt, copies));
    }

    async fn push(&self, receipts: Vec<Receipt>, delay: Duration) {
        if receipts.is_empty() {
            return;
        }
        self.account.tally.receipts_waiting.add(receipts.len() as u64);
        if self.faults.receipts().early {
            self.world.push_now(&self.account, &receipts).await;
        } else {
            self.account.outbox.add_receipts(receipts, delay);
        }
    }
}
