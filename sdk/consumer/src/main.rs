//! Sends, batches, lists, and hears webhooks, with nothing but the packaged SDK. Says what it did, a line each.
//!
//! `JIXINDA_URL` and `JIXINDA_KEY` say which gateway and who; `SIGN_NAME` is one of the gateway's, which also knows the templates of
//! the README. `LISTEN` is an address whose `/hooks` the application's webhook points to, and `WEBHOOK_SECRET` its signing key.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use futures_util::TryStreamExt as _;
use jixinda_sdk::webhook::{EventKind, Verifier};
use jixinda_sdk::{Batch, Client, MessageFilter, MessageStatus, NewMessage};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(60);

struct Ears {
    verifier: Verifier,
    delivered: mpsc::UnboundedSender<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut delivered = listen(&std::env::var("LISTEN")?, &std::env::var("WEBHOOK_SECRET")?).await?;
    let (client, sign_name) = (Client::from_env()?, std::env::var("SIGN_NAME")?);

    let message = NewMessage::new("13800000001", "login", &sign_name).param("code", "123456").reference("consumer");
    let accepted = client.send(&message).await?;
    println!("sent {}", accepted.id);

    let batch = Batch::new()
        .defaults(
            NewMessage::default().template("shipped").sign_name(sign_name).param("order", "A-1").reference("consumer"),
        )
        .message(NewMessage::to("13800000002"))
        .message(NewMessage::to("12"))
        .message(NewMessage::to("13800000003"));
    let results = client.send_batch(&batch).await?;
    let refused: Vec<usize> = results.failed().map(|(index, _)| index).collect();
    println!("batched {} of {}, refused {refused:?}", results.accepted(), batch.len());

    let listed: Vec<_> = client.messages(MessageFilter::new().reference("consumer").page_size(2)).try_collect().await?;
    println!("listed {}", listed.len());

    let mut awaited: Vec<String> = listed.into_iter().map(|message| message.id).collect();
    while !awaited.is_empty() {
        let heard = tokio::time::timeout(PATIENCE, delivered.recv()).await?.ok_or("nobody listens any more")?;
        awaited.retain(|id| *id != heard);
    }
    println!("heard of all");
    Ok(())
}

/// Listens, and answers the ids of messages that were delivered as verified webhooks tell of them.
async fn listen(address: &str, secret: &str) -> Result<mpsc::UnboundedReceiver<String>, Box<dyn Error>> {
    let (tell, delivered) = mpsc::unbounded_channel();
    let ears = Arc::new(Ears { verifier: Verifier::new([secret])?, delivered: tell });
    let listener = tokio::net::TcpListener::bind(address).await?;
    let hooks = Router::new().route("/hooks", post(hear)).with_state(ears);
    tokio::spawn(async move { axum::serve(listener, hooks).await });
    Ok(delivered)
}

async fn hear(State(ears): State<Arc<Ears>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(event) = ears.verifier.verify(&headers, &body) else { return StatusCode::UNAUTHORIZED };
    if let EventKind::MessageUpdated(message) = event.kind
        && message.status == MessageStatus::Delivered
    {
        // Nobody listens when the program ends.
        let _ = ears.delivered.send(message.id);
    }
    StatusCode::NO_CONTENT
}
