//! `batchSend`: one template with the same parameters for up to a hundred numbers.

use serde::Deserialize;
use serde_json::json;

use super::answer::invalid;
use super::options::JdcloudOptions;
use crate::segments;
use crate::wire::{Refusal, Submission, Text};

const NUMBERS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    template_id: String,
    sign_id: String,
    phone_list: Vec<String>,
    #[serde(default)]
    params: Vec<String>,
}

/// Reads and checks it; whatever is wrong refuses the whole request.
pub(super) fn read(body: &[u8], options: &JdcloudOptions) -> Result<Submission, Refusal> {
    let batch: Batch = serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
    if !["mb_", "bm_"].iter().any(|prefix| batch.template_id.starts_with(prefix)) {
        return Err(invalid("templateId must begin with mb_"));
    }
    if !batch.sign_id.starts_with("qm_") {
        return Err(invalid("signId must begin with qm_"));
    }
    if !(1..=NUMBERS).contains(&batch.phone_list.len()) {
        return Err(invalid(format!("phoneList has 1 to {NUMBERS} numbers")));
    }
    if let Some(number) = batch.phone_list.iter().find(|number| !is_mainland(number)) {
        return Err(invalid(format!("phoneList has {number}, which is no mainland number")));
    }
    let content = options.templates.render(&batch.template_id, &batch.params);
    let content = content.map_err(|_| invalid("there is no such template, or its parameters are others"))?;
    let model = Text {
        template: batch.template_id.into(),
        sign_name: batch.sign_id.into(),
        params: json!(batch.params).to_string().into(),
        parts: content.as_deref().map_or(1, segments::mainland),
        content: content.map(Into::into),
        ..Text::default()
    };
    let texts = batch.phone_list.into_iter().map(|number| Text { number, ..model.clone() });
    Ok(Submission { texts: texts.collect(), ..Submission::default() })
}

fn is_mainland(number: &str) -> bool {
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    digits && matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..] if number.len() == 11)
}
