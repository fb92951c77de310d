//! What a refusal's words mean for the messages of a call. There are no codes; the words are guessed at, by a table of the
//! account's settings whose default is the provider sheet's §5.

use jixinda_plugin_kit::outcome::cause;
use jixinda_plugin_kit::types::{Deferral, Outcome, Rejection, Scope};
use jixinda_plugin_kit::verdict::Concerns::{All, One};
use jixinda_plugin_kit::verdict::Verdict::{self, Fault, Limited, Refused, RefusedHere, Uncertain};
use jixinda_plugin_kit::verdict::{self, Concerns, Context, Pause};

use crate::config::{Config, Meaning};

/// How long a number that met its limit is left alone. No figure is documented.
const NUMBER_PAUSE: Pause = Pause::Milliseconds(60_000);
/// The only code that a refusal has.
const CODE: &str = "0";

/// The outcome of every message of a call that was refused. The first line with one of the words counts.
pub fn outcome(config: &Config, words: &str, context: Context) -> Outcome {
    let line = config.error_texts.iter().find(|line| line.contains.iter().any(|word| words.contains(word.as_str())));
    let meaning = line.map_or(Meaning::RefusedHere, |line| line.means);
    verdict::decide(judge(meaning), cause(CODE, words), context)
}

/// All of a call have the same text; only their numbers differ.
fn judge(meaning: Meaning) -> (Verdict, Concerns) {
    match meaning {
        Meaning::NoBalance => (Fault(Deferral::NoBalance), All),
        Meaning::AuthFailed => (Fault(Deferral::AuthFailed), All),
        Meaning::NumberLimited => (Limited(Scope::Recipient, NUMBER_PAUSE), One),
        Meaning::SignNameRefused => (RefusedHere(Rejection::BadSignName), All),
        Meaning::ContentRefused => (Refused(Rejection::ContentRefused), All),
        Meaning::NumberRefused => (Refused(Rejection::BadRecipient), One),
        Meaning::RefusedHere => (RefusedHere(Rejection::Other), One),
        Meaning::Unknown => (Uncertain, All),
    }
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::{NOW, brief};

    use super::*;
    use crate::testing::account;

    fn told(settings: &str, words: &str) -> (String, String) {
        let config = Config::read(&account(settings)).unwrap();
        let of = |messages| brief(&outcome(&config, words, Context::of(NOW, messages)));
        (of(1), of(2))
    }

    #[test]
    fn every_word_of_the_table() {
        const TRY_EACH: &str = "deferred Other Batch";
        let lines: [(&[&str], &str, bool); 8] = [
            (&["余额", "欠费"], "deferred NoBalance Account", false),
            (&["密码", "账号", "帐号", "用户", "权限", "IP"], "deferred AuthFailed Account", false),
            (&["频率", "上限", "过快", "限制"], "deferred RateLimited Recipient 60000", true),
            (&["签名", "模板", "未报备"], "rejected BadSignName elsewhere", false),
            (&["敏感", "非法", "屏蔽", "关键字"], "rejected ContentRefused nowhere", false),
            (&["号码", "手机号", "黑名单"], "rejected BadRecipient nowhere", true),
            (&["系统", "繁忙", "超时"], "uncertain", false),
            (&["无此说法", ""], "rejected Other elsewhere", true),
        ];
        for (words, alone, is_of_one) in lines {
            for word in words {
                let batch = if is_of_one { TRY_EACH } else { alone };
                assert_eq!(told("", &format!("x{word}y")), (alone.to_owned(), batch.to_owned()), "{word}");
            }
        }
    }

    #[test]
    fn the_first_line_counts_and_an_operator_has_the_last_word() {
        assert_eq!(told("", "账号余额不足").0, "deferred NoBalance Account");
        let own = r#","error_texts":[{"contains":["账号"],"means":"refused-here"}]"#;
        assert_eq!(told(own, "账号余额不足").0, "rejected Other elsewhere");
        assert_eq!(told(own, "余额不足").0, "rejected Other elsewhere");
    }
}
