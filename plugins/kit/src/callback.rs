//! Reading what a provider calls us with, and answering it.

use crate::callbacks::{Call, Events, Refusal, Reply};
use crate::encoding::parse_form;

const JSON: &str = "application/json";

impl Call {
    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether it is a POST.
    #[must_use]
    pub fn is_post(&self) -> bool {
        self.method.eq_ignore_ascii_case("POST")
    }

    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as a form.
    #[must_use]
    pub fn form(&self) -> Form {
        Form(parse_form(&self.text()))
    }

    /// The public URL that was called, by what we told the provider: a proxy before us hides the real one.
    #[must_use]
    pub fn url(&self, callback_url: &str) -> String {
        let mut url = callback_url.to_owned();
        if !self.path.is_empty() {
            url = format!("{}/{}", url.trim_end_matches('/'), self.path.trim_start_matches('/'));
        }
        if !self.query.is_empty() {
            url = format!("{url}?{}", self.query);
        }
        url
    }
}

/// Fields of a form, in their order.
pub struct Form(pub Vec<(String, String)>);

impl Form {
    /// The first field of that name. Empty counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.any(name).filter(|value| !value.is_empty())
    }

    /// The first field of that name, even if it is empty.
    #[must_use]
    pub fn any(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer of that type.
pub fn reply(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
    Reply { status, headers: vec![("content-type".into(), content_type.into())], body: body.into() }
}

/// An answer in JSON.
pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    reply(status, JSON, body)
}

/// Nothing is recorded, and the provider is told this.
pub fn refuse(reason: impl Into<String>, reply: Reply) -> Refusal {
    Refusal { reason: reason.into(), reply }
}

/// Nothing happened yet; this is the answer once all of it is stored.
#[must_use]
pub fn events(reply: Reply) -> Events {
    Events { receipts: Vec::new(), inbound: Vec::new(), reply }
}

#[cfg(test)]
mod tests {
    use crate::samples::call;

    #[test]
    fn a_form_is_read_by_name() {
        let call = call("application/x-www-form-urlencoded", "a=1&b=&c=%2B1+2");
        let form = call.form();
        assert_eq!((form.get("a"), form.get("b"), form.any("b"), form.get("z")), (Some("1"), None, Some(""), None));
        assert_eq!(form.get("c"), Some("+1 2"));
        assert_eq!(call.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert!(call.is_post());
    }

    #[test]
    fn the_public_url_has_the_path_and_the_query_of_the_call() {
        let base = "https://gw.example.com/cb";
        let mut call = call("", "");
        assert_eq!(call.url(base), base);
        call.path = "status".into();
        call.query = "a=%20b".into();
        assert_eq!(call.url(base), "https://gw.example.com/cb/status?a=%20b");
    }
}
