//! Templates (模板).

use super::auth::{Change, Operator};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use jixinda_domain::template::{TemplateParam, placeholders};
use jixinda_domain::{MessageClass, Template, TemplateId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/templates", get(list).post(create))
        .route("/templates/{id}", get(read).patch(update).delete(delete))
}

#[derive(Serialize)]
struct TemplateView {
    id: TemplateId,
    code: String,
    name: String,
    class: MessageClass,
    content: String,
    params: Vec<TemplateParam>,
    created_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTemplate {
    code: String,
    /// For people; the code where it is left out.
    name: Option<String>,
    class: MessageClass,
    content: String,
    /// Limits of parameters; those left out may have 100 characters.
    #[serde(default)]
    params: Vec<TemplateParam>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateChange {
    name: Option<String>,
    class: Option<MessageClass>,
    content: Option<String>,
    params: Option<Vec<TemplateParam>>,
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<Value>, Problem> {
    let views: Vec<TemplateView> = gateway.store.templates().await?.into_iter().map(view).collect();
    Ok(Json(json!({"templates": views})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<TemplateView>, Problem> {
    Ok(Json(view(find(&gateway, &id).await?)))
}

async fn create(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewTemplate>,
) -> Result<(StatusCode, Json<TemplateView>), Problem> {
    super::check_name("code", &new.code)?;
    let name = new.name.unwrap_or_else(|| new.code.clone());
    super::check_name("name", &name)?;
    let params = params(&new.content, &new.params)?;
    let now = gateway.clock.now();
    let id = TemplateId::new(now, rand::random());
    let template =
        Template { id, code: new.code, name, class: new.class, content: new.content, params, created_at: now };
    gateway.store.insert_template(&template).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, Json(view(template))))
}

async fn update(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Change(change): Change<TemplateChange>,
) -> Result<Json<TemplateView>, Problem> {
    let mut template = find(&gateway, &id).await?;
    if let Some(name) = change.name {
        super::check_name("name", &name)?;
        template.name = name;
    }
    template.class = change.class.unwrap_or(template.class);
    let limits = change.params.unwrap_or_else(|| template.params.clone());
    if let Some(content) = change.content {
        template.content = content;
        // Limits of placeholders that are gone go with them.
        let kept: Vec<TemplateParam> =
            limits.into_iter().filter(|limit| template.content.contains(&format!("${{{}}}", limit.name))).collect();
        template.params = params(&template.content, &kept)?;
    } else {
        template.params = params(&template.content, &limits)?;
    }
    check_bindings(&gateway, &template).await?;
    gateway.store.update_template(&template).await?;
    gateway.reload_directory().await?;
    Ok(Json(view(template)))
}

async fn delete(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let template = find(&gateway, &id).await?;
    super::routing_policy::keep_template(&gateway, template.id).await?;
    gateway.store.delete_template(template.id).await?;
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A binding that renames a parameter must find it in the changed template too.
async fn check_bindings(gateway: &Gateway, template: &Template) -> Result<(), Problem> {
    for binding in gateway.store.template_bindings().await? {
        let lost = binding.params.iter().find(|bound| !template.params.iter().any(|param| param.name == bound.from));
        if let Some(lost) = lost.filter(|_| binding.template_id == template.id) {
            let detail = format!(
                "channel {} is bound with the parameter {}: change that binding first",
                binding.channel_id, lost.from
            );
            return Err(Problem::in_use(detail));
        }
    }
    Ok(())
}

fn params(content: &str, limits: &[TemplateParam]) -> Result<Vec<TemplateParam>, Problem> {
    placeholders(content, limits).map_err(|error| Problem::invalid_request(format!("content: {error}")))
}

/// By id or code.
pub async fn find(gateway: &Gateway, word: &str) -> Result<Template, Problem> {
    let templates = gateway.store.templates().await?;
    let found = templates.into_iter().find(|known| known.id.to_string() == word || known.code == word);
    found.ok_or_else(|| Problem::not_found("template"))
}

fn view(template: Template) -> TemplateView {
    TemplateView {
        id: template.id,
        code: template.code,
        name: template.name,
        class: template.class,
        content: template.content,
        params: template.params,
        created_at: template.created_at,
    }
}
