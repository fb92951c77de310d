//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::settings;
use jixinda_plugin_kit::sign_name::Place;
use jixinda_plugin_kit::types::{Account, Failure};
use serde::Deserialize;

/// Settings that are no secrets.
#[derive(Deserialize, Debug, PartialEq)]
pub struct Config {
    #[serde(default = "default_base_url")]
    base_url: String,
    pub account: String,
    #[serde(default)]
    pub password_is_hashed: bool,
    #[serde(default)]
    pub family: Family,
    #[serde(default)]
    pub digest_case: Case,
    #[serde(default = "at_the_back")]
    pub sign_name_place: Place,
    #[serde(default = "default_texts")]
    pub error_texts: Vec<ErrorText>,
    #[serde(default = "default_timeout")]
    pub request_timeout_ms: u32,
}

/// Which of two sets of functions an account uses.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    #[default]
    #[serde(rename = "1")]
    One,
    #[serde(rename = "2")]
    Two,
}

/// Of the hex digits of a digest; for the second family it is UNCONFIRMED.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    #[default]
    Upper,
    Lower,
}

/// Words of a refusal, and what they mean.
#[derive(Deserialize, Debug, Clone, PartialEq)]
pub struct ErrorText {
    pub contains: Vec<String>,
    pub means: Meaning,
}

/// What a refusal can mean.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    NoBalance,
    AuthFailed,
    NumberLimited,
    SignNameRefused,
    ContentRefused,
    NumberRefused,
    RefusedHere,
    Unknown,
}

impl Config {
    pub fn read(account: &Account) -> Result<Self, Failure> {
        settings::read(account)
    }

    pub fn url_of(&self, function: &str) -> String {
        format!("{}/{function}", settings::base(&self.base_url))
    }
}

fn default_base_url() -> String {
    "https://www.lx598.com/sdk/".into()
}

fn at_the_back() -> Place {
    Place::Back
}

/// All of it UNCONFIRMED: the vendor documents no codes.
fn default_texts() -> Vec<ErrorText> {
    let line = |words: &[&str], means| {
        let contains = words.iter().map(|word| (*word).to_owned()).collect();
        ErrorText { contains, means }
    };
    vec![
        line(&["余额", "欠费"], Meaning::NoBalance),
        line(&["密码", "账号", "帐号", "用户", "权限", "IP"], Meaning::AuthFailed),
        line(&["频率", "上限", "过快", "限制"], Meaning::NumberLimited),
        line(&["签名", "模板", "未报备"], Meaning::SignNameRefused),
        line(&["敏感", "非法", "屏蔽", "关键字"], Meaning::ContentRefused),
        line(&["号码", "手机号", "黑名单"], Meaning::NumberRefused),
        line(&["系统", "繁忙", "超时"], Meaning::Unknown),
    ]
}

fn default_timeout() -> u32 {
    10_000
}
