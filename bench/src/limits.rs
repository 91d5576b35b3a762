//! What Postgres itself can do: the limits that the product is held against. No HTTP anywhere here.

use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use bytes::{BufMut, BytesMut};
use tokio::task::JoinSet;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, NoTls};

use crate::load::{Measured, Span, Tally, collect};
use crate::processes::Meter;
use crate::requests::{Random, name, payload};

/// Rows of one bulk statement.
const ROWS: usize = 500;
const BULK_CONNECTIONS: usize = 2;
/// A usual pool for a server that writes each request by itself.
const POOL: usize = 32;

/// Tables like `events`: its key, its index on arrival, no partitions and no rollups.
const TABLES: &str = "
    drop table if exists limit_events, limit_commits;
    create table limit_commits (n bigint not null);
    create table limit_events (
        store_id uuid not null, ts timestamptz not null, id uuid not null, seq bigint not null,
        received_at timestamptz not null, kind text not null, name text not null, payload jsonb,
        primary key (store_id, ts, id));
    create index on limit_events using brin (received_at) with (pages_per_range = 32)";

const BULK: &str = "
    insert into limit_events (store_id, ts, id, seq, received_at, kind, name, payload)
    select store_id, ts, id, seq, ts, 'event', name, payload::jsonb
    from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::bigint[], $5::text[], $6::text[])
        as i(store_id, ts, id, seq, name, payload)
    on conflict do nothing";

const ONE: &str = "
    insert into limit_events (store_id, ts, id, seq, received_at, kind, name, payload)
    values ($1, $2, $3, $4, $2, 'event', $5, ($6::text)::jsonb)
    on conflict do nothing";

/// How long a limit is measured, and which ids it takes.
#[derive(Clone, Copy)]
pub struct Run {
    pub warm_up: Duration,
    pub measured: Duration,
    pub seed: u64,
}

/// Connects; the connection ends with its client.
pub async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("connecting to Postgres")?;
    tokio::spawn(connection);
    Ok(client)
}

/// Empties the tables of the limits.
pub async fn prepare(url: &str) -> anyhow::Result<()> {
    Ok(connect(url).await?.batch_execute(TABLES).await?)
}

/// One connection, one tiny row per commit: what the disk takes.
pub async fn commits(url: &str, run: Run, meter: &Meter) -> anyhow::Result<Measured> {
    let client = connect(url).await?;
    let statement = client.prepare("insert into limit_commits values ($1)").await?;
    let span = Span::after(run.warm_up, run.measured);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut tally = Tally::default();
        loop {
            let sent = Instant::now();
            if sent >= span.end {
                return Ok(tally);
            }
            client.execute(&statement, &[&1_i64]).await?;
            tally.note(span, sent, 1);
        }
    });
    collect(span, meter, tasks).await
}

/// 500 rows a statement on two connections: what Postgres can take in.
pub async fn bulk(url: &str, run: Run, meter: &Meter) -> anyhow::Result<Measured> {
    let mut clients = Vec::new();
    for _ in 0..BULK_CONNECTIONS {
        clients.push(connect(url).await?);
    }
    let span = Span::after(run.warm_up, run.measured);
    let mut tasks = JoinSet::new();
    for (n, client) in clients.into_iter().enumerate() {
        tasks.spawn(bulk_writer(client, Rows::new(run.seed * 100 + n as u64), span));
    }
    collect(span, meter, tasks).await
}

async fn bulk_writer(client: Client, mut rows: Rows, span: Span) -> anyhow::Result<Tally> {
    let statement = client.prepare(BULK).await?;
    let mut tally = Tally::default();
    let stores = vec![rows.store; ROWS];
    let names: Vec<&str> = (0..ROWS).map(name).collect();
    let payloads = vec![payload(); ROWS];
    loop {
        let (mut times, mut ids, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROWS {
            let (ts, id, seq) = rows.next();
            times.push(ts);
            ids.push(id);
            numbers.push(seq);
        }
        let sent = Instant::now();
        if sent >= span.end {
            return Ok(tally);
        }
        client.execute(&statement, &[&stores, &times, &ids, &numbers, &names, &payloads]).await?;
        tally.note(span, sent, ROWS as u64);
    }
}

/// One INSERT and one commit per event, as a server without batching does it: every connection of a pool
/// busy all the time, as it is when hundreds of requests wait for it.
pub async fn one_by_one(url: &str, run: Run, meter: &Meter) -> anyhow::Result<Measured> {
    let mut clients = Vec::new();
    for _ in 0..POOL {
        clients.push(connect(url).await?);
    }
    let span = Span::after(run.warm_up, run.measured);
    let mut tasks = JoinSet::new();
    for (n, client) in clients.into_iter().enumerate() {
        tasks.spawn(single_writer(client, Rows::new(run.seed * 100 + 50 + n as u64), span));
    }
    collect(span, meter, tasks).await
}

async fn single_writer(client: Client, mut rows: Rows, span: Span) -> anyhow::Result<Tally> {
    let statement = client.prepare(ONE).await?;
    let mut tally = Tally::default();
    loop {
        let (ts, id, seq) = rows.next();
        let sent = Instant::now();
        if sent >= span.end {
            return Ok(tally);
        }
        let name = name(seq as usize);
        client.execute(&statement, &[&rows.store, &ts, &id, &seq, &name, &payload()]).await?;
        tally.note(span, sent, 1);
    }
}

/// Distinct rows of one store, a hundred to the millisecond, as live events come.
struct Rows {
    store: Id,
    begin: SystemTime,
    seq: i64,
    random: Random,
}

impl Rows {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self { store: Id::new(&mut random), begin: SystemTime::now(), seq: 0, random }
    }

    fn next(&mut self) -> (SystemTime, Id, i64) {
        self.seq += 1;
        let ts = self.begin + Duration::from_millis(self.seq.unsigned_abs() / 100);
        (ts, Id::new(&mut self.random), self.seq)
    }
}

/// A UUID as Postgres takes it: sixteen bytes.
#[derive(Clone, Copy, Debug)]
struct Id([u8; 16]);

impl Id {
    fn new(random: &mut Random) -> Self {
        let bits = (u128::from(random.next()) << 64) | u128::from(random.next());
        Self(bits.to_be_bytes())
    }
}

impl ToSql for Id {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }

    to_sql_checked!();
}
