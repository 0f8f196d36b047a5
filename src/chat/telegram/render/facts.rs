//! The labelled facts of a card, a line each; short ones share a line.

use super::super::escape::{cut, one_line};
use super::page::{self, Line, Mark, Part, Run, Unit, Wrap};
use super::rich::{Breaks, Budget, runs};
use crate::model::Field;

/// So much of a line a phone shows unbroken.
const ABREAST: usize = 36;
/// Facts of a card; more are a table.
const MOST: usize = 30;
/// All facts of a card together, in units of text.
const TOTAL: usize = 1_400;
/// The label; it is one or two words.
const LABEL: usize = 60;
/// One fact.
const VALUE: usize = 400;

/// Renders the facts, in their order.
pub(super) fn facts(fields: &[Field], budget: &mut Budget, lost: &mut Vec<String>) -> Option<Part> {
    let mut out: Vec<Line> = Vec::new();
    let mut room = TOTAL;
    let mut shown = 0;
    // How long the last line is, if another fact may stand on it.
    let mut open: Option<usize> = None;
    for field in fields.iter().take(MOST) {
        let Some(fact) = fact(field, budget, lost) else {
            shown += 1;
            continue;
        };
        let weight = Part::new(Wrap::Nothing, Unit::Text, vec![fact.clone()]).weight() + 3;
        if weight > room {
            break;
        }
        room -= weight;
        shown += 1;
        match (open, out.last_mut()) {
            (Some(used), Some(line)) if used + weight <= ABREAST => {
                line.push(Run::new(" · ", Mark::Plain));
                line.extend(fact);
                open = Some(used + weight);
            }
            _ => {
                out.push(fact);
                open = Some(weight);
            }
        }
    }
    let left = fields.len() - shown;
    if left > 0 {
        lost.push(crate::chat::text::plural(left, "fact"));
        out.push(vec![budget.run(&format!("+{left} more facts"), Mark::Italic, None)]);
    }
    (!out.is_empty()).then(|| Part::new(Wrap::Nothing, Unit::Line, out))
}

fn fact(field: &Field, budget: &mut Budget, lost: &mut Vec<String>) -> Option<Line> {
    let label = cut(&one_line(&field.label), LABEL).0;
    let value = runs(&field.value, Breaks::Go, budget);
    if value.iter().all(|run| run.text.trim().is_empty()) {
        return None;
    }
    let whole = value.iter().map(|run| super::super::escape::length(&run.text)).sum::<usize>();
    let value = if whole > VALUE {
        lost.push(format!("the end of the fact `{label}`"));
        page::cut(value, VALUE).0?
    } else {
        value
    };
    if label.is_empty() {
        return Some(value);
    }
    let mut line = vec![budget.run(&label, Mark::Bold, None), Run::new(" ", Mark::Plain)];
    line.extend(value);
    Some(line)
}
