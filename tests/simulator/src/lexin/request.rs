//! A request's fields: always a form, at a path whose beginning is the account's own.

use crate::form::Form;
use crate::wire::RawRequest;

const FUNCTIONS: [&str; 7] = ["send", "send2", "qryReport", "qryReport2", "receiveSms", "receiveSms2", "qryBalance"];

/// A request taken apart.
pub(super) struct Fields<'r> {
    pub(super) function: &'r str,
    form: Form,
}

/// The format that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    Json,
    Xml,
    /// Values with semicolons after them; the default.
    Text,
}

impl<'r> Fields<'r> {
    pub(super) fn read(request: &'r RawRequest) -> Self {
        Self { function: function(request.path()).unwrap_or_default(), form: Form::parse(&request.body) }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.form.get(name)
    }

    pub(super) fn data_type(&self) -> DataType {
        match self.get("dataType") {
            Some("json") => DataType::Json,
            Some("xml") => DataType::Xml,
            _ => DataType::Text,
        }
    }

    /// As they were sent, good or bad.
    pub(super) fn numbers(&self) -> Vec<&str> {
        self.get("aimcodes").map(|list| list.split(',').collect()).unwrap_or_default()
    }
}

/// The function at the end of a path below any `/sdk/`.
pub(super) fn function(path: &str) -> Option<&str> {
    let (_, function) = path.rsplit_once("/sdk/")?;
    FUNCTIONS.contains(&function).then_some(function)
}
