//! What others send: the feed has an address with a key, and every JSON that is posted there is a payload.

use std::time::Duration;

use serde_json::json;

use super::{no_more, nothing};
use crate::{FeedError, FeedType, Way};

pub(super) const TYPE: FeedType = FeedType {
    name: "webhook",
    title: "Webhook",
    description: "Receives: gives you an address with a key, and takes every JSON that is posted there.",
    way: Way::Receives,
    schema: || json!({"type": "object", "additionalProperties": false, "properties": {}}),
    example: || json!({}),
    payload: || json!({"temperature": 21.5, "humidity": 48, "door": "closed"}),
    time: Duration::from_secs(5),
    needs: nothing,
    also: no_more,
    sample: |_| {
        Box::pin(async {
            let message = "A webhook is not asked: post JSON to its address, such as the example.";
            Err(FeedError::new("receives", message))
        })
    },
};
