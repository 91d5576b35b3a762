//! Tenants kept apart: here row-level security on its own, what the database refuses when the application
//! forgets to; below, every operation of the OpenAPI document, tried by everyone.

mod beneath;
mod callers;
mod cells;
mod matrix;
mod order;
mod stores;
mod streams;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::json;

use crate::app::{TestApp, User, event, eventually};
use crate::database;

/// Tables of tenants, with the column that says whose a row is.
async fn tenant_tables(app: &TestApp) -> Vec<(String, &'static str)> {
    let sql = "select table_name::text as text from information_schema.columns \
               where table_schema = 'public' and column_name = 'org_id' order by 1";
    let found = database::texts(app, sql).await;
    assert!(found.len() >= 6, "{found:?}");
    found.into_iter().map(|table| (table, "org_id")).chain([("orgs".to_owned(), "id")]).collect()
}

/// Someone with something in every table of tenants.
async fn settled(app: &TestApp, name: &str) -> User {
    let user = app.user(name).await;
    let project = user.project("shop").await;
    user.invitation("guest@example.com", "viewer").await;
    world::make_dashboard(&project, "mine").await;
    world::make_feed(&project, "demo", "mine").await;
    project.ingest(&event("a")).await;
    project.send(&json!({"type": "nonsense"})).await.expect_status(400).await;
    eventually("usage and rejections are written", async || {
        let sql = format!(
            "select least((select count(*) from usage_days where org_id = '{0}'),
                (select count(*) from rejections where org_id = '{0}')) as number",
            user.org
        );
        (database::number(app, &sql).await > 0).then_some(())
    })
    .await;
    user
}

/// A connection as tenants' queries have it; `org` as they set it, or nothing.
async fn as_tenant(app: &TestApp, org: Option<&str>) -> AsyncPgConnection {
    let mut conn = AsyncPgConnection::establish(&app.database_url).await.expect("connects");
    conn.batch_execute("set role pulseboard_app").await.expect("becomes the role");
    if let Some(org) = org {
        conn.batch_execute(&format!("set app.org = '{org}'")).await.expect("sets the org");
    }
    conn
}

