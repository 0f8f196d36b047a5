//! The report of a task as a page: what came of it in a box, facts, results, details, log, links, and whose work it is.
//!
//! Made from what tasks and scans publish, or from free parameters. Texts from programs are text; only
//! [`Report::details`] is Markdown.

use serde_json::{Value, json};

use super::blocks::{callout, code, from_markdown, is_link, linked, rich, table, text_block};
use crate::connectors::house::{ScanData, TaskData};
use crate::model::{Severity, Tone};

/// The longest log that is kept, in characters; of a longer one, the end.
const LOG: usize = 100_000;
/// The longest plain text of a fact or cell, in characters.
const CELL: usize = 1_500;
/// How many results are listed.
const RESULTS: usize = 500;

/// A report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What it is about, as the page's title.
    pub title: String,
    /// How it went.
    pub tone: Tone,
    /// How it went, in a word or two, such as `Failed`.
    pub status: String,
    /// What came of it, in one or two sentences.
    pub summary: String,
    /// Short facts, such as how long it took.
    pub facts: Vec<(String, String)>,
    /// What was found or done, one line each below this head; each as wide as it.
    pub results: Option<Results>,
    /// More, as Markdown.
    pub details: String,
    /// The last lines of the log.
    pub log: String,
    /// Where there is more: what it is called and its address.
    pub links: Vec<(String, String)>,
    /// Who asked for it or where it came from, for the last line.
    pub origin: String,
    /// What it is found by again, see `Caller::marker`. It stands at its end, in grey: Notion has no place that people do
    /// not see.
    pub marker: String,
}

