//! The OpenAPI snapshot is what the code says.

#[test]
fn the_snapshot_is_fresh() {
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/api/openapi.json"))
        .expect("a snapshot");
    assert!(kept == pulseboard_api::openapi::snapshot(), "api/openapi.json is stale: run `make generate`");
}

#[test]
fn every_operation_says_what_it_does_and_who_may() {
    let document: serde_json::Value =
        serde_json::from_str(&pulseboard_api::openapi::snapshot()).expect("JSON");
    let public = [
        "/api/auth/config",
        "/api/auth/register",
        "/api/auth/login",
        "/api/auth/refresh",
        "/api/auth/logout",
        "/api/invitations/{token}",
        "/api/version",
        "/healthz",
        "/readyz",
    ];
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let described = operation["summary"].as_str().or(operation["description"].as_str());
            assert!(described.is_some_and(|text| text.len() > 10), "{method} {path} has no description");
            let guarded = operation["security"].as_array().is_some_and(|security| !security.is_empty());
            assert!(guarded || public.contains(&path.as_str()), "{method} {path} does not say who may");
        }
    }
}
