//! Lists as streams.

use super::*;
use crate::filter::MessageFilter;
use crate::status::MessageStatus;
use futures_util::{StreamExt as _, TryStreamExt as _};

fn page(ids: &[&str], next: Option<&str>) -> Reply {
    let messages: Vec<String> = ids.iter().map(|id| listed(id)).collect();
    let next = next.map_or_else(|| "null".to_owned(), |next| format!("\"{next}\""));
    Reply::json(200, format!(r#"{{"messages":[{}],"next_cursor":{next}}}"#, messages.join(",")))
}

#[tokio::test]
async fn a_stream_asks_for_pages_when_they_are_wanted() {
    let scene = Scene::new([page(&["msg_5", "msg_4"], Some("msg_4")), page(&["msg_3"], None)]);
    let filter = MessageFilter::new().status(MessageStatus::Delivered).to("+8613800000000").page_size(2);
    let mut stream = scene.client.messages(filter);
    assert!(scene.stub.asked().is_empty(), "nobody wanted anything yet");
    assert_eq!(stream.try_next().await.expect("a page").expect("a message").id, "msg_5");
    assert_eq!(scene.stub.asked().len(), 1);
    let rest: Vec<String> = stream.map_ok(|message| message.id).try_collect().await.expect("the rest");
    assert_eq!(rest, ["msg_4", "msg_3"]);
    let query = "/v1/messages?status=delivered&to=%2B8613800000000&limit=2";
    let lines: Vec<String> = scene.stub.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, [format!("GET {query}"), format!("GET {query}&cursor=msg_4")]);
}

#[tokio::test]
async fn an_error_ends_a_stream() {
    let scene = Scene::new([page(&["msg_5"], Some("msg_5")), Reply::problem(401, "unauthorized")]);
    let found: Vec<_> = scene.client.messages(MessageFilter::new()).collect().await;
    assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn texts_from_people_are_listed() {
    let text = r#"{"id":"inb_1","from":"+8613800000000","extension":null,"sign_name":"示例签名","text":"T",
        "occurred_at":"2026-01-01T00:00:00.000Z","received_at":"2026-01-01T00:00:01.000Z"}"#;
    let answer = format!(r#"{{"inbound":[{text}],"next_cursor":null}}"#);
    let scene = Scene::new([Reply::json(200, answer)]);
    let found: Vec<_> = scene.client.inbound().try_collect().await.expect("a list");
    assert_eq!((found.len(), found[0].text.as_str()), (1, "T"));
    assert_eq!(scene.stub.asked()[0].line, "GET /v1/inbound");
}
