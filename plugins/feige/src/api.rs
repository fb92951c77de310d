//! What the generations call the same things: paths, fields, and the form of a body.

use jixinda_plugin_kit::encoding;
use jixinda_plugin_kit::json::{Object, compact};

use crate::config::{Config, Version};

/// Something that can be asked of either generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Text,
    Template,
    Abroad,
    Receipts,
    Inbound,
    Balance,
}

/// A field that a request may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Key,
    Secret,
    Mobile,
    Content,
    SignId,
    TemplateId,
    Count,
    /// Only v1 takes a sub-number.
    Extension,
}

/// Fields with their values, in the order of the vendor's samples.
pub type Fields = Vec<(Field, String)>;

impl Function {
    pub fn url(self, config: &Config) -> String {
        let endpoint = match self {
            Self::Receipts => config.report_endpoint(),
            Self::Inbound => config.inbound_endpoint(),
            _ => config.endpoint(),
        };
        let path = match (self, config.api_version) {
            (Self::Text, Version::V1) => "/SmsService/Send",
            (Self::Text, Version::V2) => "/sms/send",
            (Self::Template, Version::V1) => "/SmsService/Template",
            (Self::Template, Version::V2) => "/sms/template",
            (Self::Abroad, Version::V1) => "/SmsService/InterSms",
            (Self::Abroad, Version::V2) => "/inter/send",
            (Self::Receipts, Version::V1) => &config.v1_report_path,
            (Self::Receipts, Version::V2) => "/sms/report",
            (Self::Inbound, Version::V1) => "/ReportMo/Mo",
            (Self::Inbound, Version::V2) => "/sms/mo",
            (Self::Balance, Version::V1) => "/Account/Balance",
            (Self::Balance, Version::V2) => "/balance/balance",
        };
        format!("{endpoint}{path}")
    }
}

impl Field {
    /// None where the generation has no such field.
    fn name(self, version: Version) -> Option<&'static str> {
        Some(match (self, version) {
            (Self::Key, Version::V1) => "Account",
            (Self::Key, Version::V2) => "apikey",
            (Self::Secret, Version::V1) => "Pwd",
            (Self::Secret, Version::V2) => "secret",
            (Self::Mobile, Version::V1) => "Mobile",
            (Self::Mobile, Version::V2) => "mobile",
            (Self::Content, Version::V1) => "Content",
            (Self::Content, Version::V2) => "content",
            (Self::SignId, Version::V1) => "SignId",
            (Self::SignId, Version::V2) => "sign_id",
            (Self::TemplateId, Version::V1) => "TemplateId",
            (Self::TemplateId, Version::V2) => "template_id",
            (Self::Count, Version::V1) => "Count",
            (Self::Count, Version::V2) => "count",
            (Self::Extension, Version::V1) => "ExtNo",
            (Self::Extension, Version::V2) => return None,
        })
    }
}

/// A body's type and text: a form for v1, JSON for v2.
pub fn body(version: Version, fields: Fields) -> (&'static str, String) {
    let named = fields.into_iter().filter_map(|(field, value)| Some((field.name(version)?.to_owned(), value)));
    let named: Vec<(String, String)> = named.collect();
    match version {
        Version::V1 => ("application/x-www-form-urlencoded", encoding::form(named)),
        Version::V2 => ("application/json", compact(&Object(&named))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_vector() {
        let fields = [
            (Field::Key, "acct01"),
            (Field::Secret, "pwdExample0001"),
            (Field::Content, "验证码：6666"),
            (Field::Mobile, "13800000000"),
            (Field::SignId, "1001"),
        ];
        let fields: Fields = fields.map(|(field, value)| (field, value.to_owned())).to_vec();
        assert_eq!(
            body(Version::V1, fields.clone()).1,
            "Account=acct01&Pwd=pwdExample0001&Content=%E9%AA%8C%E8%AF%81%E7%A0%81%EF%BC%9A6666&Mobile=13800000000&\
             SignId=1001"
        );
        assert_eq!(
            body(Version::V2, fields).1,
            r#"{"apikey":"acct01","secret":"pwdExample0001","content":"验证码：6666","mobile":"13800000000","sign_id":"1001"}"#
        );
    }

    #[test]
    fn a_field_that_a_generation_lacks_is_left_out() {
        let fields = vec![(Field::Extension, "07".to_owned())];
        assert_eq!(body(Version::V1, fields.clone()).1, "ExtNo=07");
        assert_eq!(body(Version::V2, fields).1, "{}");
    }
}
