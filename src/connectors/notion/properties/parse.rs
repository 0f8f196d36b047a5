//! What people write, as values that Notion takes, by the type of the property
//! (<https://developers.notion.com/reference/page-property-values>).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use url::Url;

use super::super::blocks::{inline, is_link, rich};
use super::super::refs::{Id, PageRef};
use super::schema::{Property, Schema, shown};
use super::{date, number};
use crate::connectors::markdown::line;
use crate::model::Fault;

/// Finds the id of somebody or something that was named.
pub type Finder<'a> = &'a dyn Fn(&str) -> Result<Id, Fault>;

/// What a value depends on beside its text. Nothing is asked for here: whoever calls has looked up before what
/// [`wanted`] names.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Now, for `tomorrow`.
    pub now: Timestamp,
    /// The zone in which days begin and times are meant.
    pub zone: &'a TimeZone,
    /// The user of an e-mail address, name or handle, as it was written (without the `@`).
    pub person: Finder<'a>,
    /// The page of a title.
    pub page: Finder<'a>,
}

/// What has to be looked up before texts are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// People, as they were written (without the `@`).
    pub people: Vec<String>,
    /// Titles of pages of the data sources that the relations name.
    pub pages: Vec<(Option<Id>, String)>,
}

/// What has to be looked up to read this text as a value of this property.
#[must_use]
pub fn wanted(property: &Property, text: &str) -> Wanted {
    let mut wanted = Wanted::default();
    match property.kind.as_str() {
        "people" | "created_by" | "last_edited_by" => {
            wanted.people =
                several(text).iter().map(|name| bare(name)).filter(|name| Id::parse(name).is_none()).collect();
        }
        "relation" if written_page(text).is_none() => {
            let titles = several(text).into_iter().filter(|title| written_page(title).is_none());
            wanted.pages = titles.map(|title| (property.related, title)).collect();
        }
        _ => {}
    }
    wanted
}

/// The value of a text, as it stands under the property's name in a request. No text empties the property.
///
/// # Errors
/// `BadInput`: the text does not fit, or the property is computed by Notion; the text says what would fit. What
/// [`Context::person`] and [`Context::page`] say.
pub fn parse(property: &Property, text: &str, context: &Context<'_>) -> Result<Value, Fault> {
    let text = text.trim();
    let kind = property.kind.as_str();
    if !property.is_settable() {
        let reason = match kind {
            "button" => "is a button and has no value",
            "verification" => "is set by verifying the page at Notion",
            _ => "is computed by Notion and cannot be set",
        };
        return Err(Fault::bad_input(&property.name, format!("`{}` {reason}.", shown(&property.name))));
    }
    let value = match kind {
        "title" => text_value(property, text, rich(text))?,
        "rich_text" => text_value(property, text, inline(text))?,
        "multi_select" => {
            let names = several(text).into_iter().map(|name| option(property, &name));
            names.collect::<Result<Vec<Value>, Fault>>()?.into()
        }
        "people" => {
            let users = several(text).into_iter().map(|name| person(&name, context));
            let users = distinct(users.collect::<Result<_, Fault>>()?);
            users.into_iter().map(|id| json!({ "object": "user", "id": id })).collect::<Vec<Value>>().into()
        }
        "relation" => pages(text, context)?.into_iter().map(|id| json!({ "id": id })).collect::<Vec<Value>>().into(),
        "files" => several(text).iter().map(|one| file(property, one)).collect::<Result<Vec<Value>, Fault>>()?.into(),
        "checkbox" => checkbox(text).ok_or_else(|| property.wrong(text, "write `yes` or `no`"))?.into(),
        _ if text.is_empty() => Value::Null,
        "number" => numeric(property, text)?.into(),
        "select" => option(property, text)?,
        "status" => {
            let option = property.option(text).ok_or_else(|| property.no_option(text))?;
            json!({ "name": option.name })
        }
        "date" => {
            let range = date::range(text, context.now, context.zone);
            let (start, end) = range.ok_or_else(|| property.wrong(text, date::HELP))?;
            json!({ "start": start.iso(), "end": end.map(|end| end.iso()) })
        }
        "email" => {
            let fits = text.len() <= 200
                && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
            if !fits || text.contains(char::is_whitespace) {
                return Err(property.wrong(text, "write an e-mail address"));
            }
            text.into()
        }
        "phone_number" => {
            if text.chars().count() > 200 || !text.chars().any(|sign| sign.is_ascii_digit()) {
                return Err(property.wrong(text, "write a phone number"));
            }
            text.into()
        }
        "url" => {
            address(text).ok_or_else(|| property.wrong(text, "write a web address of at most 2000 characters"))?.into()
        }
        _ => place(text).ok_or_else(|| property.wrong(text, "write latitude and longitude, such as `52.52, 13.40`"))?,
    };
    Ok(json!({ kind: value }))
}

fn text_value(property: &Property, text: &str, rich_text: Vec<Value>) -> Result<Value, Fault> {
    if rich_text.len() > 100 {
        return Err(property.wrong(text, "it is too long; write less, or append it to the page"));
    }
    Ok(rich_text.into())
}

