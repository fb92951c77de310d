//! A store in a folder of its own, and the nouns that its stories are told with.

use jixinda_domain::*;
use jixinda_store::mysql::MysqlStore;
use jixinda_store::sqlite::SqliteStore;
use jixinda_store::{
    Acceptance, Accepted, CallIntent, CallSettlement, Claim, Limits, NewReceipt, News, Settlement, Store,
    WebhookFilter, Writer,
};
use jixinda_test_servers::MariaDb;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

pub const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// One for all stories of this run; it ends with the process.
static MARIADB: LazyLock<MariaDb> = LazyLock::new(|| MariaDb::start(Default::default()).expect("MariaDB starts"));

pub struct Story {
    pub store: Arc<dyn Store>,
    pub writer: Writer,
    /// Where it is told of SQLite.
    pub sqlite: Option<Arc<SqliteStore>>,
    /// Where it is told of MySQL: where another node would find the same store.
    pub url: Option<String>,
    _folder: Option<tempfile::TempDir>,
}

pub async fn begin_on_sqlite() -> Story {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = Arc::new(SqliteStore::open(&folder.path().join("store.db")).await.expect("opens"));
    let store: Arc<dyn Store> = sqlite.clone();
    Story { writer: writer(&store), store, sqlite: Some(sqlite), url: None, _folder: Some(folder) }
}

pub async fn begin_on_mysql() -> Story {
    static STORIES: AtomicU32 = AtomicU32::new(0);
    let name = format!("story_{}", STORIES.fetch_add(1, Ordering::Relaxed));
    let url = tokio::task::spawn_blocking(move || MARIADB.database(&name)).await.expect("runs").expect("made");
    let store: Arc<dyn Store> = Arc::new(MysqlStore::open(&url).await.expect("opens"));
    Story { writer: writer(&store), store, sqlite: None, url: Some(url), _folder: None }
}

pub fn writer(store: &Arc<dyn Store>) -> Writer {
    Writer::start(store.clone(), Arc::new(clock::ManualClock::at(NOW)))
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
        expires_at: NOW + Duration::from_secs(3600),
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

/// For stories of webhooks.
impl Story {
    pub async fn listen(
        &self,
        number: u128,
        application_id: ApplicationId,
        statuses: &[MessageStatus],
    ) -> WebhookEndpoint {
        let endpoint = WebhookEndpoint {
            id: WebhookEndpointId::new(NOW, number),
            application_id,
            url: "https://example.com/hooks".to_owned(),
            events: EventKind::ALL.to_vec(),
            statuses: statuses.to_vec(),
            active: true,
            off_reason: None,
            sealed_key: vec![1, 2, 3],
            previous_key: Some(PreviousKey { sealed: vec![4], valid_until: NOW }),
            created_at: NOW,
            updated_at: NOW,
        };
        self.store.insert_webhook_endpoint(&endpoint).await.expect("inserts");
        endpoint
    }

    pub async fn accept_all(&self, messages: &[&Message]) {
        let messages = messages.iter().map(|message| (*message).clone()).collect();
        self.writer.accept(acceptance(messages)).await.expect("stored");
    }

    /// Sends a message: it is claimed, and settled so.
    pub async fn send(&self, message: &Message, outcome: Outcome, after: AfterCall) {
        let call = intent(message.serial.into(), &[message]);
        assert_eq!(self.writer.begin_call(call.clone()).await.expect("claimed"), [message.id]);
        self.writer.settle(settlement(&call, message, outcome, after)).await.expect("settled");
    }

    pub async fn hear(&self, number: u128, upstream_id: &str, status: ReceiptStatus) {
        let told = NewReceipt {
            receipt: told_receipt(upstream_id, status),
            received_at: NOW + Duration::from_secs(1),
            ..receipt(number, status)
        };
        self.writer.hear(news(vec![told])).await.expect("heard");
    }

    /// Event ids without their prefix and message, of one endpoint, oldest first.
    pub async fn told(&self, endpoint: &WebhookEndpoint) -> Vec<String> {
        let filter = WebhookFilter { endpoint_id: Some(endpoint.id), ..WebhookFilter::default() };
        let mut deliveries = self.store.list_webhook_deliveries(&filter, 100).await.expect("a list");
        deliveries.sort_by(|one, other| (one.occurred_at, &one.event_id).cmp(&(other.occurred_at, &other.event_id)));
        deliveries.iter().map(|delivery| delivery.event_id.get(31..).unwrap_or_default().to_owned()).collect()
    }
}

pub fn told_receipt(upstream_id: &str, status: ReceiptStatus) -> DeliveryReceipt {
    DeliveryReceipt {
        upstream_id: Some(upstream_id.to_owned()),
        cause: Some(Cause { code: "WORD".to_owned(), detail: "told so".to_owned() }),
        ..receipt(1, status).receipt
    }
}
