//! Tables for people: lists with one row each, and single things with one row a field.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// One row for each; a column is its heading and the field it shows.
pub fn list(rows: &[Value], columns: &[(&str, &str)]) -> String {
    if rows.is_empty() {
        return "there are none".to_owned();
    }
    let mut table = plain();
    table.set_header(columns.iter().map(|(heading, _)| *heading));
    for row in rows {
        table.add_row(columns.iter().map(|(_, field)| cell(&row[*field])));
    }
    trimmed(&table)
}

/// One row for each field.
pub fn fields(thing: &Value) -> String {
    let Some(object) = thing.as_object() else { return cell(thing) };
    let mut table = plain();
    for (name, value) in object {
        table.add_row([name.as_str(), &cell(value)]);
    }
    trimmed(&table)
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// Without the blanks that pad the last column.
fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.replace(char::is_control, " "),
        Value::Number(number) => number.to_string(),
        Value::Array(list) if list.is_empty() => "-".to_owned(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(thing) => match (thing.get("value"), thing.get("unit"), thing.len()) {
            (Some(Value::String(value)), Some(Value::String(unit)), 2) => format!("{value} {unit}"),
            _ => value.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_has_a_heading_and_one_row_each() {
        let rows = [json!({"name": "main", "on": true, "hosts": ["a", "b"]}), json!({"name": "次要", "on": false})];
        let shown = list(&rows, &[("NAME", "name"), ("ON", "on"), ("HOSTS", "hosts")]);
        let words: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            words,
            [vec!["NAME", "ON", "HOSTS"], vec!["main", "yes", "a,", "b"], vec!["次要", "no", "-"]],
            "{shown}"
        );
    }

    #[test]
    fn nothing_is_said_in_words() {
        assert_eq!(list(&[], &[("NAME", "name")]), "there are none");
    }

    #[test]
    fn a_thing_shows_each_field_on_one_line() {
        let shown = fields(&json!({"id": "app_1", "note": "two\nlines", "settings": {"a": 1}}));
        assert_eq!(shown.lines().count(), 3, "{shown}");
        assert!(shown.contains(r#"{"a":1}"#) && shown.contains("two lines"));
        assert_eq!(cell(&json!({"value": "0.045", "unit": "CNY"})), "0.045 CNY");
    }
}
