//! What a message is made of before it is HTML: blocks of lines, lines of runs. Here a block can be measured and cut, and
//! what is written from it is balanced by construction.

use unicode_segmentation::UnicodeSegmentation as _;

use super::super::escape::{escape, length};

/// How far back a cut looks for a blank, in units.
const BACK: usize = 40;

/// How a run looks and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    Plain,
    Bold,
    Italic,
    Strike,
    Code,
    Link(String),
    BoldLink(String),
    Mention(i64),
    /// In seconds of Unix time; the text is for clients that cannot write it.
    Time(i64),
}

/// A stretch of text that looks the same; clean and, but for code, inert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) mark: Mark,
}

impl Run {
    pub(super) fn new(text: impl Into<String>, mark: Mark) -> Self {
        Self { text: text.into(), mark }
    }

    /// Whether a part of it would be another thing.
    fn is_whole(&self) -> bool {
        matches!(self.mark, Mark::Mention(_) | Mark::Time(_))
    }

    fn html(&self, out: &mut String) {
        let text = escape(&self.text);
        let written = match &self.mark {
            Mark::Plain => text,
            Mark::Bold => format!("<b>{text}</b>"),
            Mark::Italic => format!("<i>{text}</i>"),
            Mark::Strike => format!("<s>{text}</s>"),
            Mark::Code => format!("<code>{text}</code>"),
            Mark::Link(url) => format!("<a href=\"{}\">{text}</a>", escape(url)),
            Mark::BoldLink(url) => format!("<b><a href=\"{}\">{text}</a></b>", escape(url)),
            Mark::Mention(id) => format!("<a href=\"tg://user?id={id}\">{text}</a>"),
            // Short: month and day (the year only where it is another one), hours and minutes.
            Mark::Time(at) => format!("<tg-time unix=\"{at}\" format=\"dt\">{text}</tg-time>"),
        };
        out.push_str(&written);
    }
}

/// One line, which may itself hold line feeds.
pub(super) type Line = Vec<Run>;

/// What is around a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrap {
    Nothing,
    /// Quiet words: the footer, notices.
    Quiet,
    Quote,
    /// A quotation that the reader unfolds.
    Folded,
    Code,
    Diff,
}

impl Wrap {
    const fn tags(self) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => ("", ""),
            Self::Quiet => ("<i>", "</i>"),
            Self::Quote => ("<blockquote>", "</blockquote>"),
            Self::Folded => ("<blockquote expandable>", "</blockquote>"),
            Self::Code => ("<pre>", "</pre>"),
            Self::Diff => ("<pre><code class=\"language-diff\">", "</code></pre>"),
        }
    }

    /// Whether clients set it apart by themselves, so that no blank line is needed around it.
    pub(super) const fn stands_out(self) -> bool {
        matches!(self, Self::Quote | Self::Folded | Self::Code | Self::Diff)
    }
}

/// What the lines of a block are, where some of them are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// One paragraph: what is left out is counted in characters.
    Text,
    Line,
    Item,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) wrap: Wrap,
    pub(super) unit: Unit,
    pub(super) lines: Vec<Line>,
}

/// How long a line is, as Telegram counts.
fn weight(line: &[Run]) -> usize {
    line.iter().map(|run| length(&run.text)).sum()
}

impl Part {
    pub(super) fn new(wrap: Wrap, unit: Unit, lines: Vec<Line>) -> Self {
        Self { wrap, unit, lines }
    }

    /// Quiet words on a line of their own.
    pub(super) fn quiet(line: Line) -> Self {
        Self::new(Wrap::Quiet, Unit::Text, vec![line])
    }

    /// How long it is, as Telegram counts.
    pub(super) fn weight(&self) -> usize {
        self.lines.iter().map(|line| weight(line)).sum::<usize>() + self.lines.len().saturating_sub(1)
    }

    /// Whether there is nothing to see.
    pub(super) fn is_blank(&self) -> bool {
        self.lines.iter().flatten().all(|run| run.text.trim().is_empty())
    }