/// A number, checked against how the property shows numbers.
pub(super) fn numeric(property: &Property, text: &str) -> Result<f64, Fault> {
    let number = number::parse(text).ok_or_else(|| property.wrong(text, "write a number, such as `3` or `1.5`"))?;
    if text.contains('%') && property.format != "percent" {
        return Err(property.wrong(text, "it holds plain numbers, not percents"));
    }
    Ok(number)
}

/// Whether a text says yes.
pub(super) fn checkbox(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "x" | "[x]" | "on" | "1" | "done" | "checked" | "✓" | "✔" | "☑" | "✅" => {
            Some(true)
        }
        "" | "no" | "n" | "false" | "[ ]" | "off" | "0" | "unchecked" | "☐" => Some(false),
        _ => None,
    }
}

/// An option that is there, or a new one.
fn option(property: &Property, name: &str) -> Result<Value, Fault> {
    if let Some(option) = property.option(name) {
        return Ok(json!({ "name": option.name }));
    }
    let name = line(name, 101);
    if name.contains(',') || name.chars().count() > 100 || name.is_empty() {
        return Err(property.wrong(&name, "a name has at most 100 characters and no comma"));
    }
    Ok(json!({ "name": name }))
}

/// The user that is meant.
pub(super) fn person(name: &str, context: &Context<'_>) -> Result<Id, Fault> {
    let name = bare(name);
    Id::parse(&name).map_or_else(|| (context.person)(&name), Ok)
}

/// The pages that are meant: ids, links, titles.
pub(super) fn pages(text: &str, context: &Context<'_>) -> Result<Vec<Id>, Fault> {
    if let Some(id) = written_page(text) {
        return Ok(vec![id]);
    }
    let pages = several(text).into_iter().map(|one| written_page(&one).map_or_else(|| (context.page)(&one), Ok));
    Ok(distinct(pages.collect::<Result<_, Fault>>()?))
}

/// Each once, in order: the same may be named in several ways.
fn distinct(all: Vec<Id>) -> Vec<Id> {
    let mut seen = Vec::new();
    for id in all {
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    seen
}

fn written_page(text: &str) -> Option<Id> {
    text.parse::<PageRef>().ok().map(|page| page.id)
}

fn file(property: &Property, text: &str) -> Result<Value, Fault> {
    if let Some(id) = text.strip_prefix("upload:").and_then(Id::parse) {
        return Ok(json!({ "type": "file_upload", "file_upload": { "id": id } }));
    }
    let url = address(text).ok_or_else(|| property.wrong(text, "write the web address of a file"))?;
    let parsed = Url::parse(&url).ok();
    let last = parsed.as_ref().and_then(|url| url.path_segments()?.rfind(|part| !part.is_empty()));
    let name = last.or_else(|| parsed.as_ref().and_then(|url| url.host_str())).unwrap_or("file");
    Ok(json!({ "type": "external", "name": line(name, 100), "external": { "url": url } }))
}

/// A web address; one without a scheme is taken for `https`.
fn address(text: &str) -> Option<String> {
    // Chat platforms wrap links in `<…>`, with the shown text after a `|`.
    let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    let text = text.split('|').next().unwrap_or(text);
    let host = text.split('/').next().unwrap_or_default();
    let bare = host.contains('.') && !host.contains([':', '@']);
    let whole = if bare { format!("https://{text}") } else { text.to_owned() };
    let is_mail = whole.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
    (is_link(&whole) && !is_mail).then_some(whole)
}

fn place(text: &str) -> Option<Value> {
    let (lat, lon) = text.split_once([',', ';', ' '])?;
    let read = |text: &str, most: f64| text.trim().parse::<f64>().ok().filter(|number| number.abs() <= most);
    Some(json!({ "lat": read(lat, 90.0)?, "lon": read(lon, 180.0)?, "name": null, "address": null }))
}

/// A name without what marks it as one in chat: `@ana`, `<@ana>`.
fn bare(name: &str) -> String {
    let inner = name.strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap_or(name);
    inner.trim_start_matches('@').trim().to_owned()
}

/// The parts of a list with commas, semicolons or line feeds between; what stands between quotation marks is one part.
pub(super) fn several(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for sign in text.chars() {
        match sign {
            '"' | '“' | '”' => quoted = !quoted,
            ',' | ';' | '\n' if !quoted => parts.push(String::new()),
            sign => {
                if let Some(last) = parts.last_mut() {
                    last.push(sign);
                }
            }
        }
    }
    let mut seen: Vec<String> = Vec::new();
    for part in parts {
        let part = part.trim().to_owned();
        if !part.is_empty() && !seen.contains(&part) {
            seen.push(part);
        }
    }
    seen
}

/// The properties of a request, of names and texts, in any case.
///
/// # Errors
/// As [`parse`]; `BadInput` too where there is no property of a name.
pub fn values<'a>(
    schema: &Schema,
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
    context: &Context<'_>,
) -> Result<crate::model::Object, Fault> {
    let one = |(name, text): (&str, &str)| {
        let property = schema.find(name)?;
        Ok((property.name.clone(), parse(property, text, context)?))
    };
    texts.into_iter().map(one).collect()
}
