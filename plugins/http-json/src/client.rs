//! Requests of the described API, built from the account's templates, and its answers.

use jixinda_plugin_kit::http::{Request, Response};
use jixinda_plugin_kit::types::{Account, Batch, Failure, Message};
use jixinda_plugin_kit::{Gateway, encoding, request, settings};
use serde_json::{Map, Value};

use crate::config::{Config, ContentType};
use crate::path::Path;
use crate::template::{Problem, Values, fill, fill_json, fits_header};
use crate::values::{OfAccount, OfMessage};

/// One account, ready to be called with.
pub struct Client<'a> {
    pub gateway: &'a dyn Gateway,
    pub config: Config,
    pub callback_url: Option<String>,
}

/// What an answer says, by its paths.
pub struct Answer {
    body: Value,
    text: Value,
}

impl<'a> Client<'a> {
    pub fn open(gateway: &'a dyn Gateway, account: &Account) -> Result<Self, Failure> {
        let config = Config::read(account)?;
        Ok(Self { gateway, config, callback_url: account.callback_url.clone() })
    }

    /// The request that hands over one message.
    pub fn sending(&self, batch: &Batch, message: &Message, index: u32) -> Result<Request, Problem> {
        let values = OfMessage { client: self, batch, message };
        let request = request::post(self.url(&self.config.send_url, &values)?, self.body(&values)?);
        let mut request = self.ready(request, &values)?.carries([index]);
        request.method.clone_from(&self.config.method);
        if request.method != "GET" {
            let content_type = match self.config.content_type {
                ContentType::Json => "application/json",
                ContentType::Form => "application/x-www-form-urlencoded",
            };
            let is_set = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            return Ok(if is_set { request } else { request.header("content-type", content_type) });
        }
        Ok(request)
    }

    /// A request for the balance.
    pub fn asking(&self, url: &str) -> Result<Request, Problem> {
        let values = OfAccount(self);
        Ok(self.ready(request::get(self.url(url, &values)?), &values)?.carries([]))
    }

    /// A segment of dots leads up, however it is encoded: a value may not be one.
    fn url(&self, template: &str, values: &dyn Values) -> Result<String, Problem> {
        let url = fill(template, values, encoding::percent)?;
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let leads_up = path.split('/').any(|segment| matches!(segment, "." | ".."));
        if leads_up { Err(Problem::Unfit("what would stand in the path".into())) } else { Ok(url) }
    }

    /// The headers, which are the same for each request, but for what stands in them.
    fn ready(&self, mut request: Request, values: &dyn Values) -> Result<Request, Problem> {
        for (name, template) in &self.config.headers {
            let value = fill(template, values, str::to_owned)?;
            if !fits_header(&value) {
                return Err(Problem::Unfit(format!("what would stand in the header {name}")));
            }
            request = request.header(name, value);
        }
        if !self.config.basic_user.is_empty() {
            let password = settings::optional_secret(self.gateway, "password").unwrap_or_default();
            request = request.header("Authorization", request::basic_auth(&self.config.basic_user, &password));
        }
        Ok(request.timeout(self.config.request_timeout_ms))
    }

    fn body(&self, values: &dyn Values) -> Result<Vec<u8>, Problem> {
        if self.config.method == "GET" {
            return Ok(Vec::new());
        }
        let template = Value::Object(self.config.body.clone());
        let body = match self.config.content_type {
            ContentType::Json => fill_json(&template, values, self.config.omit_empty)?.to_string(),
            ContentType::Form => encoding::form(self.fields(&self.config.body, values)?),
        };
        Ok(body.into_bytes())
    }

    /// A form's fields are texts: lists stand in them with the separator between, and other JSON as it is written.
    fn fields(&self, body: &Map<String, Value>, values: &dyn Values) -> Result<Vec<(String, String)>, Problem> {
        let mut fields = Vec::with_capacity(body.len());
        for (name, member) in body {
            let value = match member {
                Value::String(template) => fill(template, values, str::to_owned)?,
                Value::Null => String::new(),
                other => fill_json(other, values, self.config.omit_empty)?.to_string(),
            };
            if !(self.config.omit_empty && value.is_empty()) {
                fields.push((name.clone(), value));
            }
        }
        Ok(fields)
    }
}

impl Answer {
    pub fn of(response: &Response) -> Self {
        let text = String::from_utf8_lossy(&response.body).trim().to_owned();
        Self { body: response.json(), text: text.into() }
    }

    /// What stands at a path; `$` is the answer as text, whatever its form.
    pub fn at(&self, path: &Path) -> Option<String> {
        if path.is_whole() { path.text(&self.text) } else { path.text(&self.body) }
    }
}
