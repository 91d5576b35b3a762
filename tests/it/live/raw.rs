//! A WebSocket client that sends whatever bytes it likes (RFC 6455, 5.2) and reads what comes back.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::client::ticket;
use crate::app::{PATIENCE, Project};

pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xA;
/// The last fragment of a message, or a message of one.
pub const FIN: u8 = 0x80;

/// One frame as a good client would send it; `first` is the whole first byte: flags and opcode.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
    let mut frame = announce(first, 0x80, payload.len() as u64);
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// The same without a mask, which only servers may send.
pub fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    [announce(first, 0, payload.len() as u64), payload.to_vec()].concat()
}

/// The head of a frame up to its length, in the fewest bytes.
pub fn announce(first: u8, masked: u8, length: u64) -> Vec<u8> {
    match length {
        0..126 => vec![first, masked | length as u8],
        126..=0xFFFF => [&[first, masked | 126][..], &(length as u16).to_be_bytes()].concat(),
        _ => [&[first, masked | 127][..], &length.to_be_bytes()].concat(),
    }
}

/// A close frame with a code and a reason.
pub fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes()[..], reason].concat())
}

/// A message in fragments of these payloads.
pub fn fragments(opcode: u8, parts: &[&[u8]]) -> Vec<u8> {
    let last = parts.len() - 1;
    let one = |(n, part): (usize, &&[u8])| {
        let opcode = if n == 0 { opcode } else { CONTINUATION };
        frame(if n == last { FIN | opcode } else { opcode }, part)
    };
    parts.iter().enumerate().flat_map(one).collect()
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// With a close frame, and the code in it if there was one.
    Closed(Option<u16>),
    Abruptly,
}

pub struct RawSocket {
    stream: TcpStream,
    read: Vec<u8>,
}

impl RawSocket {
    /// Connects, shakes hands and waits for `ready`.
    pub async fn open(project: &Project) -> Self {
        let (mut socket, head) = Self::shake_hands(project, HANDSHAKE).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        // The answer to RFC 6455's own example of a key.
        assert!(head.to_lowercase().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
        let (first, ready) = socket.next().await.expect("a frame");
        assert_eq!(first, FIN | TEXT);
        assert!(String::from_utf8_lossy(&ready).contains("\"ready\""));
        socket
    }

    /// Sends the head of a request with these lines; returns the head of the answer.
    pub async fn shake_hands(project: &Project, lines: &str) -> (Self, String) {
        let ticket = ticket(&project.owner).await;
        let address = project.owner.base.replace("http://", "");
        let stream = TcpStream::connect(&address).await.expect("connects");
        stream.set_nodelay(true).expect("sets");
        let mut socket = Self { stream, read: Vec::new() };
        let head = format!(
            "GET /api/realtime/{}?ticket={ticket} HTTP/1.1\r\nHost: {address}\r\n{lines}\r\n",
            project.id
        );
        socket.send(head.as_bytes()).await;
        let end = loop {
            if let Some(at) = socket.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            assert!(socket.more().await, "no answer to the handshake");
        };
        let head = String::from_utf8(socket.read.drain(..end + 4).collect()).expect("text");
        (socket, head)
    }

    /// Reads more; `false` at the end.
    async fn more(&mut self) -> bool {
        self.read.reserve(16 * 1024);
        let reading = timeout(PATIENCE, self.stream.read_buf(&mut self.read));
        let read = reading.await.expect("something in time").unwrap_or(0);
        read > 0
    }

    /// Sends bytes; the server may have hung up by then.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("in time").is_ok()
    }

    /// The next frame: its first byte and its payload. Nothing at the end.
    pub async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((head, length)) = self.head() {
                let end = head + length;
                if self.read.len() >= end {
                    let frame: Vec<u8> = self.read.drain(..end).collect();
                    return Some((frame[0], frame[head..].to_vec()));
                }
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Length of the first frame's head and of its payload.
    fn head(&self) -> Option<(usize, usize)> {
        let (second, wide) = (*self.read.get(1)?, |range| self.read.get::<std::ops::Range<usize>>(range));
        assert_eq!(second & 0x80, 0, "a server does not mask");
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        match second {
            126 => Some((4, number(wide(2..4)?))),
            127 => Some((10, number(wide(2..10)?))),
            length => Some((2, length.into())),
        }
    }

    /// Sends a ping and waits until it has been answered in full: everything before it has been read.
    pub async fn is_answered(&mut self, payload: &[u8]) -> bool {
        self.send(&frame(FIN | PING, payload)).await;
        while let Some((first, answer)) = self.next().await {
            if first == FIN | PONG && answer == payload {
                return true;
            }
            if first == FIN | CLOSE {
                return false;
            }
        }
        false
    }

    /// The next text frame that is not our ping of JSON.
    pub async fn text(&mut self) -> String {
        loop {
            let (first, payload) = self.next().await.expect("a frame");
            let text = String::from_utf8_lossy(&payload).into_owned();
            if first == FIN | TEXT && text != r#"{"type":"ping"}"# {
                return text;
            }
        }
    }

    /// Reads to the end. After a close frame nothing may come but the end of the connection.
    pub async fn ended(&mut self) -> Ended {
        while let Some((first, payload)) = self.next().await {
            if first == FIN | CLOSE {
                assert!(payload.len() != 1 && payload.len() <= 125, "{payload:?}");
                let code = payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]));
                assert!(std::str::from_utf8(payload.get(2..).unwrap_or_default()).is_ok());
                assert_eq!(self.next().await, None, "nothing after a close frame");
                return Ended::Closed(code);
            }
        }
        Ended::Abruptly
    }
}

/// The example of RFC 6455, 1.2.
pub const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
