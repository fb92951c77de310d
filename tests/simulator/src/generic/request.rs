//! A request's fields: of JSON, of a form, or of a query.

use hyper::Method;
use serde_json::{Map, Value};

use super::answer::refusal;
use super::options::Shape;
use crate::form::Form;
use crate::wire::{RawRequest, Refusal};

/// A request taken apart.
pub(super) struct Fields {
    /// `Any` for a query, which every account may use.
    pub(super) shape: Shape,
    all: Map<String, Value>,
}

impl Fields {
    pub(super) fn read(request: &RawRequest) -> Result<Self, Refusal> {
        let of_form = |encoded: &[u8]| {
            Form::parse(encoded).pairs().map(|(name, value)| (name.to_owned(), value.into())).collect()
        };
        if request.head.method == Method::GET {
            let query = request.head.uri.query().unwrap_or_default();
            return Ok(Self { shape: Shape::Any, all: of_form(query.as_bytes()) });
        }
        if request.is_of_type("application/x-www-form-urlencoded") {
            return Ok(Self { shape: Shape::Form, all: of_form(&request.body) });
        }
        if !request.is_of_type("application/json") {
            return Err(refusal("bad_request", "the content type is neither JSON nor a form"));
        }
        let all = serde_json::from_slice(&request.body).map_err(|error| refusal("bad_request", error.to_string()))?;
        Ok(Self { shape: Shape::Json, all })
    }

    /// A text with something in it.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A value that a form carries as the text of its JSON.
    pub(super) fn value(&self, name: &str) -> Result<Option<Value>, Refusal> {
        match self.all.get(name) {
            Some(Value::String(text)) if self.shape != Shape::Json => {
                serde_json::from_str(text).map(Some).map_err(|_| refusal("bad_request", format!("{name} is no JSON")))
            }
            value => Ok(value.cloned()),
        }
    }

    /// A list, or a text with commas.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.all.get(name)? {
            Value::String(text) => (!text.is_empty()).then(|| text.split(',').map(str::to_owned).collect()),
            list => serde_json::from_value(list.clone()).ok(),
        }
    }
}
