//! Socket Mode: WebSockets that bring envelopes to the app and its acknowledgements back.
//!
//! The address comes from `apps.connections.open` and works once. Follows docs.slack.dev/apis/events-api/using-socket-mode.
//! `push` decides what is sent and when it is too late.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Query, Request, State},
    http::{StatusCode, header},
    response::Response,
};
use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};

use super::{Inner, lock, web};

/// Connections an app may hold at once.
const MOST: usize = 10;
/// How long an address stays good.
const TICKET: SignedDuration = SignedDuration::from_secs(60);
const PING: Duration = Duration::from_secs(10);

/// How open sockets are told or made to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// `disconnect` with reason `warning`: the connection stays for a while.
    Warning,
    /// `disconnect` with reason `refresh_requested`, then a close.
    RefreshRequested,
    /// `disconnect` with reason `link_disabled`, then a close.
    LinkDisabled,
    /// A close frame and nothing else.
    Close,
    /// The TCP connection just ends.
    Cut,
}

#[derive(Debug)]
enum Out {
    Text(String),
    Disconnect(Disconnect),
}

#[derive(Debug)]
struct Connection {
    id: u64,
    out: mpsc::UnboundedSender<Out>,
}

/// Open connections and addresses handed out.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: Vec<Connection>,
    tickets: HashMap<String, Timestamp>,
    turn: usize,
    serial: u64,
}

impl Inner {
    /// A one-time ticket for a connection.
    pub(super) fn issue_ticket(&self, now: Timestamp) -> String {
        let ticket = uuid::Uuid::now_v7().to_string();
        let until = now.saturating_add(TICKET).unwrap_or(Timestamp::MAX);
        lock(&self.sockets).tickets.insert(ticket.clone(), until);
        ticket
    }

    /// Sends to the next connection in turn. `false` when there is none.
    pub(super) fn send(&self, text: &str) -> bool {
        let mut sockets = lock(&self.sockets);
        while !sockets.open.is_empty() {
            sockets.turn = sockets.turn.wrapping_add(1);
            let at = sockets.turn % sockets.open.len();
            if sockets.open[at].out.send(Out::Text(text.to_owned())).is_ok() {
                return true;
            }
            sockets.open.remove(at);
        }
        false
    }

    pub(super) fn disconnect_sockets(&self, kind: Disconnect) {
        let mut sockets = lock(&self.sockets);
        for connection in &sockets.open {
            let _ = connection.out.send(Out::Disconnect(kind));
        }
        if kind != Disconnect::Warning {
            sockets.open.clear();
        }
    }

    pub(super) fn connections(&self) -> usize {
        lock(&self.sockets).open.len()
    }
}

/// `GET /slack/link/?ticket=…`: the WebSocket handshake.
pub(super) async fn link(
    State(inner): State<Arc<Inner>>,
    Query(query): Query<HashMap<String, String>>,
    mut request: Request,
) -> Response {
    let ticket = query.get("ticket").and_then(|ticket| lock(&inner.sockets).tickets.remove(ticket));
    if ticket.is_none_or(|until| inner.now() >= until) {
        return web::plain(StatusCode::FORBIDDEN, "invalid ticket");
    }
    let Some(key) = request.headers().get("sec-websocket-key") else {
        return web::plain(StatusCode::BAD_REQUEST, "expected a websocket handshake");
    };
    let accept = derive_accept_key(key.as_bytes());
    let quick = query.get("debug_reconnects").is_some_and(|flag| flag == "true");
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stop = inner.stop.clone();
        let Ok(upgraded) = upgrade.await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        tokio::select! {
            _ = stop.changed() => {}
            () = serve(inner, socket, quick) => {}
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, header::HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
    if let Ok(accept) = header::HeaderValue::from_str(&accept) {
        headers.insert("sec-websocket-accept", accept);
    }
    response
}

async fn serve(inner: Arc<Inner>, mut socket: WebSocketStream<TokioIo<Upgraded>>, quick: bool) {
    let count = inner.connections();
    if count >= MOST {
        let _ = socket.send(Message::text(farewell("too_many_websockets"))).await;
        let _ = socket.close(None).await;
        return;
    }
    let hello = json!({
        "type": "hello",
        "num_connections": count + 1,
        "debug_info": {
            "host": "applink-sandbox-1",
            "build_number": 1,
            "approximate_connection_time": if quick { 360 } else { 18_060 },
        },
        "connection_info": {"app_id": inner.setup.app_id},
    });
    // Known before it is greeted: who has read the greeting may rely on being sent to. What is sent meanwhile waits in
    // the channel, behind the greeting.
    let (out, mut outgoing) = mpsc::unbounded_channel();
    let id = {
        let mut sockets = lock(&inner.sockets);
        sockets.serial += 1;
        let id = sockets.serial;
        sockets.open.push(Connection { id, out });
        id
    };
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        lock(&inner.sockets).open.retain(|connection| connection.id != id);
        return;
    }
    inner.changed();
    inner.flush_waiting();
    let mut pings = tokio::time::interval_at(tokio::time::Instant::now() + PING, PING);
    loop {
        tokio::select! {
            message = outgoing.recv() => match message {
                Some(Out::Text(text)) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        break;
                    }
                }
                Some(Out::Disconnect(Disconnect::Cut)) | None => break,
                Some(Out::Disconnect(kind)) => {
                    part(&mut socket, kind).await;
                    if kind != Disconnect::Warning {
                        // Acknowledgements under way still count.
                        let _ = tokio::time::timeout(PING, drain(&inner, &mut socket)).await;
                        break;
                    }
                }
            },
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => inner.received(&text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            _ = pings.tick() => {
                if socket.send(Message::Ping("Ping from applink-sandbox-1".into())).await.is_err() {
                    break;
                }
            }
        }
    }
    lock(&inner.sockets).open.retain(|connection| connection.id != id);
    inner.changed();
}

/// Tells the app to go.
async fn part(socket: &mut WebSocketStream<TokioIo<Upgraded>>, kind: Disconnect) {
    let reason = match kind {
        Disconnect::Warning => Some("warning"),
        Disconnect::RefreshRequested => Some("refresh_requested"),
        Disconnect::LinkDisabled => Some("link_disabled"),
        Disconnect::Close | Disconnect::Cut => None,
    };
    if let Some(reason) = reason {
        let _ = socket.send(Message::text(farewell(reason))).await;
    }
    if kind != Disconnect::Warning {
        let _ = socket.close(None).await;
    }
}

/// Reads what still comes until the app closes too.
async fn drain(inner: &Arc<Inner>, socket: &mut WebSocketStream<TokioIo<Upgraded>>) {
    while let Some(Ok(frame)) = socket.next().await {
        if let Message::Text(text) = frame {
            inner.received(&text);
        }
    }
}

fn farewell(reason: &str) -> String {
    json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox-1"}}).to_string()
}

impl Inner {
    /// A text frame from the app: an acknowledgement.
    fn received(self: &Arc<Self>, text: &str) {
        let frame: Option<Value> = serde_json::from_str(text).ok();
        let id = frame.as_ref().and_then(|frame| frame.get("envelope_id")).and_then(Value::as_str);
        match (id, &frame) {
            (Some(id), Some(frame)) => self.acknowledged(id, frame.get("payload").cloned()),
            _ => self.warn("", "socket", format!("not an acknowledgement: {text}")),
        }
    }
}
