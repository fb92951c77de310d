//! A store in a folder of its own, and the nouns that its stories are told with.

use jixinda_domain::*;
use jixinda_store::sqlite::SqliteStore;
use jixinda_store::{
    Acceptance, Accepted, CallIntent, CallSettlement, Claim, Limits, MessageStore as _, NewReceipt, News, Settlement,
    Writer,
};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

pub struct Story {
    pub store: Arc<SqliteStore>,
    pub writer: Writer,
    _folder: tempfile::TempDir,
}

pub async fn begin() -> Story {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(SqliteStore::open(&folder.path().join("store.db")).await.expect("opens"));
    let clock = Arc::new(clock::ManualClock::at(NOW));
    Story { writer: Writer::start(store.clone(), clock), store, _folder: folder }
}

pub fn account() -> AccountId {
    AccountId::new(NOW, 1)
}

pub fn channel() -> ChannelId {
    ChannelId::new(NOW, 1)
}

pub fn channel_named(name: &str, number: u128) -> Channel {
    Channel {
        id: ChannelId::new(NOW, number),
        name: name.to_owned(),
        account_id: account(),
        enabled: true,
        position: 0,
        max_concurrency: 1,
        rate_per_second: None,
        weight: Channel::DEFAULT_WEIGHT,
        price: None,
        countries: Vec::new(),
        carriers: Vec::new(),
        rules: None,
        created_at: NOW,
    }
}

pub fn message(number: u64) -> Message {
    Message {
        id: MessageId::new(NOW, number.into()),
        serial: number,
        application_id: ApplicationId::new(NOW, 1),
        batch_id: None,
        reference: None,
        recipient: PhoneNumber::parse(&format!("138000{number:05}")).expect("a number"),
        class: MessageClass::Notice,
        template_id: TemplateId::new(NOW, 1),
        sign_name_id: SignNameId::new(NOW, 1),
        params: BTreeMap::from([("order".to_owned(), "A \"1\" ☂".to_owned())]),
        text: "您的订单A \"1\" ☂已发货。".to_owned(),
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
        due_at: NOW,
        expires_at: NOW + std::time::Duration::from_secs(3600),
        send_at: None,
        call_id: None,
        channel_id: None,
        account_id: None,
        upstream_id: None,
        cause_code: None,
        cause_detail: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn acceptance(messages: Vec<Message>) -> Acceptance {
    let messages = messages.into_iter().map(Arc::new).collect();
    Acceptance { messages, idempotency: None, nonce: None, limits: Limits::default() }
}

pub fn news(receipts: Vec<NewReceipt>) -> News {
    News { receipts, ..News::default() }
}

pub fn intent(number: u128, messages: &[&Message]) -> CallIntent {
    CallIntent {
        id: CallId::new(NOW, number),
        serial: u64::try_from(number).expect("small"),
        node_id: NodeId::new(NOW, 1),
        account_id: account(),
        channel_id: channel(),
        started_at: NOW,
        claims: messages
            .iter()
            .map(|message| Claim {
                message_id: message.id,
                epoch: message.epoch,
                recipient: message.recipient.e164().to_owned(),
            })
            .collect(),
    }
}

pub fn settlement(call: &CallIntent, message: &Message, outcome: Outcome, status: AfterCall) -> CallSettlement {
    CallSettlement {
        call_id: call.id,
        finished_at: NOW,
        settlements: vec![Settlement {
            message_id: message.id,
            epoch: message.epoch + 1,
            no: 1,
            channel_id: channel(),
            account_id: account(),
            outcome,
            after: status,
            verdict: None,
            due_at: NOW,
            ask_at: None,
            started_at: NOW,
            duration_ms: 5,
            explanation: None,
        }],
    }
}

pub fn accepted(upstream_id: &str) -> Outcome {
    Outcome::Accepted { upstream_id: Some(upstream_id.to_owned()), segments: Some(1), price: None }
}

pub fn receipt(number: u128, status: ReceiptStatus) -> NewReceipt {
    NewReceipt {
        id: ReceiptId::new(NOW, number),
        account_id: account(),
        received_at: NOW,
        receipt: DeliveryReceipt {
            upstream_id: None,
            message_id: None,
            serial: None,
            batch_id: None,
            batch_serial: None,
            recipient: None,
            part: None,
            status,
            cause: None,
            at: None,
            segments: None,
            price: None,
        },
    }
}

impl Story {
    pub async fn accept(&self, message: &Message) {
        let stored = self.writer.accept(acceptance(vec![message.clone()])).await.expect("written");
        assert_eq!(stored, Accepted::Stored);
    }

    pub async fn status(&self, message: &Message) -> MessageStatus {
        self.store.message(message.id).await.expect("read").expect("it is there").status
    }
}
