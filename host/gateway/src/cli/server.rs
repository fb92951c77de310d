//! Speaking to a running gateway: the thin clients' way to `/admin/v1`, and how its answers are shown.

use super::{output, table};
use anyhow::{Context as _, bail};
use bytes::Bytes;
use clap::ValueEnum;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Method, Request};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::Duration;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(60);
const MAX_ANSWER: usize = 64 << 20;
const FILE_PATIENCE: Duration = Duration::from_secs(900);
const MAX_FILE: usize = 1 << 30;

/// Which gateway, who asks, and how the answer is shown.
#[derive(clap::Args)]
pub struct ServerArgs {
    /// Address of the gateway.
    #[arg(long, global = true, env = "JIXINDA_SERVER", default_value = "http://127.0.0.1:8770", value_name = "URL")]
    server: Url,
    /// Admin token: printed at the gateway's first start; `jixinda admin token add NAME` makes another.
    #[arg(long, global = true, env = "JIXINDA_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// How the answer is shown.
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    output: Output,
}

/// How an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// For programs: what the gateway answered.
    Json,
}

impl ServerArgs {
    /// Whether there is a token to ask a gateway with.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    pub fn output(&self) -> Output {
        self.output
    }

    /// A client for this gateway.
    pub fn client(self) -> anyhow::Result<Server> {
        let token = self.token.filter(|token| !token.is_empty()).context(
            "no admin token: give --token or set JIXINDA_TOKEN; the gateway printed one at its first start, and \
             `jixinda admin token add NAME` makes another",
        )?;
        let usable = matches!(self.server.scheme(), "http" | "https") && self.server.has_host();
        anyhow::ensure!(usable, "--server must look like http://127.0.0.1:8770");
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Server { base: self.server, token, output: self.output, client, runtime })
    }
}

/// A gateway that is asked one thing after the other.
pub struct Server {
    base: Url,
    token: String,
    output: Output,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    pub fn get(&self, path: &[&str]) -> anyhow::Result<Value> {
        self.call(Method::GET, path, &[], None)
    }

    /// Asks for what fits: pairs of a filter and its value.
    pub fn find(&self, path: &[&str], filter: &[(&str, String)]) -> anyhow::Result<Value> {
        self.call(Method::GET, path, filter, None)
    }

    pub fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, &[], Some(body))
    }

    pub fn patch(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.call(Method::PATCH, path, &[], Some(body))
    }

    pub fn put(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.call(Method::PUT, path, &[], Some(body))
    }

    pub fn delete(&self, path: &[&str]) -> anyhow::Result<()> {
        self.call(Method::DELETE, path, &[], None).map(|_| ())
    }

    /// Shows the list that an answer holds under `name`.
    pub fn show_list(&self, answer: &Value, name: &str, columns: &[(&str, &str)]) {
        match self.output {
            Output::Json => say_json(answer),
            Output::Table => {
                let empty = Vec::new();
                let rows = answer[name].as_array().unwrap_or(&empty);
                output::say(&table::list(rows, columns));
            }
        }
    }

    /// Shows one thing with all its fields.
    pub fn show(&self, answer: &Value) {
        match self.output {
            Output::Json => say_json(answer),
            Output::Table => output::say(&table::fields(answer)),
        }
    }

    /// Says that something is done, to people only.
    pub fn done(&self, words: &str) {
        if self.output == Output::Table {
            output::say(words);
        }
    }

    pub fn output(&self) -> Output {
        self.output
    }

    /// Sends a file.
    pub fn upload(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        content_type: &str,
        content: Vec<u8>,
    ) -> anyhow::Result<Value> {
        let mut url = self.url(path)?;
        url.query_pairs_mut().extend_pairs(query);
        let request = self.request(Method::POST, &url, content_type, content.into())?;
        self.runtime.block_on(async {
            let asked = tokio::time::timeout(FILE_PATIENCE, self.ask(request)).await;
            asked.with_context(|| format!("{} took longer than {} s", self.base, FILE_PATIENCE.as_secs()))?
        })
    }

    /// Fetches a file.
    pub fn download(&self, path: &[&str]) -> anyhow::Result<Bytes> {
        let request = self.request(Method::GET, &self.url(path)?, "application/json", Bytes::new())?;
        self.runtime.block_on(async {
            let response = self.client.request(request).await;
            let response = response.with_context(|| format!("cannot reach {}; is the gateway running?", self.base))?;
            let status = response.status();
            anyhow::ensure!(status.is_success(), "{} answered {status}", self.base);
            let body = Limited::new(response.into_body(), MAX_FILE).collect().await;
            Ok(body.map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?.to_bytes())
        })
    }

    fn call(
        &self,
        method: Method,
        path: &[&str],
        filter: &[(&str, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let body = Bytes::from(body.map(Value::to_string).unwrap_or_default());
        let mut url = self.url(path)?;
        if !filter.is_empty() {
            url.query_pairs_mut().extend_pairs(filter);
        }
        let request = self.request(method, &url, "application/json", body)?;
        self.runtime.block_on(async {
            let asked = tokio::time::timeout(PATIENCE, self.ask(request)).await;
            asked.with_context(|| format!("{} did not answer within {} s", self.base, PATIENCE.as_secs()))?
        })
    }

    fn url(&self, path: &[&str]) -> anyhow::Result<Url> {
        let mut url = self.base.clone();
        url.set_query(None);
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("--server must look like http://127.0.0.1:8770"))?
            .pop_if_empty()
            .extend(["admin", "v1"])
            .extend(path);
        Ok(url)
    }

    fn request(
        &self,
        method: Method,
        url: &Url,
        content_type: &str,
        body: Bytes,
    ) -> anyhow::Result<Request<Full<Bytes>>> {
        Request::builder()
            .method(method)
            .uri(url.as_str())
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", content_type)
            .body(Full::from(body))
            .context("the token or the address holds characters that a request cannot carry")
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Value> {
        let response = self.client.request(request).await;
        let response = response.with_context(|| format!("cannot reach {}; is the gateway running?", self.base))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?.to_bytes();
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        if status.is_success() {
            return Ok(answer.unwrap_or_default());
        }
        match answer {
            Some(problem) => bail!("{}", problem_line(&problem)),
            None => bail!("{} answered {status}: is it a Jixinda gateway?", self.base),
        }
    }
}

/// One line from a problem+json.
fn problem_line(problem: &Value) -> String {
    let word = |name: &str| problem[name].as_str().unwrap_or_default();
    match word("code") {
        "unauthorized" => "the gateway does not know this admin token (unauthorized)".to_owned(),
        code => format!("{} ({code})", if word("detail").is_empty() { word("title") } else { word("detail") }),
    }
}

pub fn say_json(value: &Value) {
    output::say(&serde_json::to_string_pretty(value).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_is_one_line() {
        let problem = json!({"title": "Not found", "code": "not_found", "detail": "there is no such channel"});
        assert_eq!(problem_line(&problem), "there is no such channel (not_found)");
        assert!(problem_line(&json!({"code": "unauthorized", "detail": "…"})).contains("admin token"));
    }
}
