//! Our own load generator: keep-alive HTTP/1.1 over plain sockets, one request in flight per connection.
//!
//! A general HTTP client costs more than the server it would measure, and both share these cores.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::processes::{Meter, Used};
use crate::requests::Request;

/// A closed loop of so many connections for so long.
#[derive(Clone)]
pub struct Load {
    pub address: SocketAddr,
    /// Keys of the projects, taken in turn by the connections.
    pub keys: Vec<String>,
    pub in_flight: usize,
    pub events_per_body: usize,
    pub warm_up: Duration,
    pub measured: Duration,
    /// Different in every run of a program, so that no id is sent twice.
    pub seed: u64,
}

/// What a loop came to.
#[derive(Default)]
pub struct Measured {
    pub seconds: f64,
    /// Events whose answer came within the measured time.
    pub events: u64,
    /// Events whose answer came at any time, warm-up included.
    pub acknowledged: u64,
    /// Of each answer within the measured time, in microseconds, ascending.
    pub latencies: Vec<u32>,
    pub used: Used,
}

impl Measured {
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.seconds
    }

    /// A percentile of the latencies in milliseconds.
    pub fn percentile(&self, percent: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let index = (percent / 100.0 * last as f64).round() as usize;
        self.latencies.get(index).map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    }

    /// Processor time of each event in microseconds.
    pub fn micros(&self, seconds: f64) -> f64 {
        seconds * 1e6 / self.events.max(1) as f64
    }
}

/// The time a loop counts in.
#[derive(Clone, Copy)]
pub struct Span {
    pub begin: Instant,
    pub end: Instant,
}

impl Span {
    pub fn after(warm_up: Duration, measured: Duration) -> Self {
        let begin = Instant::now() + warm_up;
        Self { begin, end: begin + measured }
    }
}

/// What one task of a loop counted.
#[derive(Default)]
pub struct Tally {
    pub events: u64,
    pub acknowledged: u64,
    pub latencies: Vec<u32>,
}

impl Tally {
    /// Notes an answer that has just come.
    pub fn note(&mut self, span: Span, sent: Instant, events: u64) {
        let now = Instant::now();
        self.acknowledged += events;
        if now >= span.begin && now <= span.end {
            self.events += events;
            self.latencies.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
        }
    }
}

/// Runs the loops of a span to their end and adds them up.
pub async fn collect(
    span: Span,
    meter: &Meter,
    mut tasks: JoinSet<anyhow::Result<Tally>>,
) -> anyhow::Result<Measured> {
    tokio::time::sleep_until(span.begin.into()).await;
    let before = meter.read()?;
    tokio::time::sleep_until(span.end.into()).await;
    let used = meter.read()?.since(&before);
    let mut all = Measured { seconds: (span.end - span.begin).as_secs_f64(), used, ..Measured::default() };
    while let Some(tally) = tasks.join_next().await {
        let tally = tally??;
        all.events += tally.events;
        all.acknowledged += tally.acknowledged;
        all.latencies.extend(tally.latencies);
    }
    all.latencies.sort_unstable();
    Ok(all)
}

impl Load {
    /// Connects, runs and adds up; any answer but 202 is an error.
    pub async fn run(&self, meter: &Meter) -> anyhow::Result<Measured> {
        let mut streams = Vec::with_capacity(self.in_flight);
        for _ in 0..self.in_flight {
            let stream = TcpStream::connect(self.address).await.context("connecting to the server")?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let span = Span::after(self.warm_up, self.measured);
        let mut tasks = JoinSet::new();
        for (n, stream) in streams.into_iter().enumerate() {
            let key = &self.keys[n % self.keys.len()];
            let request = Request::new(key, self.events_per_body, self.seed * 10_000 + n as u64);
            tasks.spawn(client(stream, request, span, self.events_per_body as u64));
        }
        collect(span, meter, tasks).await
    }
}

async fn client(
    mut stream: TcpStream,
    mut request: Request,
    span: Span,
    events: u64,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut buffer = vec![0; 4096];
    let expected = request.expected.clone();
    loop {
        let sent = Instant::now();
        if sent >= span.end {
            return Ok(tally);
        }
        stream.write_all(request.next(pulseboard_core::now().timestamp_millis())).await?;
        let mut filled = 0;
        let (body, end) = loop {
            let read = stream.read(&mut buffer[filled..]).await?;
            if read == 0 {
                bail!("the server closed a connection, or its answer was too long");
            }
            filled += read;
            if let Some(found) = whole_answer(&buffer[..filled])? {
                break found;
            }
        };
        let answer = &buffer[..end];
        if !answer.starts_with(b"HTTP/1.1 202") || !answer[body..].starts_with(expected.as_bytes()) {
            bail!("not acknowledged: {}", String::from_utf8_lossy(answer));
        }
        tally.note(span, sent, events);
    }
}

/// Where the body of an answer begins and ends, once it is all there.
fn whole_answer(bytes: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..head]).context("a head that is not text")?;
    let length: usize = text
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer without a length")?
        .1
        .trim()
        .parse()?;
    let end = head + 4 + length;
    Ok((bytes.len() >= end).then_some((head + 4, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_length_is_there() {
        let whole = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nx: y\r\n\r\n{}";
        for cut in 0..whole.len() {
            assert_eq!(whole_answer(&whole[..cut]).expect("reads"), None, "{cut}");
        }
        assert_eq!(whole_answer(whole).expect("reads"), Some((whole.len() - 2, whole.len())));
        assert!(whole_answer(b"HTTP/1.1 202 Accepted\r\n\r\n").is_err());
    }

    #[test]
    fn percentiles_are_of_the_sorted_latencies() {
        let measured = Measured { latencies: (1..=101).map(|n| n * 1000).collect(), ..Measured::default() };
        assert_eq!(measured.percentile(50.0), 51.0);
        assert_eq!(measured.percentile(99.0), 100.0);
        assert!(Measured::default().percentile(50.0).is_nan());
    }
}
