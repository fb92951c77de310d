//! A text as a limit or a selection sees it.

use jixinda_domain::{
    ApplicationId, Encoding, Message, MessageClass, MessageId, MessageStatus, PhoneNumber, SignNameId, TemplateId,
    Timestamp,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// A text to the test number `13800000000 + number`, with a template and a sign name by number.
pub fn text(number: u32, class: MessageClass, template: u128, sign_name: u128, now: Timestamp) -> Message {
    Message {
        id: MessageId::new(now, number.into()),
        serial: number.into(),
        application_id: ApplicationId::new(now, 1),
        batch_id: None,
        reference: None,
        recipient: PhoneNumber::from_trusted_e164(&format!("+86{}", 13_800_000_000_u64 + u64::from(number % 100)), 86),
        class,
        template_id: TemplateId::new(Timestamp::default(), template),
        sign_name_id: SignNameId::new(Timestamp::default(), sign_name),
        params: BTreeMap::from([("code".to_owned(), "314159".to_owned())]),
        text: "您的验证码是314159。".to_owned(),
        encoding: Encoding::Ucs2,
        segments: 1,
        test: false,
        status: MessageStatus::Queued,
        epoch: 0,
        attempts: 0,
        tries_from: 0,
        maybe_sent: false,
        resends: 0,
        pinned_channel_id: None,
        due_at: now,
        expires_at: now + Duration::from_secs(3600),
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
