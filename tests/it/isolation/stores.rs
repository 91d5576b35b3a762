//! Stores have no org: whose one is, is asked of its project, and only when a tenant asks.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use uuid::Uuid;

use super::{as_tenant, count};
use crate::app::TestApp;
use crate::database;

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_its_tenants_alone() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let (shop, bobs) = (ann.project("shop").await, bob.project("shop").await);
    let mut here = as_tenant(&app, Some(&ann.org)).await;
    let mut nowhere = as_tenant(&app, None).await;
    let rows = async || database::texts(&app, "select s::text as text from stores s order by 1").await;
    let before = rows().await;
    assert_eq!(before.len(), 2);
    let mine = format!("select count(*) as number from stores where project_id = '{}'", shop.id);
    assert_eq!(count(&mut here, &mine).await, 1);
    assert_eq!(count(&mut here, "select count(*) as number from stores").await, 1);
    assert_eq!(count(&mut nowhere, "select count(*) as number from stores").await, 0);

    // Another's store is out of reach without a word; the sequence is the writer's, one's own as well.
    let retire = format!("update stores set cleared_at = now() where project_id = '{}'", bobs.id);
    here.batch_execute(&retire).await.expect("touches nothing");
    let id = Uuid::now_v7();
    for sql in [
        format!("insert into stores (store_id, project_id) values ('{id}', '{}')", bobs.id),
        format!("insert into stores (store_id, project_id) values ('{id}', '{id}')"),
        format!("update stores set project_id = '{}'", bobs.id),
        format!("update stores set store_id = '{id}'"),
        "update stores set seq = 1000000".to_owned(),
        "delete from stores".to_owned(),
        "truncate stores".to_owned(),
    ] {
        assert!(here.batch_execute(&sql).await.is_err(), "{sql}");
    }
    assert_eq!(rows().await, before);
}

/// Each line of a statement's plan.
async fn plan(conn: &mut AsyncPgConnection, sql: &str) -> Vec<String> {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
        line: String,
    }
    let lines: Vec<Line> =
        diesel::sql_query(format!("explain (costs off) {sql}")).load(conn).await.expect("explains");
    lines.into_iter().map(|line| line.line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writers_plan_is_as_without_policies() {
    let app = TestApp::new().await;
    // As the writer raises sequences.
    let raise =
        "update stores t set seq = t.seq + b.n from unnest(array[gen_random_uuid()], array[1::bigint])
        with ordinality as b(project_id, n, place) where t.project_id = b.project_id and t.cleared_at is null
        returning b.place::int as place, t.store_id, t.seq - b.n as prev, t.seq as last";
    // An owner who is no superuser, as in an installation with a Postgres of its own.
    let owner = format!("owner_{}", Uuid::new_v4().simple());
    let mut conn = AsyncPgConnection::establish(&app.database_url).await.expect("connects");
    let unpoliced = format!(
        "create role {owner}; grant usage on schema public to {owner}; alter table stores owner to {owner};
         alter table stores disable row level security; set role {owner}"
    );
    conn.batch_execute(&unpoliced).await.expect("becomes the owner");
    let without = plan(&mut conn, raise).await;
    conn.batch_execute("alter table stores enable row level security").await.expect("turns it on");
    assert_eq!(plan(&mut conn, raise).await, without);
    assert!(without.iter().any(|line| line.contains("stores")), "{without:?}");

    // A tenant's plan asks for the project, by its primary key.
    conn.batch_execute("reset role; set role pulseboard_app").await.expect("becomes a tenant");
    let tenants = plan(&mut conn, "select seq from stores where project_id = gen_random_uuid()").await;
    assert!(tenants.iter().any(|line| line.contains("projects")), "{tenants:?}");
}
