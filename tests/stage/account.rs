//! Who sends and who watches: people of one org, its projects, and where the product answers now.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::until;

/// Everyone's.
pub const PASSWORD: &str = "correct horse battery";

/// Where the product can be reached; changes when a process comes back at another port.
#[derive(Clone)]
pub struct Addresses(Arc<RwLock<Vec<String>>>);

impl Addresses {
    pub fn new(bases: impl IntoIterator<Item = String>) -> Self {
        Self(Arc::new(RwLock::new(bases.into_iter().collect())))
    }

    pub fn set(&self, bases: impl IntoIterator<Item = String>) {
        *self.0.write().expect("not poisoned") = bases.into_iter().collect();
    }

    /// One of them: who counts up goes round.
    pub fn pick(&self, n: usize) -> String {
        let bases = self.0.read().expect("not poisoned");
        bases[n % bases.len()].clone()
    }
}

/// A project with its first key.
#[derive(Clone)]
pub struct Project {
    pub id: String,
    pub key: String,
}

/// An org with its people and projects.
pub struct Account {
    pub http: reqwest::Client,
    pub addresses: Addresses,
    pub projects: Vec<Project>,
    /// Access tokens of everyone, the owner's first.
    pub people: Vec<String>,
    org: String,
}

impl Account {
    /// Someone registers and makes so many projects.
    pub async fn create(addresses: &Addresses, projects: usize) -> Self {
        Self::of("ann", addresses, projects).await
    }

    /// The same for a person with a name, where there is more than one tenant.
    pub async fn of(owner: &str, addresses: &Addresses, projects: usize) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(8)).build();
        let (addresses, http) = (addresses.clone(), http.expect("a client"));
        let mut account =
            Self { http, addresses, projects: Vec::new(), people: Vec::new(), org: String::new() };
        account.org = account.register(owner).await;
        account.add_projects(projects).await;
        account
    }

    /// Makes so many more projects.
    pub async fn add_projects(&mut self, count: usize) {
        for _ in 0..count {
            let body = json!({"name": format!("shop {}", self.projects.len()), "org_id": self.org});
            let made = self.post("/api/projects", 0, &body, 201).await;
            self.projects.push(Project { id: text(&made["id"]), key: text(&made["api_key"]) });
        }
    }

    /// Lets so many more people in.
    pub async fn invite(&mut self, count: usize) {
        for n in 0..count {
            let name = format!("viewer{n}");
            let path = format!("/api/orgs/{}/invitations", self.org);
            let body = json!({"email": format!("{name}@example.com"), "role": "viewer"});
            let link = text(&self.post(&path, 0, &body, 201).await["link"]);
            let token = link.rsplit(['/', '=']).next().expect("a token in the link").to_owned();
            self.register(&name).await;
            let path = format!("/api/invitations/{token}/accept");
            self.post(&path, self.people.len() - 1, &json!({}), 200).await;
        }
    }

    /// Makes a feed of the first project; returns its id.
    pub async fn add_feed(&self, kind: &str, config: Value) -> String {
        let body = json!({"project_id": self.projects[0].id, "type": kind, "name": kind, "config": config});
        text(&self.post("/api/feeds", 0, &body, 201).await["id"])
    }

    /// Returns the person's own org.
    async fn register(&mut self, name: &str) -> String {
        let body = json!({"email": format!("{name}@example.com"), "password": PASSWORD, "name": name});
        let answer = self.post("/api/auth/register", usize::MAX, &body, 201).await;
        self.people.push(text(&answer["access_token"]));
        text(&answer["org"]["id"])
    }

    /// As one of the people; as nobody when there is no such person.
    async fn post(&self, path: &str, person: usize, body: &Value, expected: u16) -> Value {
        self.ask(Method::POST, path, person, Some(body), expected).await
    }

    /// What the owner is shown; asks again while the product is away.
    pub async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, 0, None, 200).await
    }

    /// Clears a project, as its owner does.
    pub async fn clear(&self, project: &Project) {
        let path = format!("/api/projects/{}/events", project.id);
        self.ask(Method::DELETE, &path, 0, None, 202).await;
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        person: usize,
        body: Option<&Value>,
        expected: u16,
    ) -> Value {
        until(path, async || {
            let url = format!("{}{path}", self.addresses.pick(0));
            let mut request = self.http.request(method.clone(), url);
            if let Some(token) = self.people.get(person) {
                request = request.bearer_auth(token);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let response = request.send().await.ok()?;
            if response.status() == 503 {
                return None;
            }
            let status = response.status().as_u16();
            let text = response.text().await.ok()?;
            assert_eq!(status, expected, "{path}: {text}");
            Some(serde_json::from_str(&text).unwrap_or(Value::Null))
        })
        .await
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
