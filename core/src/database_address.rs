//! Where a database is, for people: its address without user and password.

/// Host and port of a database's address, or the directory of its socket. Never shows a password, also
/// where the address is malformed: whatever stands before the last `@` is left out.
pub fn place(url: &str) -> String {
    let Some((_, rest)) = url.split_once("://") else { return place_of_words(url) };
    let rest = rest.rsplit_once('@').map_or(rest, |(_, after)| after);
    let (authority, query) = match rest.split_once('?') {
        Some((before, query)) => (before, query),
        None => (rest, ""),
    };
    let authority = authority.split('/').next().unwrap_or_default();
    let host = decoded(authority);
    if !host.is_empty() {
        return named(&host);
    }
    let host = query.split('&').find_map(|pair| pair.strip_prefix("host="));
    named(&decoded(host.unwrap_or_default()))
}

/// The other form: `host=db port=5432 user=…`.
fn place_of_words(text: &str) -> String {
    let word = |name: &str| text.split_whitespace().find_map(|word| word.strip_prefix(name));
    let host = word("host=").or_else(|| word("hostaddr=")).unwrap_or_default();
    match word("port=") {
        Some(port) if !host.is_empty() => format!("{host}:{port}"),
        _ => named(host),
    }
}

fn named(host: &str) -> String {
    // Without a host, Postgres is on this machine.
    if host.is_empty() { "this machine".to_owned() } else { host.to_owned() }
}

/// Without percent-encoding, in which the directory of a socket is a host.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let digits = others.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let escaped = digits.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = &others[if escaped.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told_and_the_password_is_not() {
        for (url, expected) in [
            ("postgres://ann:hunter2@db.example.com:5433/pulse", "db.example.com:5433"),
            ("postgresql://db/pulse", "db"),
            ("postgres://ann@[::1]:5432/pulse", "[::1]:5432"),
            ("postgres://postgres@%2Fsrv%2Fmy%20data%2Frun/pulse", "/srv/my data/run"),
            ("postgres:///pulse?host=/run/postgresql&user=ann", "/run/postgresql"),
            ("postgres:///pulse", "this machine"),
            ("host=db port=5433 user=ann password=hunter2", "db:5433"),
            ("user=ann password=hunter2", "this machine"),
            ("postgres://ann:hun@ter/2?x@db:1/pulse", "db:1"),
            ("postgres://%zz:hunter2@%2", "%2"),
        ] {
            assert_eq!(place(url), expected, "{url}");
        }
    }
}