/// Results, as a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Results {
    /// The heads of the columns.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Report {
    /// The report of a task's event.
    #[must_use]
    pub fn of_task(kind: &str, task: &TaskData) -> Self {
        let (tone, status) = match kind {
            "task.started" => (Tone::Progress, "Running"),
            "task.failed" => (Tone::Bad, "Failed"),
            _ => (Tone::Good, "Completed"),
        };
        let mut facts = vec![("Task".to_owned(), task.task.clone())];
        facts.extend(task.duration_seconds.and_then(duration).map(|took| ("Duration".to_owned(), took)));
        facts.extend(task.attempt.map(|attempt| ("Attempt".to_owned(), attempt.to_string())));
        let said = [task.summary.as_deref(), task.error.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        let link = |called: &str, url: &Option<String>| url.clone().map(|url| (called.to_owned(), url));
        Self {
            title: task.name.clone().unwrap_or_else(|| task.task.clone()),
            tone,
            status: status.to_owned(),
            summary: said.join("\n"),
            facts,
            log: task.log.clone().unwrap_or_default(),
            links: [link("Details", &task.url), link("Whole log", &task.log_url)].into_iter().flatten().collect(),
            ..Self::default()
        }
    }

    /// The report of a scan, its findings gravest first.
    #[must_use]
    pub fn of_scan(scan: &ScanData) -> Self {
        let mut findings: Vec<_> = scan.findings.iter().collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let counted = |severity: Severity| match &scan.counts {
            Some(counts) => match severity {
                Severity::Critical => counts.critical,
                Severity::High => counts.high,
                Severity::Medium => counts.medium,
                Severity::Low => counts.low,
                Severity::Info => counts.info,
            },
            None => findings.iter().filter(|finding| finding.severity == severity).count() as u64,
        };
        let counts = Severity::GRAVEST_FIRST.into_iter().map(|severity| (severity, counted(severity)));
        let counts: Vec<(Severity, u64)> = counts.filter(|(_, count)| *count > 0).collect();
        let (tone, status) = match counts.first() {
            None => (Tone::Good, "Nothing found".to_owned()),
            Some((Severity::Critical | Severity::High, count)) => (Tone::Bad, format!("{count} grave")),
            Some(_) => (Tone::Warning, "Findings".to_owned()),
        };
        let mut facts: Vec<(String, String)> =
            counts.iter().map(|(severity, count)| (severity.to_string(), count.to_string())).collect();
        facts.extend(scan.tool.clone().map(|tool| ("Scanner".to_owned(), tool)));
        facts.extend(scan.duration_seconds.and_then(duration).map(|took| ("Duration".to_owned(), took)));
        let rows = findings.iter().map(|finding| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            vec![
                finding.severity.to_string(),
                finding.id.clone(),
                text(&finding.title),
                text(&finding.location),
                text(&finding.fixed_in),
            ]
        });
        let head = ["Severity", "Finding", "What", "Where", "Fixed in"].map(str::to_owned).to_vec();
        let rows: Vec<_> = rows.collect();
        Self {
            title: format!("Scan of {}", scan.target),
            tone,
            status,
            facts,
            results: (!rows.is_empty()).then_some(Results { head, rows }),
            links: scan.url.clone().map(|url| ("Whole report".to_owned(), url)).into_iter().collect(),
            ..Self::default()
        }
    }

    /// The emoji that stands for how it went; also the icon of the page.
    #[must_use]
    pub fn emoji(&self) -> &'static str {
        match self.tone {
            Tone::Neutral => "📄",
            Tone::Progress => "⏳",
            Tone::Good => "✅",
            Tone::Warning => "⚠️",
            Tone::Bad => "❌",
            Tone::Muted => "🗄️",
        }
    }

    /// The blocks of the page, or of what is appended to one.
    #[must_use]
    pub fn blocks(&self) -> Vec<Value> {
        let color = match self.tone {
            Tone::Neutral | Tone::Muted => "gray_background",
            Tone::Progress => "blue_background",
            Tone::Good => "green_background",
            Tone::Warning => "yellow_background",
            Tone::Bad => "red_background",
        };
        let mut blocks = Vec::new();
        let mut lead = bold(&short(&self.status));
        if !self.summary.trim().is_empty() {
            lead.extend(rich(&format!("{}{}", if lead.is_empty() { "" } else { "\n" }, clean(self.summary.trim()))));
        }
        if !lead.is_empty() {
            blocks.push(callout(self.emoji(), color, lead, Vec::new()));
        }
        for (label, value) in self.facts.iter().filter(|(_, value)| !value.trim().is_empty()) {
            let mut text = bold(&format!("{}: ", short(label)));
            text.extend(rich(&short(value)));
            blocks.push(text_block("bulleted_list_item", text, Vec::new()));
        }
        if let Some(results) = self.results.as_ref().filter(|results| !results.rows.is_empty()) {
            blocks.push(heading("Results"));
            let cells = |row: &Vec<String>| row.iter().map(|cell| rich(&short(cell))).collect::<Vec<_>>();
            let rows = std::iter::once(&results.head).chain(results.rows.iter().take(RESULTS)).map(cells);
            blocks.push(table(rows.collect()));
            let more = results.rows.len().saturating_sub(RESULTS);
            if more > 0 {
                blocks.push(text_block("paragraph", rich(&format!("+{more} more")), Vec::new()));
            }
        }
        let details = from_markdown(&self.details);
        if !details.is_empty() {
            blocks.push(heading("Details"));
            blocks.extend(details);
        }
        if !self.log.trim().is_empty() {
            blocks.push(heading("Log"));
            blocks.push(code(&end(&clean(self.log.trim_end())), ""));
        }
        let links: Vec<&(String, String)> = self.links.iter().filter(|(_, url)| is_link(url)).collect();
        if !links.is_empty() {
            blocks.push(heading("Links"));
        }
        for (called, url) in links {
            let called = if called.trim().is_empty() { url.clone() } else { short(called) };
            blocks.push(text_block("bulleted_list_item", linked(&called, url), Vec::new()));
        }
        let footer: Vec<&str> =
            [self.origin.trim(), self.marker.trim()].into_iter().filter(|text| !text.is_empty()).collect();
        if !footer.is_empty() {
            blocks.push(super::blocks::block("divider", json!({})));
            let mut footer = text_block("paragraph", rich(&clean(&footer.join(" · "))), Vec::new());
            footer["paragraph"]["color"] = "gray".into();
            blocks.push(footer);
        }
        blocks
    }
}

/// Whether a block holds this marker; for the look-up of what may have been written.
#[must_use]
pub fn is_marked(block: &Value, marker: &str) -> bool {
    let text = block.pointer("/paragraph/rich_text").and_then(Value::as_array);
    !marker.is_empty() && text.is_some_and(|pieces| super::blocks::plain(pieces).contains(marker))
}

fn heading(text: &str) -> Value {
    text_block("heading_2", rich(text), Vec::new())
}

fn bold(text: &str) -> Vec<Value> {
    let mut pieces = rich(text);
    for piece in &mut pieces {
        piece["annotations"] = json!({ "bold": true });
    }
    pieces
}

