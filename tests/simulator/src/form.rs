//! Forms: bodies and queries of the type `application/x-www-form-urlencoded`.

use form_urlencoded::Serializer;

/// Names and values, decoded, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// A field with something in it; of several with one name the first.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(found, value)| (found == name && !value.is_empty()).then_some(value.as_str()))
    }

    /// All fields, empty ones too.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The fields that are there, encoded and joined.
pub(crate) fn write<'p>(pairs: impl IntoIterator<Item = (&'p str, Option<&'p str>)>) -> String {
    let mut form = Serializer::new(String::new());
    for (name, value) in pairs {
        if let Some(value) = value {
            form.append_pair(name, value);
        }
    }
    form.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let written = write([("to", Some("+8613800000000")), ("extend", None), ("body", Some("a b&c=验"))]);
        assert_eq!(written, "to=%2B8613800000000&body=a+b%26c%3D%E9%AA%8C");
        let form = Form::parse(written.as_bytes());
        assert_eq!(
            (form.get("to"), form.get("extend"), form.get("body")),
            (Some("+8613800000000"), None, Some("a b&c=验"))
        );
    }
}
