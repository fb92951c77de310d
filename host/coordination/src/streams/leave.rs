//! Leaving: what this node holds goes back to the others at once.

use super::answer::{RawRead, entries, only_stream};
use super::{ENTRIES_A_COMMAND, FIELD, GROUP, Streams};
use crate::entry::{Entry, pack};
use crate::error::RedisError;
use jixinda_domain::MessageClass;

impl Streams {
    /// For a graceful stop: what this consumer took and has not done is added anew for the others, and the consumer is
    /// deleted. Nothing may be taken by it afterwards; a [take](Self::take) that waits should be dropped before.
    ///
    /// # Errors
    /// Where Redis is away or did not answer. The others then [take over](Self::take_over) when the node is dead.
    pub async fn leave(&self) -> Result<(), RedisError> {
        self.pay().await?;
        for class in MessageClass::ALL {
            match self.leave_class(class).await {
                Err(error) if !error.is("NOGROUP") => return Err(error),
                _ => self.held.clear(class),
            }
        }
        Ok(())
    }

    async fn leave_class(&self, class: MessageClass) -> Result<(), RedisError> {
        // No read may wait on as a consumer that is deleted.
        let mut reader = self.readers[class as usize].lock().await;
        reader.link = None;
        loop {
            let mut read = redis::cmd("XREADGROUP");
            read.arg("GROUP").arg(GROUP).arg(self.consumer.to_string()).arg("COUNT").arg(ENTRIES_A_COMMAND);
            read.arg("STREAMS").arg(self.queue(class)).arg("0");
            let (entries, hollow) = entries(class, only_stream(self.redis.ask::<RawRead>(&read).await?));
            if entries.is_empty() && hollow.is_empty() {
                break;
            }
            self.held.settle(&hollow);
            self.pay().await?;
            self.give_back(class, &entries).await?;
        }
        let mut delete = redis::cmd("XGROUP");
        delete.arg("DELCONSUMER").arg(self.queue(class)).arg(GROUP).arg(self.consumer.to_string());
        self.redis.ask::<()>(&delete).await
    }

    /// All or nothing: an entry is never both gone here and not yet there.
    async fn give_back(&self, class: MessageClass, entries: &[Entry]) -> Result<(), RedisError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut commands = redis::pipe();
        commands.atomic();
        for entry in entries.iter().filter(|entry| !entry.ids.is_empty()) {
            // Not cut to the maximum: what stands in the queue is not to be lost to what came back.
            let add = redis::cmd("XADD").arg(self.queue(class)).arg("*").arg(FIELD).arg(pack(&entry.ids)).take();
            commands.add_command(add).ignore();
        }
        let keys: Vec<_> = entries.iter().map(|entry| entry.key).collect();
        for command in self.removal(class, &keys) {
            commands.add_command(command).ignore();
        }
        self.redis.ask_all::<()>(&commands).await
    }
}
