//! The blocklist (黑名单): numbers that nothing is sent to, singly and by file.

use super::auth::{Change, Operator};
use crate::blocklist::{ImportStatus, Imports, UnreadableList};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use http_body_util::BodyExt as _;
use jixinda_domain::PhoneNumber;
use jixinda_store::BlockedNumber;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

const PAGE: u32 = 200;
const EXPORT_PAGE: u32 = 5000;
/// Some twenty million numbers, which take 300 MB of memory while they are imported.
const LARGEST_FILE: u64 = 256 << 20;
/// How long a file may take to come.
const FILE_PATIENCE: Duration = Duration::from_secs(900);
const LONGEST_NOTE: usize = 200;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/blocklist", get(list).post(add))
        .route("/blocklist/import", post(import).get(import_status))
        .route("/blocklist/export", get(export))
        .route("/blocklist/{number}", get(read).delete(remove))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBlockedNumber {
    number: String,
    /// Why, for people.
    #[serde(default)]
    note: String,
}

/// Where a page of numbers begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AfterNumber {
    #[serde(default)]
    pub cursor: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// The note of numbers whose row has none.
    #[serde(default)]
    note: String,
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<AfterNumber>, QueryRejection>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let numbers = gateway.store.blocked_numbers(query.cursor, PAGE).await?;
    let next_cursor = numbers.last().filter(|_| numbers.len() == PAGE as usize).map(|last| last.number);
    let views: Vec<Value> = numbers.iter().map(view).collect();
    Ok(Json(json!({"blocked_numbers": views, "total": gateway.blocklist.len(), "next_cursor": next_cursor})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(number): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let blocked = gateway.store.blocked_number(parse(&number)?.digits()).await?;
    blocked.map(|blocked| Json(view(&blocked))).ok_or_else(|| Problem::not_found("number on the blocklist"))
}

async fn add(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewBlockedNumber>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let number = parse(&new.number)?;
    let note = check_note(new.note)?;
    gateway.store.block_numbers(&[(number.digits(), &note)], gateway.clock.now()).await?;
    gateway.blocklist.catch_up(gateway.store.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(json!({"number": number.e164(), "note": note}))))
}

async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Path(number): Path<String>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let number = parse(&number)?;
    if !gateway.store.unblock_number(number.digits(), gateway.clock.now()).await? {
        return Err(Problem::not_found("number on the blocklist"));
    }
    gateway.blocklist.catch_up(gateway.store.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a CSV file as the body. It is read whole before anything is stored; a file that is no list changes nothing.
async fn import(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<ImportQuery>, QueryRejection>,
    _: Operator,
    request: Request,
) -> Result<(StatusCode, Json<ImportStatus>), Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let note = check_note(query.note)?;
    let turn =
        gateway.imports.turn().ok_or_else(|| Problem::conflict("another import is running: wait for its end"))?;
    let file = tokio::time::timeout(FILE_PATIENCE, spool(&gateway, request.into_body())).await;
    let file = file.map_err(|_| Problem::invalid_request("the file did not come in time"))??;
    Ok((StatusCode::ACCEPTED, Json(Imports::start(&gateway, file, note, turn).await??)))
}

impl From<UnreadableList> for Problem {
    fn from(unreadable: UnreadableList) -> Self {
        Self::invalid_request(format!("{unreadable}; nothing was changed"))
    }
}

async fn import_status(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<ImportStatus>, Problem> {
    gateway.imports.status().map(Json).ok_or_else(|| Problem::not_found("import since the gateway started"))
}

/// Writes a body to a nameless file in the data folder.
async fn spool(gateway: &Gateway, mut body: Body) -> Result<std::fs::File, Problem> {
    let broken = |error: std::io::Error| {
        tracing::warn!(%error, "an uploaded file could not be kept");
        Problem::overloaded()
    };
    let file = tempfile::tempfile_in(&gateway.config.data.dir).map_err(broken)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::invalid_request("the body broke off"))?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len() as u64;
        if length > LARGEST_FILE {
            return Err(Problem::payload_too_large(LARGEST_FILE as usize));
        }
        file.write_all(data).await.map_err(broken)?;
    }
    file.rewind().await.map_err(broken)?;
    Ok(file.into_std().await)
}

/// The whole list as CSV, page by page.
async fn export(State(gateway): State<Arc<Gateway>>, _: Operator) -> Response {
    let pages = stream::unfold(Some((gateway, None)), |place| async move {
        let (gateway, after) = place?;
        let Some(after) = after else {
            return Some((Ok(Bytes::from_static(b"number,note,created_at\r\n")), Some((gateway, Some(0)))));
        };
        match gateway.store.blocked_numbers(after, EXPORT_PAGE).await {
            Ok(page) => {
                let next = page.last()?.number;
                Some((csv_page(&page), Some((gateway, Some(next)))))
            }
            // A body that breaks off is no complete file, and clients see that.
            Err(error) => Some((Err(std::io::Error::other(error.to_string())), None)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"blocklist.csv\""),
    ];
    (headers, Body::from_stream(pages)).into_response()
}

fn csv_page(page: &[BlockedNumber]) -> Result<Bytes, std::io::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for blocked in page {
        // A spreadsheet would run a note that begins like a formula.
        let guard = if blocked.note.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
        let (number, note) = (format!("+{}", blocked.number), format!("{guard}{}", blocked.note));
        writer.write_record([&number, &note, &blocked.created_at.to_string()]).map_err(std::io::Error::other)?;
    }
    writer.into_inner().map(Bytes::from).map_err(|error| std::io::Error::other(error.to_string()))
}

fn view(blocked: &BlockedNumber) -> Value {
    json!({"number": format!("+{}", blocked.number), "note": blocked.note, "created_at": blocked.created_at})
}

fn check_note(note: String) -> Result<String, Problem> {
    if note.chars().count() > LONGEST_NOTE || note.chars().any(char::is_control) {
        return Err(Problem::invalid_request(format!("note: at most {LONGEST_NOTE} characters of one line")));
    }
    Ok(note)
}

/// In a path the plus may be left out.
pub(super) fn parse(number: &str) -> Result<PhoneNumber, Problem> {
    let parsed =
        PhoneNumber::parse(number).or_else(|error| PhoneNumber::parse(&format!("+{number}")).map_err(|_| error));
    parsed.map_err(|error| Problem::invalid_request(format!("number: {error}")))
}
