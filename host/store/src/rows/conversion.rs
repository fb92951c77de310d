//! Rows of messages whose conversion is new.

use super::{parse, parse_optional};
use crate::{Conversion, Result};
use jixinda_domain::{ChannelId, Destination, MessageId, PhoneNumber};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct ConversionRow {
    id: String,
    class: String,
    recipient: String,
    country_code: u16,
    carried_by: Option<String>,
}

impl ConversionRow {
    /// The message, and the evidence where a provider had it.
    pub(crate) fn read(self) -> Result<(MessageId, Option<Conversion>)> {
        const TABLE: &str = "messages";
        let message_id = parse(TABLE, "id", &self.id, &self.id)?;
        let class = parse(TABLE, "class", &self.id, &self.class)?;
        let carried_by: Option<ChannelId> = parse_optional(TABLE, "channel_id", &self.id, self.carried_by.as_deref())?;
        let recipient = PhoneNumber::from_trusted_e164(&self.recipient, self.country_code);
        let destination = Destination::of(&recipient);
        Ok((message_id, carried_by.map(|channel_id| Conversion { message_id, channel_id, class, destination })))
    }
}
