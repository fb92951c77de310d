//! A request's fields: of a form in the first generation, of JSON in the second.

use serde_json::{Map, Value};

use super::answer;
use super::options::Version;
use crate::form::Form;
use crate::wire::{RawRequest, Refusal};

/// A request taken apart.
pub(super) struct Fields<'r> {
    pub(super) path: &'r str,
    pub(super) version: Version,
    all: Map<String, Value>,
}

impl<'r> Fields<'r> {
    pub(super) fn read(request: &'r RawRequest) -> Result<Self, Refusal> {
        let path = request.path();
        let version = Version::of(path).unwrap_or_default();
        let all = match version {
            Version::V1 => {
                Form::parse(&request.body).pairs().map(|(name, value)| (name.to_owned(), value.into())).collect()
            }
            Version::V2 => serde_json::from_slice(&request.body)
                .map_err(|error| answer::refusal(answer::WRONG, format!("the body is no JSON: {error}")))?,
        };
        Ok(Self { path, version, all })
    }

    /// A field with something in it; ids are sent as texts and as numbers.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        match self.all.get(name)? {
            Value::String(text) => (!text.is_empty()).then(|| text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<String, Refusal> {
        self.get(name).ok_or_else(|| answer::refusal(answer::EMPTY, format!("{name}不能为空")))
    }

    /// How many are asked for.
    pub(super) fn count(&self, name: &str, possible: std::ops::RangeInclusive<usize>) -> Result<usize, Refusal> {
        let Some(count) = self.get(name) else { return Ok(10) };
        let count = count.parse().ok().filter(|count| possible.contains(count));
        count.ok_or_else(|| {
            answer::refusal(answer::WRONG, format!("{name} is {} to {}", possible.start(), possible.end()))
        })
    }
}
