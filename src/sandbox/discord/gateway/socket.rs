//! The WebSockets of the gateway: handshake, frames, compression, and the watch over heartbeats.
//!
//! Heartbeats are watched in real time, since clients send them in real time, whatever the fake's clock says.

use std::{collections::HashMap, collections::VecDeque, sync::Arc, time::Duration};

use axum::{body::Body, extract::Request, http::StatusCode, http::header, response::Response};
use flate2::{Compress, Compression, FlushCompress};
use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{sync::mpsc, time::Instant};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::derive_accept_key,
        protocol::{CloseFrame, Role, frame::coding::CloseCode},
    },
};

use super::{
    super::{Inner, lock, web},
    Connection, Out,
    protocol::Line,
};

/// How long a closed socket is read on until the app closes too.
const LINGER: Duration = Duration::from_secs(5);

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Any path of the gateway: the WebSocket handshake.
pub(crate) fn open(inner: Arc<Inner>, mut request: Request) -> Response {
    let Some(key) = request.headers().get("sec-websocket-key") else {
        return web::plain(StatusCode::BAD_REQUEST, "400: Bad Request");
    };
    let accept = derive_accept_key(key.as_bytes());
    let query = request.uri().query().unwrap_or_default();
    let query: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let resuming = request.uri().path().starts_with("/resume");
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stop = inner.stop.clone();
        let Ok(upgraded) = upgrade.await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        tokio::select! {
            _ = stop.changed() => {}
            () = serve(&inner, socket, &query, resuming) => {}
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

/// Frames as the app asked for them: plain text, or one zlib stream over the whole connection.
struct Packer(Option<Compress>);

impl Packer {
    fn pack(&mut self, text: String) -> Message {
        let Some(stream) = &mut self.0 else { return Message::text(text) };
        let mut packed = Vec::with_capacity(text.len() + 64);
        let start = stream.total_in();
        loop {
            let done = usize::try_from(stream.total_in() - start).unwrap_or(text.len());
            packed.reserve(1024);
            let before = packed.len();
            let result = stream.compress_vec(&text.as_bytes()[done..], &mut packed, FlushCompress::Sync);
            let fed = usize::try_from(stream.total_in() - start).unwrap_or(text.len());
            // With room left over, everything has been flushed.
            if result.is_err() || fed == text.len() && (packed.len() < packed.capacity() || packed.len() == before) {
                return Message::binary(packed);
            }
        }
    }
}

async fn serve(inner: &Arc<Inner>, mut socket: Socket, query: &HashMap<String, String>, resuming: bool) {
    let version = query.get("v").map_or("10", String::as_str);
    let json = query.get("encoding").is_none_or(|encoding| encoding == "json");
    if !matches!(version, "9" | "10") || !json {
        return part(&mut socket, Some(if json { 4012 } else { 4002 })).await;
    }
    {
        let mut gateway = lock(&inner.gateway);
        if gateway.turn_away > 0 {
            gateway.turn_away -= 1;
            return;
        }
    }
    let zlib = query.get("compress").is_some_and(|compress| compress == "zlib-stream");
    let mut packer = Packer(zlib.then(|| Compress::new(Compression::default(), true)));
    let (out, outgoing) = mpsc::unbounded_channel();
    let id = {
        let mut gateway = lock(&inner.gateway);
        gateway.serial += 1;
        let id = gateway.serial;
        gateway.connections.push(Connection { id, out: out.clone() });
        id
    };
    let line = Line { id, out, resuming, version: version.to_owned(), session: None, sent: VecDeque::new() };
    let interval = u64::try_from(inner.setup.heartbeat_interval.as_millis()).unwrap_or(u64::MAX);
    let hello = json!({
        "t": null,
        "s": null,
        "op": 10,
        "d": {"heartbeat_interval": interval, "_trace": ["[\"gateway-sandbox-1\",{\"micros\":0.0}]"]},
    });
    let ended = if socket.send(packer.pack(hello.to_string())).await.is_err() {
        Ended::Broken
    } else {
        talk(inner, &mut socket, &mut packer, line, outgoing).await
    };
    let now = inner.now();
    let mut gateway = lock(&inner.gateway);
    gateway.connections.retain(|connection| connection.id != id);
    let own = |session: &super::Session| session.link.as_ref().is_some_and(|(link, _)| *link == id);
    if ended == Ended::Left {
        gateway.sessions.retain(|session| !own(session));
    }
    for session in gateway.sessions.iter_mut().filter(|session| own(session)) {
        session.link = None;
        session.broken_at = Some(now);
    }
    drop(gateway);
    inner.changed();
}

/// How a connection ended, which decides about its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// The session can be resumed.
    Broken,
    /// The app said goodbye with 1000 or 1001, or was sent away for good.
    Left,
}

async fn talk(
    inner: &Arc<Inner>,
    socket: &mut Socket,
    packer: &mut Packer,
    mut line: Line,
    mut outgoing: mpsc::UnboundedReceiver<Out>,
) -> Ended {
    let patience = inner.setup.heartbeat_interval + inner.setup.heartbeat_interval / 2;
    let mut deadline = Instant::now() + patience;
    let mut silent = false;
    loop {
        tokio::select! {
            biased;
            order = outgoing.recv() => match order {
                Some(Out::Text(_)) if silent => {}
                Some(Out::Text(text)) => {
                    if socket.send(packer.pack(text)).await.is_err() {
                        return Ended::Broken;
                    }
                }
                Some(Out::Silence) => silent = true,
                Some(Out::Close(code)) => {
                    part(socket, code).await;
                    return Ended::Broken;
                }
                Some(Out::Cut) | None => return Ended::Broken,
            },
            frame = socket.next() => {
                let text = match frame {
                    Some(Ok(Message::Text(text))) => text.to_string(),
                    Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
                    Some(Ok(Message::Close(frame))) => {
                        let code = frame.map(|frame| u16::from(frame.code));
                        return if matches!(code, Some(1000 | 1001)) { Ended::Left } else { Ended::Broken };
                    }
                    Some(Err(_)) | None => return Ended::Broken,
                    Some(Ok(_)) => continue,
                };
                if silent {
                    inner.unanswered(&text);
                    continue;
                }
                match inner.received(&mut line, &text) {
                    Ok(true) => deadline = Instant::now() + patience,
                    Ok(false) => {}
                    Err(code) => {
                        inner.warn("", "gateway", format!("closed with {code}"));
                        part(socket, Some(code)).await;
                        let resumable = matches!(code, 4000..=4003 | 4005 | 4008);
                        return if resumable { Ended::Broken } else { Ended::Left };
                    }
                }
            }
            () = tokio::time::sleep_until(deadline), if !silent => {
                // The session stays: such an app is forced to resume.
                part(socket, Some(4009)).await;
                return Ended::Broken;
            }
        }
    }
}

/// Closes, and reads on until the app closes too.
async fn part(socket: &mut Socket, code: Option<u16>) {
    let frame = code.map(|code| CloseFrame { code: CloseCode::from(code), reason: reason(code).into() });
    if socket.close(frame).await.is_ok() {
        let _ = tokio::time::timeout(LINGER, async { while let Some(Ok(_)) = socket.next().await {} }).await;
    }
}

/// The text that goes with a close code.
fn reason(code: u16) -> &'static str {
    match code {
        4000 => "Unknown error.",
        4001 => "Unknown opcode.",
        4002 => "Error while decoding payload.",
        4003 => "Not authenticated.",
        4004 => "Authentication failed.",
        4005 => "Already authenticated.",
        4007 => "Invalid seq.",
        4008 => "Rate limited.",
        4009 => "Session timed out.",
        4010 => "Invalid shard.",
        4011 => "Sharding required.",
        4012 => "Invalid API version.",
        4013 => "Invalid intent(s).",
        4014 => "Disallowed intent(s).",
        _ => "",
    }
}
