//! Frames as bytes: made once per batch and filter, then shared by every connection.
//!
//! A server's WebSocket frames are not masked, so that one piece of bytes, header included, serves all
//! sockets; SSE has a text of its own around the same JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::{BufMut, Bytes, BytesMut};
use pulseboard_core::ids::ProjectId;
use pulseboard_core::live::Cursor;
use pulseboard_wire::Kind;
use pulseboard_wire::live::{Frame, LiveFilter};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Socket,
    Sse,
}

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PONG: u8 = 0xA;

/// A comment, so that proxies do not take the line for dead.
pub const SSE_KEEP_ALIVE: Bytes = Bytes::from_static(b":\n\n");

/// An unfragmented WebSocket frame (RFC 6455, 5.2).
fn socket_frame(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(0x80 | opcode);
    match payload.len() {
        length @ 0..126 => frame.put_u8(length as u8),
        length @ 126..=0xFFFF => {
            frame.put_u8(126);
            frame.put_u16(length as u16);
        }
        length => {
            frame.put_u8(127);
            frame.put_u64(length as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}

/// A frame of a socket that carries text.
pub fn text(json: &[u8]) -> Bytes {
    socket_frame(TEXT, json)
}

/// An SSE event; a cursor becomes its id.
fn sse_event(event: &str, id: Option<&str>, json: &[u8]) -> Bytes {
    let mut text = BytesMut::with_capacity(json.len() + 64);
    text.put_slice(format!("event: {event}\n").as_bytes());
    if let Some(id) = id {
        text.put_slice(format!("id: {id}\n").as_bytes());
    }
    text.put_slice(b"data: ");
    // Line breaks can only be white space between tokens, where a client's payload had them.
    text.extend(json.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
    text.put_slice(b"\n\n");
    text.freeze()
}

fn encode(format: Format, frame: &Frame<'_>) -> Bytes {
    // Strings, numbers and JSON: this can't fail.
    let json = serde_json::to_vec(frame).unwrap_or_default();
    match (format, frame) {
        (Format::Socket, _) => socket_frame(TEXT, &json),
        (Format::Sse, Frame::Ready { cursor, .. }) => sse_event("ready", Some(cursor), &json),
        (Format::Sse, Frame::Events { cursor, .. }) => sse_event("events", Some(cursor), &json),
        (Format::Sse, Frame::Gap { cursor, .. }) => sse_event("gap", Some(cursor), &json),
        (Format::Sse, Frame::Ping) => SSE_KEEP_ALIVE,
    }
}

/// The first frame.
pub fn ready(format: Format, project: ProjectId, cursor: Cursor) -> Bytes {
    encode(format, &Frame::Ready { project_id: project.0, cursor: &cursor.to_string() })
}

/// Events were skipped.
pub fn gap(format: Format, missed: u64, cursor: Cursor) -> Bytes {
    encode(format, &Frame::Gap { missed, cursor: &cursor.to_string() })
}

/// More was missed while the client was away than is replayed.
pub fn too_long_away(format: Format, missed: u64, cursor: Cursor) -> Bytes {
    match format {
        Format::Socket => gap(format, missed, cursor),
        Format::Sse => {
            let cursor = cursor.to_string();
            let json = format!(r#"{{"type":"reset","missed":{missed},"cursor":"{cursor}"}}"#);
            sse_event("reset", Some(&cursor), json.as_bytes())
        }
    }
}

/// Asks for a sign of life.
pub fn ping(format: Format) -> Bytes {
    encode(format, &Frame::Ping)
}

/// Answers a WebSocket ping.
pub fn pong(payload: &[u8]) -> Bytes {
    socket_frame(PONG, &payload[..payload.len().min(125)])
}

/// The last frame; without a code, the answer to a close frame that had none.
pub fn close(format: Format, code: Option<u16>, reason: &str) -> Bytes {
    match format {
        Format::Socket => {
            let mut payload = Vec::new();
            if let Some(code) = code {
                payload.extend_from_slice(&code.to_be_bytes());
                payload.extend_from_slice(reason.as_bytes());
            }
            socket_frame(CLOSE, &payload)
        }
        Format::Sse => {
            let json = format!(r#"{{"type":"close","code":{},"reason":"{reason}"}}"#, code.unwrap_or(1000));
            sse_event("close", None, json.as_bytes())
        }
    }
}

/// Whether an event passes; everything passes no filter.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

fn passes(filter: &LiveFilter, head: &Option<Head<'_>>) -> bool {
    let Some(head) = head else { return false };
    filter.kind.is_none_or(|kind| kind == head.kind)
        && filter.name.as_ref().is_none_or(|name| *name == head.name)
}

/// A frame and how many events are in it.
#[derive(Clone, Debug)]
pub struct Framed {
    pub bytes: Bytes,
    pub events: u64,
}

/// Some events in commit order on their way to many connections.
pub struct Delivery<'a> {
    events: &'a [Box<RawValue>],
    pub cursor: Cursor,
    cursor_text: String,
    /// What filters look at; read when the first filter asks.
    heads: Option<Vec<Option<Head<'a>>>>,
    unfiltered: [Option<Framed>; 2],
    filtered: [HashMap<LiveFilter, Option<Framed>>; 2],
}

impl<'a> Delivery<'a> {
    /// `cursor` stands after the last of the events.
    pub fn new(events: &'a [Box<RawValue>], cursor: Cursor) -> Self {
        let cursor_text = cursor.to_string();
        let (unfiltered, filtered) = Default::default();
        Self { events, cursor, cursor_text, heads: None, unfiltered, filtered }
    }

    /// The frame for a connection; nothing if none of the events passes its filter.
    pub fn frame(&mut self, format: Format, filter: Option<&LiveFilter>) -> Option<Framed> {
        let slot = format as usize;
        let Some(filter) = filter else {
            if self.unfiltered[slot].is_none() {
                self.unfiltered[slot] =
                    self.assemble(format, self.events.iter().map(AsRef::as_ref).collect());
            }
            return self.unfiltered[slot].clone();
        };
        if let Some(framed) = self.filtered[slot].get(filter) {
            return framed.clone();
        }
        let events = self.events;
        let heads = self.heads.get_or_insert_with(|| {
            events.iter().map(|event| serde_json::from_str(event.get()).ok()).collect()
        });
        let passing = events.iter().zip(heads.iter()).filter(|(_, head)| passes(filter, head));
        let passing = passing.map(|(event, _)| event.as_ref()).collect();
        let framed = self.assemble(format, passing);
        self.filtered[slot].insert(filter.clone(), framed.clone());
        framed
    }

    fn assemble(&self, format: Format, events: Vec<&RawValue>) -> Option<Framed> {
        let count = events.len() as u64;
        let frame = Frame::Events { events, cursor: &self.cursor_text };
        (count > 0).then(|| Framed { bytes: encode(format, &frame), events: count })
    }
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
