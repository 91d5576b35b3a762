//! Sockets and streams: who may open one by ticket, and whose events arrive there.

use serde_json::json;

use super::callers::{Worth, callers};
use super::cells::{Expected, ask, table};
use super::world::{Side, World, marked_event};
use crate::app::User;
use crate::live::client::{Socket, Sse, ticket};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_opens_what_its_person_may_see_and_nothing_else() {
    let world = World::new().await;
    let mut asked = 0;
    for (operation, cells) in table().iter().filter(|(operation, _)| operation.takes_ticket) {
        for caller in callers(&world).await.iter().filter(|caller| matches!(caller.worth, Worth::Session(_)))
        {
            for cell in cells {
                let person: &User = caller.person.as_ref().expect("a person");
                let path = format!("{}?ticket={}", cell.path(&world, operation, None), ticket(person).await);
                let answer = ask(operation, &world.app.anyone(), &path, None, asked).await;
                let fits = match cell.expected(operation, caller) {
                    Expected::Granted => matches!(answer.status, 101 | 200),
                    Expected::Refused(status) => answer.status == status,
                    Expected::Open => false,
                };
                assert!(fits, "{operation} with {cell:?} by a ticket of {}: {}", caller.name, answer.status);
                asked += 1;
            }
        }
    }
    eprintln!("tickets: {asked} cells");
    assert!(asked >= 40, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_carry_nothing_of_another_tenant_whatever_they_are_asked_for() {
    let world = World::new().await;
    let (ann, eve) = (&world.ann, &world.eve);
    let since = &ann.cursors[1];
    // Both tenants send an event of this name.
    let shared = "the same name";
    let mut sockets = vec![
        Socket::open(&eve.shop, "").await,
        Socket::open(&eve.shop, &format!("&since={since}")).await,
        Socket::open(&eve.shop, &format!("&name={}", shared.replace(' ', "%20"))).await,
        Socket::open(&eve.shop, "&since=0-0").await,
    ];
    let filter = json!({"type": "filter", "filter": {"name": shared}});
    sockets[1].send(&filter.to_string()).await;
    sockets[1].pong_round_trip().await;
    let mut streams =
        vec![Sse::open(&eve.shop, "", Some(since)).await, Sse::open(&eve.shop, "&since=0-0", None).await];
    let send = async |of: &super::world::Tenant| {
        let mut event = marked_event(&of.mark, "");
        event["name"] = json!(shared);
        of.shop.ingest(&event).await;
    };
    for _ in 0..20 {
        send(ann).await;
    }
    send(eve).await;
    let mut frames = 0;
    let mut look_at = |text: &str| -> bool {
        frames += 1;
        assert_eq!(world.leaks(Side::Ann, text, since), Vec::<&str>::new(), "{text}");
        text.contains(shared) && text.contains(&eve.mark)
    };
    for socket in &mut sockets {
        while !look_at(&socket.frame().await.to_string()) {}
    }
    for stream in &mut streams {
        while !look_at(&format!("{:?}", stream.event().await)) {}
    }
    eprintln!("streams: {frames} frames, leaks 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_a_foreign_id_is_an_event_of_ones_own() {
    let world = World::new().await;
    let (ann, eve) = (&world.ann, &world.eve);
    let (id, path) = (&ann.there["event"], ann.shop.path(&format!("/events/{}", ann.there["event"])));
    let before = ann.admin.get(&path).await.expect_status(200).await;
    let event = json!({"type": "event", "name": "mine", "id": id, "timestamp": before["timestamp"]});
    let answer = eve.shop.ingest(&event).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(1), &json!(0)), "{answer}");
    let own = eve.admin.get(&eve.shop.path(&format!("/events/{id}"))).await.expect_status(200).await;
    assert_eq!(own["name"], "mine");
    assert_eq!(ann.admin.get(&path).await.expect_status(200).await, before);
}
