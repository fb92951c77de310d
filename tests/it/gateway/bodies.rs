//! What is decided before a body is read, and how long one may take: seen on the bare connection.

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends these bytes and nothing more; answers status and problem code of what comes back.
async fn answer_to(stage: &Stage, head: &str) -> (u16, String) {
    let address = stage.gateway.url().trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&address).await.expect("connected");
    connection.write_all(head.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    let reading = async {
        let mut piece = [0; 4096];
        while !ends(&answer) {
            let read = connection.read(&mut piece).await.expect("read");
            assert_ne!(read, 0, "it hung up after {:?}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&piece[..read]);
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("an answer before the body");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    let problem: Value = serde_json::from_str(body).expect("a problem");
    (status, problem["code"].as_str().expect("a code").to_owned())
}

/// Whether a whole problem is there: an object that closes.
fn ends(answer: &[u8]) -> bool {
    String::from_utf8_lossy(answer).split_once("\r\n\r\n").is_some_and(|(_, body)| body.ends_with('}'))
}

fn head(path: &str, authorization: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: {authorization}\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_unknown_and_nothing_too_large_has_its_body_read() {
    let stage = stage().await;
    let (bearer, stranger) = (format!("Bearer {}", stage.key), format!("Bearer {}x", stage.key));
    let heads = [
        (head("/v1/messages", &stranger, 100), (401, "unauthorized")),
        (head("/v1/messages/batch", &stranger, 16 << 20), (401, "unauthorized")),
        (head("/admin/v1/templates", &bearer, 100), (401, "unauthorized")),
        (head("/v1/messages", &bearer, (1 << 20) + 1), (413, "payload_too_large")),
        (head("/v1/messages/batch", &bearer, (16 << 20) + 1), (413, "payload_too_large")),
    ];
    for (head, (status, code)) in heads {
        assert_eq!(answer_to(&stage, &head).await, (status, code.to_owned()), "{head}");
    }
    assert_eq!(count(&stage.api()).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_given_up() {
    let stage = stage_with(&[("SERVER__BODY_TIMEOUT_MS", "200")]).await;
    let half = head("/v1/messages", &format!("Bearer {}", stage.key), 100) + "{\"to\":";
    assert_eq!(answer_to(&stage, &half).await, (400, "invalid_request".to_owned()));
    assert_eq!(count(&stage.api()).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheme_of_a_credential_is_written_in_any_case() {
    let stage = stage().await;
    let client = Client::new(stage.gateway.url(), None);
    for scheme in ["bearer", "BEARER", "Bearer"] {
        let authorization = format!("{scheme} {}", stage.key);
        let headers = [("authorization", authorization.as_str())];
        let answer = client.raw("POST", "/v1/messages", &headers, otp("13800000001").to_string().into()).await;
        assert_eq!(answer.expect("an answer").status, 202, "{scheme}");
    }
}
