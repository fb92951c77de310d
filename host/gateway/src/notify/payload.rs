//! What is posted: rendered from what does not change (the event as it was written, the message's own fields), so that every try
//! carries the same bytes.

use jixinda_domain::{Cause, EventSubject, Timestamp};
use jixinda_store::DueDelivery;
use serde::Serialize;

/// The body of an event; `None` where what it tells of is no longer kept.
pub(super) fn render(due: &DueDelivery) -> Option<Vec<u8>> {
    let kind = due.delivery.subject.kind();
    match &due.delivery.subject {
        EventSubject::Message { status, cause, .. } => {
            let message = due.message.as_ref()?;
            let data = MessageData {
                id: message.id.to_string(),
                status: status.as_str(),
                to: message.recipient.e164(),
                class: message.class.as_str(),
                reference: message.reference.as_deref(),
                batch_id: message.batch_id.map(|id| id.to_string()),
                segments: message.segments,
                test: message.test,
                cause: cause.as_ref(),
            };
            body(kind.as_str(), due.delivery.occurred_at, &data)
        }
        EventSubject::Inbound { .. } => {
            let inbound = due.inbound.as_ref()?;
            let data = InboundData {
                id: inbound.id.to_string(),
                from: &inbound.message.sender,
                extension: inbound.message.extension.as_deref(),
                sign_name: inbound.message.sign_name.as_deref(),
                text: &inbound.message.text,
                occurred_at: inbound.message.at,
                received_at: inbound.received_at,
            };
            body(kind.as_str(), due.delivery.occurred_at, &data)
        }
    }
}

/// What an operator sends to see whether an endpoint is there.
pub(super) fn test(application: &str, now: Timestamp) -> Vec<u8> {
    body("webhook.test", now, &TestData { application }).unwrap_or_default()
}

/// In the order of the fields: the order is part of the bytes.
#[derive(Serialize)]
struct Body<'a, Data> {
    r#type: &'a str,
    timestamp: Timestamp,
    data: &'a Data,
}

#[derive(Serialize)]
struct MessageData<'a> {
    id: String,
    status: &'a str,
    to: &'a str,
    class: &'a str,
    reference: Option<&'a str>,
    batch_id: Option<String>,
    segments: u16,
    test: bool,
    cause: Option<&'a Cause>,
}

#[derive(Serialize)]
struct InboundData<'a> {
    id: String,
    from: &'a str,
    extension: Option<&'a str>,
    sign_name: Option<&'a str>,
    text: &'a str,
    occurred_at: Option<Timestamp>,
    received_at: Timestamp,
}

#[derive(Serialize)]
struct TestData<'a> {
    application: &'a str,
}

fn body<Data: Serialize>(kind: &str, timestamp: Timestamp, data: &Data) -> Option<Vec<u8>> {
    serde_json::to_vec(&Body { r#type: kind, timestamp, data }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::{
        DeliveryState, InboundId, InboundMessage, MessageId, MessageStatus, WebhookDelivery, WebhookEndpointId,
    };
    use jixinda_store::StoredInbound;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn due(subject: EventSubject) -> DueDelivery {
        let delivery = WebhookDelivery {
            event_id: "evt_1".to_owned(),
            endpoint_id: WebhookEndpointId::new(NOW, 1),
            subject,
            occurred_at: NOW,
            state: DeliveryState::Waiting,
            tries: 0,
            step: 0,
            due_at: NOW,
        };
        DueDelivery { delivery, message: None, inbound: None }
    }

    #[test]
    fn what_is_no_longer_kept_is_not_told() {
        let subject =
            EventSubject::Message { id: MessageId::new(NOW, 1), status: MessageStatus::Delivered, cause: None };
        assert_eq!(render(&due(subject)), None);
    }

    #[test]
    fn a_text_from_a_person_has_the_fields_of_the_api() {
        let id = InboundId::new(NOW, 1);
        let mut due = due(EventSubject::Inbound { id });
        due.inbound = Some(StoredInbound {
            id,
            account_id: jixinda_domain::AccountId::new(NOW, 1),
            application_id: None,
            opt_out: None,
            message: InboundMessage {
                upstream_id: None,
                sender: "+8613800000001".to_owned(),
                recipient: None,
                extension: Some("01".to_owned()),
                sign_name: None,
                text: "TD".to_owned(),
                part: None,
                at: None,
            },
            received_at: NOW,
        });
        let expected = format!(
            r#"{{"type":"message.inbound","timestamp":"{NOW}","data":{{"id":"{id}","from":"+8613800000001","extension":"01","sign_name":null,"text":"TD","occurred_at":null,"received_at":"{NOW}"}}}}"#
        );
        assert_eq!(render(&due).expect("a body"), expected.into_bytes());
    }
}
