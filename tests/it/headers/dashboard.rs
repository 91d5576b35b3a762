//! The dashboard's pages and files, where it was built into the binary.

use reqwest::Method;

use crate::app::{Answer, TestApp};

/// A page or file, not decompressed.
async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = app.anyone().request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request).await
}

/// Names of built files, with their hash; nothing where the dashboard has not been built.
fn assets() -> Vec<String> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist/assets");
    let files = std::fs::read_dir(directory).into_iter().flatten().flatten();
    files.map(|file| format!("/assets/{}", file.file_name().to_string_lossy())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_may_load_only_what_is_ours_and_are_asked_for_again() {
    let app = TestApp::new().await;
    if assets().is_empty() {
        // A binary without a dashboard says so instead of pretending.
        let answer = get(&app, "/", &[]).await;
        assert_eq!(answer.status(), 404);
        assert!(answer.0.text().await.expect("a body").contains("make build"));
        return;
    }
    for path in ["/", "/some/page", "/p/shop/live", "/login?next=%2F"] {
        let answer = get(&app, path, &[]).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        let policy = answer.header("content-security-policy").expect("a policy").to_owned();
        for part in ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        let page = answer.0.text().await.expect("a page");
        assert!(page.to_lowercase().starts_with("<!doctype html>"), "{page}");
        // What the policy would refuse must not be there.
        assert!(!page.contains("style=") && !page.contains("<style") && !page.contains(" onload="), "{page}");
        for script in page.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            assert!(tag.contains("src=\"/"), "an inline script: {tag}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn built_files_are_kept_for_good_and_known_ones_are_not_sent_again() {
    let app = TestApp::new().await;
    let assets = assets();
    for path in assets.iter().filter(|path| !path.ends_with(".gz")) {
        let answer = get(&app, path, &[]).await;
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        let kind = answer.header("content-type").expect("a type").to_owned();
        assert_ne!(kind, "application/octet-stream", "{path}");
        assert!(answer.0.bytes().await.expect("a body").len() > 10, "{path}");
    }
    let pages = if assets.is_empty() { vec![] } else { vec!["/".to_owned(), "/favicon.svg".into()] };
    for path in pages.iter().chain(assets.iter().take(3)) {
        let tag = get(&app, path, &[]).await.header("etag").expect("a tag").to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            let answer = get(&app, path, &[("if-none-match", &known)]).await;
            assert_eq!(answer.status(), 304, "{path} with {known}");
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
            assert!(answer.header("cache-control").is_some());
            assert!(answer.0.bytes().await.expect("no body").is_empty());
        }
        assert_eq!(get(&app, path, &[("if-none-match", "\"other\"")]).await.status(), 200);
        let head = Answer::of(app.anyone().request(Method::HEAD, path)).await;
        assert_eq!((head.status().as_u16(), head.header("etag")), (200, Some(tag.as_str())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_files_are_sent_packed_to_whoever_can_unpack_them() {
    let app = TestApp::new().await;
    let assets = assets();
    let packed: Vec<_> = assets.iter().filter_map(|path| path.strip_suffix(".gz")).collect();
    for path in packed {
        let answer = get(&app, path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(answer.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(answer.header("vary").map(str::to_lowercase).as_deref(), Some("accept-encoding"));
        let small = answer.0.bytes().await.expect("a body");
        assert!(small.starts_with(&[0x1f, 0x8b]), "{path}");
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&small[..]), &mut unpacked)
            .expect("gzip");
        let plain = get(&app, path, &[("accept-encoding", "identity")]).await;
        assert_ne!(plain.header("content-encoding"), Some("gzip"));
        assert!(plain.0.bytes().await.expect("a body") == unpacked, "{path} is the same either way");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_outside_of_the_dashboard_can_not_be_asked_for() {
    let app = TestApp::new().await;
    for path in [
        "/../Cargo.toml",
        "/assets/../../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/assets/%2e%2e%2f%2e%2e%2fCargo.toml",
        "/..%5cCargo.toml",
        "//etc/passwd.txt",
        "/.env",
    ] {
        let answer = get(&app, path, &[]).await;
        assert_eq!(answer.status(), 404, "{path}");
    }
}
