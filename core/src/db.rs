//! The database: a pool whose connections are got only with a scope, and the migrations.

mod shares;

use std::sync::Arc;
use std::time::Duration;

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::result::Error as DieselError;
use diesel::{QueryResult, sql_types};
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl,
    SimpleAsyncConnection, TransactionManager,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use self::shares::Shares;
use crate::ids::OrgId;

/// The error of queries, for those who translate it without knowing diesel.
pub mod query_error {
    pub use diesel::result::Error;
}

/// A connection with a scope already set.
pub type Conn = AsyncPgConnection;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// One runner at a time, in whatever process: `pg_advisory_lock` of this number ("pulse" in ASCII).
const MIGRATION_LOCK: i64 = 0x70_75_6c_73_65;

/// How long a request waits for a free connection before it is told to come back.
const POOL_WAIT: Duration = Duration::from_secs(3);

/// Why the database did not answer.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("no database connection: {0}")]
    Unavailable(String),
    #[error("the tenant holds its share of the connections already")]
    ShareTaken,
    #[error(transparent)]
    Query(#[from] DieselError),
}

impl DbError {
    /// Whether it makes sense to try again soon: the database is away, restarting or out of room for us.
    pub fn is_unavailable(&self) -> bool {
        match self {
            DbError::Unavailable(_) | DbError::ShareTaken => true,
            DbError::Query(error) => is_unavailable(error),
        }
    }

    /// Whether a read was cut off because it took too long.
    pub fn is_timeout(&self) -> bool {
        matches!(self, DbError::Query(error) if is_timeout(error))
    }
}

/// Whether a read was cut off because it took too long.
pub fn is_timeout(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(_, info) if info.message().contains("statement timeout"))
}

/// Whether row-level security refused a write: the row is not the tenant's.
pub fn is_foreign_row(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(_, info) if info.message().contains("row-level security policy"))
}

/// Whether an error means "not now" rather than "not like this".
pub fn is_unavailable(error: &DieselError) -> bool {
    use diesel::result::DatabaseErrorKind::{ClosedConnection, ReadOnlyTransaction, UnableToSendCommand};
    match error {
        DieselError::BrokenTransactionManager | DieselError::AlreadyInTransaction => true,
        DieselError::DatabaseError(ClosedConnection | UnableToSendCommand | ReadOnlyTransaction, _) => true,
        DieselError::DatabaseError(_, info) => {
            let message = info.message();
            [
                "terminating connection",
                "the database system is",
                "connection closed",
                "canceling statement due to",
                "too many clients",
                "No space left",
                "could not extend file",
                "could not write",
                "deadlock detected",
            ]
            .iter()
            .any(|part| message.contains(part))
        }
        _ => false,
    }
}

/// The pool. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    shares: Arc<Shares>,
    /// How long a transaction may take.
    deadline: Duration,
}

