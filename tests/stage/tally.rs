//! What is stored and counted, compared with what was acknowledged.

use std::collections::HashSet;

use chrono::{TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::account::{Account, Project};
use super::load::Told;

/// The account of one scenario.
pub struct Tally {
    pub told: Told,
    /// By project.
    pub stored: Vec<HashSet<Uuid>>,
    /// Events that are there more than once.
    pub duplicates: usize,
    /// What the rollups say.
    pub counted: usize,
}

impl Tally {
    /// Reads everything back as its owner does.
    pub async fn take(told: Told, account: &Account) -> Self {
        let mut tally = Self { told, stored: Vec::new(), duplicates: 0, counted: 0 };
        for project in &account.projects {
            let ids = ids(account, project).await;
            let distinct: HashSet<Uuid> = ids.iter().copied().collect();
            tally.duplicates += ids.len() - distinct.len();
            tally.stored.push(distinct);
            tally.counted += counted(account, project).await;
        }
        tally
    }

    pub fn acknowledged(&self) -> usize {
        self.told.acknowledged.iter().map(HashSet::len).sum()
    }

    pub fn stored(&self) -> usize {
        self.stored.iter().map(HashSet::len).sum::<usize>() + self.duplicates
    }

    /// Acknowledged and not stored.
    pub fn missing(&self) -> usize {
        let projects = self.told.acknowledged.iter().zip(&self.stored);
        projects.map(|(acknowledged, stored)| acknowledged.difference(stored).count()).sum()
    }
}

/// The ids of all events that the list shows, page by page.
async fn ids(account: &Account, project: &Project) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = format!("/api/projects/{}/events?limit=1000&cursor={cursor}", project.id);
        let page = account.get(&page).await;
        for event in page["items"].as_array().expect("items") {
            ids.push(event["id"].as_str().expect("an id").parse().expect("a UUID"));
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return ids,
        }
    }
}

/// Events of the last half hour, by the rollups.
pub async fn counted(account: &Account, project: &Project) -> usize {
    let time = |minutes| (Utc::now() + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:%SZ");
    let (from, to) = (time(-30), time(5));
    let path = format!("/api/projects/{}/events/histogram?from={from}&to={to}&bucket=60", project.id);
    let histogram = account.get(&path).await;
    let count = |bucket: &Value| ["error", "event", "metric"].map(|kind| bucket[kind].as_u64().expect(kind));
    let buckets = histogram["items"].as_array().expect("buckets").iter();
    buckets.flat_map(count).sum::<u64>() as usize
}
