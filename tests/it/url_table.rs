//! Every operation of the OpenAPI document as a request that could be made: what is tried on all of
//! them is tried on a new one by itself.

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::app::{Answer, Client};

/// An operation of the document.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    /// As it stands in the document, `/api/projects/{project}`.
    pub template: String,
    /// Name of the credential it asks for (`session`, `key`, `metrics`); `None`: anyone may.
    pub credential: Option<String>,
    /// The least that credential must be worth: a role in an org, or a kind of key.
    pub needs: Option<String>,
    /// A ticket in its address will do as well.
    pub takes_ticket: bool,
    /// Names of its parameters in the query string.
    pub query: Vec<String>,
    /// The schema of its JSON body, references resolved, if it takes one.
    pub schema: Option<Value>,
    /// It answers with a socket.
    pub socket: bool,
    /// It answers with events that never end.
    pub stream: bool,
}

/// All operations.
pub fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&pulseboard_api::openapi::snapshot()).expect("JSON");
    let mut all = Vec::new();
    for (template, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("operations") {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let securities = operation["security"].as_array().cloned().unwrap_or_default();
            let first = securities.first().and_then(Value::as_object).and_then(|one| one.iter().next());
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let query = parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
            all.push(Operation {
                method: method.to_uppercase().parse().expect("a method"),
                template: template.clone(),
                credential: first.map(|(name, _)| name.clone()),
                needs: first.and_then(|(_, least)| least[0].as_str()).map(str::to_owned),
                takes_ticket: securities.iter().any(|one| one["ticket"].is_array()),
                query: query.map(str::to_owned).collect(),
                schema: (!schema.is_null()).then(|| resolve(&document, schema)),
                socket: operation["responses"]["101"].is_object(),
                stream: operation["responses"]["200"]["content"]["text/event-stream"].is_object(),
            });
        }
    }
    assert!(all.len() > 30, "the document is read");
    all
}

/// The schema a `$ref` points to, and the same for everything within.
fn resolve(document: &Value, schema: &Value) -> Value {
    match schema {
        Value::Object(object) => match object.get("$ref").and_then(Value::as_str) {
            Some(path) => {
                resolve(document, document.pointer(path.trim_start_matches('#')).expect("a schema"))
            }
            None => object
                .iter()
                .map(|(key, value)| (key.clone(), resolve(document, value)))
                .collect::<Map<_, _>>()
                .into(),
        },
        Value::Array(items) => items.iter().map(|item| resolve(document, item)).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}

/// A value that a schema allows: its required fields and nothing else.
pub fn sample(schema: &Value) -> Value {
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return sample(&choices[0]);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match (kind, schema["format"].as_str()) {
        ("string", Some("uuid")) => json!(uuid::Uuid::now_v7()),
        ("string", Some("date-time")) => json!("2026-01-01T00:00:00Z"),
        ("string", _) => json!("some text"),
        ("integer" | "number", _) => json!(1),
        ("boolean", _) => json!(true),
        ("array", _) => json!([]),
        _ => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut object: Map<String, Value> =
                required.map(|name| (name.to_owned(), sample(&schema["properties"][name]))).collect();
            // A span has to have a length.
            if let Some(to) = object.get_mut("to").filter(|to| *to == "2026-01-01T00:00:00Z") {
                *to = json!("2026-01-01T01:00:00Z");
            }
            Value::Object(object)
        }
    }
}

impl Operation {
    /// The names of the path's parameters, in order.
    pub fn parameters(&self) -> Vec<&str> {
        self.template
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(name, _)| name)
            .collect()
    }

    /// Whether asking it may change something.
    pub fn mutates(&self) -> bool {
        // Asks by POST only because the question is long.
        let reads = ["/query", "/panel-data", "/feeds/test"].iter().any(|end| self.template.ends_with(end));
        self.method != Method::GET && !reads
    }

    /// Whether the path names this parameter.
    pub fn names(&self, parameter: &str) -> bool {
        self.template.contains(&format!("{{{parameter}}}"))
    }

    /// Whether it answers without `/api` as well. What the first design did not have does not.
    pub fn is_unprefixed(&self) -> bool {
        let newer = ["/api/dashboards", "/api/panels", "/api/feeds"];
        !newer.iter().any(|base| self.template.starts_with(base))
    }

    /// Both addresses under which it answers, with `id` for the parameter and random ids for others.
    pub fn paths(&self, parameter: &str, id: &str) -> Vec<String> {
        let bare = self.template.strip_prefix("/api").unwrap_or(&self.template);
        let mut path = bare.replace(&format!("{{{parameter}}}"), id);
        while let Some((start, rest)) = path.split_once('{') {
            let (_, rest) = rest.split_once('}').expect("a closing brace");
            path = format!("{start}{}{rest}", uuid::Uuid::now_v7());
        }
        match bare {
            "/healthz" | "/readyz" | "/metrics" => vec![path],
            _ if !self.is_unprefixed() => vec![format!("/api{path}")],
            _ => vec![format!("/api{path}"), path],
        }
    }

    /// Whether it answers at this path.
    pub fn is_at(&self, path: &str) -> bool {
        let bare = |path: &str| path.strip_prefix("/api").unwrap_or(path).to_owned();
        let (template, path) = (bare(&self.template), bare(path));
        let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        template.len() == path.len()
            && template.iter().zip(path).all(|(part, found)| part.starts_with('{') || *part == found)
    }

    /// Asks it at this path with a body that its schema allows.
    pub async fn ask(&self, client: &Client, path: &str) -> Answer {
        self.ask_with(client, path, self.schema.as_ref().map(sample).as_ref()).await
    }

    /// Asks it at this path with this body.
    pub async fn ask_with(&self, client: &Client, path: &str, body: Option<&Value>) -> Answer {
        let mut request = client.request(self.method.clone(), path);
        if let Some(body) = body {
            request = request.json(body);
        }
        if self.socket {
            request = request
                .header("connection", "upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        }
        Answer::of(request).await
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}
