//! What a message says: its text with what Telegram keeps beside it, as the line that its author meant. Pure.
//! <https://core.telegram.org/bots/api#messageentity>; offsets and lengths count UTF-16 units.

use serde_json::Value;

/// A message's text, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// The command that it begins with.
    pub command: Option<Command>,
    /// Whether it begins or ends with a mention of us, which is not a part of the line.
    pub to_us: bool,
    /// The rest.
    pub line: String,
}

/// A command as it was typed: `/name@target`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// Its name, in lower case.
    pub name: String,
    /// The bot that it is for, where it says so.
    pub target: Option<String>,
}

/// A place in the text that stands for something else, in UTF-16 units.
struct Swap {
    from: usize,
    to: usize,
    by: By,
}

enum By {
    Text(String),
    /// A mention of us.
    Us,
}

/// Reads a text with its entities. `own` is our user name, where it is known; `person` knows the ids of people by theirs.
pub(super) fn read(
    text: &str,
    entities: &[Value],
    own: Option<&str>,
    person: &dyn Fn(&str) -> Option<String>,
) -> Words {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut swaps: Vec<Swap> = entities.iter().filter_map(|entity| swap(&units, entity, own, person)).collect();
    swaps.sort_by_key(|swap| swap.from);
    let (mut line, mut at, mut to_us) = (String::with_capacity(text.len()), 0, false);
    for swap in swaps {
        // What overlaps something before it was said already.
        if swap.from < at {
            continue;
        }
        let before = String::from_utf16_lossy(&units[at..swap.from]);
        match swap.by {
            By::Text(by) => {
                line.push_str(&before);
                line.push_str(&by);
            }
            By::Us => {
                let first = line.trim().is_empty() && before.trim().is_empty();
                let last = String::from_utf16_lossy(&units[swap.to..]).trim().is_empty();
                line.push_str(&before);
                if first || last {
                    to_us = true;
                } else {
                    line.push_str(&String::from_utf16_lossy(&units[swap.from..swap.to]));
                }
            }
        }
        at = swap.to;
    }
    line.push_str(&String::from_utf16_lossy(&units[at..]));
    let loose = |sign: char| sign.is_whitespace() || matches!(sign, ':' | ',');
    let rest = if to_us { line.trim_start_matches(loose) } else { line.trim_start() };
    let (command, rest) = command(rest);
    Words { command, to_us, line: rest.trim().to_owned() }
}

/// The command that a line begins with, and the rest.
fn command(line: &str) -> (Option<Command>, &str) {
    let Some(rest) = line.strip_prefix('/') else { return (None, line) };
    let (word, after) = rest.find(char::is_whitespace).map_or((rest, ""), |end| rest.split_at(end));
    let (name, target) = word.split_once('@').map_or((word, None), |(name, target)| (name, Some(target)));
    let sound = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
    };
    // A path, or a slash alone, is no command.
    if !sound(name, 32) || target.is_some_and(|target| !sound(target, 64)) {
        return (None, line);
    }
    (Some(Command { name: name.to_lowercase(), target: target.map(str::to_owned) }), after)
}

fn swap(units: &[u16], entity: &Value, own: Option<&str>, person: &dyn Fn(&str) -> Option<String>) -> Option<Swap> {
    let number = |key: &str| entity.get(key).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    let from = number("offset")?;
    let to = from.checked_add(number("length")?).filter(|to| *to <= units.len())?;
    let shown = || String::from_utf16_lossy(&units[from..to]);
    let by = match entity.get("type")?.as_str()? {
        "mention" => {
            let shown = shown();
            let name = shown.strip_prefix('@')?;
            if own.is_some_and(|own| own.eq_ignore_ascii_case(name)) {
                By::Us
            } else {
                By::Text(format!("{}:{}", super::NAME, person(name)?))
            }
        }
        // Who has no user name is mentioned by their name, and known by their id.
        "text_mention" => By::Text(format!("{}:{}", super::NAME, entity.pointer("/user/id")?.as_i64()?)),
        // The label of a link may hide where it leads.
        "text_link" => {
            let (url, label) = (entity.get("url")?.as_str()?, shown());
            let bare = |text: &str| text.trim_end_matches('/').trim_start_matches("https://").to_lowercase();
            if bare(url) == bare(&label) { By::Text(label) } else { By::Text(url.to_owned()) }
        }
        _ => return None,
    };
    Some(Swap { from, to, by })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "so that each case reads as one line")]
    fn words(text: &str, entities: Value) -> Words {
        let entities = entities.as_array().expect("a list").clone();
        read(text, &entities, Some("qd_bot"), &|name| (name == "ana_acme").then(|| "7".to_owned()))
    }

    fn line(text: &str, entities: Value) -> String {
        words(text, entities).line
    }

    #[test]
    fn commands_are_told_from_what_only_looks_like_one() {
        let command = |text: &str| words(text, json!([])).command.map(|command| (command.name, command.target));
        assert_eq!(command("/qd github issue list"), Some(("qd".into(), None)));
        assert_eq!(command("/QD@qd_bot x"), Some(("qd".into(), Some("qd_bot".into()))));
        assert_eq!(command("/qd\nhelp"), Some(("qd".into(), None)));
        for text in ["/", "/etc/passwd", "/a-b", "qd", "x /qd", "/qd@", "/qd@a-b"] {
            assert_eq!(command(text), None, "{text}");
        }
        assert_eq!(line("/qd@qd_bot  issue close #1\nreally", json!([])), "issue close #1\nreally");
    }

    #[test]
    fn mentions_of_us_are_taken_away_where_they_address() {
        let us = |offset: usize| json!([{"type": "mention", "offset": offset, "length": 7}]);
        let start = words("@qd_bot: issue list", us(0));
        assert!(start.to_us && start.line == "issue list");
        // The emoji counts two units.
        let end = words("😀 help @QD_bot", us(8));
        assert!(end.to_us && end.line == "😀 help", "{end:?}");
        let middle = words("ask @qd_bot about it", us(4));
        assert!(!middle.to_us && middle.line == "ask @qd_bot about it");
        let command = words("@qd_bot /qd help", us(0));
        assert!(command.to_us && command.command.is_some() && command.line == "help");
    }

    #[test]
    fn people_and_links_are_what_they_stand_for() {
        let mention =
            json!([{"type": "text_mention", "offset": 9, "length": 3, "user": {"id": 42, "first_name": "Cle"}}]);
        assert_eq!(line("/qd tell Cle now", mention), "tell telegram:42 now");
        let known =
            json!([{"type": "mention", "offset": 7, "length": 9}, {"type": "mention", "offset": 17, "length": 8}]);
        assert_eq!(line("assign @ana_acme @unknown", known), "assign telegram:7 @unknown");
        let link =
            json!([{"type": "text_link", "offset": 6, "length": 4, "url": "https://github.com/acme/api/issues/3"}]);
        assert_eq!(line("close this one", link), "close https://github.com/acme/api/issues/3 one");
        let plain = json!([{"type": "text_link", "offset": 0, "length": 9, "url": "https://acme.test/"}]);
        assert_eq!(line("acme.test", plain), "acme.test");
        let bold = json!([{"type": "bold", "offset": 0, "length": 4}, {"type": "new", "offset": 0, "length": 900}]);
        assert_eq!(line("text", bold), "text");
        for odd in [
            json!([{"type": "mention"}]),
            json!([{"type": "text_link", "offset": 3, "length": 9, "url": "x"}]),
            json!([7]),
        ] {
            assert_eq!(line("@qd_bot", odd), "@qd_bot");
        }
    }
}
