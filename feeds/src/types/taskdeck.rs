//! How many tasks lie in which column of which board, from whatever tool keeps them and answers JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{interval, nothing, read};
use crate::{FeedError, FeedType, Given, Sample, Way, path, web_json};

/// What a tool may call the column of a task.
const COLUMN: [&str; 5] = ["column", "status", "state", "list", "stage"];
/// What it may call the board of a task.
const BOARD: [&str; 2] = ["board", "project"];
/// What it may call the number of tasks in a column.
const COUNT: [&str; 3] = ["count", "task_count", "total"];
/// Most columns of all boards together.
const MAX_COLUMNS: usize = 100;

pub(super) const TYPE: FeedType = FeedType {
    name: "taskdeck",
    title: "Task boards",
    description: "Counts tasks per board and column, from the JSON of a task tool.",
    way: Way::Polls,
    schema,
    example: || json!({"url": "https://tasks.example.com/api/boards", "interval_sec": 60}),
    payload: || json!({"total": 23, "boards": {"Web": {"Todo": 12, "Doing": 4, "Done": 7}}}),
    time: Duration::from_secs(15),
    needs: nothing,
    also: web_json::check_headers,
    sample: |given| Box::pin(sample(given)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    url: String,
    path: String,
    headers: BTreeMap<String, String>,
    #[serde(rename = "interval_sec")]
    _interval: u64,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["url"],
        "additionalProperties": false,
        "properties": {
            "url": {
                "type": "string", "format": "uri", "title": "Address", "minLength": 1, "maxLength": 2000,
                "description": "Asked by GET. It answers boards with columns and their tasks or counts, or a \
                    list of tasks that name their board and column.",
                "examples": ["https://tasks.example.com/api/boards"],
            },
            "path": {
                "type": "string", "format": "feed-path", "title": "Path", "maxLength": path::MAX_LENGTH,
                "description": "Where in the answer the boards or tasks are; empty when they are the answer, or \
                    in its field boards or tasks.",
                "default": "", "examples": ["data.boards"],
            },
            "interval_sec": interval(1, 60),
            "headers": web_json::headers_schema(),
        },
    })
}

async fn sample(given: Given) -> Result<Sample, FeedError> {
    let config: Config = read(given.config)?;
    let path = path::parse(&config.path)
        .map_err(|error| FeedError::new("invalid_path", format!("The path {error}.")).of("path"))?;
    let document = web_json::get(&given.surroundings, "url", &config.url, &config.headers).await?;
    let counted = match path.find(&document) {
        Ok(part) => counts(part).map_err(|message| FeedError::new("unexpected_answer", message)),
        Err(missing) => Err(FeedError::new("nothing_at_path", format!("There is {missing}."))),
    };
    match counted {
        Ok(counts) => Ok(Sample { payloads: vec![payload(&counts)], raw: Some(document) }),
        Err(error) => Err(error.of("path").with_raw(document)),
    }
}

/// Tasks by board and column.
type Counts = BTreeMap<String, BTreeMap<String, u64>>;

fn payload(counts: &Counts) -> Value {
    let total: u64 = counts.values().flat_map(BTreeMap::values).sum();
    json!({"total": total, "boards": counts})
}

/// Counts the tasks in any of the forms that docs/feeds.md shows.
fn counts(part: &Value) -> Result<Counts, String> {
    let inner = ["boards", "tasks"].iter().find_map(|name| part.get(name)).unwrap_or(part);
    let Value::Array(items) = inner else {
        return Err("Expected is a list of boards or of tasks; docs/feeds.md shows the forms.".to_owned());
    };
    let mut counts = Counts::new();
    for (at, item) in items.iter().enumerate() {
        match item.get("columns").or_else(|| item.get("lists")) {
            Some(columns) => {
                let board = named(item).unwrap_or_else(|| format!("Board {}", at + 1));
                count_columns(columns, counts.entry(board).or_default())
                    .map_err(|problem| format!("Board {}: {problem}.", at + 1))?;
            }
            None => {
                let column = text_of(item, &COLUMN).ok_or_else(|| {
                    format!(
                        "Entry {} is neither a board (it has no columns) nor a task (it has none of {}).",
                        at + 1,
                        COLUMN.join(", ")
                    )
                })?;
                let board = text_of(item, &BOARD).unwrap_or_else(|| "Tasks".to_owned());
                *counts.entry(board).or_default().entry(column).or_default() += 1;
            }
        }
    }
    match counts.values().map(BTreeMap::len).sum::<usize>() {
        0..=MAX_COLUMNS => Ok(counts),
        many => {
            Err(format!("The boards have {many} columns; at most {MAX_COLUMNS} are counted. Choose by path."))
        }
    }
}

