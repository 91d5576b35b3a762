//! The limit that `make bench` holds the product against: the same framework, the same body taken apart
//! and judged by the same functions, answered 202, and nothing stored.
//!
//! It is an example of this crate because this is the only crate that knows actix.

use actix_web::{App, HttpResponse, HttpServer, web};
use pulseboard_core::ingest::{self, Door, Format, MAX_BODY};
use pulseboard_wire::IngestAnswer;

async fn answer(body: web::Bytes) -> HttpResponse {
    let door = Door { now: pulseboard_core::now(), sent_at: None, retention_days: 30 };
    let Ok(parsed) = ingest::parse_body(&body, Format::Json) else {
        return HttpResponse::BadRequest().finish();
    };
    let events: Vec<_> =
        parsed.items.iter().filter_map(|item| ingest::normalise(*item, &door).ok()).collect();
    let id = events.first().filter(|_| parsed.single).map(|event| event.id);
    HttpResponse::Accepted().json(IngestAnswer {
        accepted: events.len(),
        duplicates: 0,
        rejected: Vec::new(),
        id,
    })
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let server = HttpServer::new(|| {
        App::new().app_data(web::PayloadConfig::new(MAX_BODY)).route("/api/ingest", web::post().to(answer))
    })
    .bind("127.0.0.1:0")?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    server.run().await
}
