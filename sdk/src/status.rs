//! [`MessageStatus`]: where a message stands, and [`Actor`]: who moved it there.

use crate::words::words;

words!(
    /// 状态: where a message stands.
    MessageStatus {
        /// Waits for its `send_at`, or for the end of quiet time.
        Scheduled = "scheduled",
        /// Waits for a channel.
        Queued = "queued",
        /// Is being handed to a provider.
        Sending = "sending",
        /// The provider took it; its receipt is awaited.
        Sent = "sent",
        /// It may have been sent; it is looked up, or waits for its receipt.
        Uncertain = "uncertain",
        /// 人工处理: a person has to decide.
        Parked = "parked",
        /// It reached the person.
        Delivered = "delivered",
        /// The provider took it and the person did not get it.
        Undelivered = "undelivered",
        /// It was too late to send or deliver it.
        Expired = "expired",
        /// Refused for good.
        Rejected = "rejected",
        /// The application called it back.
        Cancelled = "cancelled",
    }
);

impl MessageStatus {
    /// Whether the gateway does nothing more with the message. A late receipt may still correct all of these but `delivered`.
    ///
    /// ```
    /// use jixinda_sdk::MessageStatus;
    ///
    /// assert!(MessageStatus::Delivered.is_final());
    /// assert!(!MessageStatus::Sent.is_final());
    /// ```
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Delivered | Self::Undelivered | Self::Expired | Self::Rejected | Self::Cancelled)
    }
}

words!(
    /// Who moved a message.
    Actor {
        /// The gateway, by a rule.
        Gateway = "gateway",
        /// The application.
        Application = "application",
        /// A person at the gateway.
        Operator = "operator",
        /// The provider, by its answer or a receipt.
        Provider = "provider",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_not_known_are_kept() {
        let status: MessageStatus = serde_json::from_str("\"teleported\"").expect("any word");
        assert_eq!(status, MessageStatus::Other("teleported".to_owned()));
        assert_eq!(serde_json::to_string(&status).expect("a word"), "\"teleported\"");
        assert_eq!(MessageStatus::from("sent"), MessageStatus::Sent);
        assert_eq!(MessageStatus::Sent.to_string(), "sent");
    }
}