fn count_columns(columns: &Value, counts: &mut BTreeMap<String, u64>) -> Result<(), String> {
    // {"Todo": 3} and {"Todo": [task, …]}
    if let Value::Object(columns) = columns {
        for (name, tasks) in columns {
            let count =
                size(tasks).ok_or_else(|| "a column is neither a count nor a list of tasks".to_owned())?;
            *counts.entry(name.clone()).or_default() += count;
        }
        return Ok(());
    }
    let columns = columns.as_array().ok_or("its columns are neither a list nor an object")?;
    for (at, column) in columns.iter().enumerate() {
        let tasks = ["tasks", "cards", "items"].iter().find_map(|name| column.get(name)).and_then(size);
        let count = COUNT.iter().find_map(|name| column.get(name)).and_then(size);
        let name = named(column).unwrap_or_else(|| format!("Column {}", at + 1));
        // A list of tasks may be a page of them; a count is the whole.
        let count = count
            .or(tasks)
            .ok_or_else(|| format!("column {} has neither tasks nor one of {}", at + 1, COUNT.join(", ")))?;
        *counts.entry(name).or_default() += count;
    }
    Ok(())
}

fn size(tasks: &Value) -> Option<u64> {
    tasks.as_u64().or_else(|| Some(tasks.as_array()?.len() as u64))
}

fn named(thing: &Value) -> Option<String> {
    text_of(thing, &["name", "title"])
}

/// The text in the first of these fields that there is; or the name of the object in it.
fn text_of(thing: &Value, names: &[&str]) -> Option<String> {
    let found = names.iter().find_map(|name| thing.get(name))?;
    let text = found.as_str().or_else(|| as_named(found.as_object()?))?.trim();
    let short: String = text.chars().take(80).collect();
    Some(short).filter(|text| !text.is_empty())
}

fn as_named(object: &Map<String, Value>) -> Option<&str> {
    ["name", "title"].iter().find_map(|name| object.get(*name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::{Place, sampled};

    #[tokio::test]
    async fn boards_are_asked_for_with_credentials() {
        let place =
            Place::telling(json!({"data": [{"name": "Web", "columns": {"Todo": 2, "Done": [{}]}}]})).await;
        let config = |path: &str| json!({"url": place.url("/boards"), "path": path, "headers": {"Authorization": "Bearer s3cret"}});
        let sample = sampled("taskdeck", config("data")).await.expect("sampled");
        assert_eq!(sample.payloads, [json!({"total": 3, "boards": {"Web": {"Done": 1, "Todo": 2}}})]);
        assert!(place.heard()[0].contains("authorization: Bearer s3cret\r\n"));
        let error = sampled("taskdeck", config("")).await.expect_err("no list");
        assert_eq!((error.code, error.field.as_deref()), ("unexpected_answer", Some("path")));
        let error = sampled("taskdeck", config("boards")).await.expect_err("nothing there");
        assert_eq!(error.message, "There is nothing at `boards`: the document has `data`.");
        assert!(error.raw.is_some());
    }

    #[test]
    fn every_form_is_counted() {
        let expected = json!({"total": 3, "boards": {"Web": {"Done": 1, "Todo": 2}}});
        for form in [
            json!({"boards": [{"name": "Web", "columns": [
                {"name": "Todo", "tasks": [{}, {}]}, {"title": "Done", "cards": [{}]}]}]}),
            json!([{"title": "Web", "lists": [{"name": "Todo", "count": 2}, {"name": "Done", "task_count": 1}]}]),
            json!([{"name": "Web", "columns": {"Todo": 2, "Done": [{}]}}]),
            json!({"tasks": [{"board": "Web", "column": "Todo"}, {"board": "Web", "status": "Todo"},
                {"project": {"name": "Web"}, "state": {"name": "Done"}}]}),
        ] {
            assert_eq!(counts(&form).map(|counts| payload(&counts)), Ok(expected.clone()), "{form}");
        }
        assert_eq!(counts(&json!([])).map(|counts| payload(&counts)), Ok(json!({"total": 0, "boards": {}})));
        let alone = counts(&json!([{"status": "open"}])).expect("counted");
        assert_eq!(payload(&alone)["boards"], json!({"Tasks": {"open": 1}}));
        // A page of the tasks, and how many there are.
        let page = json!([{"name": "Web", "columns": [{"name": "Todo", "tasks": [{}], "total": 70}]}]);
        assert_eq!(counts(&page).map(|counts| payload(&counts)["total"].clone()), Ok(json!(70)));
    }

    #[test]
    fn what_is_no_board_is_named() {
        for (form, told) in [
            (json!({"a": 1}), "Expected is a list of boards or of tasks"),
            (json!([1]), "Entry 1 is neither a board"),
            (json!([{"status": "open"}, {"id": 5}]), "Entry 2 is neither a board"),
            (json!([{"columns": 5}]), "Board 1: its columns are neither a list nor an object."),
            (json!([{"columns": [{"name": "x"}]}]), "Board 1: column 1 has neither tasks nor one of count"),
            (
                json!([{"columns": {"x": "many"}}]),
                "Board 1: a column is neither a count nor a list of tasks.",
            ),
        ] {
            let message = counts(&form).expect_err("refused");
            assert!(message.starts_with(told), "{form}: {message}");
        }
        let many: Vec<Value> = (0..101).map(|n| json!({"status": format!("s{n}")})).collect();
        assert!(counts(&Value::from(many)).expect_err("refused").contains("101 columns"));
    }
}
