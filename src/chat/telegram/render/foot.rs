//! What stands below: what was decided, and the footer.

use super::super::escape::{cut, length, one_line};
use super::page::{self, Line, Mark, Part, Run, Unit, Wrap};
use super::rich::{Breaks, Budget, runs};
use crate::model::{Decision, Text};

/// Decisions that are shown; the oldest make room.
const DECISIONS: usize = 5;
/// The footer's text; it is one quiet line.
const FOOTER: usize = 300;
/// What was done, and by whom.
const WORDS: usize = 100;

/// A line a decision, oldest first.
pub(super) fn decisions(decisions: &[Decision], budget: &mut Budget, lost: &mut Vec<String>) -> Option<Part> {
    let dropped = decisions.len().saturating_sub(DECISIONS);
    let mut lines: Vec<Line> = Vec::new();
    if dropped > 0 {
        lost.push(format!("the {dropped} oldest decisions"));
        lines.push(vec![budget.run(&format!("+{dropped} earlier"), Mark::Italic, None)]);
    }
    lines.extend(decisions[dropped..].iter().map(|decision| line(decision, budget)));
    (!lines.is_empty()).then(|| Part::new(Wrap::Nothing, Unit::Line, lines))
}

fn line(decision: &Decision, budget: &mut Budget) -> Line {
    let what = cut(&one_line(&decision.what), WORDS).0;
    let name = cut(&one_line(&decision.name), WORDS).0;
    let said = budget.run(&format!("✅ {what} by "), Mark::Plain, None);
    let who = budget.person(&decision.handle, &name, Some(' '));
    vec![said, who, Run::new(", ", Mark::Plain), budget.time(decision.at)]
}

/// The footer, if there is something in it.
pub(super) fn footer(text: &Text, budget: &mut Budget) -> Option<Part> {
    if !budget.take(1, 0) {
        return None;
    }
    let mut line = runs(text, Breaks::Go, budget);
    for run in &mut line {
        // What is code cannot be within what is quiet.
        if run.mark == Mark::Code {
            *run = budget.run(&run.text, Mark::Plain, None);
        }
    }
    if line.iter().map(|run| length(&run.text)).sum::<usize>() > FOOTER {
        line = page::cut(line, FOOTER).0?;
    }
    let part = Part::quiet(line);
    (!part.is_blank()).then_some(part)
}
