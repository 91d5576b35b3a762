//! The price of a coin, as Binance and those who copied its interface answer it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{interval, nothing, read};
use crate::{ConfigProblem, FeedError, FeedType, Given, Sample, Surroundings, Way, web_json};

pub(super) const TYPE: FeedType = FeedType {
    name: "crypto_price",
    title: "Crypto price",
    description: "The price of a trading pair from Binance, or from an API that answers in the same form.",
    way: Way::Polls,
    schema,
    example: || json!({"symbol": "BTCUSDT", "interval_sec": 10}),
    payload: || json!({"symbol": "BTCUSDT", "price": 69000.12}),
    time: Duration::from_secs(15),
    needs: nothing,
    also: check,
    sample: |given| Box::pin(sample(given)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    symbol: String,
    api_url: String,
    #[serde(rename = "interval_sec")]
    _interval: u64,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["symbol"],
        "additionalProperties": false,
        "properties": {
            "symbol": {
                "type": "string", "title": "Symbol", "minLength": 1, "maxLength": 30,
                "description": "The trading pair, such as BTCUSDT. Sent in capitals.",
                "examples": ["BTCUSDT", "ETHEUR"],
            },
            "interval_sec": interval(1, 10),
            "api_url": {
                "type": "string", "format": "uri", "title": "API address", "minLength": 1, "maxLength": 2000,
                "description": "Asked with ?symbol=… added. It answers {\"symbol\": \"BTCUSDT\", \"price\": \
                    \"69000.12\"}, or a list of such.",
                "default": "https://api.binance.com/api/v3/ticker/price",
                "examples": ["https://api.binance.com/api/v3/ticker/price"],
            },
        },
    })
}

fn check(config: &Value, _: &Surroundings) -> Vec<ConfigProblem> {
    let symbol = config["symbol"].as_str().unwrap_or_default();
    let is_one = symbol.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let problem = ConfigProblem::new("symbol", "must be letters, digits, and - _ . between them: BTCUSDT");
    if is_one { Vec::new() } else { vec![problem] }
}

async fn sample(given: Given) -> Result<Sample, FeedError> {
    let config: Config = read(given.config)?;
    let symbol = config.symbol.to_ascii_uppercase();
    let mut url = Url::parse(&config.api_url)
        .map_err(|_| FeedError::new("invalid_url", "The API address is not a complete one.").of("api_url"))?;
    url.query_pairs_mut().append_pair("symbol", &symbol);
    let answer = web_json::get(&given.surroundings, "api_url", url.as_str(), &BTreeMap::new()).await;
    let answer = answer.map_err(|error| match error.raw.as_ref().and_then(|raw| raw.get("code")) {
        // Binance's code for a pair that it does not know.
        Some(code) if *code == -1121 => {
            let message = format!("The API knows no symbol {symbol}.");
            FeedError { code: "unknown_symbol", message, field: Some("symbol".to_owned()), raw: error.raw }
        }
        _ => error,
    })?;
    match price(&answer, &symbol) {
        Ok(price) => {
            Ok(Sample { payloads: vec![json!({"symbol": symbol, "price": price})], raw: Some(answer) })
        }
        Err(message) => Err(FeedError::new("unexpected_answer", message).of("api_url").with_raw(answer)),
    }
}

/// The price in an answer, or what is wrong with it.
fn price(answer: &Value, symbol: &str) -> Result<Value, String> {
    let ticker = match answer {
        Value::Array(tickers) => tickers
            .iter()
            .find(|ticker| ticker["symbol"] == symbol)
            .ok_or_else(|| format!("The answer is a list in which no entry has the symbol {symbol}."))?,
        single => single,
    };
    let expected = format!("Expected is {{\"symbol\": \"{symbol}\", \"price\": \"69000.12\"}}");
    let told = match ticker.get("symbol").and_then(Value::as_str) {
        Some(other) if other != symbol => return Err(format!("{expected}, and the symbol is another one.")),
        _ => ticker.get("price"),
    };
    match told {
        Some(Value::Number(_)) => Ok(told.cloned().unwrap_or_default()),
        Some(Value::String(text)) => {
            web_json::number_in(text).ok_or_else(|| format!("{expected}, and the price is no number."))
        }
        Some(_) => Err(format!("{expected}, and the price is no number.")),
        None => Err(format!("{expected}, and there is no price in the answer.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::{Place, sampled};

    #[tokio::test]
    async fn the_symbol_is_asked_for() {
        let place = Place::telling(json!({"symbol": "BTCUSDT", "price": "69000.12000000"})).await;
        let config = json!({"symbol": "btcusdt", "api_url": place.url("/ticker?x=1")});
        let sample = sampled("crypto_price", config).await.expect("sampled");
        assert_eq!(sample.payloads, [json!({"symbol": "BTCUSDT", "price": 69000.12})]);
        let heard = place.heard();
        assert!(heard[0].starts_with("GET /ticker?x=1&symbol=BTCUSDT HTTP/1.1"), "{}", heard[0]);
    }

    #[tokio::test]
    async fn an_unknown_symbol_is_said_to_be_one() {
        let body = json!({"code": -1121, "msg": "Invalid symbol."}).to_string();
        let place = Place::saying("400 Bad Request", "", body).await;
        let config = json!({"symbol": "NOPE", "api_url": place.url("/")});
        let error = sampled("crypto_price", config.clone()).await.expect_err("unknown");
        assert_eq!((error.code, error.field.as_deref()), ("unknown_symbol", Some("symbol")));
        let place = Place::telling(json!({"bitcoin": {"usd": 69000}})).await;
        let config = json!({"symbol": "BTCUSDT", "api_url": place.url("/")});
        let error = sampled("crypto_price", config).await.expect_err("another form");
        assert!(error.message.starts_with("Expected is {\"symbol\": \"BTCUSDT\""), "{}", error.message);
        assert_eq!((error.field.as_deref(), error.raw.is_some()), (Some("api_url"), true));
    }

    #[test]
    fn symbols_are_plain() {
        let surroundings = crate::surroundings::tests::surroundings();
        for (symbol, is_one) in
            [("BTCUSDT", true), ("btc-usd", true), ("BTC/USD", false), ("B&x=1", false), ("é", false)]
        {
            assert_eq!(check(&json!({"symbol": symbol}), &surroundings).is_empty(), is_one, "{symbol}");
        }
    }

    #[test]
    fn a_price_is_found_or_it_is_said_what_is_missing() {
        for (answer, expected) in [
            (json!({"symbol": "BTCUSDT", "price": "69000.12000000"}), Ok(json!(69000.12))),
            (json!({"symbol": "BTCUSDT", "price": 69000}), Ok(json!(69000))),
            (json!({"price": "1"}), Ok(json!(1))),
            (json!([{"symbol": "A", "price": "1"}, {"symbol": "BTCUSDT", "price": "2"}]), Ok(json!(2))),
            (json!([{"symbol": "A", "price": "1"}]), Err("no entry has the symbol BTCUSDT")),
            (json!({"symbol": "A", "price": "1"}), Err("the symbol is another one")),
            (json!({"symbol": "BTCUSDT", "price": "NaN"}), Err("the price is no number")),
            (json!({"symbol": "BTCUSDT", "price": null}), Err("the price is no number")),
            (json!({"bitcoin": {"usd": 1}}), Err("there is no price in the answer")),
            (json!(5), Err("there is no price in the answer")),
        ] {
            match (price(&answer, "BTCUSDT"), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{answer}"),
                (Err(message), Err(part)) => assert!(message.contains(part), "{answer}: {message}"),
                (found, _) => panic!("{answer}: {found:?}"),
            }
        }
    }
}
