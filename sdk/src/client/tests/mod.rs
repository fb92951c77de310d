//! The client against a server that answers as it was told. Nobody waits: pauses are noted.

mod batches;
mod calls;
mod lists;
mod retrying;

use super::{Builder, Client, Retries};
use crate::new_message::NewMessage;
use crate::stub::{Reply, Stub};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const KEY: &str = "key_1.example-secret";
const ACCEPTED: &str = r#"{"id":"msg_1","status":"queued","segments":1}"#;

/// A client, its gateway, and the pauses that it made.
struct Scene {
    stub: Stub,
    client: Client,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl Scene {
    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(replies, |builder| builder)
    }

    fn with(replies: impl IntoIterator<Item = Reply>, set_up: impl FnOnce(Builder) -> Builder) -> Self {
        let stub = Stub::start(replies);
        let pauses = Arc::default();
        let builder = set_up(Client::builder(stub.url()).key(KEY)).noting(Arc::clone(&pauses));
        Self { client: builder.build().expect("a client"), stub, pauses }
    }

    fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().expect("nobody panicked").clone()
    }
}

fn text() -> NewMessage {
    NewMessage::new("13800000000", "login", "jixinda").param("code", "123456")
}

/// A message as lists have it.
fn listed(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","status":"delivered","to":"+8613800000000","class":"otp","template":"tpl_1","sign_name":"sgn_1",
        "segments":1,"test":false,"reference":null,"batch_id":null,"cause":{{"code":"DELIVERED","detail":"用户接收成功"}},
        "receipt_overdue":false,"resends":0,"send_at":null,"next_look_at":null,"expires_at":"2026-01-01T00:05:00.000Z",
        "created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:01.000Z"}}"#
    )
}
