//! The small print: what was decided, and the footer. Context blocks know no rich text, so outside text
//! goes into `plain_text` elements, and mrkdwn holds nothing but mentions, dates and links that we make.

use serde_json::{Value, json};

use super::super::escape::{cut, entities, is_tame, length, one_line, safe_url, user_id};
use super::super::limits;
use super::rich;
use crate::model::{Decision, Span, Text};

/// Decisions that are shown; the oldest make room.
const DECISIONS: usize = 5;
/// The footer's text; it is one quiet line.
const FOOTER: usize = 400;
/// What was done, and by whom.
const WORDS: usize = 100;

/// One context line a decision, oldest first.
pub(super) fn decisions(decisions: &[Decision], lost: &mut Vec<String>) -> Vec<Value> {
    let dropped = decisions.len().saturating_sub(DECISIONS);
    if dropped > 0 {
        lost.push(format!("the {dropped} oldest decisions"));
    }
    let mut out = Vec::new();
    if dropped > 0 {
        out.push(context(vec![plain(&format!("+{dropped} earlier"))]));
    }
    out.extend(decisions[dropped..].iter().map(decision));
    out
}

fn decision(decision: &Decision) -> Value {
    let what = cut(&one_line(&decision.what), WORDS).0;
    let at = mrkdwn(&date(decision.at));
    if let Some(id) = user_id(&decision.handle) {
        return context(vec![plain(&format!("✓ {what} by")), mrkdwn(&format!("<@{id}>")), plain("·"), at]);
    }
    let name = cut(&one_line(&decision.name), WORDS).0;
    context(vec![plain(&format!("✓ {what} by {name} ·")), at])
}

fn date(at: jiff::Timestamp) -> String {
    format!("<!date^{}^{}|{}>", at.as_second(), rich::DATE, rich::date_fallback(at))
}

/// The footer, if there is something in it.
pub(super) fn footer(text: &Text) -> Option<Value> {
    let mut elements: Vec<Value> = Vec::new();
    let mut run = String::new();
    for span in &text.0 {
        let made = match span {
            Span::Mention { handle, .. } => user_id(handle).map(|id| format!("<@{id}>")),
            Span::Time(at) => Some(date(*at)),
            Span::Link { text, url } => {
                let label = one_line(text);
                let fine = !label.is_empty() && is_tame(&label) && !label.contains('|') && length(&label) <= WORDS;
                safe_url(url)
                    .filter(|url| fine && length(url) <= FOOTER)
                    .map(|url| format!("<{}|{}>", entities(&url), entities(&label)))
            }
            _ => None,
        };
        match made {
            Some(made) => {
                elements.extend(flush(&mut run));
                elements.push(mrkdwn(&made));
            }
            None => run.push_str(&Text(vec![span.clone()]).to_plain()),
        }
    }
    elements.extend(flush(&mut run));
    let weight: usize = elements.iter().map(super::weight).sum();
    if elements.len() > limits::CONTEXT || weight > 2 * FOOTER {
        elements = flush(&mut text.to_plain()).into_iter().collect();
    }
    (!elements.is_empty()).then(|| context(elements))
}

fn flush(run: &mut String) -> Option<Value> {
    let text = cut(&one_line(&std::mem::take(run)), FOOTER).0;
    (!text.is_empty()).then(|| plain(&text))
}

fn context(elements: Vec<Value>) -> Value {
    json!({ "type": "context", "elements": Value::Array(elements) })
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

fn mrkdwn(made: &str) -> Value {
    json!({ "type": "mrkdwn", "text": made, "verbatim": true })
}
