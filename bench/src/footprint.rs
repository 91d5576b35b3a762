//! Goal 7: what PulseBoard takes when nobody asks anything of it, and how soon it is ready.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::processes::{Redis, Server, children, memory};
use crate::report::Report;

/// How long it idles before memory is read: the first jobs have run by then.
const IDLE: Duration = Duration::from_secs(8);

/// Starts `pulseboard up` with a Postgres of its own, twice: the second start finds its database.
pub async fn measure(program: &Path, directory: &Path, report: &mut Report) -> anyhow::Result<()> {
    let redis = Redis::start(directory).await?;
    let data = directory.join("footprint");
    let data = data.to_str().context("a path that is text")?;
    let mut variables = vec![("PULSEBOARD_DATA", data), ("PULSEBOARD_LISTEN", "127.0.0.1:0")];
    if let Some(redis) = &redis {
        variables.push(("REDIS_URL", &redis.url));
    }
    Server::start(program, &["up"], &variables, directory).await?.stop().await?;

    let begin = Instant::now();
    let server = Server::start(program, &["up"], &variables, directory).await?;
    while !ready(&server).await? {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    report.add("ready", begin.elapsed().as_secs_f64());
    tokio::time::sleep(IDLE).await;

    let pid = server.pid().context("the server has ended")?;
    let mut postgres = 0.0;
    for child in children(pid)? {
        postgres += memory(child)?;
    }
    let product = memory(pid)? - postgres;
    let redis_memory = redis.as_ref().and_then(Redis::pid).map(memory).transpose()?.unwrap_or_default();
    report.add("memory_product", product);
    report.add("memory_postgres", postgres);
    report.add("memory_redis", redis_memory);
    report.add("memory_stack", product + postgres + redis_memory);
    report.add("binary", std::fs::metadata(program)?.len() as f64 / 1024.0 / 1024.0);
    server.stop().await?;
    if let Some(redis) = redis {
        redis.stop().await?;
    }
    Ok(())
}

async fn ready(server: &Server) -> anyhow::Result<bool> {
    let mut stream = tokio::net::TcpStream::connect(server.address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
