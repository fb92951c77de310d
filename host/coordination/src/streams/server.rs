//! Notices that another server holds a stream than before: one that was promoted may lack what came last.

use super::{Reader, Streams};
use crate::connect::link::Link;
use crate::connect::{PATIENCE, within};
use crate::error::RedisError;
use futures_util::FutureExt as _;
use jixinda_domain::MessageClass;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

const CHECK_EVERY: Duration = Duration::from_secs(1);
/// The server writes its own name down; whoever finds another's there is the first to notice.
const SCRIPT: &str = "local id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local before = redis.call('GET', KEYS[1])
if before == id then return 0 end
redis.call('SET', KEYS[1], id)
return before and 1 or 0";

impl Streams {
    /// Once a second and with each new connection. A cluster's client changes servers by itself.
    pub(super) async fn check_server(
        &self,
        class: MessageClass,
        reader: &mut Reader,
        link: &mut Link,
    ) -> Result<(), RedisError> {
        let interval = reader.server_check.get_or_insert_with(|| {
            let mut interval = tokio::time::interval(CHECK_EVERY);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        });
        if interval.tick().now_or_never().is_none() {
            return Ok(());
        }
        let mut command = redis::cmd("EVAL");
        command.arg(SCRIPT).arg(1).arg(self.redis.shared.keys.server(class));
        match within(PATIENCE, command.query_async::<bool>(link)).await {
            Ok(changed) => {
                reader.rebuilt |= changed;
                Ok(())
            }
            // A user may lack the right to scripts or INFO: the store's own sweep then finds what is missing.
            Err(error) if error.is("NOPERM") || error.is("ERR") => Ok(()),
            Err(error) => {
                // It may have been carried out, and then nobody will find the old name again.
                reader.rebuilt = true;
                Err(error)
            }
        }
    }
}
