//! An account, its projects and their keys, made over HTTP as a person would, and what was stored.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "a long password for the bench";

pub struct Account {
    address: SocketAddr,
    token: String,
    pub projects: Vec<Project>,
}

pub struct Project {
    pub id: String,
    pub key: String,
}

impl Account {
    /// Registers and makes so many projects with a secret key each.
    pub async fn create(address: SocketAddr, projects: usize) -> anyhow::Result<Self> {
        let body = json!({"email": EMAIL, "password": PASSWORD, "name": "Bench"});
        let signed_in = call(address, None, "POST", "/api/auth/register", Some(&body)).await?;
        let mut account = Self { address, token: text(&signed_in, "access_token")?, projects: Vec::new() };
        for n in 0..projects {
            let body = json!({"name": format!("Bench {n}")});
            let project = account.call("POST", "/api/projects", Some(&body)).await?;
            let id = text(&project, "id")?;
            let body = json!({"kind": "secret", "name": "Bench"});
            let key = account.call("POST", &format!("/api/projects/{id}/keys"), Some(&body)).await?;
            account.projects.push(Project { id, key: text(&key, "key")? });
        }
        Ok(account)
    }

    pub fn keys(&self) -> Vec<String> {
        self.projects.iter().map(|project| project.key.clone()).collect()
    }

    /// Events of all projects as the histograms count them: the rollups, not the rows.
    pub async fn counted(&mut self) -> anyhow::Result<u64> {
        // A run takes longer than an access token lives.
        let body = json!({"email": EMAIL, "password": PASSWORD});
        let signed_in = call(self.address, None, "POST", "/api/auth/login", Some(&body)).await?;
        self.token = text(&signed_in, "access_token")?;
        let now = pulseboard_core::now();
        let time = |days| (now + chrono::TimeDelta::days(days)).format("%Y-%m-%dT00:00:00Z");
        let span = format!("from={}&to={}&bucket=86400", time(-1), time(2));
        let mut counted = 0;
        for project in &self.projects {
            let path = format!("/api/projects/{}/events/histogram?{span}", project.id);
            let histogram = self.call("GET", &path, None).await?;
            let buckets = histogram["items"].as_array().context("a histogram without buckets")?;
            counted += buckets.iter().filter_map(|bucket| bucket["event"].as_u64()).sum::<u64>();
        }
        Ok(counted)
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        call(self.address, Some(&self.token), method, path, body).await
    }
}

fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    Ok(value[field].as_str().with_context(|| format!("no {field} in {value}"))?.to_owned())
}

/// One request on a connection of its own.
async fn call(
    address: SocketAddr,
    token: Option<&str>,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<Value> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{authorization}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without an end of its head")?;
    if !head.starts_with("HTTP/1.1 2") {
        bail!("{method} {path}: {answer}");
    }
    serde_json::from_str(body).with_context(|| format!("{method} {path}: {body}"))
}
