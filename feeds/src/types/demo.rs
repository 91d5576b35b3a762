//! Believable data out of nothing: to try panels, to show PulseBoard, to test it. A value depends on the time
//! and the seed alone, so that whoever computes it gets the same.

use std::f64::consts::TAU;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{interval, no_more, nothing, read};
use crate::{FeedError, FeedType, Given, Sample, Way};

pub(super) const TYPE: FeedType = FeedType {
    name: "demo",
    title: "Demo data",
    description: "Invented but believable data in several shapes, to try panels and dashboards with.",
    way: Way::Polls,
    schema,
    example: || json!({"shape": "traffic", "interval_sec": 2}),
    payload: || json!({"requests": 412.7, "latency_ms": 93.1, "errors": 3, "users": 1240}),
    time: Duration::from_secs(5),
    needs: nothing,
    also: no_more,
    sample: |given| Box::pin(sample(given)),
};

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Wave,
    RandomWalk,
    Traffic,
    Host,
    Errors,
    Orders,
    Steps,
    Saw,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    shape: Shape,
    period_sec: u32,
    seed: u32,
    #[serde(rename = "interval_sec")]
    _interval: u64,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "shape": {
                "type": "string", "title": "Shape", "default": "wave", "examples": ["traffic"],
                "enum": ["wave", "random_walk", "traffic", "host", "errors", "orders", "steps", "saw"],
                "description": "wave: up and down with some noise. random_walk: wanders like a price. traffic: \
                    requests, latency, errors and users of a site by day and night. host: cpu, ram, disk and \
                    network of a machine. errors: few, and now and then a burst, by kind. orders: counts per \
                    city. steps: stays, then jumps. saw: climbs and falls back.",
            },
            "period_sec": {
                "type": "integer", "title": "Period (s)", "minimum": 2, "maximum": 86_400, "default": 60,
                "examples": [60],
                "description": "How long a wave, a step, a tooth of the saw or the pause between bursts takes.",
            },
            "seed": {
                "type": "integer", "title": "Seed", "minimum": 0, "maximum": 1_000_000, "default": 1,
                "examples": [1], "description": "Another number gives other data of the same shape.",
            },
            "interval_sec": interval(1, 2),
        },
    })
}

async fn sample(given: Given) -> Result<Sample, FeedError> {
    let config: Config = read(given.config)?;
    Ok(Sample::one(value(&config, given.now)))
}

fn value(config: &Config, now: DateTime<Utc>) -> Value {
    let world = World {
        at: now.timestamp_millis() as f64 / 1000.0,
        period: config.period_sec.into(),
        seed: config.seed,
    };
    match config.shape {
        Shape::Wave => {
            let height = 50.0 + 40.0 * (TAU * world.at / world.period).sin();
            json!({"value": rounded(height + 6.0 * world.jitter(1))})
        }
        Shape::RandomWalk => {
            json!({"value": rounded(100.0 * (0.9 * world.wander(1, world.period * 8.0)).exp())})
        }
        Shape::Traffic => traffic(&world),
        Shape::Host => host(&world),
        Shape::Errors => errors(&world),
        Shape::Orders => orders(&world),
        Shape::Steps => {
            let level = noise(world.seed, 1, (world.at / world.period).floor());
            json!({"value": (level * 10.0).floor() * 10.0 + 10.0})
        }
        Shape::Saw => {
            let through = (world.at / world.period).rem_euclid(1.0);
            json!({"value": rounded(15.0 + 80.0 * through + 3.0 * world.jitter(1))})
        }
    }
}

