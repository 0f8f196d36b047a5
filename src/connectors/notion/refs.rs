//! How people name a page, a database or a data source: by its link, by its id, and databases by their name.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::connectors::markdown::line;
use crate::model::SubjectKey;

/// The default of a place under which its database (or data source) stands.
pub const DEFAULT_DATABASE: &str = "database";

/// The id of anything at Notion; printed as 32 hexadecimal digits, which Notion takes as well as the dashed form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u128);

impl Id {
    /// The id of this text, dashed or not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let dashed = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23));
        let digits: Cow<'_, str> = if dashed { text.replace('-', "").into() } else { text.into() };
        let fits = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().map(Self)
    }

    /// The id as Notion itself writes it, with dashes.
    #[must_use]
    pub fn dashed(self) -> String {
        let text = self.to_string();
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }

    /// The key of its living card.
    #[must_use]
    pub fn key(self) -> SubjectKey {
        SubjectKey::new(format!("notion:{self}"))
    }

    /// The name of it as a source of events.
    #[must_use]
    pub fn source(self) -> String {
        format!("notion:{self}")
    }

    /// The link that opens it, whatever it is.
    #[must_use]
    pub fn link(self) -> String {
        format!("https://www.notion.so/{self}")
    }

    /// Whether it is not known (as where a webhook does not say).
    #[must_use]
    pub fn is_nil(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("this is no id of Notion's"))
    }
}

/// A page (or a row, which is one) as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRef {
    /// The page.
    pub id: Id,
    /// The block of it that the link leads to.
    pub block: Option<Id>,
}

/// A database or data source as it was written. Which of the two an id is, only Notion knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseRef {
    /// By id or link.
    Id(Id),
    /// By name.
    Name(String),
}

const PAGE_HELP: &str = "paste the page's link (Share, Copy link), or its id of 32 hexadecimal digits";
const DATABASE_HELP: &str = "paste the database's link, or write its id or its name";

/// The longest name of a database.
const NAME: usize = 200;

impl FromStr for PageRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some(id) = Id::parse(bare(text)) {
            return Ok(Self { id, block: None });
        }
        // A page that was opened over its database stands in the query.
        link(text)
            .and_then(|link| Some(Self { id: link.over.or(link.path)?, block: link.anchor }))
            .ok_or_else(|| format!("`{}` is no page of Notion's; {PAGE_HELP}", shown(text)))
    }
}

impl FromStr for DatabaseRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some(id) = Id::parse(bare(text)) {
            return Ok(Self::Id(id));
        }
        let wrong = || format!("`{}` is no database of Notion's; {DATABASE_HELP}", shown(text));
        if let Some(link) = link(text) {
            return link.path.map(Self::Id).ok_or_else(wrong);
        }
        let is_name = !text.is_empty() && !text.contains("://") && text.chars().count() <= NAME;
        if is_name && !text.chars().any(char::is_control) { Ok(Self::Name(text.to_owned())) } else { Err(wrong()) }
    }
}

/// What a link of Notion's says.
struct Link {
    path: Option<Id>,
    over: Option<Id>,
    anchor: Option<Id>,
}

/// Without what chat platforms put around a link: `<…>`, with the shown text after a `|`.
fn bare(text: &str) -> &str {
    let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    text.split('|').next().unwrap_or(text)
}

fn link(text: &str) -> Option<Link> {
    let url = Url::parse(bare(text)).ok().filter(|url| matches!(url.scheme(), "http" | "https" | "notion"))?;
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let is_notions = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|sub| sub.ends_with('.'));
    // The app's own scheme may come without a host: `notion:///page`.
    let ours = ["notion.so", "notion.site", "notion.com"].into_iter().any(is_notions);
    if !ours && url.scheme() != "notion" {
        return None;
    }
    // Without a dot it is no host but the first part of the path, as in `notion://<id>`.
    let segments = url.path().split('/').chain((!host.contains('.')).then_some(host.as_str()));
    let path = segments.filter(|segment| !segment.is_empty()).filter_map(ending).next_back();
    let over = url.query_pairs().find(|(name, _)| name == "p").and_then(|(_, id)| Id::parse(&id));
    let anchor = url.fragment().and_then(|anchor| Id::parse(anchor.trim_start_matches("block-")));
    (path.is_some() || over.is_some()).then_some(Link { path, over, anchor })
}

