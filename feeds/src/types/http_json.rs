//! JSON from any address, and the part of it that matters.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{interval, nothing, read};
use crate::{FeedError, FeedType, Given, Sample, Way, path, web_json};

pub(super) const TYPE: FeedType = FeedType {
    name: "http_json",
    title: "JSON by HTTP",
    description: "Asks an address for JSON again and again, and takes the part that you point at.",
    way: Way::Polls,
    schema,
    example: || json!({"url": "https://api.example.com/status", "path": "data.load", "interval_sec": 30}),
    payload: || json!({"load": 0.42, "workers": 8, "queues": {"mail": 3, "images": 0}}),
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
                "type": "string", "format": "uri", "title": "Address",
                "description": "Asked by GET; answers JSON of at most 1 MiB within 10 seconds, without a redirect. \
                    Put credentials into a header: the address is shown to everyone who sees the feed.",
                "minLength": 1, "maxLength": 2000, "examples": ["https://api.example.com/status"],
            },
            "path": {
                "type": "string", "format": "feed-path", "title": "Path",
                "description": "Which part of the answer is taken; empty takes all. Press Test and click on a value.",
                "default": "", "maxLength": path::MAX_LENGTH,
                "examples": ["data.load", "cities[name=Berlin].temp", "items[-1]"],
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
    match pick(&path, &document) {
        Ok(payload) => Ok(Sample { payloads: vec![payload], raw: Some(document) }),
        Err(error) => Err(error.of("path").with_raw(document)),
    }
}

/// The part of a document that a path points at. A text that is a number becomes one when it was pointed at:
/// whoever points at `"69000.12"` means the number. Within a larger part texts stay texts.
fn pick(path: &path::Path, document: &Value) -> Result<Value, FeedError> {
    let found = path.find(document);
    let found = found.map_err(|missing| FeedError::new("nothing_at_path", format!("There is {missing}.")))?;
    match found {
        Value::Null => {
            let place =
                if path.is_root() { "The answer".to_owned() } else { format!("The value at `{path}`") };
            Err(FeedError::new("no_data", format!("{place} is null: there is no data.")))
        }
        Value::String(text) if !path.is_root() => {
            Ok(web_json::number_in(text).unwrap_or_else(|| found.clone()))
        }
        found => Ok(found.clone()),
    }
}

#[cfg(test)]
mod tests;