fn traffic(world: &World) -> Value {
    let busy = world.busy();
    let requests = (40.0 + 600.0 * busy) * (1.0 + 0.15 * world.wander(1, 300.0) + 0.05 * world.jitter(2));
    let slow = 1.0 + 2.0 * world.burst(3, 600.0);
    let latency = (45.0 + 70.0 * busy) * slow * (1.0 + 0.1 * world.jitter(4));
    let errors = requests * (0.002 + 0.03 * world.burst(3, 600.0)) * (1.0 + 0.5 * world.jitter(5));
    json!({
        "requests": rounded(requests.max(0.0)), "latency_ms": rounded(latency),
        "errors": errors.max(0.0).round() as i64,
        "users": (requests * 3.0 * (1.0 + 0.1 * world.wander(6, 900.0))).max(0.0).round() as i64,
    })
}

fn host(world: &World) -> Value {
    let cpu = 12.0 + 45.0 * world.busy() + 18.0 * world.wander(1, 120.0) + 5.0 * world.jitter(2);
    let net = (0.2 + world.busy()) * 4e6;
    // A disk that fills within ten days and is then cleared.
    let filling = (world.at / 864_000.0 + noise(world.seed, 9, 0.0)).rem_euclid(1.0);
    json!({
        "cpu": rounded(cpu.clamp(0.5, 100.0)),
        "ram": rounded(55.0 + 12.0 * world.wander(3, 1800.0)),
        "disk": rounded(48.0 + 40.0 * filling),
        "net_rx": (net * (1.0 + 0.4 * world.wander(4, 60.0) + 0.2 * world.jitter(5))).max(0.0).round(),
        "net_tx": (net * 0.3 * (1.0 + 0.4 * world.wander(6, 60.0) + 0.2 * world.jitter(7))).max(0.0).round(),
    })
}

fn errors(world: &World) -> Value {
    let burst = world.burst(1, world.period * 5.0);
    let count = |part: u32, base: f64, top: f64| {
        let expected = base + top * burst * noise(world.seed, 20 + part, (world.at / 600.0).floor());
        (expected * (1.0 + world.jitter(10 + part))).max(0.0).round() as i64
    };
    let kinds = [count(1, 0.6, 40.0), count(2, 0.3, 15.0), count(3, 0.2, 8.0)];
    json!({
        "errors": kinds.iter().sum::<i64>(),
        "by_kind": {"TimeoutError": kinds[0], "ValueError": kinds[1], "ConnectionReset": kinds[2]},
    })
}

fn orders(world: &World) -> Value {
    let cities = [("Berlin", 1.0), ("Lagos", 0.8), ("Lima", 0.5), ("Oslo", 0.3), ("Osaka", 0.9)];
    let counts = cities.iter().zip(1..).map(|((city, size), part)| {
        let count = 90.0 * size * (0.3 + world.busy()) * (1.0 + 0.4 * world.wander(part, 240.0));
        ((*city).to_owned(), Value::from(count.max(0.0).round() as i64))
    });
    Value::Object(counts.collect())
}

/// A moment of an invented world. Each quantity has a lane of its own, so that they differ.
struct World {
    /// Seconds since 1970.
    at: f64,
    period: f64,
    seed: u32,
}

impl World {
    /// Noise from one sample to the next, -1 to 1.
    fn jitter(&self, lane: u32) -> f64 {
        noise(self.seed, lane, (self.at * 10.0).floor()) * 2.0 - 1.0
    }

    /// Something that wanders about, -1 to 1: slow noise with faster and smaller noise on top.
    fn wander(&self, lane: u32, pace: f64) -> f64 {
        let waves = [(1.0, 0.5), (3.1, 0.25), (9.7, 0.15), (31.0, 0.1)];
        let sum: f64 = waves
            .iter()
            .zip(0..)
            .map(|((speed, height), wave)| {
                height * smooth(self.seed, lane * 16 + wave, self.at * speed / pace)
            })
            .sum();
        sum * 2.0 - 1.0
    }

    /// How busy the day is, 0.05 to 1: least at four in the morning, most in the afternoon.
    fn busy(&self) -> f64 {
        let of_day = (self.at / 86_400.0).rem_euclid(1.0);
        let up = 0.5 - 0.5 * (TAU * (of_day - 4.0 / 24.0)).cos();
        0.05 + 0.95 * up.powf(1.3)
    }

