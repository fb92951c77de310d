//! Sign names (短信签名).

use super::auth::{Change, Operator};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use jixinda_domain::{SignName, SignNameId, Timestamp, sign_name};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new().route("/sign-names", get(list).post(create)).route("/sign-names/{id}", get(read).delete(delete))
}

#[derive(Serialize)]
struct SignNameView {
    id: SignNameId,
    code: String,
    text: String,
    created_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSignName {
    /// What applications call it by; the text itself where it is left out.
    code: Option<String>,
    text: String,
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<Value>, Problem> {
    let views: Vec<SignNameView> = gateway.store.sign_names().await?.into_iter().map(view).collect();
    Ok(Json(json!({"sign_names": views})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<SignNameView>, Problem> {
    Ok(Json(view(find(&gateway, &id).await?)))
}

async fn create(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewSignName>,
) -> Result<(StatusCode, Json<SignNameView>), Problem> {
    sign_name::check_text(&new.text).map_err(|reason| Problem::invalid_request(format!("text: {reason}")))?;
    let code = new.code.unwrap_or_else(|| new.text.clone());
    super::check_name("code", &code)?;
    // Applications name a sign name by code, text or id: one word must never mean two.
    let known = gateway.store.sign_names().await?;
    for word in [&new.text, &code] {
        if known.iter().any(|other| other.text == *word || other.code == *word || other.id.to_string() == *word) {
            return Err(Problem::conflict(format!("another sign name has the text or code {word:?}")));
        }
    }
    let now = gateway.clock.now();
    let sign_name = SignName { id: SignNameId::new(now, rand::random()), code, text: new.text, created_at: now };
    gateway.store.insert_sign_name(&sign_name).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, Json(view(sign_name))))
}

async fn delete(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let sign_name = find(&gateway, &id).await?;
    gateway.store.delete_sign_name(sign_name.id).await?;
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// By id, code or text.
pub async fn find(gateway: &Gateway, word: &str) -> Result<SignName, Problem> {
    let sign_names = gateway.store.sign_names().await?;
    let found =
        sign_names.into_iter().find(|known| known.id.to_string() == word || known.code == word || known.text == word);
    found.ok_or_else(|| Problem::not_found("sign name"))
}

fn view(sign_name: SignName) -> SignNameView {
    SignNameView { id: sign_name.id, code: sign_name.code, text: sign_name.text, created_at: sign_name.created_at }
}