impl Db {
    /// Opens a pool of at most `size` connections; connects on first use.
    pub fn connect(url: &str, size: usize) -> anyhow::Result<Self> {
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url);
        let pool = Pool::builder(manager).max_size(size).build()?;
        Ok(Self { pool, shares: Arc::new(Shares::of_pool(size)), deadline: Duration::MAX })
    }

    /// The same pool for work that somebody waits for: no transaction takes longer than this. The server
    /// cuts off statements by itself; this is for a server that has stopped answering, so that requests
    /// end and connections come free.
    #[must_use]
    pub fn within(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    async fn in_time<R, E: From<DbError>>(&self, work: impl Future<Output = Result<R, E>>) -> Result<R, E> {
        // Boxed, as handlers nest several of these.
        match tokio::time::timeout(self.deadline, Box::pin(work)).await {
            Ok(result) => result,
            Err(_) => Err(DbError::Unavailable("no answer in time".into()).into()),
        }
    }

    async fn get(&self) -> Result<Object<AsyncPgConnection>, DbError> {
        match tokio::time::timeout(POOL_WAIT, self.pool.get()).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(error)) => Err(DbError::Unavailable(error.to_string())),
            Err(_) => Err(DbError::Unavailable("no free connection in time".into())),
        }
    }

    /// Runs `work` in a transaction that sees one tenant's rows and nothing else.
    ///
    /// Statements are cut off after five seconds. Rolls back when `work` fails. One tenant gets at most
    /// half of the connections at the same time, and waits for its turn as for a free one.
    pub async fn tenant<R, E, F>(&self, org: OrgId, work: F) -> Result<R, E>
    where
        F: AsyncFnOnce(&mut Conn) -> Result<R, E>,
        E: From<DieselError> + From<DbError>,
    {
        self.in_time(self.tenant_transaction(org, work)).await
    }

    async fn tenant_transaction<R, E, F>(&self, org: OrgId, work: F) -> Result<R, E>
    where
        F: AsyncFnOnce(&mut Conn) -> Result<R, E>,
        E: From<DieselError> + From<DbError>,
    {
        let _share =
            tokio::time::timeout(POOL_WAIT, self.shares.take(org)).await.map_err(|_| DbError::ShareTaken)?;
        let mut conn = self.get().await?;
        AnsiTransactionManager::begin_transaction(&mut *conn).await?;
        let result = match enter(&mut conn, org).await {
            Ok(()) => work(&mut conn).await,
            Err(error) => Err(error.into()),
        };
        finish(&mut conn, result).await
    }

    /// Runs `work` in a transaction that sees every tenant: for sign-in, the writer's helpers and jobs.
    pub async fn system<R, E, F>(&self, work: F) -> Result<R, E>
    where
        F: AsyncFnOnce(&mut Conn) -> Result<R, E>,
        E: From<DieselError> + From<DbError>,
    {
        self.in_time(self.system_transaction(work)).await
    }

    async fn system_transaction<R, E, F>(&self, work: F) -> Result<R, E>
    where
        F: AsyncFnOnce(&mut Conn) -> Result<R, E>,
        E: From<DieselError> + From<DbError>,
    {
        let mut conn = self.get().await?;
        AnsiTransactionManager::begin_transaction(&mut *conn).await?;
        let result = work(&mut conn).await;
        finish(&mut conn, result).await
    }

    /// Whether the database answers and has this binary's schema.
    pub async fn ready(&self) -> Result<(), DbError> {
        let applied = self
            .in_time(async {
                let mut conn = self.get().await?;
                Ok::<_, DbError>(applied_versions(&mut conn).await?)
            })
            .await?;
        match compare_schema(&applied) {
            Schema::Current => Ok(()),
            other => Err(DbError::Unavailable(other.to_string())),
        }
    }
}

/// Goes on as one tenant: from here to the end of the transaction it sees that tenant's rows and nothing
/// else, and statements are cut off after five seconds. Another tenant may be entered after it.
///
/// For what has to learn in system scope which tenant that is, and read its rows in the same breath.
pub async fn enter(conn: &mut Conn, org: OrgId) -> QueryResult<()> {
    // One round trip; the id is ours and a UUID, so that it can stand in the text.
    let scope = format!(
        "set local role pulseboard_app; set local statement_timeout = '5s'; \
         select set_config('app.org', '{org}', true)"
    );
    conn.batch_execute(&scope).await
}

/// Commits what succeeded and rolls back what did not. A connection that is dropped in between (the
/// client went away) is not given to anyone else: the pool sees the open transaction.
async fn finish<R, E: From<DieselError>>(conn: &mut Conn, result: Result<R, E>) -> Result<R, E> {
    match result {
        Ok(value) => {
            AnsiTransactionManager::commit_transaction(conn).await?;
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = AnsiTransactionManager::rollback_transaction(conn).await {
                tracing::debug!(error = %rollback, "rolling back failed");
            }
            Err(error)
        }
    }
}

/// How the database's schema compares with this binary.
#[derive(Debug, PartialEq, Eq)]
pub enum Schema {
    Current,
    /// So many migrations are still to be run.
    Behind(usize),
    /// It has been migrated by a newer binary.
    Newer,
}

impl std::fmt::Display for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Schema::Current => write!(f, "the database schema is current"),
            Schema::Behind(count) => {
                write!(f, "{count} migrations have not been run: run `pulseboard migrate`")
            }
            Schema::Newer => write!(
                f,
                "the database was migrated by a newer PulseBoard: install that version or restore a backup"
            ),
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Applied {
    #[diesel(sql_type = sql_types::Text)]
    version: String,
}

