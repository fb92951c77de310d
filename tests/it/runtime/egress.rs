//! A plugin's requests: where they may go, how they end, and whether they left.

use crate::support::components;
use crate::support::sandbox::{Sandbox, account, words};
use crate::support::upstream::{Answer, Upstream, closed_port};
use jixinda_runtime::egress::AddressPolicy;
use serde_json::{Value, json};
use std::time::Duration;

/// What the plugin reports of one request.
async fn fetch(sandbox: &Sandbox, mut settings: Value) -> String {
    settings["behaviour"] = json!("fetch");
    words(&sandbox.send(&account(&settings), 1).await[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_inside_the_house_are_denied_even_when_granted() {
    let sandbox = Sandbox::start_with(&[("misbehaving.wasm", components::misbehaving())], |options| {
        options.egress.addresses = AddressPolicy::default();
    })
    .await;
    let upstream = Upstream::start(Answer::Ok).await;
    let hosts = [
        "127.0.0.1",
        "localhost",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "192.0.0.192",
        "[fd00:ec2::254]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ];
    for host in hosts {
        let seen = fetch(&sandbox, json!({ "url": format!("http://{host}:{}", upstream.port()) })).await;
        assert!(seen.starts_with("denied: sent=false") && seen.contains("not a public address"), "{host}: {seen}");
    }
    assert_eq!(upstream.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opened_network_is_reached() {
    let (sandbox, upstream) = (Sandbox::misbehaving().await, Upstream::start(Answer::Ok).await);
    let localhost = format!("http://localhost:{}", upstream.port());
    for url in [upstream.url(), localhost] {
        assert_eq!(fetch(&sandbox, json!({ "url": url })).await, "200: 2 bytes, location \"\"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_told_not_followed() {
    let (sandbox, upstream) =
        (Sandbox::misbehaving().await, Upstream::start(Answer::Redirect("http://169.254.169.254/latest")).await);
    let seen = fetch(&sandbox, json!({ "url": upstream.url() })).await;
    assert_eq!(seen, "302: 0 bytes, location \"http://169.254.169.254/latest\"");
    assert_eq!(upstream.requests(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_never_end_are_ended() {
    let sandbox = Sandbox::misbehaving().await;
    let cases = [
        (Answer::Hang, "timeout: sent=true"),
        (Answer::Drip, "timeout: sent=true"),
        (Answer::Late(Duration::from_secs(3600)), "timeout: sent=true"),
        (Answer::Huge, "response-too-large: sent=true"),
        (Answer::Close, "connection-lost: sent=true"),
    ];
    for (answer, expected) in cases {
        let upstream = Upstream::start(answer.clone()).await;
        let seen = fetch(&sandbox, json!({ "url": upstream.url(), "timeout_ms": 700 })).await;
        assert!(seen.starts_with(expected), "{answer:?}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_found_no_connection_never_left() {
    let (sandbox, silent) = (Sandbox::misbehaving().await, Upstream::start(Answer::Hang).await);
    let refused = format!("http://127.0.0.1:{}", closed_port().await);
    assert!(fetch(&sandbox, json!({ "url": refused })).await.starts_with("connect: sent=false"));
    let seen = fetch(&sandbox, json!({ "url": "http://nowhere.invalid" })).await;
    assert!(seen.starts_with("dns: sent=false"), "{seen}");
    // A far side that takes the connection and never speaks TLS has received no request, however short the patience.
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let deaf = format!("https://{}", deaf.local_addr().expect("an address"));
    let seen = fetch(&sandbox, json!({ "url": deaf, "timeout_ms": 300 })).await;
    assert!(seen.starts_with("connect: sent=false"), "{seen}");
    let confused = format!("https://127.0.0.1:{}", silent.port());
    let seen = fetch(&sandbox, json!({ "url": confused, "timeout_ms": 300 })).await;
    assert!(seen.contains("sent=false"), "{seen}");
    assert_eq!(silent.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_requests_are_not_made() {
    let (sandbox, upstream) = (Sandbox::misbehaving().await, Upstream::start(Answer::Ok).await);
    for header in
        ["Host: evil.example.com", "Transfer-Encoding: chunked", "Content-Length: 7", "Proxy-Authorization: x"]
    {
        let seen = fetch(&sandbox, json!({ "url": upstream.url(), "mark": header })).await;
        assert!(seen.starts_with("invalid-request: sent=false"), "{header}: {seen}");
    }
    for url in ["file:///etc/passwd", "gopher://127.0.0.1/", "http://user:pw@127.0.0.1/"] {
        let seen = fetch(&sandbox, json!({ "url": url })).await;
        assert!(seen.starts_with("invalid-request: sent=false"), "{url}: {seen}");
    }
    assert_eq!(upstream.requests(), 0);
}
