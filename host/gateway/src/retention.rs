//! Retention: what is old is masked, then deleted, in small steps with pauses, so that nobody waits for it.

use crate::config::RetentionConfig;
use crate::gateway::Gateway;
use jixinda_domain::{MessageId, Timestamp};
use jixinda_store::{Result, RetentionKind};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(60);
const ROUNDS_A_DAY: u64 = 24 * 60;
/// Rows of one step: a few milliseconds of the only writer.
const AT_A_TIME: u32 = 200;
/// Between two steps everybody else writes.
const PAUSE: Duration = Duration::from_millis(25);

/// Runs until it is stopped.
pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let (mut masked_until, mut rounds) = (None, 0);
    loop {
        // What was still open when it was passed is looked at again a day later.
        rounds += 1;
        if rounds % ROUNDS_A_DAY == 0 {
            masked_until = None;
        }
        if gateway.nodes.holds("retention").is_some() {
            let round = tokio::select! {
                round = go_round(&gateway, &mut masked_until) => round,
                () = stop.cancelled() => return,
            };
            if let Err(error) = round {
                tracing::warn!(%error, "what is old could not be forgotten; it will be later");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn go_round(gateway: &Gateway, masked_until: &mut Option<MessageId>) -> Result<()> {
    let (settings, now) = (&gateway.config.retention, gateway.clock.now());
    for kind in RetentionKind::ALL {
        let Some(before) = moment(now, days(settings, kind)) else { continue };
        while gateway.store.delete_before(kind, before, AT_A_TIME).await? >= u64::from(AT_A_TIME) {
            tokio::time::sleep(PAUSE).await;
        }
    }
    let Some(before) = moment(now, settings.mask_after_days) else { return Ok(()) };
    // From the beginning after a start; what is masked already is passed over.
    while let Some(last) = gateway.store.mask_messages(*masked_until, before, AT_A_TIME).await? {
        *masked_until = Some(last);
        tokio::time::sleep(PAUSE).await;
    }
    while gateway.store.mask_inbound(before, AT_A_TIME).await? > 0 {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

fn days(settings: &RetentionConfig, kind: RetentionKind) -> u32 {
    match kind {
        // Attempts are explained by them.
        RetentionKind::Messages | RetentionKind::Standings | RetentionKind::RoutingEvents => settings.messages_days,
        RetentionKind::Calls => settings.calls_days,
        RetentionKind::UnmatchedReceipts => settings.unmatched_receipts_days,
        RetentionKind::Inbound => settings.inbound_days,
        RetentionKind::Webhooks => settings.webhooks_days,
        // Yesterday may still be today somewhere.
        RetentionKind::QuotaDays => 2,
    }
}

/// `None` for what is kept for ever.
fn moment(now: Timestamp, days: u32) -> Option<Timestamp> {
    (days > 0).then(|| now - Duration::from_secs(u64::from(days) * 24 * 3600))
}