    /// 0 most of the time; once in a while up to 1 for a fifth of the pace, and fading.
    fn burst(&self, lane: u32, pace: f64) -> f64 {
        let turn = (self.at / pace).floor();
        let begins = noise(self.seed, lane + 100, turn) * 0.8;
        let through = (self.at / pace - turn - begins) / 0.2;
        let is_on = noise(self.seed, lane + 200, turn) > 0.35 && (0.0..1.0).contains(&through);
        if is_on { (1.0 - through) * (1.0 - through) } else { 0.0 }
    }
}

/// Noise that moves without jumps, 0 to 1.
fn smooth(seed: u32, lane: u32, at: f64) -> f64 {
    let (before, through) = (at.floor(), at.rem_euclid(1.0));
    let weight = through * through * (3.0 - 2.0 * through);
    noise(seed, lane, before) * (1.0 - weight) + noise(seed, lane, before + 1.0) * weight
}

/// A number from 0 to 1 that looks like chance and is always the same: the finaliser of SplitMix64.
fn noise(seed: u32, lane: u32, n: f64) -> f64 {
    let mut bits =
        (u64::from(seed) << 32 | u64::from(lane)) ^ (n as i64 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        bits = (bits ^ (bits >> 30)).wrapping_mul(factor);
    }
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers;

    const SHAPES: [&str; 8] = ["wave", "random_walk", "traffic", "host", "errors", "orders", "steps", "saw"];

    fn at(shape: &str, seed: u32, second: i64) -> Value {
        let config = json!({"shape": shape, "period_sec": 60, "seed": seed, "interval_sec": 1});
        let config = serde_json::from_value(config).expect("a configuration");
        value(&config, DateTime::from_timestamp(1_790_000_000 + second, 0).expect("a time"))
    }

    #[test]
    fn the_same_time_and_seed_give_the_same_data() {
        for shape in SHAPES {
            assert_eq!(at(shape, 1, 5), at(shape, 1, 5));
            let differs = (0..600).any(|second| at(shape, 1, second) != at(shape, 2, second));
            assert!(differs || shape == "wave", "{shape}");
        }
    }

    #[test]
    fn every_shape_moves_and_stays_believable() {
        for shape in SHAPES {
            let day: Vec<Value> = (0..86_400).step_by(20).map(|second| at(shape, 1, second)).collect();
            let names: Vec<String> = numbers(&day[0]).into_iter().map(|(name, _)| name).collect();
            for name in names {
                let path = crate::path::parse(&name).expect("a path");
                let line: Vec<f64> = day
                    .iter()
                    .map(|payload| path.find(payload).ok().and_then(Value::as_f64).expect("a number"))
                    .collect();
                let (least, most) =
                    line.iter().fold((f64::MAX, f64::MIN), |(least, most), n| (least.min(*n), most.max(*n)));
                assert!(least >= 0.0 && most > least, "{shape} {name}: {least} to {most}");
                if shape == "host" && !name.starts_with("net") {
                    assert!(most <= 100.0, "{name}: {most}");
                }
            }
        }
    }

    #[test]
    fn nights_are_quiet_and_errors_come_in_bursts() {
        let requests = |hour: i64| {
            // 1 790 000 000 is 13:33:20 UTC.
            let second = hour * 3600 - 48_800;
            at("traffic", 1, second)["requests"].as_f64().expect("a number")
        };
        assert!(requests(16) > 4.0 * requests(4), "{} {}", requests(16), requests(4));

        let counts: Vec<i64> =
            (0..3600).map(|second| at("errors", 1, second)["errors"].as_i64().expect("a count")).collect();
        let quiet = counts.iter().filter(|count| **count <= 4).count();
        let loud = counts.iter().filter(|count| **count >= 15).count();
        assert!(quiet > 2400 && loud > 20, "quiet {quiet}, loud {loud}");
    }
}
