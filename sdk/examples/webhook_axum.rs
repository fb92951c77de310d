//! Hears webhooks with axum: verifies them, passes over what it has heard before, and answers quickly.
//!
//!     JIXINDA_WEBHOOK_SECRETS=whsec_… cargo run --example webhook_axum
#![expect(clippy::print_stdout, reason = "an example speaks on its standard output")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use jixinda_sdk::webhook::{EventKind, Verifier, WebhookError};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

struct Ears {
    verifier: Verifier,
    /// A program that must survive a restart keeps these in its database, in the transaction of the work itself.
    heard: Mutex<HashSet<String>>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // While a key is changed there are two, separated by a space.
    let secrets = std::env::var("JIXINDA_WEBHOOK_SECRETS").map_err(|_| "JIXINDA_WEBHOOK_SECRETS is not set")?;
    let verifier = Verifier::new(secrets.split_whitespace())?;
    let ears = Arc::new(Ears { verifier, heard: Mutex::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening at http://{}/hooks", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/hooks", post(hear)).with_state(ears)).await?;
    Ok(())
}

/// The body comes as `Bytes`: what is verified is what was sent, not what a parser made of it.
async fn hear(State(ears): State<Arc<Ears>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let event = match ears.verifier.verify(&headers, &body) {
        Ok(event) => event,
        Err(error @ WebhookError::Unreadable(_)) => {
            println!("{error}");
            return StatusCode::UNPROCESSABLE_ENTITY;
        }
        Err(_) => return StatusCode::UNAUTHORIZED,
    };
    if !ears.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(event.id) {
        return StatusCode::NO_CONTENT;
    }
    match event.kind {
        EventKind::MessageUpdated(message) => println!("{} is {}", message.id, message.status),
        EventKind::MessageInbound(text) => println!("{:?} wrote", text.from),
        EventKind::Test => println!("somebody wants to know whether we are here"),
        other => println!("not for us: {other:?}"),
    }
    StatusCode::NO_CONTENT
}