async fn count(conn: &mut AsyncPgConnection, sql: &str) -> i64 {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        number: i64,
    }
    let row: Row =
        diesel::sql_query(sql).get_result(conn).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    row.number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_its_own_rows_and_no_other() {
    let app = TestApp::new().await;
    let (ann, bob) = (settled(&app, "ann").await, settled(&app, "bob").await);
    let mut here = as_tenant(&app, Some(&ann.org)).await;
    let mut nowhere = as_tenant(&app, None).await;
    let mut emptied = as_tenant(&app, Some("")).await;
    for (table, column) in tenant_tables(&app).await {
        let of = |org: &str| format!("select count(*) as number from {table} where {column} = '{org}'");
        let all = format!("select count(*) as number from {table}");
        let (anns, bobs) =
            (database::number(&app, &of(&ann.org)).await, database::number(&app, &of(&bob.org)).await);
        assert!(anns > 0 && bobs > 0, "{table} has rows of both: {anns}, {bobs}");
        assert_eq!(count(&mut here, &of(&ann.org)).await, anns, "{table}: its own");
        assert_eq!(count(&mut here, &all).await, anns, "{table}: nothing else");
        assert_eq!(count(&mut nowhere, &all).await, 0, "{table}: nothing without an org");
        assert_eq!(count(&mut emptied, &all).await, 0, "{table}: nothing with an empty org");
    }
    // People are seen by their colleagues, and never their password.
    assert_eq!(count(&mut here, "select count(id) as number from users").await, 1);
    assert_eq!(count(&mut nowhere, "select count(id) as number from users").await, 0);
    for forbidden in [
        "select password_hash from users",
        "select * from sessions",
        "select * from refresh_tokens",
        "select * from sign_in_failures",
    ] {
        assert!(here.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_can_not_write_into_another() {
    let app = TestApp::new().await;
    let (ann, bob) = (settled(&app, "ann").await, settled(&app, "bob").await);
    let mut here = as_tenant(&app, Some(&ann.org)).await;
    let tables = tenant_tables(&app).await;
    let state = async || -> Vec<String> {
        let mut rows = Vec::new();
        for (table, _) in &tables {
            rows.extend(
                database::texts(&app, &format!("select t::text as text from {table} t order by 1")).await,
            );
        }
        rows
    };
    let before = state().await;
    let (anns, bobs) = (&ann.org, &bob.org);
    for (table, column) in &tables {
        // Rows of another org can't be reached, and one's own can't be given away.
        let reach = here
            .batch_execute(&format!("update {table} set {column} = {column} where {column} = '{bobs}'"))
            .await;
        let remove = here.batch_execute(&format!("delete from {table} where {column} = '{bobs}'")).await;
        let give = here.batch_execute(&format!("update {table} set {column} = '{bobs}'")).await;
        assert!(give.is_err(), "{table}: gives a row away");
        eprintln!("{table}: update {}, delete {}", reach.is_ok(), remove.is_ok());
    }
    let id = uuid::Uuid::now_v7();
    let project =
        database::texts(&app, &format!("select id::text as text from projects where org_id = '{bobs}'"))
            .await;
    let project = &project[0];
    for insert in [
        format!("insert into memberships (org_id, user_id, role) values ('{bobs}', '{}', 'admin')", ann.id),
        format!(
            "insert into projects (id, org_id, name, slug, store_id) values ('{id}', '{bobs}', 'x', 'x', '{id}')"
        ),
        format!(
            "insert into api_keys (id, org_id, project_id, kind, name, hash, prefix, last4) values ('{id}', '{bobs}', '{project}', 'secret', 'x', 'x', 'x', 'x')"
        ),
        format!(
            "insert into invitations (id, org_id, email, role, token_hash, expires_at) values ('{id}', '{bobs}', 'x', 'admin', 'x', now())"
        ),
        format!(
            "insert into feeds (id, org_id, project_id, kind, name, config) values ('{id}', '{bobs}', '{project}', 'demo', 'x', '{{}}')"
        ),
        format!("insert into orgs (id, name) values ('{id}', 'x')"),
        format!("insert into users (id, email, name) values ('{id}', 'x', 'x')"),
        format!(
            "insert into rejections (id, org_id, project_id, at, status, code, message) values ('{id}', '{anns}', '{project}', now(), 1, 'x', 'x')"
        ),
        format!("update users set name = 'x' where id = '{}'", ann.id),
        "truncate projects cascade".to_owned(),
        "alter table projects disable row level security".to_owned(),
        "drop policy tenant on projects".to_owned(),
        "delete from events".to_owned(),
        "update events set name = 'x'".to_owned(),
        "insert into samples select * from samples".to_owned(),
        "create table mine (id int)".to_owned(),
    ] {
        assert!(here.batch_execute(&insert).await.is_err(), "{insert}");
    }
    assert_eq!(state().await, before, "nothing has changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_tenants_forces_row_level_security() {
    let app = TestApp::new().await;
    for (table, _) in tenant_tables(&app).await {
        let sql = format!(
            "select count(*) as number from pg_class where oid = '{table}'::regclass and relrowsecurity and relforcerowsecurity"
        );
        assert_eq!(database::number(&app, &sql).await, 1, "{table}");
    }
    // What has neither an org nor a store has no business being read by tenants at all; of what has a
    // store, only what is reached by knowing it.
    let readable = "select c.relname::text as text from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relrowsecurity
        and has_table_privilege('pulseboard_app', c.oid, 'select, insert, update, delete')
        and (has_any_column_privilege('pulseboard_app', c.oid, 'insert, update')
            or not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'store_id'))";
    assert_eq!(database::texts(&app, readable).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_tenants_is_nobody_special() {
    let app = TestApp::new().await;
    let special = "select count(*) as number from pg_roles where rolname = 'pulseboard_app'
        and not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)";
    assert_eq!(database::number(&app, special).await, 1);
    for (what, sql) in [
        ("relations", "select count(*) as number from pg_class where relowner = 'pulseboard_app'::regrole"),
        ("functions", "select count(*) as number from pg_proc where proowner = 'pulseboard_app'::regrole"),
        ("schemas", "select count(*) as number from pg_namespace where nspowner = 'pulseboard_app'::regrole"),
        ("databases", "select count(*) as number from pg_database where datdba = 'pulseboard_app'::regrole"),
        (
            "roles it could become",
            "select count(*) as number from pg_auth_members where member = 'pulseboard_app'::regrole",
        ),
    ] {
        assert_eq!(database::number(&app, sql).await, 0, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_transaction_leaves_nothing_behind_on_its_connection() {
    use pulseboard_core::db::{Conn, Db, DbError};
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    // One connection, used by turns.
    let db = Db::connect(&app.database_url, 1).expect("a pool");
    let org = ann.org.parse().expect("an id");
    for _ in 0..3 {
        let seen = db.tenant(org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(count(conn, "select count(*) as number from orgs").await)
        });
        assert_eq!(seen.await.expect("reads"), 1);
        let failed = db.tenant(org, async |_: &mut Conn| -> Result<(), DbError> {
            Err(DbError::Unavailable("as if".into()))
        });
        failed.await.expect_err("fails");
        let left = db.system(async |conn: &mut Conn| -> Result<_, DbError> {
            let sql = "select count(*) as number where current_user = 'pulseboard_app' \
                       or coalesce(current_setting('app.org', true), '') <> '' or current_setting('statement_timeout') = '5s'";
            Ok(count(conn, sql).await)
        });
        assert_eq!(left.await.expect("reads"), 0);
    }
}

/// The tables of `core/src/schema.rs`: each column with its type and whether it may be null.
fn declared() -> BTreeMap<String, BTreeMap<String, (String, bool)>> {
    let text = include_str!("../../core/src/schema.rs");
    let mut tables = BTreeMap::new();
    for block in text.split("diesel::table! {").skip(1) {
        let (head, rest) = block.split_once('{').expect("a table");
        let name = head.split_once('(').expect("a primary key").0.trim().to_owned();
        let (columns, _) = rest.split_once('}').expect("an end");
        let column = |line: &str| {
            let (name, kind) = line.trim().trim_end_matches(',').split_once(" -> ")?;
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            Some((name.to_owned(), (inner.unwrap_or(kind).to_owned(), inner.is_some())))
        };
        tables.insert(name, columns.lines().filter_map(column).collect());
    }
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_in_the_code_is_the_schema_of_the_database() {
    let app = TestApp::new().await;
    let declared = declared();
    assert!(declared.len() >= 13 && declared["users"].len() == 5, "{:?}", declared.keys());
    let sql = "select table_name || ' ' || column_name || ' ' || udt_name || ' ' || is_nullable as text
               from information_schema.columns where table_schema = 'public'";
    let mut found: BTreeMap<String, BTreeMap<String, (String, bool)>> = BTreeMap::new();
    for row in database::texts(&app, sql).await {
        let [table, column, kind, nullable] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let kind = match kind {
            "uuid" => "Uuid",
            "text" => "Text",
            "bytea" => "Binary",
            "int4" => "Integer",
            "int8" => "BigInt",
            "float8" => "Double",
            "bool" => "Bool",
            "date" => "Date",
            "timestamptz" => "Timestamptz",
            "jsonb" => "Jsonb",
            "_text" => "Array<Text>",
            "_uuid" => "Array<Uuid>",
            other => other,
        };
        let columns = found.entry(table.to_owned()).or_default();
        columns.insert(column.to_owned(), (kind.to_owned(), nullable == "YES"));
    }
    for (table, columns) in &declared {
        assert_eq!(Some(columns), found.get(table), "{table}");
    }
    // Tables that only plain SQL touches, and partitions, are not declared; tables of tenants are.
    let tenants: BTreeSet<_> = tenant_tables(&app).await.into_iter().map(|(table, _)| table).collect();
    let undeclared: Vec<_> = tenants.iter().filter(|table| !declared.contains_key(*table)).collect();
    assert!(undeclared.is_empty(), "{undeclared:?}");
}
