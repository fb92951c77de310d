//! Conversions (转化): an application's word that a text was used, which is the best evidence that it arrived.

use jixinda_domain::{ChannelId, Destination, MessageClass, MessageId};

/// What a conversion says about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Which message was used.
    pub message_id: MessageId,
    /// The channel that most likely carried it: of the last try that may have reached a provider.
    pub channel_id: ChannelId,
    /// Its class.
    pub class: MessageClass,
    /// Where it went; without a carrier once the number is masked.
    pub destination: Destination,
}

/// What became of an application's word about one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversionVerdict {
    /// It is new. Without evidence where no provider was called: the message came with a test key.
    New(Option<Conversion>),
    /// It was said before.
    Again,
    /// No provider had the message, so nobody can have used it.
    NotSent,
}
