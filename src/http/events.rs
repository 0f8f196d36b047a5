//! `POST /api/v1/events`: CloudEvents 1.0 over HTTP, in structured, batched and binary mode
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::server::Shared;
use crate::delivery::{Accepted, Arrival, Incoming};
use crate::model::{Event, Fault, Role};

/// The longest id, source, type, subject and key, in bytes.
const LONGEST: usize = 1024;
/// The most events of one batch.
const BATCH: usize = 1000;

pub(super) async fn publish(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = shared.keys.admit(&headers, Role::Operator)?;
    if body.len() > shared.event_bytes {
        let text = format!("The body has {} bytes; at most {} are taken.", body.len(), shared.event_bytes);
        return Err(Problem::status(Fault::bad_input("body", text), StatusCode::PAYLOAD_TOO_LARGE));
    }
    let (events, batched) = read(&headers, &body)?;
    // All of a batch is looked at before any of it is accepted.
    for (index, event) in events.iter().enumerate() {
        let told = check(event).and_then(|()| shared.teller.tell(event.clone()).map(|_| ()));
        told.map_err(|fault| if batched { numbered(fault, index) } else { fault })?;
    }
    // Queued together, so that a batch shares its syncs; answered when all of it is on disk.
    let mut queued = Vec::with_capacity(events.len());
    for mut event in events {
        event.time.get_or_insert(shared.clock.now());
        let (id, dedupe) = (event.id.clone(), format!("{}\n{}", event.source, event.id));
        let arrival = Arrival { door: "api".to_owned(), dedupe: Some(dedupe), what: Incoming::Event(Box::new(event)) };
        queued.push((id, shared.inbox.accept(arrival)));
    }
    let mut results = Vec::with_capacity(queued.len());
    for (id, written) in queued {
        let status = match written.await? {
            Accepted::New => "accepted",
            Accepted::Again => "duplicate",
        };
        tracing::debug!(key, event = id, status, "an event was published");
        results.push(json!({ "id": id, "status": status }));
    }
    let answer = if batched { Value::Array(results) } else { results.pop().unwrap_or_default() };
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<(Vec<Event>, bool), Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/cloudevents+json" => Ok((vec![event(json_of(body)?)?], false)),
        "application/cloudevents-batch+json" => {
            let Value::Array(members) = json_of(body)? else {
                return Err(Fault::bad_input("body", "A batch is a JSON array of events."));
            };
            if members.len() > BATCH {
                let text = format!("A batch holds at most {BATCH} events; this one holds {}.", members.len());
                return Err(Fault::bad_input("body", text));
            }
            let read = |(index, member)| event(member).map_err(|fault| numbered(fault, index));
            Ok((members.into_iter().enumerate().map(read).collect::<Result<_, _>>()?, true))
        }
        _ if headers.contains_key("ce-specversion") => Ok((vec![binary(headers, &kind, body)?], false)),
        _ => Err(Fault::bad_input(
            "content-type",
            "Send a CloudEvent: `content-type: application/cloudevents+json` with the event as body, or `ce-id`, \
             `ce-source`, `ce-type` and `ce-specversion: 1.0` headers with its data as body.",
        )),
    }
}

fn json_of(body: &[u8]) -> Result<Value, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::bad_input("body", format!("The body is no JSON: {error}.")))
}

fn event(value: Value) -> Result<Event, Fault> {
    const KNOWN: [&str; 10] =
        ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "severity", "key"];
    let Value::Object(mut members) = value else {
        return Err(Fault::bad_input("body", "An event is a JSON object."));
    };
    if members.contains_key("data_base64") {
        return Err(Fault::bad_input("data_base64", "Only JSON data is taken; send it as `data`."));
    }
    for name in ["id", "source", "type", "specversion"] {
        if !members.contains_key(name) {
            return Err(Fault::bad_input(name, format!("The attribute `{name}` is missing.")));
        }
    }
    // As it was sent: a key that is read is one that fits, since whoever reads it shortens it.
    if let Some(Value::String(key)) = members.get("key") {
        check_text("key", key)?;
    }
    // Extension attributes that we do not know are allowed by the specification, and of no use to us.
    members.retain(|name, _| name == "data" || KNOWN.contains(&name.as_str()));
    serde_path_to_error::deserialize(Value::Object(members)).map_err(|error| {
        let path = error.path().to_string();
        let text = format!("The attribute `{path}`: {}.", error.inner());
        Fault::bad_input(&path, text)
    })
}

fn binary(headers: &HeaderMap, kind: &str, body: &[u8]) -> Result<Event, Fault> {
    let mut members = Map::new();
    for (name, value) in headers {
        let Some(attribute) = name.as_str().strip_prefix("ce-") else { continue };
        let text = value
            .to_str()
            .ok()
            .and_then(percent_decoded)
            .ok_or_else(|| Fault::bad_input(name.as_str(), format!("The header `{name}` is no readable text.")))?;
        if members.insert(attribute.to_owned(), Value::String(text)).is_some() {
            return Err(Fault::bad_input(name.as_str(), format!("The header `{name}` is there more than once.")));
        }
    }
    if !body.is_empty() {
        if !(kind == "application/json" || kind.ends_with("+json") || kind.is_empty()) {
            return Err(Fault::bad_input("content-type", "Only JSON data is taken: `content-type: application/json`."));
        }
        members.insert("data".to_owned(), json_of(body)?);
        members.insert("datacontenttype".to_owned(), "application/json".into());
    }
    event(Value::Object(members))
}

/// The text of a header, whose odd characters the binding has percent-encoded.
fn percent_decoded(text: &str) -> Option<String> {
    // The form decoder also reads `+` as a space, which the binding does not.
    let pair = format!("v={}", text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    let value = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())?;
    (!value.contains('\u{fffd}')).then_some(value)
}

fn check(event: &Event) -> Result<(), Fault> {
    if event.specversion != "1.0" {
        let text = format!("`specversion` must be \"1.0\"; got \"{}\".", event.specversion.escape_default());
        return Err(Fault::bad_input("specversion", text));
    }
    for (name, value) in [
        ("id", event.id.as_str()),
        ("source", &event.source),
        ("type", &event.kind),
        ("subject", event.subject.as_deref().unwrap_or("-")),
    ] {
        if value.is_empty() {
            return Err(Fault::bad_input(name, format!("The attribute `{name}` must not be empty.")));
        }
        check_text(name, value)?;
    }
    Ok(())
}

fn check_text(name: &str, value: &str) -> Result<(), Fault> {
    if value.len() > LONGEST {
        return Err(Fault::bad_input(name, format!("The attribute `{name}` has more than {LONGEST} bytes.")));
    }
    // Control characters also separate the parts of keys in the store.
    if value.chars().any(char::is_control) {
        return Err(Fault::bad_input(name, format!("The attribute `{name}` holds a control character.")));
    }
    Ok(())
}

fn numbered(fault: Fault, index: usize) -> Fault {
    Fault { outside: format!("Event {}: {}", index + 1, fault.outside), ..fault }
}
