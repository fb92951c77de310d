//! `batchSendSms` and `batchSendDiffSms`: reading and checking their parameters.
//!
//! Whatever is wrong with the request's form refuses all of it with E000503; what concerns one number is that number's status.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize;

use super::answer::refusal;
use super::options::HuaweiOptions;
use crate::account::Account;
use crate::form::Form;
use crate::segments;
use crate::template::Mismatch;
use crate::wire::{RawRequest, ReceiptsTo, Refusal, Submission, Text};

/// The most numbers in one request.
const NUMBERS: usize = 500;
const NUMBER_LENGTH: usize = 21;
/// The most bytes of a body of different texts.
const BODY: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Different {
    from: String,
    status_callback: Option<String>,
    extend: Option<String>,
    sms_content: Vec<Content>,
}

/// One template for some numbers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    to: Vec<String>,
    template_id: String,
    #[serde(default)]
    template_paras: Vec<String>,
    signature: Option<String>,
}

/// One template with the same parameters for all.
pub(super) fn read_same(request: &RawRequest, account: &Account) -> Result<Submission, Refusal> {
    check_type(request, "application/x-www-form-urlencoded")?;
    let form = Form::parse(&request.body);
    let required = |name| form.get(name).ok_or_else(|| wrong(format!("{name} is missing")));
    let paras = form.get("templateParas").map_or(Ok(Vec::new()), |paras| {
        serde_json::from_str(paras).map_err(|_| wrong("templateParas must be a JSON array of strings"))
    });
    let content = Content {
        to: required("to")?.split(',').map(str::to_owned).collect(),
        template_id: required("templateId")?.to_owned(),
        template_paras: paras?,
        signature: form.get("signature").map(str::to_owned),
    };
    let different = Different {
        from: required("from")?.to_owned(),
        status_callback: form.get("statusCallback").map(str::to_owned),
        extend: form.get("extend").map(str::to_owned),
        sms_content: vec![content],
    };
    submission(&different, account)
}

/// Several templates, each with parameters of its own.
pub(super) fn read_different(request: &RawRequest, account: &Account) -> Result<Submission, Refusal> {
    check_type(request, "application/json")?;
    if request.body.len() > BODY {
        return Err(wrong("the body has more than 64 KB"));
    }
    let different = serde_json::from_slice(&request.body).map_err(|error| wrong(error.to_string()))?;
    submission(&different, account)
}

fn submission(different: &Different, account: &Account) -> Result<Submission, Refusal> {
    let count: usize = different.sms_content.iter().map(|content| content.to.len()).sum();
    if !(1..=NUMBERS).contains(&count) {
        return Err(wrong(format!("{count} numbers; 1 to {NUMBERS} are possible")));
    }
    if different.from.is_empty() {
        return Err(wrong("from is empty"));
    }
    let extend = different.extend.as_deref().map(check_extend).transpose()?;
    let options: HuaweiOptions = account.options();
    let (mut texts, mut seen) = (Vec::with_capacity(count), HashSet::new());
    for content in &different.sms_content {
        let model = Text { out_id: extend.clone(), ..read_content(content, &options)? };
        for number in &content.to {
            check_number(number)?;
            let repeated = (!seen.insert(number)).then(|| "E200041".into());
            let refusal = repeated.or_else(|| model.refusal.clone());
            texts.push(Text { number: number.clone(), refusal, ..model.clone() });
        }
    }
    let receipts_to =
        different.status_callback.as_deref().map_or(ReceiptsTo::Account, |url| ReceiptsTo::Url(url.into()));
    Ok(Submission { texts, sender: Some(different.from.as_str().into()), receipts_to })
}

/// What the texts of one entry share; its refusal is about the template.
fn read_content(content: &Content, options: &HuaweiOptions) -> Result<Text, Refusal> {
    let Content { template_id, template_paras, signature, .. } = content;
    if !(1..=32).contains(&template_id.len()) {
        return Err(wrong("templateId has 1 to 32 characters"));
    }
    let (content, refusal) = match options.templates.render(template_id, template_paras) {
        Ok(content) => (content, None),
        Err(Mismatch::Unknown) => (None, Some("E200030".into())),
        Err(Mismatch::ParameterCount) => (None, Some("E200028".into())),
    };
    let sign_name: Arc<str> = signature.as_deref().unwrap_or_default().into();
    let whole = content.as_ref().map(|content| format!("【{sign_name}】{content}"));
    Ok(Text {
        template: template_id.as_str().into(),
        params: serde_json::json!(template_paras).to_string().into(),
        parts: whole.map_or(1, |whole| segments::mainland(&whole)),
        content: content.map(Into::into),
        sign_name,
        refusal,
        ..Text::default()
    })
}

fn check_number(number: &str) -> Result<(), Refusal> {
    let digits = number.strip_prefix('+').unwrap_or_default();
    let is_good =
        !digits.is_empty() && number.len() <= NUMBER_LENGTH && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_good { Ok(()) } else { Err(wrong("to must be + and digits, at most 21 characters a number")) }
}

fn check_extend(extend: &str) -> Result<Arc<str>, Refusal> {
    let is_good = (1..=128).contains(&extend.len()) && !extend.contains(['{', '}']);
    if is_good { Ok(extend.into()) } else { Err(wrong("extend has 1 to 128 characters, none of them a brace")) }
}

fn check_type(request: &RawRequest, essence: &str) -> Result<(), Refusal> {
    let is_good = request.is_of_type(essence);
    if is_good { Ok(()) } else { Err(refusal("E000040", format!("the content type must be {essence}"))) }
}

/// A parameter in a wrong format; the sheet gives no HTTP status of its own for it.
fn wrong(message: impl Into<String>) -> Refusal {
    refusal("E000503", message)
}
