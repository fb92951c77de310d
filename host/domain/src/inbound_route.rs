//! [`InboundRoute`] (上行路由): whose an inbound text is, by the number it was sent to, its extension, or what it begins with.

use crate::clock::Timestamp;
use crate::ids::{AccountId, ApplicationId, InboundRouteId};
use crate::inbound::InboundMessage;

/// 上行路由: texts that fit belong to this application. What is `None` does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundRoute {
    /// Its id.
    pub id: InboundRouteId,
    /// Whose they are.
    pub application_id: ApplicationId,
    /// The account that they come to.
    pub account_id: Option<AccountId>,
    /// The number that they were sent to, as the provider writes it.
    pub recipient: Option<String>,
    /// The sub-number.
    pub extension: Option<String>,
    /// What they begin with, in any case.
    pub keyword: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl InboundRoute {
    /// Whether a text that came to an account fits.
    pub fn fits(&self, account: AccountId, message: &InboundMessage) -> bool {
        let same = |wanted: &Option<String>, given: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| given.is_some_and(|given| given.trim() == wanted))
        };
        let begins = |keyword: &str| {
            let text = message.text.trim_start();
            text.get(..keyword.len()).is_some_and(|start| start.eq_ignore_ascii_case(keyword))
                || text.starts_with(keyword)
        };
        self.account_id.is_none_or(|wanted| wanted == account)
            && same(&self.recipient, message.recipient.as_deref())
            && same(&self.extension, message.extension.as_deref())
            && self.keyword.as_deref().is_none_or(begins)
    }

    /// How much it asks for: of several that fit, the one that asks for most decides, a longer keyword before a shorter one.
    fn weight(&self) -> (usize, usize) {
        let asked =
            [self.account_id.is_some(), self.recipient.is_some(), self.extension.is_some(), self.keyword.is_some()];
        (asked.into_iter().filter(|asked| *asked).count(), self.keyword.as_deref().map_or(0, str::len))
    }
}

/// Whose a text is by these rules; of equals the older decides.
pub fn route(routes: &[InboundRoute], account: AccountId, message: &InboundMessage) -> Option<ApplicationId> {
    let fitting = routes.iter().filter(|route| route.fits(account, message));
    fitting.max_by_key(|route| (route.weight(), std::cmp::Reverse(route.id))).map(|route| route.application_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(number: u128, extension: Option<&str>, keyword: Option<&str>) -> InboundRoute {
        InboundRoute {
            id: InboundRouteId::new(Timestamp::default(), number),
            application_id: ApplicationId::new(Timestamp::default(), number),
            account_id: None,
            recipient: None,
            extension: extension.map(str::to_owned),
            keyword: keyword.map(str::to_owned),
            created_at: Timestamp::default(),
        }
    }

    fn decided(routes: &[InboundRoute], extension: &str, text: &str) -> Option<usize> {
        let message = InboundMessage {
            upstream_id: None,
            sender: "+8613800000000".to_owned(),
            recipient: None,
            extension: Some(extension.to_owned()),
            sign_name: None,
            text: text.to_owned(),
            part: None,
            at: None,
        };
        let application = route(routes, AccountId::new(Timestamp::default(), 1), &message)?;
        routes.iter().position(|route| route.application_id == application)
    }

    #[test]
    fn the_rule_that_asks_for_most_decides() {
        let routes = [
            rule(1, Some("01"), None),
            rule(2, None, Some("vote")),
            rule(3, Some("01"), Some("vote")),
            rule(4, None, None),
        ];
        assert_eq!(decided(&routes, "01", "hello"), Some(0));
        assert_eq!(decided(&routes, "02", "VOTE A"), Some(1));
        assert_eq!(decided(&routes, "01", " vote B"), Some(2));
        assert_eq!(decided(&routes, "02", "hello"), Some(3));
        assert_eq!(decided(&routes[..3], "02", "hello"), None);
    }

    #[test]
    fn keywords_may_be_chinese_and_the_longer_decides() {
        let routes = [rule(1, None, Some("查")), rule(2, None, Some("查询"))];
        assert_eq!(decided(&routes, "", "查询余额"), Some(1));
        assert_eq!(decided(&routes, "", "查一下"), Some(0));
        assert_eq!(decided(&routes, "", "你好"), None);
    }
}
