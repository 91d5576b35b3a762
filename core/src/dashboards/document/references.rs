//! Where a panel, as JSON, refers to feeds. Pure.

use serde_json::Value;

/// The places of a panel that refer to feeds, each with the value there.
pub fn references(panel: &mut Value) -> Vec<(String, &mut Value)> {
    let mut found = Vec::new();
    let Some(panel) = panel.as_object_mut() else { return found };
    for (field, value) in panel {
        match field.as_str() {
            "feed_ids" => {
                found
                    .extend(value.as_array_mut().into_iter().flatten().map(|id| ("feed_ids".to_owned(), id)));
            }
            "query" => {
                let sources = value.get_mut("sources").and_then(Value::as_array_mut);
                for (at, source) in sources.into_iter().flatten().enumerate() {
                    found.extend(references_of_source(at, source));
                }
            }
            _ => {}
        }
    }
    found
}

fn references_of_source(at: usize, source: &mut Value) -> Vec<(String, &mut Value)> {
    let Some(source) = source.as_object_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for (field, value) in source {
        match field.as_str() {
            "feed_id" => found.push((format!("query.sources.{at}.feed_id"), value)),
            "labels" => {
                // Anything may be written for a label; a short name of a feed means that feed.
                let feed = value.get_mut("feed");
                found.extend(feed.map(|value| (format!("query.sources.{at}.labels.feed"), value)));
            }
            _ => {}
        }
    }
    found
}

pub fn is_label(place: &str) -> bool {
    place.ends_with("labels.feed")
}
