//! The control API: `/control/*` on the main listener, JSON in and out. `README.md` lists every call.
//!
//! It has no login, because the simulator is for tests on one machine. Each call is one line in `route`; what
//! it does belongs to `world` and `serve`.

mod reply;

use std::pin::Pin;
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::account::{Account, AccountState};
use crate::faults::Faults;
use crate::push::InboundText;
use crate::serve::{AnswerBody, Listeners};
use crate::world::World;
use reply::{Problem, Reply, reply};

/// Serves one control request; it never fails the connection.
///
/// Boxed, because a call may open a listener, whose connections may make such a call: the type would contain itself.
pub(crate) fn serve<'w>(world: &'w World, listeners: &'w Arc<Listeners>, request: Request<Incoming>) -> Served<'w> {
    Box::pin(answer(world, listeners, request))
}

type Served<'w> = Pin<Box<dyn Future<Output = Response<AnswerBody>> + Send + 'w>>;

async fn answer(world: &World, listeners: &Arc<Listeners>, request: Request<Incoming>) -> Response<AnswerBody> {
    let (head, body) = request.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return reply(Err(Problem::bad_request(format!("the body did not arrive: {error}")))),
    };
    let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').skip(1).collect();
    let query = head.uri.query().unwrap_or_default();
    reply(route(world, listeners, (&head.method, &path), query, &body).await)
}

async fn route(world: &World, listeners: &Arc<Listeners>, call: (&Method, &[&str]), query: &str, body: &[u8]) -> Reply {
    let (method, path) = call;
    match (method.as_str(), path) {
        ("GET", ["summary"]) => Ok(json!(world.summary())),
        ("GET", ["texts"]) => Ok(json!(world.memory.texts(&asked_number(query)?))),
        ("GET", ["doubled"]) => Ok(json!(world.memory.doubled())),
        ("POST", ["missing"]) => Ok(json!(world.memory.missing(&read::<Vec<String>>(body)?))),
        ("POST", ["reset"]) => done({
            world.reset();
            Ok(())
        }),
        ("POST", ["inbound"]) => done(world.push_inbound(read::<InboundText>(body)?)),
        ("GET", ["accounts"]) => Ok(accounts(world)),
        ("POST" | "PUT", ["accounts"]) => done(world.register(read::<Account>(body)?)),
        ("GET", ["accounts", key, "faults"]) => Ok(json!(world.accounts.find(key)?.faults().faults())),
        ("PUT", ["accounts", key, "faults"]) => done(world.set_faults(key, read::<Faults>(body)?)),
        ("DELETE", ["accounts", key, "faults"]) => done(world.set_faults(key, Faults::default())),
        ("GET", ["listeners"]) => Ok(all_listeners(listeners)),
        ("POST", ["listeners"]) => Ok(listener(listeners.open_another().await?.port(), true)),
        ("DELETE", ["listeners", port]) => done(listeners.close_another(read_port(port)?).await),
        ("PUT", ["listeners", port]) => Ok(listener(listeners.reopen(read_port(port)?).await?.port(), true)),
        _ => Err(Problem::not_found(format!("there is no {method} /control/{}", path.join("/")))),
    }
}

/// The answer of a call that only does something.
fn done(result: anyhow::Result<()>) -> Reply {
    result?;
    Ok(json!({ "ok": true }))
}

fn accounts(world: &World) -> Value {
    let settings = |account: Arc<AccountState>| without_secrets(json!(*account.settings()));
    world.accounts.all().into_iter().map(settings).collect()
}

/// Options may have a secret of their own somewhere.
fn without_secrets(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let shown = fields.into_iter().filter(|(name, _)| name != "secret");
            shown.map(|(name, value)| (name, without_secrets(value))).collect()
        }
        other => other,
    }
}

fn all_listeners(listeners: &Listeners) -> Value {
    listeners.list().into_iter().map(|(port, is_open)| listener(port, is_open)).collect()
}

fn listener(port: u16, is_open: bool) -> Value {
    json!({ "port": port, "url": format!("http://127.0.0.1:{port}"), "open": is_open })
}

fn asked_number(query: &str) -> Result<String, Problem> {
    let number = query.split('&').find_map(|pair| pair.strip_prefix("number="));
    let number = number.ok_or_else(|| Problem::bad_request("which number? add ?number=13800000000"))?;
    Ok(percent_encoding::percent_decode_str(number).decode_utf8_lossy().into_owned())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(format!("the body is not understood: {error}")))
}

fn read_port(port: &str) -> Result<u16, Problem> {
    port.parse().map_err(|_| Problem::bad_request(format!("{port} is no port")))
}
