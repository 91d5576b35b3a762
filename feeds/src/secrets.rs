//! The secret parts of a configuration: the values whose schema says `writeOnly`. They are taken out before
//! a configuration is stored or shown, and put back before it is used.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use crate::FeedType;
use crate::schema::{ConfigProblem, below};

/// What is shown in place of a secret. Sent back, it means the secret that is stored.
pub const MASK: &str = "********";

/// Secret values by JSON pointer: `/headers/X-Token`.
pub type Secrets = BTreeMap<String, Value>;

/// Takes the secrets out of a configuration.
pub fn split_secrets(kind: &FeedType, mut config: Value) -> (Value, Secrets) {
    let mut secrets = Secrets::new();
    for place in places(&(kind.schema)(), &config) {
        if let Some(value) = remove(&mut config, &place) {
            secrets.insert(place.pointer(), value);
        }
    }
    (config, secrets)
}

/// Puts them back.
pub fn with_secrets(mut config: Value, secrets: &Secrets) -> Value {
    for (pointer, value) in secrets {
        put(&mut config, pointer, value.clone());
    }
    config
}

/// The configuration as it is shown: with a mask for each secret.
pub fn masked(config: Value, secrets: &Secrets) -> Value {
    let masks = secrets.keys().map(|pointer| (pointer.clone(), Value::from(MASK))).collect();
    with_secrets(config, &masks)
}

/// A configuration as it came from a form, with the stored secrets in place of their masks. `saved` is what
/// is stored: the configuration without secrets, and these.
///
/// When an address of the configuration leads to another server than before, its secrets must be given anew:
/// who may change a feed could otherwise send them to a server of their own, and so read them.
pub fn unmasked(
    kind: &FeedType,
    mut config: Value,
    saved: Option<(&Value, &Secrets)>,
) -> Result<Value, Vec<ConfigProblem>> {
    let schema = (kind.schema)();
    let moved = saved.is_some_and(|(before, _)| addresses(&schema, before) != addresses(&schema, &config));
    let mut problems = Vec::new();
    for place in places(&schema, &config) {
        let Some(value) = config.pointer_mut(&place.pointer()).filter(|value| **value == MASK) else {
            continue;
        };
        let stored = saved.and_then(|(_, secrets)| secrets.get(&place.pointer()));
        match stored {
            Some(_) if moved => problems.push(ConfigProblem::new(
                place.field(),
                "must be entered again, as the address leads to another server than before",
            )),
            Some(stored) => *value = stored.clone(),
            None => problems.push(ConfigProblem::new(
                place.field(),
                format!("must be entered: {MASK} stands for a stored value, and there is none"),
            )),
        }
    }
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

/// The names on the way to a value.
struct Place(Vec<String>);

impl Place {
    fn pointer(&self) -> String {
        self.0.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect()
    }

    fn field(&self) -> String {
        self.0.iter().fold(String::new(), |field, name| below(&field, name))
    }
}

/// Where a configuration has secrets: two levels, as deep as our schemas go.
fn places(schema: &Value, config: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if property["writeOnly"] == true && config.get(name).is_some_and(|value| !value.is_null()) {
            found.push(Place(vec![name.clone()]));
        } else if property["additionalProperties"]["writeOnly"] == true {
            let names = config[name].as_object().into_iter().flatten().map(|(inner, _)| inner);
            found.extend(names.map(|inner| Place(vec![name.clone(), inner.clone()])));
        }
    }
    found
}

/// The servers that a configuration's addresses lead to.
fn addresses(schema: &Value, config: &Value) -> Vec<Option<String>> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let uris = properties.filter(|(_, property)| property["format"] == "uri");
    uris.map(|(name, property)| {
        let text = config.get(name).or(property.get("default"))?.as_str()?;
        Some(Url::parse(text).ok()?.origin().ascii_serialization())
    })
    .collect()
}

fn remove(config: &mut Value, place: &Place) -> Option<Value> {
    match place.0.as_slice() {
        [name] => config.as_object_mut()?.remove(name),
        [name, inner] => config.get_mut(name)?.as_object_mut()?.remove(inner),
        _ => None,
    }
}

/// Sets a value, making the objects on the way there.
fn put(config: &mut Value, pointer: &str, value: Value) {
    let mut here = config;
    for name in pointer.split('/').skip(1) {
        if !here.is_object() {
            *here = Value::Object(serde_json::Map::new());
        }
        here = &mut here[name.replace("~1", "/").replace("~0", "~")];
    }
    *here = value;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::find;

    fn http_json() -> &'static FeedType {
        find("http_json").expect("the type")
    }

    fn config() -> Value {
        json!({"url": "https://example.com/a", "headers": {"X-Token": "geheim", "a/b~c": "auch"}})
    }

    #[test]
    fn secrets_are_taken_out_and_put_back() {
        let (public, secrets) = split_secrets(http_json(), config());
        assert_eq!(public, json!({"url": "https://example.com/a", "headers": {}}));
        let names: Vec<&String> = secrets.keys().collect();
        assert_eq!(names, ["/headers/X-Token", "/headers/a~1b~0c"]);
        assert_eq!(with_secrets(public.clone(), &secrets), config());
        let shown = masked(public, &secrets);
        assert_eq!(shown["headers"], json!({"X-Token": MASK, "a/b~c": MASK}));
        // Also where the object on the way there was not stored.
        assert_eq!(with_secrets(json!({}), &secrets)["headers"], config()["headers"]);
    }

    #[test]
    fn what_has_no_secrets_stays_as_it_is() {
        for config in [json!({"url": "x"}), json!(5), json!({"headers": "x"}), json!(null), json!([])] {
            let (public, secrets) = split_secrets(http_json(), config.clone());
            assert_eq!((&public, secrets.len()), (&config, 0));
            assert_eq!(with_secrets(public, &secrets), config);
        }
    }

    #[test]
    fn a_mask_keeps_what_is_stored() {
        let (public, secrets) = split_secrets(http_json(), config());
        let sent = json!({"url": "https://example.com/b", "headers": {"X-Token": MASK, "Y": "neu"}});
        let filled = unmasked(http_json(), sent.clone(), Some((&public, &secrets))).expect("filled");
        assert_eq!(filled["headers"], json!({"X-Token": "geheim", "Y": "neu"}));

        let refused = unmasked(http_json(), sent, None).expect_err("nothing is stored");
        assert_eq!(refused[0].field, "headers.X-Token");
    }

    #[test]
    fn a_secret_does_not_follow_to_another_server() {
        let (public, secrets) = split_secrets(http_json(), config());
        for url in ["https://evil.example/a", "http://example.com/a", "https://example.com:8443/a"] {
            let sent = json!({"url": url, "headers": {"X-Token": MASK}});
            let refused = unmasked(http_json(), sent, Some((&public, &secrets))).expect_err(url);
            assert_eq!(refused.len(), 1);
            assert!(refused[0].message.starts_with("must be entered again"), "{refused:?}");
            let sent = json!({"url": url, "headers": {"X-Token": "neu"}});
            assert!(unmasked(http_json(), sent, Some((&public, &secrets))).is_ok());
        }
    }
}
