//! Which passwords are good, what verifying costs, and that turns bound the memory.

use std::sync::mpsc;

use super::*;

#[test]
fn weak_passwords_are_refused() {
    assert_eq!(check("short", "a@b.c"), Err(WeakPassword::TooShort));
    assert_eq!(check(&"long enough ".repeat(30), "a@b.c"), Err(WeakPassword::TooLong));
    assert_eq!(check(&"x".repeat(1 << 20), "a@b.c"), Err(WeakPassword::TooLong));
    for common in ["password123", "PASSWORD123", "1234567890", "aaaaaaaaaaaa", "ann@example.com"] {
        assert_eq!(check(common, "ann@example.com"), Err(WeakPassword::Common), "{common}");
    }
    assert_eq!(check("correct horse battery", "ann@example.com"), Ok(()));
    // Ten characters as a person counts them, however the keyboard writes its accents.
    assert_eq!(check("e\u{301}e\u{301}a\u{301}o\u{301}u\u{301}", "a@b.c"), Err(WeakPassword::TooShort));
}

#[test]
fn every_common_password_is_one_that_length_alone_would_let_through() {
    for common in COMMON.lines() {
        assert!(common.chars().count() >= MIN_LENGTH && *common == common.to_lowercase(), "{common}");
        assert_eq!(check(&common.to_uppercase(), "a@b.c"), Err(WeakPassword::Common), "{common}");
    }
}

async fn verify(passwords: &Passwords, password: &str, hash: Option<&str>) -> bool {
    let turn = passwords.turn().await.expect("a turn");
    turn.verify(password.to_owned(), hash.map(str::to_owned)).await.expect("verifies").0
}

#[tokio::test]
async fn verifies_what_it_hashed_and_nothing_else() {
    let passwords = Passwords::new();
    let turn = passwords.turn().await.expect("a turn");
    let hash = turn.hash("correct horse battery".into()).await.expect("hashes");
    assert!(verify(&passwords, "correct horse battery", Some(&hash)).await);
    assert!(!verify(&passwords, "correct horse batterx", Some(&hash)).await);
    assert!(!verify(&passwords, "correct horse battery", Some("no hash")).await);
    assert!(!verify(&passwords, "correct horse battery", None).await);
}

#[tokio::test]
async fn an_accent_is_the_same_however_it_is_written() {
    let passwords = Passwords::new();
    let (composed, decomposed) = ("caf\u{e9} con leche", "cafe\u{301} con leche");
    let turn = passwords.turn().await.expect("a turn");
    let hash = turn.hash(decomposed.into()).await.expect("hashes");
    assert!(verify(&passwords, composed, Some(&hash)).await);
    assert!(verify(&passwords, decomposed, Some(&hash)).await);
    assert!(!verify(&passwords, "cafe con leche", Some(&hash)).await);
}

/// The mechanism behind equal times: an unknown account is verified against a hash that costs exactly
/// what everybody's does.
#[tokio::test]
async fn nobody_costs_what_everybody_costs() {
    let turn = Passwords::new().turn().await.expect("a turn");
    let anyone = turn.hash("correct horse battery".into()).await.expect("hashes");
    let parts = |hash: &str| hash.split('$').map(str::to_owned).collect::<Vec<_>>();
    let (anyone, nobody) = (parts(&anyone), parts(NOBODY));
    assert_eq!(anyone[..4], ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
    assert_eq!(anyone[..4], nobody[..4]);
    assert_eq!([anyone[4].len(), anyone[5].len()], [nobody[4].len(), nobody[5].len()], "salt and output");
    assert!(PasswordHash::new(NOBODY).is_ok(), "what can't be read would be refused at once");
}

#[tokio::test]
async fn a_turn_lasts_as_long_as_its_work_even_if_nobody_waits_for_it_any_more() {
    let passwords = Passwords::with_turns(1);
    let turn = passwords.turn().await.expect("a turn");
    let (finish, finished) = mpsc::channel::<()>();
    let mut asked = Box::pin(turn.run(move || finished.recv()));
    // The work is under way, and the client hangs up.
    assert!(futures_are_pending(&mut asked).await);
    drop(asked);
    assert_eq!(passwords.turns.available_permits(), 0, "the hash still runs");
    drop(finish);
    passwords.turn().await.expect("the next turn, now that it is done");
}

async fn futures_are_pending<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
    })
    .await
}

#[tokio::test]
async fn a_flood_is_turned_away_at_the_door() {
    let passwords = Passwords::with_turns(1);
    let first = passwords.turn().await.expect("a turn");
    let mut waiting: Vec<_> = (0..MAX_WAITING).map(|_| Box::pin(passwords.turn())).collect();
    for one in &mut waiting {
        assert!(futures_are_pending(one).await);
    }
    assert!(passwords.turn().await.is_err(), "one more than may wait");
    drop(first);
    assert!(waiting.remove(0).await.is_ok(), "those who wait get their turn");
}
