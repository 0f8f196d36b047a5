//! Attachments. <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/>

use bytes::Bytes;
use serde_json::Value;

use super::Ask;
use crate::sandbox::jira::data::Attachment;
use crate::sandbox::jira::reply::{Answer, Content, Reply};
use crate::sandbox::jira::setup::Edition;
use crate::sandbox::jira::state::State;
use crate::sandbox::multipart;

pub(super) fn upload(state: &mut State, ask: &Ask<'_>) -> Answer {
    let header = |name: &str| ask.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !matches!(header("x-atlassian-token"), "no-check" | "nocheck") {
        return Err(Reply::html(403, "XSRF check failed"));
    }
    let issue = ask.issue_id(state)?;
    let bad = |why: &str| Reply::error(400, why);
    let boundary = multipart::boundary(header("content-type")).ok_or_else(|| bad("no boundary"))?;
    let parts = multipart::parse(ask.body, &boundary).map_err(bad)?;
    let files: Vec<multipart::Part> = parts.into_iter().filter(|part| part.name == "file").collect();
    if files.is_empty() {
        return Err(bad("No files were attached; the parts have to be named 'file'."));
    }
    if let Some(large) = files.iter().find(|file| file.content.len() > state.setup.attachment_limit) {
        let most = state.setup.attachment_limit >> 20;
        let name = large.file_name.as_deref().unwrap_or_default();
        return Err(Reply::error(413, &format!("The file {name} exceeds its maximum permitted size of {most} MB.")));
    }
    let mut ids = Vec::new();
    for file in files {
        let name = file.file_name.ok_or_else(|| bad("A file needs a name."))?;
        let mime = file.mime.unwrap_or_else(|| "application/octet-stream".to_owned());
        ids.push(state.attach(issue, ask.actor(), name, mime, Bytes::from(file.content)));
    }
    let sight = ask.sight(state);
    let issue = state.world.issues.get(&issue).ok_or_else(Reply::no_issue)?;
    let mine = issue.attachments.iter().filter(|file| ids.contains(&file.id));
    Ok(Reply::ok(mine.map(|file| sight.attachment(file)).collect()))
}

fn find<'s>(state: &'s State, viewer: Option<&str>, id: &str) -> Result<&'s Attachment, Reply> {
    let seen = state.world.issues.values().filter(|issue| viewer.is_none_or(|viewer| state.world.sees(issue, viewer)));
    let found = seen.flat_map(|issue| &issue.attachments).find(|file| file.id.to_string() == id);
    found.ok_or_else(|| Reply::error(404, &format!("The attachment with id '{id}' does not exist")))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let file = find(state, Some(ask.actor()), ask.segment(1))?;
    let sight = ask.sight(state);
    let mut value: Value = sight.attachment(file);
    if state.setup.edition == Edition::Cloud
        && let Ok(id) = ask.segment(1).parse::<u64>()
    {
        value["id"] = id.into();
    }
    Ok(Reply::ok(value))
}

/// The file itself, or (unless told otherwise) an address that holds for a while without a sign-in.
pub(super) fn content(state: &mut State, ask: &Ask<'_>) -> Answer {
    let file = find(state, Some(ask.actor()), ask.segment(2))?;
    if ask.query.get("redirect") == Some("false") {
        return Ok(bytes(file));
    }
    let address = format!("{}/media/{}/binary", state.base, file.id);
    Ok(Reply::empty(303).header("location", address))
}

fn bytes(file: &Attachment) -> Reply {
    let body = Content::File { mime: file.mime.clone(), bytes: file.bytes.clone() };
    let name = format!("attachment; filename=\"{}\"", file.name.replace(['"', '\\', '\r', '\n'], "_"));
    Reply { status: 200, headers: Vec::new(), body }.header("content-disposition", name)
}

/// `/media/{id}/binary` of the Cloud is open to who knows it; `/secure/attachment/{id}/{name}` wants a sign-in.
pub(super) fn media(state: &mut State, ask: &Ask<'_>) -> Answer {
    let viewer = (state.setup.edition == Edition::DataCenter).then_some(ask.actor());
    if viewer == Some("") {
        return Err(Reply::empty(302).header("location", format!("{}/login.jsp", state.base)));
    }
    find(state, viewer, ask.segment(0)).map(bytes)
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = find(state, Some(ask.actor()), ask.segment(1))?.id;
    for issue in state.world.issues.values_mut() {
        issue.attachments.retain(|file| file.id != id);
    }
    Ok(Reply::empty(204))
}
