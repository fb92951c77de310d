//! Asks after accepted texts whose provider tells receipts only when it is asked, message by message.
//!
//! The questions follow a plan from the moment of the call (`dispatch.receipt_lookups_ms`); after its last step nobody asks any more.

use super::Shared;
use super::ask::{Asked, Calls, Said, ask, asked_from, calls_of, hear, receipt_of};
use jixinda_domain::provider::Fate;
use jixinda_domain::{MessageStatus, ReceiptStatus, Timestamp};
use jixinda_store::AwaitedReceipt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_millis(250);
const AT_A_TIME: u32 = 200;

pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = look(&shared).await {
            tracing::warn!(%error, "receipts could not be asked for; they will be later");
        }
    }
}

/// The first step of the plan that is later than `now`, for a call that began at `start`.
pub(super) fn next_look(plan_ms: &[u64], start: Timestamp, now: Timestamp) -> Option<Timestamp> {
    plan_ms.iter().map(|step| start + Duration::from_millis(*step)).find(|at| *at > now)
}

async fn look(shared: &Shared) -> jixinda_store::Result<()> {
    let gateway = &shared.gateway;
    let due = gateway.store.awaited_receipts_due(gateway.clock.now(), gateway.nodes.part(), AT_A_TIME).await?;
    if due.is_empty() {
        return Ok(());
    }
    // A receipt may have come another way meanwhile.
    let (open, over): (Vec<_>, Vec<_>) = due.into_iter().partition(|message| message.status == MessageStatus::Sent);
    let over = over.into_iter().map(|message| AwaitedReceipt { message_id: message.id, due_at: None }).collect();
    gateway.writer.await_receipts(over).await?;
    let calls = calls_of(shared, &open).await?;
    for asked in ask(shared, open, &calls).await {
        apply(shared, asked, &calls).await?;
    }
    Ok(())
}

async fn apply(shared: &Shared, asked: Asked, calls: &Calls) -> jixinda_store::Result<()> {
    let now = shared.gateway.clock.now();
    let plan = &shared.gateway.config.dispatch.receipt_lookups_ms;
    let fates = match asked.said {
        Said::Fates(fates) => fates.into_iter().map(Some).collect(),
        Said::Silent | Said::Mute => vec![None; asked.messages.len()],
    };
    let (mut receipts, mut awaited) = (Vec::new(), Vec::new());
    for (message, fate) in asked.messages.into_iter().zip(fates) {
        let on_its_way = match fate {
            Some(Fate::Known(told)) => {
                let on_its_way = matches!(told.status, ReceiptStatus::Enroute | ReceiptStatus::Unknown);
                receipts.push(receipt_of(asked.account, &message, *told, now));
                on_its_way
            }
            // It was accepted: a provider that does not find it now may find it later.
            Some(Fate::Absent | Fate::Unsettled(_)) | None => true,
        };
        let due_at = on_its_way.then(|| next_look(plan, asked_from(&message, calls), now)).flatten();
        awaited.push(AwaitedReceipt { message_id: message.id, due_at });
    }
    hear(shared, receipts).await?;
    shared.gateway.writer.await_receipts(awaited).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_followed_and_ends() {
        let start = Timestamp::from_millis(1_795_000_000_000);
        let after = |millis: u64| start + Duration::from_millis(millis);
        let plan = [10, 30, 120];
        assert_eq!(next_look(&plan, start, start), Some(after(10)));
        assert_eq!(next_look(&plan, start, after(10)), Some(after(30)));
        // Steps that were missed are not made up for.
        assert_eq!(next_look(&plan, start, after(119)), Some(after(120)));
        assert_eq!(next_look(&plan, start, after(120)), None);
    }
}
