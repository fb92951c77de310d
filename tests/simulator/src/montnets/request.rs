//! A request's fields, whether they came as JSON, as a form or in a query.

use hyper::Method;
use serde_json::{Map, Value};

use super::DOOR;
use super::answer::refusal;
use super::charset::Charset;
use super::options::MontnetsOptions;
use crate::form::Form;
use crate::wire::{RawRequest, Refusal};

/// The format of a request, and so of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Json,
    Form,
}

/// A request taken apart.
pub(super) struct Fields<'r> {
    pub(super) function: &'r str,
    pub(super) shape: Shape,
    pub(super) all: Map<String, Value>,
}

impl<'r> Fields<'r> {
    pub(super) fn read(request: &'r RawRequest) -> Result<Self, Refusal> {
        let shape = shape(request).ok_or_else(|| refusal("-100100", "Content-Type不正确"))?;
        let all = match shape {
            Shape::Json => serde_json::from_slice(&request.body)
                .map_err(|error| refusal("-100091", format!("JSON不能解析: {error}")))?,
            Shape::Form if request.head.method == Method::GET => {
                of_form(request.head.uri.query().unwrap_or_default().as_bytes())
            }
            Shape::Form => of_form(&request.body),
        };
        Ok(Self { function: function(request), shape, all })
    }

    /// A field with something in it. Numbers and texts are not told apart.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        text_of(self.all.get(name)?)
    }

    /// How many are asked for, at most `most`, which is also the default.
    pub(super) fn count(&self, name: &str, most: usize) -> usize {
        self.get(name).and_then(|count| count.parse().ok()).map_or(most, |count: usize| count.clamp(1, most))
    }

    /// The charset of texts in this request.
    pub(super) fn charset(&self, options: &MontnetsOptions) -> Charset {
        options.charset.unwrap_or_else(|| usual_charset(self.function))
    }
}

/// A text, or a number as text; nothing where it is empty.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `None` for types that the simulator does not play.
pub(super) fn shape(request: &RawRequest) -> Option<Shape> {
    let is_form = request.head.method == Method::GET || request.is_of_type("application/x-www-form-urlencoded");
    let is_json = request.is_of_type("application/json") || request.is_of_type("text/json");
    if is_form { Some(Shape::Form) } else { is_json.then_some(Shape::Json) }
}

pub(super) fn function(request: &RawRequest) -> &str {
    request.path().strip_prefix(DOOR).unwrap_or_default()
}

/// The functions of the old names spoke GBK.
pub(super) fn usual_charset(function: &str) -> Charset {
    let is_old = ["single_send", "batch_send", "multi_send"].contains(&function);
    if is_old { Charset::Gbk } else { Charset::Utf8 }
}

fn of_form(encoded: &[u8]) -> Map<String, Value> {
    Form::parse(encoded).pairs().map(|(name, value)| (name.to_owned(), value.into())).collect()
}
