//! The database itself, for what no route shows or lets one do.

use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use pulseboard_core::db::{Conn, DbError};

use crate::app::TestApp;

#[derive(diesel::QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(diesel::QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Runs one statement as the owner; returns how many rows it touched.
pub async fn execute(app: &TestApp, sql: &str) -> usize {
    let run =
        async |conn: &mut Conn| -> Result<_, DbError> { Ok(diesel::sql_query(sql).execute(conn).await?) };
    app.db.system(run).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The column `text` of a query's rows.
pub async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    let run = async |conn: &mut Conn| -> Result<Vec<TextRow>, DbError> {
        Ok(diesel::sql_query(sql).load(conn).await?)
    };
    let rows = app.db.system(run).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().map(|row| row.text).collect()
}

/// The column `number` of a query's only row.
pub async fn number(app: &TestApp, sql: &str) -> i64 {
    let run = async |conn: &mut Conn| -> Result<NumberRow, DbError> {
        Ok(diesel::sql_query(sql).get_result(conn).await?)
    };
    app.db.system(run).await.unwrap_or_else(|error| panic!("{sql}: {error}")).number
}
