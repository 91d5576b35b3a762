//! Stores: where a project's events are filed, and how far its sequence has come.
//!
//! The writer raises `seq` in the statement that inserts the events, so that the row's lock puts the
//! commits of one project into one order, whichever process they come from. A live cursor is such a
//! number: what has been committed before it can never turn up after it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{ProjectId, StoreId};
use crate::schema::stores;

/// Opens a store; `seq` goes on from the store before it, so that cursors stay valid.
pub async fn open(conn: &mut Conn, store: StoreId, project: ProjectId, seq: i64) -> QueryResult<()> {
    diesel::insert_into(stores::table)
        .values((stores::store_id.eq(store), stores::project_id.eq(project), stores::seq.eq(seq)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Closes the project's store for good; returns its last sequence number.
pub async fn retire(conn: &mut Conn, project: ProjectId, now: DateTime<Utc>) -> QueryResult<i64> {
    diesel::update(stores::table.filter(stores::project_id.eq(project)).filter(stores::cleared_at.is_null()))
        .set(stores::cleared_at.eq(now))
        .returning(stores::seq)
        .get_result(conn)
        .await
}

/// Where each project stands: its open store and last sequence number. Projects that are gone are left out.
pub async fn positions(
    conn: &mut Conn,
    projects: &[ProjectId],
) -> QueryResult<Vec<(ProjectId, StoreId, i64)>> {
    stores::table
        .filter(stores::project_id.eq_any(projects))
        .filter(stores::cleared_at.is_null())
        .select((stores::project_id, stores::store_id, stores::seq))
        .load(conn)
        .await
}

/// Whether there is a store whose rows are to be deleted.
pub async fn any_due_for_deletion(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(stores::table.filter(stores::cleared_at.is_not_null())))
        .get_result(conn)
        .await
}

/// Stores whose rows are to be deleted, oldest first. They are locked until the transaction ends, so
/// that two workers take different ones.
pub async fn due_for_deletion(conn: &mut Conn, limit: i64) -> QueryResult<Vec<StoreId>> {
    stores::table
        .filter(stores::cleared_at.is_not_null())
        .order(stores::cleared_at)
        .limit(limit)
        .select(stores::store_id)
        .for_update()
        .skip_locked()
        .load(conn)
        .await
}

/// Forgets a store once nothing is filed there.
pub async fn forget(conn: &mut Conn, store: StoreId) -> QueryResult<()> {
    diesel::delete(stores::table.find(store).filter(stores::cleared_at.is_not_null())).execute(conn).await?;
    Ok(())
}