async fn applied_versions(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let table_exists: bool = diesel::select(diesel::dsl::sql::<sql_types::Bool>(
        "to_regclass('__diesel_schema_migrations') is not null",
    ))
    .get_result(conn)
    .await?;
    if !table_exists {
        return Ok(Vec::new());
    }
    let rows: Vec<Applied> =
        diesel::sql_query("select version from __diesel_schema_migrations").load(conn).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

fn known_versions() -> Vec<String> {
    let migrations: Vec<Box<dyn Migration<diesel::pg::Pg>>> =
        MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS).unwrap_or_default();
    migrations.iter().map(|m| MigrationVersion::to_string(&m.name().version())).collect()
}

fn compare_schema(applied: &[String]) -> Schema {
    let known = known_versions();
    if applied.iter().any(|version| !known.contains(version)) {
        return Schema::Newer;
    }
    match known.iter().filter(|version| !applied.contains(version)).count() {
        0 => Schema::Current,
        missing => Schema::Behind(missing),
    }
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("cannot reach the database at {place}: {reason}")]
    Unreachable {
        /// Host and port, or the directory of the socket.
        place: String,
        reason: String,
    },
    #[error("PostgreSQL {0} is too old: PulseBoard needs 15 or newer")]
    TooOld(i32),
    #[error("{}", Schema::Newer)]
    Newer,
    #[error("a migration failed and was rolled back: {0}")]
    Failed(String),
}

/// What a migration run found and did.
#[derive(Debug)]
pub struct Migrated {
    /// Names of the migrations run now; empty when the schema was current.
    pub ran: Vec<String>,
    /// The server's version, such as 150018.
    pub server_version: i32,
    /// Whether the server has TimescaleDB preloaded, so that events are hypertables.
    pub timescale: bool,
}

/// Brings the schema up to date and makes the partitions of the coming days.
///
/// One runner at a time by advisory lock; gives up on a lock after ten seconds rather than queue
/// everyone else behind it. Must run on a multi-threaded runtime.
pub async fn migrate(url: &str) -> Result<Migrated, MigrateError> {
    let unreachable = |error: &dyn std::fmt::Display| MigrateError::Unreachable {
        place: crate::database_address::place(url),
        reason: error.to_string(),
    };
    let failed = |error: &dyn std::fmt::Display| MigrateError::Failed(error.to_string());
    let connecting = AsyncPgConnection::establish(url);
    let mut conn = tokio::time::timeout(Duration::from_secs(10), connecting)
        .await
        .map_err(|_| unreachable(&"no answer within 10 s"))?
        .map_err(|error| unreachable(&error))?;

    let server_version = server_version(&mut conn).await.map_err(|error| unreachable(&error))?;
    if server_version < 150_000 {
        return Err(MigrateError::TooOld(server_version / 10_000));
    }
    diesel::sql_query("select pg_advisory_lock($1)")
        .bind::<sql_types::BigInt, _>(MIGRATION_LOCK)
        .execute(&mut conn)
        .await
        .map_err(|error| failed(&error))?;
    let applied = applied_versions(&mut conn).await.map_err(|error| failed(&error))?;
    if compare_schema(&applied) == Schema::Newer {
        return Err(MigrateError::Newer);
    }
    conn.batch_execute("set lock_timeout = '10s'").await.map_err(|error| failed(&error))?;

    let mut harness = AsyncMigrationHarness::new(conn);
    let ran = harness
        .run_pending_migrations(MIGRATIONS)
        .map(|versions| versions.iter().map(ToString::to_string).collect())
        .map_err(|error| failed(&error))?;
    let mut conn = harness.into_inner();
    let timescale = crate::partitions::timescale(&mut conn).await.map_err(|error| failed(&error))?;
    crate::partitions::make_ahead(&mut conn, crate::now()).await.map_err(|error| failed(&error))?;
    diesel::sql_query("select pg_advisory_unlock($1)")
        .bind::<sql_types::BigInt, _>(MIGRATION_LOCK)
        .execute(&mut conn)
        .await
        .map_err(|error| failed(&error))?;
    Ok(Migrated { ran, server_version, timescale })
}

async fn server_version(conn: &mut Conn) -> QueryResult<i32> {
    diesel::select(diesel::dsl::sql::<sql_types::Integer>("current_setting('server_version_num')::int"))
        .get_result(conn)
        .await
}

/// The name of the constraint an error is about, without the suffix a distributed database adds.
pub fn constraint(error: &DieselError) -> Option<&str> {
    let DieselError::DatabaseError(_, info) = error else { return None };
    let name = info.constraint_name()?;
    let end = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match end.strip_suffix('_') {
        Some(base) if end.len() < name.len() => Some(base),
        _ => Some(name),
    }
}
