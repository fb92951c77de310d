//! Who may send: bearer secrets, signed requests, addresses.

use super::*;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// The MAC as the documents tell it, with code of its own.
fn mac(secret: &str, path: &str, timestamp: u64, nonce: &str, body: &[u8]) -> String {
    let text = format!("POST\n{path}\n{timestamp}\n{nonce}\n{}", hex::encode(Sha256::digest(body)));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

struct Signer {
    client: Client,
    key: String,
    secret: String,
}

impl Signer {
    fn of(stage: &Stage) -> Self {
        let (key, secret) = stage.key.split_once('.').expect("id and secret");
        Self { client: Client::new(stage.gateway.url(), None), key: key.to_owned(), secret: secret.to_owned() }
    }

    async fn post(&self, body: &[u8], signed: &[u8], timestamp: u64, nonce: &str) -> Answer {
        let mac = mac(&self.secret, "/v1/messages", timestamp, nonce, signed);
        let timestamp = timestamp.to_string();
        let headers = [
            ("x-jixinda-key", self.key.as_str()),
            ("x-jixinda-timestamp", &timestamp),
            ("x-jixinda-nonce", nonce),
            ("x-jixinda-mac", &mac),
        ];
        self.client.raw("POST", "/v1/messages", &headers, Bytes::copy_from_slice(body)).await.expect("an answer")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_request_is_good_once_even_over_a_restart() {
    let mut stage = stage().await;
    let signer = Signer::of(&stage);
    let body = otp("13800000001").to_string().into_bytes();
    let timestamp = now();
    assert_eq!(signer.post(&body, &body, timestamp, "0123456789abcdef").await.status, 202);
    refused(&signer.post(&body, &body, timestamp, "0123456789abcdef").await, 401, "unauthorized");
    stage.gateway.kill().expect("killed");
    stage.gateway.start_again().await.expect("a start");
    refused(&signer.post(&body, &body, timestamp, "0123456789abcdef").await, 401, "unauthorized");
    assert_eq!(count(&stage.api()).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_stale_and_malformed_signatures_are_all_the_same_401() {
    let stage = stage().await;
    let signer = Signer::of(&stage);
    let body = otp("13800000001").to_string().into_bytes();
    let other = otp("13800000002").to_string().into_bytes();
    let answers = [
        signer.post(&body, &other, now(), "nonce-of-a-changed-body").await,
        signer.post(&body, &body, now() - 400, "nonce-of-a-stale-request").await,
        signer.post(&body, &body, now() + 400, "nonce-of-a-hasty-request").await,
        signer.post(&body, &body, now(), "short").await,
        Client::new(stage.gateway.url(), None).post("/v1/messages", &otp("13800000001")).await.expect("an answer"),
        stage
            .gateway
            .api("key_01M84KAPK0Y0A1QGW8MEV2B4G3.wrong")
            .post("/v1/messages", &otp("13800000001"))
            .await
            .expect("an answer"),
        stage
            .gateway
            .api(&format!("{}x", stage.key))
            .post("/v1/messages", &otp("13800000001"))
            .await
            .expect("an answer"),
    ];
    for answer in &answers {
        refused(answer, 401, "unauthorized");
        assert_eq!(answer.json, answers[0].json, "nothing tells one cause from another");
    }
    assert_eq!(count(&stage.api()).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_bound_to_its_networks_and_can_be_switched_off() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let change = |body: Value| {
        let admin = admin.clone();
        async move { admin.call("PATCH", "/applications/shop", &body).await.expect("an answer").ok().expect("ok") }
    };
    change(json!({"networks": ["192.0.2.0/24"]})).await;
    refused(&stage.api().post("/v1/messages", &otp("13800000001")).await.expect("an answer"), 403, "ip_not_allowed");
    change(json!({"networks": ["127.0.0.0/8"], "allow_bearer": false})).await;
    refused(&stage.api().post("/v1/messages", &otp("13800000001")).await.expect("an answer"), 401, "unauthorized");
    let body = otp("13800000001").to_string().into_bytes();
    assert_eq!(Signer::of(&stage).post(&body, &body, now(), "signed-is-still-welcome").await.status, 202);
    change(json!({"active": false})).await;
    refused(&Signer::of(&stage).post(&body, &body, now(), "nobody-is-welcome-now").await, 401, "unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_applications_messages_are_unknown() {
    let stage = stage().await;
    let id = accepted(&stage.api(), &otp("13800000001")).await;
    let other = stage.gateway.admin().post("/applications", &json!({"name": "other"})).await.expect("an answer").json;
    let key =
        format!("{}.{}", other["key"]["id"].as_str().expect("id"), other["key"]["secret"].as_str().expect("secret"));
    let api = stage.gateway.api(&key);
    refused(&api.get(&format!("/v1/messages/{id}")).await.expect("an answer"), 404, "not_found");
    assert_eq!(count(&api).await, 0);
}
