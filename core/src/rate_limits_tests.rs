use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn limits(key_rate: u32, project_rate: u32) -> RateLimits {
    RateLimits::new(&LimitsConfig { key_rate, project_rate, ..LimitsConfig::NONE })
}

#[test]
fn a_burst_passes_and_then_the_rate() {
    let limits = limits(200, 0);
    let (key, project, start) = (ApiKeyId::new(), ProjectId::new(), Instant::now());
    assert_eq!(limits.key, Some(Rate { events_per_second: 200, burst: 2000 }));
    for _ in 0..20 {
        limits.take(key, project, 100, start).expect("within the burst");
    }
    let refused = limits.take(key, project, 100, start).expect_err("more than the burst");
    assert_eq!((refused.of_key, refused.wait), (true, SECOND / 2));
    assert!(limits.check(key, project, start).is_err(), "not even one");

    // In ten seconds at full speed come the rate's events and no other, however often it is tried.
    let mut taken = 0;
    for tenth in 1..=100 {
        while limits.take(key, project, 1, start + tenth * SECOND / 10).is_ok() {
            taken += 1;
        }
    }
    assert_eq!(taken, 2000);
    // A refusal costs nothing, and rest fills the bucket up to its brim and no further.
    let later = start + 1000 * SECOND;
    limits.take(key, project, 2000, later).expect("full again");
    assert!(limits.take(key, project, 1, later).is_err());
}

#[test]
fn keys_and_projects_are_judged_together_and_apart_from_others() {
    let limits = limits(200, 250);
    let (one, other, project, start) = (ApiKeyId::new(), ApiKeyId::new(), ProjectId::new(), Instant::now());
    limits.take(one, project, 2000, start).expect("the key's burst");
    assert!(limits.take(one, project, 1, start).expect_err("the key's is used up").of_key);
    limits.take(other, project, 500, start).expect("the rest of the project's");
    let refused = limits.take(other, project, 25, start).expect_err("the project's is used up");
    assert_eq!((refused.of_key, refused.wait), (false, SECOND / 10));
    limits
        .take(other, ProjectId::new(), 1500, start)
        .expect("nothing was taken from the key for what was refused");
    limits.take(ApiKeyId::new(), ProjectId::new(), 2000, start).expect("strangers don't notice");
}

#[test]
fn without_a_rate_there_is_no_limit_and_a_small_one_takes_a_whole_body() {
    let (key, project, now) = (ApiKeyId::new(), ProjectId::new(), Instant::now());
    let none = limits(0, 0);
    for _ in 0..100 {
        none.take(key, project, 1_000_000, now).expect("no limit");
    }
    assert!(none.lock().is_empty(), "nothing is remembered");
    let slow = limits(1, 0);
    slow.take(key, project, 1000, now).expect("one full body");
    assert_eq!(slow.take(key, project, 1000, now).expect_err("empty").wait, 1000 * SECOND);
    slow.take(key, project, 5000, now + 1000 * SECOND).expect("what never fits is taken from a full bucket");
}

#[test]
fn full_buckets_are_forgotten() {
    let limits = limits(1000, 0);
    let start = Instant::now();
    for _ in 0..10_000 {
        limits.take(ApiKeyId::new(), ProjectId::new(), 1, start).expect("each its own");
    }
    limits.forget_full(start);
    assert_eq!(limits.lock().len(), 10_000);
    limits.forget_full(start + SECOND);
    assert_eq!(limits.lock().capacity(), 0);
}
