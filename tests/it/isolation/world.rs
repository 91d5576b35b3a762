//! Two tenants with something of everything. What is one's carries its mark, so that it is recognised
//! wherever it turns up.

use std::collections::BTreeMap;

use pulseboard_core::access_tokens::AccessTokens;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Project, TestApp, User, eventually, secret};
use crate::database;

/// Whose something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Ann,
    Eve,
}

/// What stands in a path for each of its parameters.
pub type Ids = BTreeMap<&'static str, String>;

/// An org with its people and a project in which something has happened.
pub struct Tenant {
    /// Stands in every name, address and payload of the org, and nowhere else.
    pub mark: String,
    pub admin: User,
    pub editor: User,
    pub viewer: User,
    /// Was a member once.
    pub removed: User,
    pub shop: Project,
    pub secret_key: String,
    pub revoked_key: String,
    /// The key of a project that has been deleted.
    pub dead_key: String,
    pub there: Ids,
    pub gone: Ids,
    /// Cursors that only this tenant has been given.
    pub cursors: Vec<String>,
    /// Whatever betrays the tenant: its mark, its keys, its ids.
    pub secrets: Vec<String>,
}

pub struct World {
    pub app: TestApp,
    pub ann: Tenant,
    pub eve: Tenant,
}

impl World {
    pub async fn new() -> Self {
        let app = TestApp::new().await;
        let (ann, eve) = (settle(&app, "ann").await, settle(&app, "eve").await);
        Self { app, ann, eve }
    }

    pub fn of(&self, side: Side) -> &Tenant {
        match side {
            Side::Ann => &self.ann,
            Side::Eve => &self.eve,
        }
    }

    /// Which of a tenant's secrets stand in a text without having been sent.
    pub fn leaks(&self, of: Side, text: &str, sent: &str) -> Vec<&str> {
        let secrets = self.of(of).secrets.iter().map(String::as_str);
        secrets.filter(|secret| text.contains(secret) && !sent.contains(secret)).collect()
    }

    /// Every row there is, but for what is counted and noted of refused attempts, and when something was
    /// last used: that is written later, and belongs to whose key was used.
    pub async fn rows(&self) -> Vec<String> {
        let tables = "select c.relname::text as text from pg_class c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and c.relname not in ('usage_days', 'rejections', 'sign_in_failures') order by 1";
        let mut rows = Vec::new();
        for table in database::texts(&self.app, tables).await {
            let sql = format!(
                "select format('%s %s', '{table}', to_jsonb(t) - 'last_used_at') as text from \"{table}\" t order by 1"
            );
            rows.extend(database::texts(&self.app, &sql).await);
        }
        assert!(rows.len() > 60, "{}", rows.len());
        rows
    }
}

