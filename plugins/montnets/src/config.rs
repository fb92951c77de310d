//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::settings;
use jixinda_plugin_kit::sign_name::Place;
use jixinda_plugin_kit::types::{Account, Failure};
use serde::Deserialize;

use crate::charset::Charset;

/// Settings that are no secrets.
#[derive(Deserialize, Debug, PartialEq)]
pub struct Config {
    host: String,
    #[serde(default)]
    spare_hosts: Vec<String>,
    #[serde(default = "default_path")]
    path: String,
    #[serde(default)]
    pub auth: Kind,
    #[serde(default)]
    pub user_id: String,
    #[serde(default)]
    function_names: Names,
    #[serde(default)]
    content_charset: CharsetChoice,
    #[serde(default)]
    pub sign_name_place: Place,
    #[serde(default)]
    pub service_type: String,
    #[serde(default = "default_items")]
    pub max_items: usize,
    #[serde(default = "default_zone")]
    time_zone: String,
    #[serde(default = "yes")]
    pub verify_callbacks: bool,
    #[serde(default)]
    push_user_id: String,
    #[serde(default = "default_timeout")]
    pub request_timeout_ms: u32,
}

/// How the account proves itself.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Md5,
    Sha256,
    Sm3,
    Plain,
    Apikey,
}

#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Names {
    #[default]
    New,
    Old,
}

#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum CharsetChoice {
    #[default]
    Auto,
    #[serde(rename = "utf-8")]
    Utf8,
    Gbk,
}

/// A function of the API. Those that read have one name only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Single,
    Batch,
    Multi,
    Receipts,
    Inbound,
    Balance,
}

impl Config {
    pub fn read(account: &Account) -> Result<Self, Failure> {
        settings::read(account)
    }

    /// The main address, then the spare ones.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.host).chain(&self.spare_hosts).map(|host| settings::base(host))
    }

    /// Of the URL, what follows the address.
    pub fn path_of(&self, function: Function) -> String {
        let name = match (function, self.function_names) {
            (Function::Single, Names::New) => "send_single",
            (Function::Single, Names::Old) => "single_send",
            (Function::Batch, Names::New) => "send_batch",
            (Function::Batch, Names::Old) => "batch_send",
            (Function::Multi, Names::New) => "send_multi",
            (Function::Multi, Names::Old) => "multi_send",
            (Function::Receipts, _) => "get_rpt",
            (Function::Inbound, _) => "get_mo",
            (Function::Balance, _) => "get_balance",
        };
        format!("{}/{name}", self.path.trim_end_matches('/'))
    }

    pub fn charset(&self) -> Charset {
        match (self.content_charset, self.function_names) {
            (CharsetChoice::Gbk, _) | (CharsetChoice::Auto, Names::Old) => Charset::Gbk,
            (CharsetChoice::Utf8, _) | (CharsetChoice::Auto, Names::New) => Charset::Utf8,
        }
    }

    pub fn zone(&self) -> Zone {
        Zone::parse(&self.time_zone).unwrap_or(Zone::CHINA)
    }

    pub fn push_user_id(&self) -> &str {
        if self.push_user_id.is_empty() { &self.user_id } else { &self.push_user_id }
    }
}

fn default_path() -> String {
    "/sms/v2/std".into()
}

fn default_items() -> usize {
    500
}

fn default_zone() -> String {
    "+08:00".into()
}

fn yes() -> bool {
    true
}

fn default_timeout() -> u32 {
    15_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;

    #[test]
    fn names_and_charset_go_together_unless_told_otherwise() {
        let read = |more: &str| Config::read(&account(more)).unwrap();
        let (new, old) = (read(""), read(r#","function_names":"old""#));
        assert_eq!(new.path_of(Function::Single), "/sms/v2/std/send_single");
        assert_eq!(old.path_of(Function::Multi), "/sms/v2/std/multi_send");
        assert_eq!(old.path_of(Function::Receipts), "/sms/v2/std/get_rpt");
        assert_eq!((new.charset(), old.charset()), (Charset::Utf8, Charset::Gbk));
        let told = read(r#","function_names":"old","content_charset":"utf-8""#);
        assert_eq!(told.charset(), Charset::Utf8);
    }

    #[test]
    fn the_main_address_comes_first() {
        let config = Config::read(&account(r#","spare_hosts":["http://b.example.com:1/"]"#)).unwrap();
        assert_eq!(config.hosts().collect::<Vec<_>>(), ["http://api01.monyun.cn:7901", "http://b.example.com:1"]);
    }
}
