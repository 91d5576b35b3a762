//! As much of the protocol of Postgres (version 3.0) as it takes to see whether a server answers,
//! and to make a database. The real drivers belong to others; this file needs none of them.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::EmbeddedError;

/// How long the server may take for one answer. Making a database copies a few MiB.
const PATIENCE: Duration = Duration::from_secs(60);

/// Creates `database` unless it exists.
pub(super) fn create_database(socket_dir: &Path, database: &str) -> Result<(), EmbeddedError> {
    let mut session = Session::open(socket_dir)?;
    let known = session
        .query(&format!("select 1 from pg_database where datname = '{}'", database.replace('\'', "''")))?;
    if known == 0 {
        session.query(&format!("create database \"{}\"", database.replace('"', "\"\"")))?;
    }
    Ok(())
}

struct Session {
    stream: UnixStream,
}

impl Session {
    /// Connects as `postgres` to the database `postgres`.
    fn open(socket_dir: &Path) -> Result<Self, EmbeddedError> {
        let stream = UnixStream::connect(socket_dir.join(".s.PGSQL.5432")).map_err(answer)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(answer)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(answer)?;
        let mut session = Self { stream };
        session.stream.write_all(&start_up()).map_err(answer)?;
        session.until_ready()?;
        Ok(session)
    }

    /// Runs one statement and returns how many rows came back.
    fn query(&mut self, statement: &str) -> Result<usize, EmbeddedError> {
        let mut body = statement.as_bytes().to_vec();
        body.push(0);
        let mut message = vec![b'Q'];
        message.extend(framed(&body));
        self.stream.write_all(&message).map_err(answer)?;
        self.until_ready()
    }

    /// Reads messages up to ReadyForQuery; the first error wins.
    fn until_ready(&mut self) -> Result<usize, EmbeddedError> {
        let mut rows = 0;
        let mut failure = None;
        loop {
            let (kind, body) = self.message()?;
            match kind {
                b'D' => rows += 1,
                b'E' => {
                    let text = error_text(&body);
                    // A fatal error is the last message: the server hangs up after it.
                    if text.starts_with("FATAL") {
                        return Err(EmbeddedError::Answer(text));
                    }
                    failure.get_or_insert(text);
                }
                // Authentication: 0 is "you are in", all else asks for what we never set up.
                b'R' if body != [0, 0, 0, 0] => {
                    return Err(EmbeddedError::Answer("it asks for a password".to_owned()));
                }
                b'Z' => break,
                _ => {}
            }
        }
        failure.map_or(Ok(rows), |text| Err(EmbeddedError::Answer(text)))
    }

    fn message(&mut self) -> Result<(u8, Vec<u8>), EmbeddedError> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).map_err(answer)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length);
        // Our own server sends nothing large; a wild length is not worth its memory.
        let body_length = usize::try_from(length)
            .ok()
            .and_then(|length| length.checked_sub(4))
            .filter(|length| *length <= 1 << 20)
            .ok_or_else(|| EmbeddedError::Answer(format!("a message of {length} bytes")))?;
        let mut body = vec![0; body_length];
        self.stream.read_exact(&mut body).map_err(answer)?;
        Ok((kind, body))
    }
}

fn start_up() -> Vec<u8> {
    let mut body = 196_608_u32.to_be_bytes().to_vec();
    body.extend(b"user\0postgres\0database\0postgres\0\0");
    framed(&body)
}

/// The length, which counts itself, and the body.
fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let mut message = length.to_be_bytes().to_vec();
    message.extend(body);
    message
}

/// "severity: message" out of the fields of an ErrorResponse: each a letter and a text that ends
/// with a zero byte.
fn error_text(body: &[u8]) -> String {
    let field = |letter: u8| {
        body.split(|&byte| byte == 0)
            .find(|field| field.first() == Some(&letter))
            .map(|field| String::from_utf8_lossy(&field[1..]).into_owned())
            .unwrap_or_default()
    };
    format!("{}: {}", field(b'S'), field(b'M'))
}

fn answer(error: std::io::Error) -> EmbeddedError {
    EmbeddedError::Answer(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_up_message_counts_its_own_length() {
        let message = start_up();
        let (length, body) = message.split_at(4);
        assert_eq!(length, u32::try_from(message.len()).unwrap().to_be_bytes());
        assert_eq!(&body[..4], [0, 3, 0, 0]);
        assert!(body.ends_with(b"database\0postgres\0\0"));
    }

    #[test]
    fn an_error_is_read_by_its_fields() {
        let body = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
        assert_eq!(error_text(body), "FATAL: the database system is starting up");
        assert_eq!(error_text(b""), ": ");
    }
}
