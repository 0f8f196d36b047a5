//! A message of Slack's that something is to be made of: a message shortcut, and the first message of a thread.
//! <https://docs.slack.dev/interactivity/implementing-shortcuts>

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::escape::unescape;
use super::hear::{Ears, Heard, need, person, take, text, thread_of};
use super::{Slack, platform};
use crate::model::{Ask, Author, FileRef, MessageRef, Place, Quote, Request, Timestamp};

/// So much of a message is read, in characters: <https://docs.slack.dev/reference/methods/chat.postMessage>
const LONGEST: usize = 40_000;
/// So many files of a message are told of; Slack takes ten.
const FILES: usize = 20;

impl Ears {
    /// A shortcut that was used on a message; it is called like its operation.
    pub(super) fn shortcut(&self, payload: &Value) -> Result<Heard, String> {
        let channel = Place::channel(&platform(), need(payload, "/channel/id")?);
        let message = payload.get("message").ok_or("there is no `message`")?;
        let domain = text(payload, "/team/domain").filter(|name| is_domain(name));
        let thread = thread_of(message);
        let place = Place { thread, ..channel };
        let quote = quote(&place, message)?;
        let link = domain.map(|domain| permalink(domain, &quote.message));
        let trigger = need(payload, "/trigger_id")?;
        let name = text(payload, "/user/name").or_else(|| text(payload, "/user/username"));
        let request = Request {
            ask: Ask::Operation { name: need(payload, "/callback_id")?.to_owned(), values: BTreeMap::new() },
            actor: person(need(payload, "/user/id")?, name),
            // It is about the message as something said, and not about what the message may be the card of.
            message: None,
            place,
            reply: text(payload, "/response_url").map(|url| self.reply(url)),
            trigger: Some(trigger.to_owned()),
            quote: Some(Box::new(Quote { link, ..quote })),
        };
        Ok(take(format!("shortcut/{trigger}"), request))
    }
}

impl Slack {
    /// The first message of the thread that a line was said in. What cannot be read is not there.
    pub(super) async fn root_of(&self, request: &Request) -> Option<Quote> {
        let root = request.message.as_ref().filter(|_| request.place.thread.is_some())?;
        let channel = root.place.without_thread();
        let args = HashMap::from([
            ("channel", channel.channel.clone()),
            ("ts", root.id.clone()),
            ("limit", "1".to_owned()),
            ("inclusive", "true".to_owned()),
        ]);
        let answer = self.client.read("conversations.replies", &args).await;
        let answer =
            answer.inspect_err(|fault| tracing::info!(%fault, "the beginning of a thread cannot be read")).ok()?;
        let message = answer.pointer("/messages/0").filter(|message| text(message, "/ts") == Some(&root.id))?;
        let args = HashMap::from([("channel", channel.channel.clone()), ("message_ts", root.id.clone())]);
        let link = self.client.read("chat.getPermalink", &args).await.ok();
        let link = link.as_ref().and_then(|answer| text(answer, "/permalink")).map(str::to_owned);
        Some(Quote { link, ..quote(&channel, message).ok()? })
    }
}

/// What a message in this place says; without its address.
fn quote(place: &Place, message: &Value) -> Result<Quote, String> {
    let ts = need(message, "/ts")?;
    let user = text(message, "/user");
    // What a bot is called stands in the message; a person's name is looked up.
    let bot = text(message, "/bot_profile/name").or_else(|| text(message, "/username"));
    let name = bot.filter(|_| text(message, "/bot_id").is_some()).or(user).or(bot).unwrap_or("somebody");
    let handle = user.filter(|_| text(message, "/bot_id").is_none());
    Ok(Quote {
        text: said(message),
        author: Author { name: name.to_owned(), handle: handle.map(|id| format!("{}:{id}", platform())) },
        link: None,
        at: written_at(ts).ok_or("the message's `ts` is no time")?,
        message: MessageRef { place: place.clone(), id: ts.to_owned() },
        files: files(message),
    })
}

/// When a message was written, which its id tells.
fn written_at(ts: &str) -> Option<Timestamp> {
    let (seconds, micros) = ts.split_once('.')?;
    let nanos = micros.get(..6)?.parse::<i32>().ok()?.checked_mul(1_000)?;
    Timestamp::new(seconds.parse().ok()?, nanos).ok()
}

