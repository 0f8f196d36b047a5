//! Security scans: `scan.completed`, counted by severity, gravest findings first. Never the text of a secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{footed, read, task, tone};
use crate::model::{Action, Block, Card, Event, Fault, Severity, SubjectKey, Text, Tone};
use crate::routing::Notice;

/// How many findings the card shows.
const TOP: usize = 5;

/// What `scan.completed` holds.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanData {
    /// What was scanned: an image, a repository, a host.
    #[schemars(example = &"registry.example.com/api:1.4.2")]
    pub target: String,
    /// The scan's id; the event's id if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<String>,
    /// The scanner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// How many findings of each severity; counted from `findings` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<SeverityCounts>,
    /// The findings.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// A page with the whole report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How long it took, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
}

/// How many findings of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeverityCounts {
    /// Critical ones.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones.
    pub low: u64,
    /// Informational ones.
    pub info: u64,
}

/// One finding.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule or vulnerability, such as `CVE-2026-1234`.
    #[schemars(example = &"CVE-2026-1234")]
    pub id: String,
    /// How grave it is.
    pub severity: Severity,
    /// What it is, in one line. Never the text of a secret that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it is: a file and line, a package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The version that fixes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_in: Option<String>,
    /// A page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl SeverityCounts {
    fn of(findings: &[Finding]) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            *match finding.severity {
                Severity::Critical => &mut counts.critical,
                Severity::High => &mut counts.high,
                Severity::Medium => &mut counts.medium,
                Severity::Low => &mut counts.low,
                Severity::Info => &mut counts.info,
            } += 1;
        }
        counts
    }

    fn gravest_first(self) -> [(Severity, u64); 5] {
        [
            (Severity::Critical, self.critical),
            (Severity::High, self.high),
            (Severity::Medium, self.medium),
            (Severity::Low, self.low),
            (Severity::Info, self.info),
        ]
    }
}

pub(super) fn tell(mut event: Event) -> Result<Notice, Fault> {
    let mut data: ScanData = read(&event)?;
    let scan = data.scan.clone().unwrap_or_else(|| event.id.clone());
    let key = event.key.clone().unwrap_or_else(|| SubjectKey::new(format!("scan:{}/{scan}", event.source)));
    let counts = data.counts.unwrap_or_else(|| SeverityCounts::of(&data.findings));
    let total: u64 = counts.gravest_first().iter().fold(0, |sum, (_, count)| sum.saturating_add(*count));
    let gravest = counts.gravest_first().into_iter().find(|(_, count)| *count > 0).map(|(severity, _)| severity);
    let (tone, title) = match gravest {
        None => (Tone::Good, format!("{}: nothing found", data.target)),
        Some(_) if total == 1 => (tone(gravest), format!("{}: 1 finding", data.target)),
        Some(_) => (tone(gravest), format!("{}: {total} findings", data.target)),
    };
    let mut card = Card::new(tone, title).key(key.clone());
    if let Some(url) = &data.url {
        card = card.link(url.clone());
    }
    for (severity, count) in counts.gravest_first().into_iter().filter(|(_, count)| *count > 0) {
        card = card.field(capital(severity), count.to_string());
    }
    data.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    if !data.findings.is_empty() {
        let items = data.findings.iter().take(TOP).map(line).collect();
        card = card.block(Block::List { ordered: false, items });
        // A scanner may count more than it lists.
        let more = total.saturating_sub(data.findings.len().min(TOP) as u64);
        if more > 0 {
            card = card.text(format!("+{more} more"));
        }
    }
    if let Some(tool) = data.tool {
        card = card.field("Scanner", tool);
    }
    if let Some(seconds) = data.duration_seconds {
        card = card.field("Duration", task::duration(seconds));
    }
    if let Some(url) = data.url {
        card = card.action(Action::open("report", "View report", url));
    }
    event.severity = event.severity.or(gravest);
    event.key = Some(key);
    let card = footed(card, &event);
    Ok(Notice::new(event).card(card))
}

fn line(finding: &Finding) -> Text {
    let mut text = Text::new().bold(capital(finding.severity)).plain(" ");
    text = match &finding.url {
        Some(url) => text.link(finding.id.clone(), url.clone()),
        None => text.code(finding.id.clone()),
    };
    if let Some(title) = &finding.title {
        text = text.plain(format!(" {title}"));
    }
    if let Some(location) = &finding.location {
        text = text.plain(" in ").code(location.clone());
    }
    if let Some(version) = &finding.fixed_in {
        text = text.plain(format!(", fixed in {version}"));
    }
    text
}

fn capital(severity: Severity) -> String {
    let word = severity.to_string();
    word[..1].to_uppercase() + &word[1..]
}
