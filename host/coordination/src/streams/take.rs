//! Taking entries from a queue.

use super::answer::{RawRead, entries, only_stream};
use super::{ENTRIES_A_COMMAND, GROUP, Reader, Streams, block_millis};
use crate::client::Live;
use crate::connect::link::Link;
use crate::connect::{LONGEST_BLOCK, PATIENCE, within};
use crate::entry::Entry;
use crate::error::RedisError;
use jixinda_domain::MessageClass;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What came out of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// This consumer's now, until they are [done](Streams::done).
    pub entries: Vec<Entry>,
    /// The queue was made anew, or another server holds it than before: messages may be missing from it, and whoever
    /// sees this fills it from the store. One node sees it, once.
    pub rebuilt: bool,
}

impl Streams {
    /// Waits up to `patience` (at most 30 s) for entries of a class and takes up to `most`. Calls for the same class wait
    /// for each other. May be dropped at any time; what it held then comes with a later call.
    ///
    /// # Errors
    /// Where Redis is away, at once; where the connection breaks or the answer takes a second longer than the patience.
    pub async fn take(&self, class: MessageClass, most: usize, patience: Duration) -> Result<Taken, RedisError> {
        let mut reader = self.readers[class as usize].lock().await;
        let live = self.redis.shared.live()?;
        // What remains owed is told with a later call.
        let _ = self.pay().await;
        // Away from its place until the answer is there: a call that breaks off closes the connection.
        let mut link = self.reader_link(&mut reader, &live).await?;
        let work = self.take_by(class, most, patience, &mut reader, &mut link);
        let taken = tokio::select! {
            taken = work => taken,
            () = self.redis.shared.gone(live.generation) => return Err(RedisError::Away),
        };
        match taken {
            Ok(entries) => {
                reader.link = Some((live.generation, link));
                Ok(Taken { entries, rebuilt: std::mem::take(&mut reader.rebuilt) })
            }
            Err(error) => {
                self.redis.shared.report(live.generation, &error, true);
                Err(error)
            }
        }
    }

    async fn take_by(
        &self,
        class: MessageClass,
        most: usize,
        patience: Duration,
        reader: &mut Reader,
        link: &mut Link,
    ) -> Result<Vec<Entry>, RedisError> {
        self.check_server(class, reader, link).await?;
        reader.doubt |= self.doubts[class as usize].swap(false, Ordering::SeqCst);
        if reader.doubt {
            let found = self.lost(class, most, reader, link).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        reader.doubt = true;
        // Who fills the queue anew should not wait for what may never come.
        let patience = if reader.rebuilt { Duration::from_millis(1) } else { patience.min(LONGEST_BLOCK) };
        let mut read = self.read(class, most, ">", Some(patience), link).await;
        if read.as_ref().is_err_and(|error| error.is("NOGROUP") || error.is("UNBLOCKED")) {
            self.make_group(class, reader, link).await?;
            read = self.read(class, most, ">", Some(Duration::from_millis(1)), link).await;
        }
        let (mut found, hollow) = entries(class, only_stream(read?));
        self.held.settle(&hollow);
        found.retain(|entry| self.held.take(entry.key));
        reader.doubt = false;
        Ok(found)
    }

    /// What is pending with us but in nobody's hands, oldest first. The doubt ends when all was looked through.
    async fn lost(
        &self,
        class: MessageClass,
        most: usize,
        reader: &mut Reader,
        link: &mut Link,
    ) -> Result<Vec<Entry>, RedisError> {
        let (mut lost, mut from) = (Vec::new(), "0".to_owned());
        loop {
            let page = match self.read(class, ENTRIES_A_COMMAND, &from, None, link).await {
                // There is no group to hold anything for us.
                Err(error) if error.is("NOGROUP") => Vec::new(),
                page => only_stream(page?),
            };
            let Some((last, _)) = page.last() else { break };
            from.clone_from(last);
            let (found, hollow) = entries(class, page);
            self.held.settle(&hollow);
            for entry in found {
                if lost.len() >= most {
                    return Ok(lost);
                }
                if self.held.take(entry.key) {
                    lost.push(entry);
                }
            }
        }
        reader.doubt = false;
        Ok(lost)
    }

    async fn read(
        &self,
        class: MessageClass,
        most: usize,
        from: &str,
        block: Option<Duration>,
        link: &mut Link,
    ) -> Result<RawRead, RedisError> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(self.consumer.to_string()).arg("COUNT").arg(most.max(1));
        if let Some(patience) = block {
            command.arg("BLOCK").arg(block_millis(patience));
        }
        command.arg("STREAMS").arg(self.queue(class)).arg(from);
        within(block.unwrap_or_default() + PATIENCE, command.query_async(link)).await
    }

    /// Makes the stream and its group. Who makes it, tells so; it may have been lost with all its entries.
    async fn make_group(&self, class: MessageClass, reader: &mut Reader, link: &mut Link) -> Result<(), RedisError> {
        let before = std::mem::replace(&mut reader.rebuilt, true);
        let mut command = redis::cmd("XGROUP");
        command.arg("CREATE").arg(self.queue(class)).arg(GROUP).arg("0").arg("MKSTREAM");
        match within(PATIENCE, command.query_async::<()>(link)).await {
            // Another node made it in the same moment.
            Err(error) if error.is("BUSYGROUP") => {
                reader.rebuilt = before;
                Ok(())
            }
            made => made,
        }
    }

    /// The reader's connection, or a new one where the shared one is new too.
    async fn reader_link(&self, reader: &mut Reader, live: &Live) -> Result<Link, RedisError> {
        match reader.link.take() {
            Some((generation, link)) if generation == live.generation => Ok(link),
            _ => {
                reader.server_check = None;
                let opened = live.place.open_for_one().await;
                opened.inspect_err(|error| self.redis.shared.report(live.generation, error, true))
            }
        }
    }
}
