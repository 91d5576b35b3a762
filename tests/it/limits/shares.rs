//! Connections to the database: one tenant's waiting requests leave room for the others'.

use std::time::Instant;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::json;
use tokio::task::JoinSet;

use crate::app::TestApp;

/// Several times the connections there are.
const WAITING: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_much_at_once_holds_up_nobody_else() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let (shop, other) = (ann.project("shop").await, bob.project("other").await);

    let mut locker = AsyncPgConnection::establish(&app.database_url).await.expect("connects");
    let lock = format!("begin; select from projects where id = '{}' for update", shop.id);
    locker.batch_execute(&lock).await.expect("locks");
    let mut waiting = JoinSet::new();
    for n in 0..WAITING {
        let shop = shop.clone();
        waiting.spawn(async move {
            let name = json!({"name": format!("shop {n}")});
            shop.owner.patch(&shop.path(""), &name).await.status()
        });
    }
    // They are refused in turn, and all the while the other tenant is served.
    let (mut refused, mut served, mut longest) = (0, 0, std::time::Duration::ZERO);
    while refused < WAITING {
        let asked = Instant::now();
        bob.get(&other.path("/events")).await.expect_status(200).await;
        other.ingest(&crate::app::event("beside")).await;
        longest = longest.max(asked.elapsed());
        served += 1;
        while let Some(status) = waiting.try_join_next() {
            // Cut off as too slow, or told that it is not their turn.
            assert!(matches!(status.expect("is answered").as_u16(), 422 | 503));
            refused += 1;
        }
    }
    println!(
        "{refused} waited in vain; meanwhile {served} rounds of another tenant, the longest {longest:.0?}"
    );
    assert!(served > 3, "{served}");
    locker.batch_execute("rollback").await.expect("unlocks");
    ann.get(&shop.path("")).await.expect_status(200).await;
}