/// The text; of a message that has none, what its attachments say.
fn said(message: &Value) -> String {
    let own = text(message, "/text").map(plain).filter(|text| !text.is_empty());
    own.unwrap_or_else(|| {
        let attached = message.get("attachments").and_then(Value::as_array).into_iter().flatten();
        let said = attached.filter_map(|one| text(one, "/text").or_else(|| text(one, "/fallback")));
        said.map(plain).collect::<Vec<_>>().join("\n")
    })
}

fn files(message: &Value) -> Vec<FileRef> {
    let all = message.get("files").and_then(Value::as_array).into_iter().flatten();
    let file = |file: &Value| {
        Some(FileRef {
            name: text(file, "/name").or_else(|| text(file, "/title"))?.to_owned(),
            url: text(file, "/url_private_download").or_else(|| text(file, "/url_private"))?.to_owned(),
            size: file.get("size").and_then(Value::as_u64),
            mime: text(file, "/mimetype").map(str::to_owned),
        })
    };
    all.filter_map(file).take(FILES).collect()
}

/// A message's text as its author sees it: Slack's markup as names, words and addresses. A person whose name Slack does not
/// say is left as a handle. <https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages>
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(&unescape(before));
        let Some((markup, after)) = after.split_once('>') else {
            out.push('<');
            rest = after;
            continue;
        };
        let (target, label) = markup.split_once('|').map_or((markup, None), |(target, label)| (target, Some(label)));
        let label = label.map(unescape).filter(|label| !label.is_empty());
        let word = match (target.chars().next(), label) {
            (Some('@'), None) => format!("{}:{}", platform(), &target[1..]),
            (Some('@'), Some(label)) => format!("@{}", label.trim_start_matches('@')),
            (Some('#'), label) => format!("#{}", label.as_deref().unwrap_or(&target[1..])),
            // `<!date^…|fallback>`, `<!subteam^S1|@oncall>`, `<!here>`.
            (Some('!'), Some(label)) => label,
            (Some('!'), None) => format!("@{}", target[1..].split('^').next().unwrap_or_default()),
            (_, Some(label)) if target.ends_with(&label) || target.strip_prefix("mailto:") == Some(&label) => label,
            (_, Some(label)) => format!("{label} ({})", unescape(target)),
            (_, None) => unescape(target),
        };
        out.push_str(&word);
        rest = after;
    }
    out.push_str(&unescape(rest));
    out.trim().chars().take(LONGEST).collect()
}

/// The address of a message, as *Copy link* gives it.
fn permalink(domain: &str, message: &MessageRef) -> String {
    let (channel, ts) = (&message.place.channel, message.id.replace('.', ""));
    let thread = message.place.thread.as_ref();
    let thread = thread.map_or_else(String::new, |thread| format!("?thread_ts={thread}&cid={channel}"));
    format!("https://{domain}.slack.com/archives/{channel}/p{ts}{thread}")
}

fn is_domain(name: &str) -> bool {
    name.len() <= 63 && name.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_as_its_author_wrote_it() {
        for (text, said) in [
            ("<@U2> in <#C9|ops> &lt;3 &amp; more", "slack:U2 in #ops <3 & more"),
            ("<@U2|ben>, <!subteam^S1|@oncall>, <!here>", "@ben, @oncall, @here"),
            (
                "see <https://a.example/x?a=1&amp;b=2> or <https://a.example/y|the page>",
                "see https://a.example/x?a=1&b=2 or the page (https://a.example/y)",
            ),
            ("<http://acme.com|acme.com> <mailto:a@b.example|a@b.example> < 3", "acme.com a@b.example < 3"),
            ("<!date^1700000000^{date}|yesterday>\n```code```", "yesterday\n```code```"),
        ] {
            assert_eq!(plain(text), said, "{text}");
        }
    }

    #[test]
    fn times_and_addresses() {
        assert_eq!(
            written_at("1700000000.000100").map(|at| at.to_string()).as_deref(),
            Some("2023-11-14T22:13:20.0001Z")
        );
        assert_eq!(written_at("x"), None);
        let place: Place = "slack:C1/1700000000.000100".parse().expect("a place");
        let message = MessageRef { place, id: "1700000001.000200".to_owned() };
        assert_eq!(
            permalink("acme", &message),
            "https://acme.slack.com/archives/C1/p1700000001000200?thread_ts=1700000000.000100&cid=C1"
        );
    }
}
