//! How an account is set up at Feige.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::template::Templates;

/// The keys of an account's `options`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FeigeOptions {
    pub(super) version: Version,
    /// Sign names by id; without any, every number is an id.
    pub(super) signs: BTreeMap<String, String>,
    pub(super) templates: Templates,
    /// The most numbers in one call. The provider's own figure is not known.
    pub(super) most_numbers: usize,
    /// What the second generation calls a list of receipts or inbound texts.
    pub(super) list: ListName,
}

/// A generation of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Version {
    V1,
    #[default]
    V2,
}

/// Both are seen in code of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ListName {
    #[default]
    Data,
    List,
}

impl Version {
    /// Whose path it is.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/sms/send" | "/sms/template" | "/inter/send" | "/sms/report" | "/sms/mo" | "/balance/balance" => {
                Some(Self::V2)
            }
            "/SmsService/Send" | "/SmsService/Template" | "/SmsService/Gx" => Some(Self::V1),
            "/ReportMo/Report" | "/ReportMo/Rep" | "/ReportMo/Mo" | "/Account/Balance" => Some(Self::V1),
            _ => None,
        }
    }
}

impl ListName {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::List => "list",
        }
    }
}

impl Default for FeigeOptions {
    fn default() -> Self {
        Self {
            version: Version::default(),
            signs: BTreeMap::new(),
            templates: Templates::default(),
            most_numbers: 500,
            list: ListName::default(),
        }
    }
}