/// A mark that nothing contains by chance.
fn mark(name: &str) -> String {
    format!("{name}{}", &Uuid::new_v4().simple().to_string()[..16])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// An event that betrays whose it is in each of its fields.
pub fn marked_event(mark: &str, name: &str) -> Value {
    json!({"type": "error", "name": format!("{name} {mark}"), "user": mark, "session": mark, "release": mark,
        "environment": mark, "tags": {"mark": mark}, "payload": {"mark": mark}, "stack": format!("at {mark}")})
}

async fn settle(app: &TestApp, name: &str) -> Tenant {
    let mark = mark(name);
    let admin = app.user(&mark).await;
    let editor = admin.colleague(app, &format!("editor-{mark}"), "editor").await;
    let viewer = admin.colleague(app, &format!("viewer-{mark}"), "viewer").await;
    let removed = admin.colleague(app, &self::mark("removed"), "admin").await;
    let (org, removed_id) = (&admin.org, &removed.id);
    let leave = format!("delete from memberships where org_id = '{org}' and user_id = '{removed_id}'");
    assert_eq!(database::execute(app, &leave).await, 1);

    let shop = admin.project(&format!("shop {mark}")).await;
    shop.ingest(&marked_event(&mark, "cleared")).await;
    let cleared = text(&shop.events("").await[0]["id"]);
    admin.delete(&shop.path("/events")).await.expect_status(202).await;
    shop.ingest(&json!([
        marked_event(&mark, "a"),
        marked_event(&mark, "b"),
        {"type": "metric", "name": format!("m {mark}"), "value": 1.5, "unit": mark, "tags": {"mark": mark}},
    ]))
    .await;
    shop.send(&json!({"type": "nonsense", "name": mark})).await.expect_status(400).await;
    let (key, secret_key) = make_key(&shop, "secret", &mark).await;
    let (revoked, revoked_key) = make_key(&shop, "secret", &mark).await;
    admin.delete(&shop.path(&format!("/keys/{revoked}"))).await.expect_status(204).await;

    let (dashboard, panel) = make_dashboard(&shop, &mark).await;
    let (gone_dashboard, gone_panel) = make_dashboard(&shop, &mark).await;
    admin.delete(&format!("/api/dashboards/{gone_dashboard}")).await.expect_status(204).await;

    let feed = make_feed(&shop, "http_json", &mark).await;
    let (hook_feed, hook) = make_hook(&shop, &mark).await;
    let (gone_feed, gone_hook) = make_hook(&shop, &mark).await;
    admin.delete(&format!("/api/feeds/{gone_feed}")).await.expect_status(204).await;
    receive(&shop, &hook_feed, &hook).await;

    let dead = admin.project(&format!("dead {mark}")).await;
    let (dead_key_id, dead_key) = make_key(&dead, "secret", &mark).await;
    admin.delete(&dead.path("")).await.expect_status(204).await;

    let used = admin.invitation(&format!("used@{mark}.example"), "viewer").await;
    viewer.post(&format!("/api/invitations/{used}/accept"), &json!({})).await.expect_status(200).await;
    let invitation = admin.invitation(&format!("guest@{mark}.example"), "viewer").await;
    let ids = format!(
        "select id::text as text from invitations where org_id = '{org}' order by accepted_at is null"
    );
    let invitations = database::texts(app, &ids).await;
    let (used_id, invitation_id) = (invitations[0].clone(), invitations[invitations.len() - 1].clone());
    let page = admin.get(&shop.path("/events?limit=1")).await.expect_status(200).await;
    let event = text(&page["items"][0]["id"]);
    let gone_org = Uuid::now_v7();
    for sql in [
        format!("insert into orgs (id, name) values ('{gone_org}', 'gone')"),
        format!("delete from orgs where id = '{gone_org}'"),
        format!("update orgs set name = 'org {mark}' where id = '{org}'"),
    ] {
        database::execute(app, &sql).await;
    }
    let stores = format!(
        "select s.store_id::text as text from stores s join projects p on p.id = s.project_id where p.org_id = '{org}'"
    );

    let there = Ids::from([
        ("org", org.clone()),
        ("project", shop.id.clone()),
        ("key", key),
        ("event", event),
        ("user", new_member(app, org, &format!("colleague-{mark}")).await),
        ("session", session_of(&admin)),
        ("invitation", invitation_id),
        ("token", invitation),
        ("dashboard", dashboard),
        ("panel", panel),
        ("feed", feed),
        ("hook", hook),
    ]);
    let gone = Ids::from([
        ("org", gone_org.to_string()),
        ("project", dead.id.clone()),
        ("key", dead_key_id),
        ("event", cleared),
        ("user", removed.id.clone()),
        ("session", Uuid::now_v7().to_string()),
        ("invitation", used_id),
        ("token", used),
        ("dashboard", gone_dashboard),
        ("panel", gone_panel),
        ("feed", gone_feed),
        ("hook", gone_hook),
    ]);
    let mut secrets =
        vec![mark.clone(), shop.key.clone(), secret_key.clone(), admin.id.clone(), viewer.id.clone()];
    secrets.extend([revoked_key.clone(), dead_key.clone(), dead.key.clone()]);
    secrets.extend(there.values().cloned());
    secrets.extend(
        ["project", "key", "event", "dashboard", "panel", "feed", "hook"].map(|name| gone[name].clone()),
    );
    secrets.extend(database::texts(app, &stores).await);
    let cursors =
        vec![text(&page["next_cursor"]), format!("1-{}", pulseboard_core::now().timestamp_millis())];
    Tenant {
        mark,
        admin,
        editor,
        viewer,
        removed,
        shop,
        secret_key,
        revoked_key,
        dead_key,
        there,
        gone,
        cursors,
        secrets,
    }
}

/// A new member of an org, whom nobody will miss.
pub async fn new_member(app: &TestApp, org: &str, name: &str) -> String {
    let id = Uuid::now_v7();
    for sql in [
        format!("insert into users (id, email, name) values ('{id}', '{name}@example.com', '{name}')"),
        format!("insert into memberships (org_id, user_id, role) values ('{org}', '{id}', 'editor')"),
    ] {
        database::execute(app, &sql).await;
    }
    id.to_string()
}

/// The ids of a new dashboard with a panel and a star, and of the panel.
pub async fn make_dashboard(project: &Project, mark: &str) -> (String, String) {
    let owner = &project.owner;
    let body = json!({"project_id": project.id, "name": format!("board {mark}"), "description": mark});
    let dashboard = text(&owner.post("/api/dashboards", &body).await.expect_status(201).await["id"]);
    let panel = json!({"type": "text", "title": mark, "options": {"text": mark},
        "position_x": 0, "position_y": 0, "width": 4, "height": 4});
    let path = |rest: &str| format!("/api/dashboards/{dashboard}/{rest}");
    let panel = text(&owner.post(&path("panels"), &panel).await.expect_status(201).await["id"]);
    owner.put(&path("star"), &json!({})).await.expect_status(204).await;
    (dashboard, panel)
}

/// The id of a new feed, whose settings and secrets betray whose it is. Nobody asks it: here runs no worker.
pub async fn make_feed(project: &Project, kind: &str, mark: &str) -> String {
    let config = match kind {
        "http_json" => json!({"url": format!("https://{mark}.example"), "headers": {"X-Token": mark}}),
        "demo" => json!({"shape": "wave"}),
        _ => json!({}),
    };
    let name = format!("feed {mark}");
    let body = json!({"project_id": project.id, "type": kind, "name": name, "config": config});
    text(&project.owner.post("/api/feeds", &body).await.expect_status(201).await["id"])
}

/// The id of a new feed that receives, and its key.
async fn make_hook(project: &Project, mark: &str) -> (String, String) {
    let feed = make_feed(project, "webhook", mark).await;
    let shown = project.owner.get(&format!("/api/feeds/{feed}")).await.expect_status(200).await;
    let key = shown["hook_url"].as_str().and_then(|url| url.strip_prefix("/hooks/")).expect("an address");
    (feed, key.to_owned())
}

/// Sends something to a feed, and waits until it shows.
async fn receive(project: &Project, feed: &str, hook: &str) {
    let answer = project.owner.post(&format!("/hooks/{hook}"), &json!({"mark": project.id})).await;
    answer.expect_status(202).await;
    eventually("what the feed received is shown", async || {
        let shown = project.owner.get(&format!("/api/feeds/{feed}")).await.expect_status(200).await;
        (!shown["last_value"].is_null()).then_some(())
    })
    .await;
}

/// A new key's id and the key.
pub async fn make_key(project: &Project, kind: &str, name: &str) -> (String, String) {
    let body = json!({"kind": kind, "name": name, "origins": []});
    let made = project.owner.post(&project.path("/keys"), &body).await.expect_status(201).await;
    (text(&made["id"]), text(&made["key"]))
}

/// The session a person's token is of.
pub fn session_of(user: &User) -> String {
    let token = user.token.as_deref().expect("a token");
    AccessTokens::new(&secret()).verify(token).expect("valid").sid.to_string()
}