/// The id at the end of a part of a link: `Title-of-the-page-<32 hex>`, or an id alone.
fn ending(segment: &str) -> Option<Id> {
    let tail =
        |length: usize| segment.len().checked_sub(length).and_then(|at| segment.get(at..).zip(segment.get(..at)));
    let of = |length: usize| {
        tail(length).filter(|(_, before)| before.is_empty() || before.ends_with('-')).and_then(|(id, _)| Id::parse(id))
    };
    of(36).or_else(|| of(32))
}

/// Outside text as it may stand between back-ticks in an error.
pub(super) fn shown(text: &str) -> String {
    line(text, 80).replace('`', "'")
}

impl fmt::Display for PageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.block {
            Some(block) => write!(f, "{}#{block}", self.id.link()),
            None => self.id.fmt(f),
        }
    }
}

impl fmt::Display for DatabaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

macro_rules! written {
    ($name:ident, $description:literal, $complete:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": $description,
                    "x-complete": $complete,
                    "x-subject": "notion:(*)",
                })
            }
        }
    };
}

written!(PageRef, "A page or an entry: its link or its id.", "notion.pages");
written!(DatabaseRef, "A database or data source: its link, its id or its name.", "notion.databases");

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "be633bf1dfa0436db259571129a590e5";
    const OTHER: &str = "a1d8501e1ac143e9a6bdea9fe6c8822b";

    #[test]
    fn pages_are_understood_however_they_are_written() {
        for written in [
            HEX.to_owned(),
            HEX.to_uppercase(),
            " be633bf1-dfa0-436d-b259-571129a590e5 ".to_owned(),
            format!("https://www.notion.so/{HEX}"),
            format!("https://www.notion.so/acme/Bug-bash-{HEX}?pvs=4"),
            format!("https://notion.so/Bug-bash-{HEX}"),
            format!("https://app.notion.com/p/acme/Bug-bash-{HEX}"),
            format!("https://www.notion.com/{HEX}"),
            format!("https://acme.notion.site/Bug-bash-{HEX}"),
            format!("notion://www.notion.so/acme/Bug-bash-{HEX}"),
            format!("notion://{HEX}"),
            format!("notion:///{HEX}"),
            format!("<https://www.notion.so/Bug-bash-{HEX}|Bug bash>"),
            format!("https://www.notion.so/acme/{OTHER}?v={OTHER}&p={HEX}&pm=s"),
            "https://www.notion.so/be633bf1-dfa0-436d-b259-571129a590e5".to_owned(),
        ] {
            let page: PageRef = serde_json::from_value(written.as_str().into()).unwrap();
            assert_eq!((page.to_string().as_str(), page.block), (HEX, None), "{written}");
        }
        let anchored: PageRef = format!("https://www.notion.so/Bug-bash-{HEX}#{OTHER}").parse().unwrap();
        assert_eq!(anchored.block, Id::parse(OTHER));
        assert_eq!(anchored.to_string().parse(), Ok(anchored));
    }

    #[test]
    fn what_is_no_page_says_what_to_write() {
        for written in [
            "",
            "Runbook",
            &HEX[1..],
            &format!("{HEX}0"),
            &format!("https://evil.example/{HEX}"),
            &format!("https://notion.so.evil.example/{HEX}"),
            &format!("https://evilnotion.so/{HEX}"),
            "https://www.notion.so/acme",
            "https://www.notion.so/ä",
            "be633bf1dfa0-436d-b259-571129a590e5-",
            "javascript:alert(1)",
        ] {
            let error = serde_json::from_value::<PageRef>(written.into()).unwrap_err().to_string();
            assert!(error.contains("is no page of Notion's; paste the page's link"), "{written}: {error}");
        }
    }

    #[test]
    fn databases_have_names_too() {
        let id = Id::parse(OTHER).unwrap();
        for (written, meant) in [
            (OTHER.to_owned(), DatabaseRef::Id(id)),
            (format!("https://www.notion.so/acme/{OTHER}?v={HEX}&p={HEX}"), DatabaseRef::Id(id)),
            (" Tasks 2026 ".to_owned(), DatabaseRef::Name("Tasks 2026".to_owned())),
        ] {
            assert_eq!(written.parse(), Ok(meant), "{written}");
        }
        assert!("https://evil.example/x".parse::<DatabaseRef>().is_err());
        assert!("".parse::<DatabaseRef>().unwrap_err().contains("paste the database's link"));
        assert_eq!(id.dashed(), "a1d8501e-1ac1-43e9-a6bd-ea9fe6c8822b");
        assert_eq!(id.key().as_str(), format!("notion:{OTHER}"));
    }
}
