//! `SendSms`: one template with the same parameters for up to two hundred numbers.
//!
//! What concerns the request refuses all of it; numbers, templates and sign names are told of in each number's code.

use serde::Deserialize;
use serde_json::json;

use super::answer::refusal;
use super::number;
use super::options::TencentOptions;
use crate::segments;
use crate::template::Mismatch;
use crate::wire::{Refusal, Submission, Text};

const NUMBERS: usize = 200;
/// The most bytes of a session text.
const SESSION: usize = 512;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendSms {
    #[serde(default)]
    phone_number_set: Vec<String>,
    sms_sdk_app_id: String,
    template_id: String,
    #[serde(default)]
    sign_name: String,
    #[serde(default)]
    template_param_set: Vec<String>,
    extend_code: Option<String>,
    session_context: Option<String>,
    sender_id: Option<String>,
}

/// Reads and checks it.
pub(super) fn read(body: &[u8], options: &TencentOptions) -> Result<Submission, Refusal> {
    let send: SendSms = serde_json::from_slice(body).map_err(|error| refusal("InvalidParameter", error.to_string()))?;
    check_application(&send.sms_sdk_app_id, options)?;
    check_numbers(&send.phone_number_set)?;
    if send.session_context.as_ref().is_some_and(|session| session.len() > SESSION) {
        return Err(refusal("InvalidParameterValue", format!("SessionContext has at most {SESSION} bytes")));
    }
    let sender = send.sender_id.as_deref().map(Into::into);
    let model = model(&send, options);
    let text = |number: &String| {
        let bad = (!number::is_whole(number)).then(|| "InvalidParameterValue.IncorrectPhoneNumber".into());
        Text { number: number.clone(), refusal: bad.or_else(|| model.refusal.clone()), ..model.clone() }
    };
    Ok(Submission { texts: send.phone_number_set.iter().map(text).collect(), sender, ..Submission::default() })
}

pub(super) fn check_application(app_id: &str, options: &TencentOptions) -> Result<(), Refusal> {
    let is_own = app_id == options.app_id;
    let refusal = || refusal("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId is not the account's");
    if is_own { Ok(()) } else { Err(refusal()) }
}

fn check_numbers(numbers: &[String]) -> Result<(), Refusal> {
    let mainland = numbers.iter().filter(|number| number::is_mainland(number)).count();
    match numbers.len() {
        0 => Err(refusal("MissingParameter.EmptyPhoneNumberSet", "PhoneNumberSet is empty")),
        count if count > NUMBERS => {
            Err(refusal("LimitExceeded.PhoneNumberCountLimit", format!("at most {NUMBERS} numbers are possible")))
        }
        count if mainland != 0 && mainland != count => Err(refusal(
            "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
            "numbers are all mainland or all international",
        )),
        _ => Ok(()),
    }
}

/// What all its texts share; a refusal in it is every number's.
fn model(send: &SendSms, options: &TencentOptions) -> Text {
    let is_mainland = send.phone_number_set.iter().any(|number| number::is_mainland(number));
    let rendered = options.templates.render(&send.template_id, &send.template_param_set);
    let refusal = match &rendered {
        _ if send.template_id.is_empty() => Some("FailedOperation.TemplateIdNotExist"),
        _ if is_mainland && send.sign_name.is_empty() => Some("FailedOperation.MissingSignature"),
        Err(Mismatch::Unknown) => Some("FailedOperation.TemplateUnapprovedOrNotExist"),
        Err(Mismatch::ParameterCount) => Some("FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        Ok(_) => None,
    };
    let content = rendered.ok().flatten();
    let whole = content.as_ref().map(|content| format!("【{}】{content}", send.sign_name));
    Text {
        template: send.template_id.as_str().into(),
        sign_name: send.sign_name.as_str().into(),
        params: json!(send.template_param_set).to_string().into(),
        parts: whole.as_deref().map_or(1, segments::mainland),
        content: content.map(Into::into),
        extend_code: send.extend_code.as_deref().map(Into::into),
        out_id: send.session_context.as_deref().map(Into::into),
        refusal: refusal.map(Into::into),
        ..Text::default()
    }
}
