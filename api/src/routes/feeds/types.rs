//! The types of feeds there are: forms and docs are made from this.

use actix_web::web;
use pulseboard_feeds::{FeedType, all};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::body::Page;
use crate::error::ApiError;
use crate::extract::SignedIn;
use crate::state::{App, State};

/// How data comes in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FeedWay {
    /// We ask, once per interval.
    Polls,
    /// Others send.
    Receives,
}

#[derive(Serialize, ToSchema)]
pub struct FeedTypeOut {
    #[serde(rename = "type")]
    #[schema(example = "http_json")]
    name: &'static str,
    title: &'static str,
    description: &'static str,
    way: FeedWay,
    available: bool,
    /// Why it can't be used in this installation.
    unavailable_because: Option<String>,
    /// JSON Schema (2020-12) of its config. `writeOnly` values are secrets.
    #[schema(value_type = HashMap<String, Value>)]
    schema: Value,
    /// A config that it takes.
    #[schema(value_type = HashMap<String, Value>)]
    example: Value,
    /// A payload as it brings them: any JSON.
    #[schema(value_type = Value)]
    payload: Value,
}

impl FeedTypeOut {
    fn new(app: &State, kind: &FeedType) -> Self {
        let unavailable = app.feeds.surroundings.unavailable(kind);
        Self {
            name: kind.name,
            title: kind.title,
            description: kind.description,
            way: match kind.way {
                pulseboard_feeds::Way::Polls => FeedWay::Polls,
                pulseboard_feeds::Way::Receives => FeedWay::Receives,
            },
            available: unavailable.is_none(),
            unavailable_because: unavailable,
            schema: app.feeds.surroundings.schema(kind),
            example: (kind.example)(),
            payload: (kind.payload)(),
        }
    }
}

/// The types of feeds, each with the schema of its config.
#[utoipa::path(get, path = "/api/feeds/types", tag = "feeds", responses((status = 200, body = Page<FeedTypeOut>)),
    operation_id = "types", security(("session" = [])))]
pub async fn types(app: App, _who: SignedIn) -> Result<web::Json<Page<FeedTypeOut>>, ApiError> {
    Ok(web::Json(Page::whole(all().iter().map(|kind| FeedTypeOut::new(&app, kind)).collect())))
}