    pub(super) fn html(&self) -> String {
        let (open, close) = self.wrap.tags();
        let mut out = open.to_owned();
        for (at, line) in self.lines.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            for run in line {
                run.html(&mut out);
            }
        }
        out.push_str(close);
        out
    }

    /// As many whole lines as fit into `most` units, and the rest. One line that is longer than all the room is cut between
    /// words, or at least between graphemes.
    pub(super) fn split(self, most: usize) -> (Option<Self>, Option<Self>) {
        let Self { wrap, unit, mut lines } = self;
        let part = |lines: Vec<Line>| (!lines.is_empty()).then(|| Self::new(wrap, unit, lines));
        let mut used = 0;
        let mut taken = 0;
        for line in &lines {
            let more = weight(line) + usize::from(taken > 0);
            if used + more > most {
                break;
            }
            used += more;
            taken += 1;
        }
        let mut rest = lines.split_off(taken);
        if taken == 0 && !rest.is_empty() && most > 1 {
            let (begun, left) = cut(rest.remove(0), most);
            lines.extend(begun);
            rest.splice(0..0, left);
        }
        (part(lines), part(rest))
    }

    /// How much there is of it, in words, such as `14 lines`. `begun` is whether the first line began before.
    pub(super) fn count(&self, begun: bool) -> String {
        let count = self.lines.len();
        match self.unit {
            Unit::Text => crate::chat::text::plural(self.weight().max(1), "character"),
            Unit::Line | Unit::Item if begun => {
                let what = if self.unit == Unit::Line { "line" } else { "item" };
                match count - 1 {
                    0 => format!("the end of the {what}"),
                    more => format!("the end of the {what} and {}", crate::chat::text::plural(more, what)),
                }
            }
            Unit::Line => crate::chat::text::plural(count, "line"),
            Unit::Item => crate::chat::text::plural(count, "item"),
        }
    }
}

/// A line cut in two; the first ends in `…` and is of at most `most` units. `None` where a side has nothing in it.
pub(super) fn cut(line: Line, most: usize) -> (Option<Line>, Option<Line>) {
    let mut left = most.saturating_sub(1);
    let (mut begun, mut rest) = (Vec::new(), Vec::new());
    let mut runs = line.into_iter();
    for run in runs.by_ref() {
        let long = length(&run.text);
        if long <= left {
            left -= long;
            begun.push(run);
            continue;
        }
        let at = if run.is_whole() { 0 } else { boundary(&run.text, left) };
        let (shown, more) = run.text.split_at(at);
        if !shown.is_empty() {
            begun.push(Run::new(shown, run.mark.clone()));
        }
        rest.push(Run::new(more, run.mark.clone()));
        break;
    }
    rest.extend(runs);
    if rest.is_empty() {
        return ((!begun.is_empty()).then_some(begun), None);
    }
    // One grapheme can be longer than all the room (a letter under a tower of marks): nothing of it is shown.
    begun.push(Run::new("…", Mark::Plain));
    (Some(begun), Some(rest))
}

/// Where to cut, in bytes, so that at most `most` units stand before it.
fn boundary(text: &str, most: usize) -> usize {
    let (mut at, mut used, mut blank) = (0, 0, None);
    for (start, grapheme) in text.grapheme_indices(true) {
        let more = length(grapheme);
        if used + more > most {
            break;
        }
        used += more;
        at = start + grapheme.len();
        if grapheme.chars().all(char::is_whitespace) {
            blank = Some((at, used));
        }
    }
    match blank {
        Some((blank, before)) if used - before <= BACK => blank,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        vec![Run::new(text, Mark::Plain)]
    }

    fn html(part: Option<&Part>) -> String {
        part.map_or_else(String::new, Part::html)
    }

    #[test]
    fn whole_lines_stay_whole() {
        let part = Part::new(Wrap::Code, Unit::Line, vec![line("one"), line("two"), line("three")]);
        assert_eq!(part.weight(), 13);
        let (shown, rest) = part.split(8);
        assert_eq!(html(shown.as_ref()), "<pre>one\ntwo</pre>");
        assert_eq!(html(rest.as_ref()), "<pre>three</pre>");
        assert_eq!(rest.map(|rest| rest.count(false)).as_deref(), Some("1 line"));
    }

    #[test]
    fn a_long_line_is_cut_between_words_and_graphemes() {
        let (shown, rest) = Part::new(Wrap::Nothing, Unit::Text, vec![line("hello brave world")]).split(10);
        assert_eq!((html(shown.as_ref()), html(rest.as_ref())), ("hello …".into(), "brave world".into()));
        let (shown, _) = Part::new(Wrap::Nothing, Unit::Text, vec![line("a👩‍💻b")]).split(5);
        assert_eq!(html(shown.as_ref()), "a…");
    }

    #[test]
    fn a_mention_is_never_halved() {
        let runs = vec![Run::new("by ", Mark::Plain), Run::new("Ana Reyes", Mark::Mention(7))];
        let (shown, rest) = cut(runs, 8);
        assert_eq!(html(shown.map(Part::quiet).as_ref()), "<i>by …</i>");
        assert_eq!(html(rest.map(Part::quiet).as_ref()), "<i><a href=\"tg://user?id=7\">Ana Reyes</a></i>");
    }
}
