//! Clients of live streams, as a browser would be one.

use futures_util::{SinkExt, Stream, StreamExt};
use serde_json::{Value, json};
use std::pin::Pin;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{self, Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::app::{PATIENCE, Project, User};

/// How a socket ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Closed {
    With(u16),
    Abruptly,
}

/// A fresh ticket.
pub async fn ticket(user: &User) -> String {
    let answer = user.post("/api/realtime/tickets", &json!({})).await.expect_status(201).await;
    assert_eq!(answer["expires_in"], 30);
    answer["ticket"].as_str().expect("a ticket").to_owned()
}

/// A text frame with any bytes.
pub fn raw_text(bytes: &'static [u8]) -> Message {
    Message::Frame(Frame::message(Bytes::from_static(bytes), OpCode::Data(Data::Text), true))
}

/// A connected socket; answers pings by itself.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Connects with a ticket and waits for `ready`; `query` begins with `&` or is empty.
    pub async fn open(project: &Project, query: &str) -> Self {
        let ticket = ticket(&project.owner).await;
        let path = format!("/api/realtime/{}?ticket={ticket}{query}", project.id);
        let mut socket = Self::open_at(&project.owner.base, &path, &[]).await.expect("the socket opens");
        let ready = socket.frame().await;
        assert_eq!((&ready["type"], &ready["project_id"]), (&json!("ready"), &json!(project.id)), "{ready}");
        socket
    }

    pub async fn open_at(
        base: &str,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> tungstenite::Result<Self> {
        let address = format!("{}{path}", base.replace("http://", "ws://"));
        let mut request = address.into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        let connecting = tokio_tungstenite::connect_async(request);
        let (stream, _) = timeout(PATIENCE, connecting).await.expect("answers in time")?;
        Ok(Self { stream })
    }

    /// Like [`Socket::open`], but the kernel takes in little for a reader that does not read.
    pub async fn open_narrow(project: &Project) -> Self {
        let path = format!("/api/realtime/{}?ticket={}", project.id, ticket(&project.owner).await);
        let mut socket = Self::open_narrow_at(&project.owner.base, &path).await;
        assert_eq!(socket.frame().await["type"], "ready");
        socket
    }

    pub async fn open_narrow_at(base: &str, path: &str) -> Self {
        let address = base.replace("http://", "").parse().expect("an address");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        let stream = MaybeTlsStream::Plain(socket.connect(address).await.expect("connects"));
        let address = format!("ws://{address}{path}");
        let (stream, _) = tokio_tungstenite::client_async(address, stream).await.expect("the socket opens");
        Self { stream }
    }

    async fn message(&mut self) -> Option<tungstenite::Result<Message>> {
        timeout(PATIENCE, self.stream.next()).await.expect("a frame in time")
    }

    /// The next frame that is not a ping.
    pub async fn frame(&mut self) -> Value {
        // Pings are no sign that anything is still to come.
        timeout(PATIENCE, self.next_frame()).await.expect("a frame in time")
    }

    async fn next_frame(&mut self) -> Value {
        loop {
            match self.message().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).expect("JSON");
                    if frame["type"] != "ping" {
                        return frame;
                    }
                    self.send(r#"{"type":"pong"}"#).await;
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no frame but {other:?}"),
            }
        }
    }

    /// The next frame, which has to be one of events, with its cursor.
    pub async fn frame_of_events(&mut self) -> (Vec<Value>, String) {
        let frame = self.frame().await;
        assert_eq!(frame["type"], "events", "{frame}");
        let cursor = frame["cursor"].as_str().expect("a cursor").to_owned();
        (frame["events"].as_array().expect("events").clone(), cursor)
    }

    /// So many events, in however many frames.
    pub async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            events.extend(self.frame_of_events().await.0);
        }
        assert_eq!(events.len(), count, "more than expected");
        events
    }

    pub async fn names(&mut self, count: usize) -> Vec<String> {
        self.events(count)
            .await
            .iter()
            .map(|event| event["name"].as_str().expect("a name").to_owned())
            .collect()
    }

    pub async fn send(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub async fn send_message(&mut self, message: Message) {
        self.stream.send(message).await.expect("sends");
    }

    /// Sends what the server may refuse to read to its end.
    pub async fn try_send(&mut self, text: &str) -> bool {
        self.stream.send(Message::text(text)).await.is_ok()
    }

    /// Waits until the server has read everything sent so far.
    pub async fn pong_round_trip(&mut self) {
        self.send_message(Message::Ping(Bytes::from_static(b"are you there"))).await;
        loop {
            match self.message().await {
                Some(Ok(Message::Pong(payload))) => return assert_eq!(&payload[..], b"are you there"),
                Some(Ok(_)) => {}
                other => panic!("no pong but {other:?}"),
            }
        }
    }

    /// Reads until the end.
    pub async fn closed(&mut self) -> Closed {
        loop {
            match self.message().await {
                Some(Ok(Message::Close(Some(frame)))) => return Closed::With(frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Closed::Abruptly,
            }
        }
    }
}

/// Status and code of a socket that is refused.
pub async fn socket_error(base: &str, path: &str, headers: &[(&'static str, &str)]) -> (u16, String) {
    match Socket::open_at(base, path, headers).await {
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            (response.status().as_u16(), body["error"]["code"].as_str().unwrap_or_default().to_owned())
        }
        Err(error) => panic!("refused without an answer: {error}"),
        Ok(_) => panic!("not refused"),
    }
}

/// One server-sent event.
#[derive(Debug, Default)]
pub struct SseEvent {
    pub kind: String,
    pub id: String,
    pub data: Value,
}

/// A stream of server-sent events.
pub struct Sse {
    chunks: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    text: String,
}

impl Sse {
    /// `query` begins with `&` or is empty.
    pub async fn open(project: &Project, query: &str, last_event_id: Option<&str>) -> Self {
        let ticket = ticket(&project.owner).await;
        let path = format!("/api/realtime/{}/sse?ticket={ticket}{query}", project.id);
        let mut request = project.owner.http.get(format!("{}{path}", project.owner.base));
        request = request.header("accept-encoding", "gzip, br");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(header("content-type"), Some("text/event-stream"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("x-accel-buffering"), Some("no"));
        assert_eq!(header("content-encoding"), Some("identity"));
        Self { chunks: Box::pin(response.bytes_stream()), text: String::new() }
    }

    /// The next event that is not a comment.
    pub async fn event(&mut self) -> SseEvent {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let mut event = SseEvent::default();
                for line in block.lines() {
                    match line.split_once(": ") {
                        Some(("event", kind)) => event.kind = kind.to_owned(),
                        Some(("id", id)) => event.id = id.to_owned(),
                        Some(("data", data)) => event.data = serde_json::from_str(data).expect("JSON"),
                        _ => assert!(line.starts_with(':'), "{line}"),
                    }
                }
                self.text = rest.to_owned();
                if !event.kind.is_empty() {
                    return event;
                }
                continue;
            }
            let chunk = timeout(PATIENCE, self.chunks.next()).await.expect("in time").expect("goes on");
            self.text.push_str(std::str::from_utf8(&chunk.expect("a chunk")).expect("UTF-8"));
        }
    }

    /// Names of the next events; `ready` is passed over.
    pub async fn names(&mut self, count: usize) -> Vec<String> {
        let mut names = Vec::new();
        while names.len() < count {
            let event = self.event().await;
            let events = event.data["events"].as_array().cloned().unwrap_or_default();
            names.extend(events.iter().map(|event| event["name"].as_str().expect("a name").to_owned()));
        }
        names
    }
}
