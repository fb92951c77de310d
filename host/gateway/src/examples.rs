//! Examples for unit tests.

use jixinda_domain::{
    ApplicationId, Encoding, Message, MessageClass, MessageId, MessageStatus, PhoneNumber, SignNameId, TemplateId,
    Timestamp,
};

/// A message that is worth sending for a minute from the epoch on.
pub fn message(class: MessageClass) -> Message {
    let now = Timestamp::default();
    Message {
        id: MessageId::new(now, 1),
        serial: 1,
        application_id: ApplicationId::new(now, 1),
        batch_id: None,
        reference: None,
        recipient: PhoneNumber::parse("13800000000").expect("valid"),
        class,
        template_id: TemplateId::new(now, 1),
        sign_name_id: SignNameId::new(now, 1),
        params: Default::default(),
        text: String::new(),
        encoding: Encoding::Ucs2,
        segments: 1,
        test: false,
        status: MessageStatus::Sending,
        epoch: 1,
        attempts: 0,
        tries_from: 0,
        maybe_sent: false,
        resends: 0,
        pinned_channel_id: None,
        due_at: now,
        expires_at: Timestamp::from_millis(60_000),
        send_at: None,
        call_id: None,
        channel_id: None,
        account_id: None,
        upstream_id: None,
        cause_code: None,
        cause_detail: None,
        created_at: now,
        updated_at: now,
    }
}
