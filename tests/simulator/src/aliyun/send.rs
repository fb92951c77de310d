//! `SendSms` and `SendBatchSms`: reading and checking their parameters.
//!
//! Checks go in the order of the parameters' names in the documentation; the first failure is the answer.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::request::Rpc;
use super::{answer, number};
use crate::wire::{Refusal, Submission, Text};

/// The most numbers in one `SendSms`.
const SINGLE_LIMIT: usize = 1_000;
/// The most numbers in one `SendBatchSms`.
const BATCH_LIMIT: usize = 100;

/// One text for every number.
pub(super) fn read_single(rpc: &Rpc<'_>) -> Result<Submission, Refusal> {
    let numbers: Vec<&str> = rpc.required("PhoneNumbers")?.split(',').collect();
    check_count(numbers.len(), SINGLE_LIMIT)?;
    let sign_name: Arc<str> = rpc.required("SignName")?.into();
    let template: Arc<str> = rpc.required("TemplateCode")?.into();
    let params: Arc<str> = rpc.param("TemplateParam").unwrap_or("{}").into();
    check_params(&parse("TemplateParam", &params)?)?;
    let extend_code: Option<Arc<str>> = rpc.param("SmsUpExtendCode").map(Into::into);
    let out_id: Option<Arc<str>> = rpc.param("OutId").map(Into::into);
    let text = |number: &&str| {
        let (template, sign_name, params) = (template.clone(), sign_name.clone(), params.clone());
        let (extend_code, out_id) = (extend_code.clone(), out_id.clone());
        let number = check_number(number)?;
        Ok(Text { number, template, sign_name, params, extend_code, out_id, ..Text::default() })
    };
    let texts = numbers.iter().map(text).collect::<Result<_, _>>()?;
    Ok(Submission { texts, ..Submission::default() })
}

/// A text for each number, matched by index.
pub(super) fn read_batch(rpc: &Rpc<'_>) -> Result<Submission, Refusal> {
    let numbers: Vec<String> = array(rpc.required("PhoneNumberJson")?, "PhoneNumberJson")?;
    check_count(numbers.len(), BATCH_LIMIT)?;
    let sign_names: Vec<String> = array(rpc.required("SignNameJson")?, "SignNameJson")?;
    let template: Arc<str> = rpc.required("TemplateCode")?.into();
    let out_id: Option<Arc<str>> = rpc.param("OutId").map(Into::into);
    let params = optional_array::<Value>(rpc, "TemplateParamJson")?;
    let extend_codes = optional_array::<String>(rpc, "SmsUpExtendCodeJson")?;
    check_length("SignNameJson", sign_names.len(), numbers.len())?;
    check_length("TemplateParamJson", params.as_ref().map_or(numbers.len(), Vec::len), numbers.len())?;
    check_length("SmsUpExtendCodeJson", extend_codes.as_ref().map_or(numbers.len(), Vec::len), numbers.len())?;
    params.iter().flatten().try_for_each(check_params)?;
    let text = |(index, number): (usize, &String)| {
        Ok(Text {
            number: check_number(number)?,
            template: template.clone(),
            out_id: out_id.clone(),
            sign_name: sign_names[index].as_str().into(),
            params: params.as_ref().map_or_else(|| "{}".into(), |params| params[index].to_string().into()),
            extend_code: extend_codes.as_ref().map(|codes| codes[index].as_str().into()),
            ..Text::default()
        })
    };
    let texts = numbers.iter().enumerate().map(text).collect::<Result<_, _>>()?;
    Ok(Submission { texts, ..Submission::default() })
}

fn check_count(count: usize, limit: usize) -> Result<(), Refusal> {
    match count {
        0 => Err(answer::service("isv.INVALID_PARAMETERS", "there is no number to send to")),
        count if count > limit => Err(answer::service(
            "isv.MOBILE_COUNT_OVER_LIMIT",
            format!("{count} numbers; at most {limit} are possible"),
        )),
        _ => Ok(()),
    }
}

fn check_number(text: &str) -> Result<String, Refusal> {
    let plain = number::plain(text).map(str::to_owned);
    plain.ok_or_else(|| answer::service("isv.MOBILE_NUMBER_ILLEGAL", format!("{text} is no phone number")))
}

fn check_length(name: &str, length: usize, numbers: usize) -> Result<(), Refusal> {
    if length == numbers {
        return Ok(());
    }
    let message = format!("{name} has {length} entries for {numbers} numbers");
    Err(answer::service("isv.INVALID_PARAMETERS", message))
}

/// Template parameters are an object whose values are strings; a number is refused.
fn check_params(params: &Value) -> Result<(), Refusal> {
    let is_good = params.as_object().is_some_and(|object| object.values().all(Value::is_string));
    if is_good { Ok(()) } else { Err(answer::service("isv.INVALID_JSON_PARAM", "parameters are an object of strings")) }
}

fn optional_array<T: DeserializeOwned>(rpc: &Rpc<'_>, name: &str) -> Result<Option<Vec<T>>, Refusal> {
    rpc.param(name).map(|text| array(text, name)).transpose()
}

fn array<T: DeserializeOwned>(text: &str, name: &str) -> Result<Vec<T>, Refusal> {
    parse(name, text)
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Refusal> {
    let invalid = |error| answer::service("isv.INVALID_JSON_PARAM", format!("{name}: {error}"));
    serde_json::from_str(text).map_err(invalid)
}