/// Without control characters, which Notion refuses; terminals' colours lose their beginning and stay readable.
fn clean(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\t')).collect()
}

fn short(text: &str) -> String {
    crate::connectors::markdown::line(text, CELL)
}

/// The end of a long log, from the beginning of a line.
fn end(log: &str) -> String {
    let over = log.chars().count().saturating_sub(LOG);
    if over == 0 {
        return log.to_owned();
    }
    let tail: String = log.chars().skip(over).collect();
    let tail = tail.split_once('\n').map_or(tail.as_str(), |(_, rest)| rest);
    format!("…\n{tail}")
}

fn duration(seconds: f64) -> Option<String> {
    let text = crate::connectors::house::duration(seconds);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::super::blocks::{plan, to_markdown};
    use super::super::tests::Judge;
    use super::*;

    fn accepted(report: &Report) {
        let made = plan(report.blocks());
        let later = made.later.into_iter().map(|append| append.children);
        for children in std::iter::once(made.first).chain(later) {
            let request = json!({ "block_id": "x", "children": children });
            assert!(Judge::of("AppendBlockChildrenParameters").accepts(&request), "{request:#}");
        }
    }

    #[test]
    fn a_failed_task_becomes_a_page() {
        let task: TaskData = serde_json::from_value(json!({
            "task": "nightly-42", "name": "Nightly build", "summary": "2 of 80 *tests* failed", "error": "exit 1",
            "log": "a\n\u{1b}[31mb\u{1b}[0m\n", "url": "https://ci.example/42", "log_url": "javascript:alert(1)",
            "duration_seconds": 125.0, "attempt": 2,
        }))
        .unwrap();
        let report = Report {
            details: "Some **more**".to_owned(),
            origin: "Asked for by Ana on Slack".to_owned(),
            marker: "call_1".to_owned(),
            ..Report::of_task("task.failed", &task)
        };
        assert_eq!((report.title.as_str(), report.emoji()), ("Nightly build", "❌"));
        let blocks = report.blocks();
        accepted(&report);
        assert_eq!(
            to_markdown(&blocks),
            "> [!NOTE]\n> ❌ **Failed**\n> 2 of 80 \\*tests\\* failed\n> exit 1\n\n- **Task:** nightly-42\n- **Duration:** 2 min 5 s\n\
             - **Attempt:** 2\n\n## Details\n\nSome **more**\n\n## Log\n\n```\na\n[31mb[0m\n```\n\n## Links\n\n\
             - [Details](https://ci.example/42)\n\n***\n\nAsked for by Ana on Slack · call\\_1\n"
                .replace("call\\_1", "call_1")
        );
        assert!(is_marked(blocks.last().unwrap(), "call_1") && !is_marked(&blocks[0], "call_1"));
        assert!(!is_marked(blocks.last().unwrap(), ""));
    }

    #[test]
    fn a_scan_lists_its_findings_gravest_first() {
        let scan: ScanData = serde_json::from_value(json!({
            "target": "api:1", "tool": "trivy",
            "findings": [{"id": "L", "severity": "low"}, {"id": "C", "severity": "critical", "title": "Bad | worse", "fixed_in": "2"}],
        }))
        .unwrap();
        let report = Report::of_scan(&scan);
        accepted(&report);
        assert_eq!((report.tone, report.status.as_str()), (Tone::Bad, "1 grave"));
        let rows = &report.results.as_ref().unwrap().rows;
        assert_eq!((rows[0][1].as_str(), rows[1][1].as_str()), ("C", "L"));
        let clean: ScanData = serde_json::from_value(json!({"target": "api:1"})).unwrap();
        assert_eq!(to_markdown(&Report::of_scan(&clean).blocks()), "> [!NOTE]\n> ✅ **Nothing found**\n");
    }

    #[test]
    fn long_and_empty_reports_fit() {
        assert!(Report::default().blocks().is_empty());
        let rows = vec![vec!["x".repeat(5_000), "y".to_owned()]; 600];
        let results = Some(Results { head: vec!["a".to_owned()], rows });
        let log = (0..60_000).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
        let report = Report { log, results, status: "Done".to_owned(), ..Report::default() };
        let text = to_markdown(&report.blocks());
        assert!(text.contains("+100 more") && text.contains("…\n") && text.contains("59999"));
    }
}
