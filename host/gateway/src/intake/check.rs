//! What a submission must be before it is stored: a pure function of the directory, the submission and the time.

use crate::blocklist::{Blocked, Blocklist};
use crate::directory::Directory;
use crate::quiet_hours::QuietHours;
use jixinda_domain::segment::{TextTooLong, segment};
use jixinda_domain::template::{MARKETING_OPT_OUT, ParamsMismatch};
use jixinda_domain::{
    ApplicationId, Cause, LimitKey, LimitRule, MessageClass, PhoneNumber, Segmentation, SignName, Submission, Template,
    Timestamp, phone, sign_name,
};
use std::sync::Arc;
use std::time::Duration;

/// The longest reference, in characters.
const MAX_REFERENCE: usize = 128;
/// The furthest send time.
const MAX_AHEAD: Duration = Duration::from_secs(366 * 24 * 3600);
/// The longest that a text may be worth sending.
const MAX_EXPIRY: Duration = Duration::from_secs(7 * 24 * 3600);

/// Why a submission is refused. The words are for the application's developer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("to: {0}")]
    InvalidPhoneNumber(phone::InvalidPhoneNumber),
    #[error("to: {}", .0.words())]
    BlockedNumber(Blocked),
    #[error("template: there is no template with the code or id {0:?}")]
    UnknownTemplate(String),
    #[error("sign_name: there is no sign name {0:?}")]
    UnknownSignName(String),
    #[error("no channel is bound to both this template and this sign name, and reaches this number")]
    NoChannel,
    #[error("params: {0}")]
    Params(#[from] ParamsMismatch),
    #[error("{0}")]
    TooLong(#[from] TextTooLong),
    #[error("send_at: this time is in the past")]
    SendAtInPast,
    #[error("{} in {} s are accepted {}: try again in {wait_s} s", .rule.most, .rule.per_seconds, counted(.rule))]
    FrequencyLimited { rule: LimitRule, wait_s: u32 },
    #[error("the daily quota of {most} texts is used up: it is filled again in {wait_s} s")]
    QuotaExceeded { most: u64, wait_s: u32 },
    #[error("{field}: {reason}")]
    Invalid { field: &'static str, reason: String },
}

/// A submission that may be stored.
#[derive(Debug)]
pub struct Checked {
    pub recipient: PhoneNumber,
    pub template: Arc<Template>,
    pub sign_name: Arc<SignName>,
    pub text: String,
    pub segmentation: Segmentation,
    pub due_at: Timestamp,
    pub expires_at: Timestamp,
    /// Why it waits, where that is not the application's wish.
    pub wait: Option<Cause>,
}

/// What a rule counts, for the sentence that tells of it.
fn counted(rule: &LimitRule) -> &'static str {
    match rule.by {
        LimitKey::Number => "for one number",
        LimitKey::NumberAndTemplate => "of one template for one number",
        LimitKey::Application => "for this application",
    }
}

/// What a submission is checked against.
pub struct Rules<'a> {
    pub directory: &'a Directory,
    pub blocklist: &'a Blocklist,
    pub quiet_hours: &'a QuietHours,
    /// Who sends.
    pub application: ApplicationId,
    pub now: Timestamp,
}

pub fn check(rules: &Rules<'_>, submission: &Submission) -> Result<Checked, Refusal> {
    let Rules { directory, quiet_hours, now, .. } = *rules;
    let recipient = PhoneNumber::parse(&submission.to).map_err(Refusal::InvalidPhoneNumber)?;
    let template = directory.template(&submission.template);
    let template = template.ok_or_else(|| Refusal::UnknownTemplate(cut(&submission.template)))?.clone();
    let sign_name = directory.sign_name(&submission.sign_name);
    let sign_name = sign_name.ok_or_else(|| Refusal::UnknownSignName(cut(&submission.sign_name)))?.clone();
    if let Some(blocked) = rules.blocklist.blocks(&recipient, template.class, rules.application, sign_name.id) {
        return Err(Refusal::BlockedNumber(blocked));
    }
    let mut text = template.render(&submission.params)?;
    if template.class == MessageClass::Marketing && recipient.is_mainland() && !text.contains(MARKETING_OPT_OUT) {
        text.push_str(MARKETING_OPT_OUT);
    }
    let segmentation = segment(&sign_name::prefix(&sign_name.text, &text), recipient.is_mainland())?;
    check_reference(submission.reference.as_deref())?;
    let Times { due_at, expires_at, wait } =
        times(submission, template.class, recipient.country_code(), quiet_hours, now)?;
    let route = directory.route(template.id, sign_name.id);
    if !route.iter().any(|entry| entry.channel.reaches(recipient.country_code())) {
        return Err(Refusal::NoChannel);
    }
    Ok(Checked { recipient, template, sign_name, text, segmentation, due_at, expires_at, wait })
}

/// As much of a word as is worth repeating.
fn cut(word: &str) -> String {
    word.chars().take(64).collect()
}

fn check_reference(reference: Option<&str>) -> Result<(), Refusal> {
    let too_long = reference.is_some_and(|reference| reference.chars().count() > MAX_REFERENCE);
    if too_long {
        return Err(Refusal::Invalid { field: "reference", reason: format!("at most {MAX_REFERENCE} characters") });
    }
    Ok(())
}

struct Times {
    due_at: Timestamp,
    expires_at: Timestamp,
    wait: Option<Cause>,
}

fn times(
    submission: &Submission,
    class: MessageClass,
    country_code: u16,
    quiet_hours: &QuietHours,
    now: Timestamp,
) -> Result<Times, Refusal> {
    if submission.send_at.is_some_and(|send_at| send_at < now) {
        return Err(Refusal::SendAtInPast);
    }
    if submission.send_at.is_some_and(|send_at| send_at > now + MAX_AHEAD) {
        return Err(Refusal::Invalid { field: "send_at", reason: "at most a year ahead".to_owned() });
    }
    let expires_in = submission.expires_in.unwrap_or_else(|| class.default_expiry());
    if expires_in.is_zero() || expires_in > MAX_EXPIRY {
        return Err(Refusal::Invalid { field: "expires_in", reason: "1 to 604800 seconds".to_owned() });
    }
    let wanted = submission.send_at.unwrap_or(now);
    let quiet_end = quiet_hours.end(class, country_code, wanted);
    let due_at = quiet_end.unwrap_or(wanted);
    Ok(Times { due_at, expires_at: due_at + expires_in, wait: quiet_end.map(QuietHours::cause) })
}
