//! Inline text as runs: clean, inert, and with no more formatting and addresses than a message bears.

use jiff::Timestamp;

use super::super::escape::{Address, address, clean, inert, length, user_id};
use super::super::limits::Limits;
use super::page::{Line, Mark, Run};
use crate::model::{Span, Text};

/// What a message may still spend.
#[derive(Debug)]
pub(super) struct Budget {
    entities: usize,
    addresses: usize,
    latest: i64,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { entities: limits.entities, addresses: limits.addresses, latest: limits.latest }
    }

    /// Room for so many entities, whose addresses are so long.
    pub(super) fn take(&mut self, entities: usize, addresses: usize) -> bool {
        let fits = entities <= self.entities && addresses <= self.addresses;
        if fits {
            self.entities -= entities;
            self.addresses -= addresses;
        }
        fits
    }

    /// A run in this mark, or without it where there is no room for it. `before` is what stands before it.
    pub(super) fn run(&mut self, text: &str, mark: Mark, before: Option<char>) -> Run {
        let (entities, addresses) = match &mark {
            Mark::Plain => (0, 0),
            Mark::Link(url) => (1, length(url)),
            Mark::BoldLink(url) => (2, length(url)),
            _ => (1, 0),
        };
        let mark = if self.take(entities, addresses) { mark } else { Mark::Plain };
        if mark == Mark::Code { Run::new(text, mark) } else { Run::new(inert(text, before), mark) }
    }

    /// A moment, written by the reader's client.
    pub(super) fn time(&mut self, at: Timestamp) -> Run {
        let seconds = at.as_second();
        let mark = if seconds > 0 && seconds <= self.latest { Mark::Time(seconds) } else { Mark::Plain };
        self.run(&moment(at), mark, None)
    }

    /// A person: a mention where the handle is one of Telegram's, else the name.
    pub(super) fn person(&mut self, handle: &str, name: &str, before: Option<char>) -> Run {
        let name = super::super::escape::one_line(name);
        match user_id(handle) {
            Some(id) if name.is_empty() => self.run("somebody", Mark::Mention(id), before),
            Some(id) => self.run(&name, Mark::Mention(id), before),
            None => Run::new(inert(&name, before), Mark::Plain),
        }
    }
}

/// A moment as text, for clients that cannot write it.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Whether line feeds stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    Stay,
    Go,
}

/// The text's runs, none empty.
pub(super) fn runs(content: &Text, breaks: Breaks, budget: &mut Budget) -> Line {
    let mut out: Line = Vec::new();
    let tidy = |text: &str| {
        let text = clean(text);
        if breaks == Breaks::Stay { text } else { text.replace('\n', " ") }
    };
    for span in &content.0 {
        let before = out.last().and_then(|run| run.text.chars().next_back());
        let plain = |text: &str, mark: Mark, budget: &mut Budget| {
            let text = tidy(text);
            // Formatted blanks are nothing to Telegram, which then counts differently.
            let mark = if text.trim().is_empty() { Mark::Plain } else { mark };
            budget.run(&text, mark, before)
        };
        let run = match span {
            Span::Text(text) => plain(text, Mark::Plain, budget),
            Span::Bold(text) => plain(text, Mark::Bold, budget),
            Span::Italic(text) => plain(text, Mark::Italic, budget),
            Span::Strike(text) => plain(text, Mark::Strike, budget),
            Span::Code(text) => plain(text, Mark::Code, budget),
            Span::Link { text, url } => match address(url) {
                Some(Address::Page(url)) if tidy(text).trim().is_empty() => {
                    let shown = url.clone();
                    plain(&shown, Mark::Link(url), budget)
                }
                Some(Address::Page(url)) => plain(text, Mark::Link(url), budget),
                Some(Address::Shown(to)) => {
                    let text = tidy(text);
                    let shown = match text.trim() {
                        "" => to,
                        already if already.contains(&to) => text,
                        _ => format!("{text} ({to})"),
                    };
                    plain(&shown, Mark::Plain, budget)
                }
                None => plain(text, Mark::Plain, budget),
            },
            // In a text, who is elsewhere is written as there: with a sign before the name, which links nowhere here.
            Span::Mention { handle, name } if user_id(handle).is_none() => {
                budget.person(handle, &format!("@{name}"), before)
            }
            Span::Mention { handle, name } => budget.person(handle, name, before),
            Span::Time(at) => budget.time(*at),
        };
        if !run.text.is_empty() {
            out.push(run);
        }
    }
    out
}
