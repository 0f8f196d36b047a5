//! Conditions and orders as people write them: `Status=Doing`, `Due < friday`, `Tags contains x`, `!Done`, `Due desc`.

use serde_json::{Value, json};

use super::parse::{Context, Wanted, checkbox, numeric, pages, person, several, wanted};
use super::schema::{Property, Schema, folded, shown};
use super::{date, number};
use crate::model::Fault;

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
    Contains,
    ContainsNot,
    Starts,
    Ends,
    Empty,
    NotEmpty,
}

/// All ways to write them; those that begin with others stand before them.
const SIGNS: [(&str, Sign); 30] = [
    ("is not empty", Sign::NotEmpty),
    ("is empty", Sign::Empty),
    ("does not contain", Sign::ContainsNot),
    ("doesn't contain", Sign::ContainsNot),
    ("contains", Sign::Contains),
    ("has", Sign::Contains),
    ("starts with", Sign::Starts),
    ("ends with", Sign::Ends),
    ("on or before", Sign::AtMost),
    ("is on or before", Sign::AtMost),
    ("on or after", Sign::AtLeast),
    ("is on or after", Sign::AtLeast),
    ("is before", Sign::Less),
    ("before", Sign::Less),
    ("is after", Sign::More),
    ("after", Sign::More),
    ("is not", Sign::IsNot),
    ("is", Sign::Is),
    ("!=", Sign::IsNot),
    ("<>", Sign::IsNot),
    ("≠", Sign::IsNot),
    ("<=", Sign::AtMost),
    ("≤", Sign::AtMost),
    (">=", Sign::AtLeast),
    ("≥", Sign::AtLeast),
    ("!~", Sign::ContainsNot),
    ("==", Sign::Is),
    ("=", Sign::Is),
    ("<", Sign::Less),
    (">", Sign::More),
];

/// One condition, taken apart.
struct Condition<'a> {
    property: &'a Property,
    sign: Sign,
    value: &'a str,
}

const HELP: &str = "write conditions such as `Status=Doing`, `Due<2026-12-01`, `Tags contains x`, `Done` or `!Done`";

/// The filter of several conditions, all of which are to be met; `None` without any.
///
/// # Errors
/// `BadInput`: a condition that cannot be read, a property that is not there, a value or comparison that does not fit.
pub fn filter<'a>(
    schema: &Schema,
    conditions: impl IntoIterator<Item = &'a str>,
    context: &Context<'_>,
) -> Result<Option<Value>, Fault> {
    let conditions = conditions.into_iter().map(str::trim).filter(|text| !text.is_empty());
    let mut all: Vec<Value> =
        conditions.map(|text| made(&apart(schema, text)?, context)).collect::<Result<_, Fault>>()?;
    Ok(match all.len() {
        0 => None,
        1 => all.pop(),
        _ => Some(json!({ "and": all })),
    })
}

/// What has to be looked up before these conditions are read; nothing for those that cannot be.
#[must_use]
pub fn filter_wants<'a>(schema: &Schema, conditions: impl IntoIterator<Item = &'a str>) -> Wanted {
    let mut all = Wanted::default();
    for text in conditions {
        let Ok(condition) = apart(schema, text.trim()) else { continue };
        if matches!(condition.sign, Sign::Empty | Sign::NotEmpty) {
            continue;
        }
        let Wanted { people, pages } = wanted(condition.property, condition.value);
        all.people.extend(people.into_iter().filter(|name| !is_me(name)));
        all.pages.extend(pages);
    }
    all
}

/// Takes a condition apart: the longest name of a property that it begins with, a sign, a value.
fn apart<'a>(schema: &'a Schema, text: &'a str) -> Result<Condition<'a>, Fault> {
    if let Some(negated) = text.strip_prefix('!').or_else(|| text.strip_prefix("not ")) {
        return Ok(Condition { property: boxed(schema, negated)?, sign: Sign::Is, value: "no" });
    }
    let mut best: Option<(usize, Condition<'a>)> = None;
    for property in &schema.0 {
        let Some(rest) = behind(text, &property.name) else { continue };
        let Some((sign, value)) = sign(rest) else { continue };
        let length = property.name.len();
        if best.as_ref().is_none_or(|(longest, _)| length > *longest) {
            best = Some((length, Condition { property, sign, value }));
        }
    }
    if let Some((_, condition)) = best {
        return Ok(condition);
    }
    // No property fits: what stands before the sign is the name that was meant.
    let symbols = text.find(['=', '<', '>', '~', '≠', '≤', '≥']);
    match symbols.filter(|at| *at > 0) {
        Some(at) => {
            let name = text.get(..at).unwrap_or_default().trim_end_matches('!').trim().trim_matches('"');
            schema.find(name)?;
            Err(unreadable(text))
        }
        None => Ok(Condition { property: boxed(schema, text)?, sign: Sign::Is, value: "yes" }),
    }
}

fn unreadable(text: &str) -> Fault {
    Fault::bad_input("filter", format!("`{}` cannot be read as a condition; {HELP}.", shown(text)))
}

/// The checkbox of this name.
fn boxed<'a>(schema: &'a Schema, name: &str) -> Result<&'a Property, Fault> {
    let property = schema.find(name.trim().trim_matches('"'))?;
    if matches!(property.kind.as_str(), "checkbox" | "formula") { Ok(property) } else { Err(unreadable(name)) }
}

/// What stands behind a name at the beginning of a text, whatever case it is in; the name may stand in quotation marks.
fn behind<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (inner, quoted) = text.strip_prefix('"').map_or((text, false), |inner| (inner, true));
    let mut wanted = name.trim().chars().flat_map(char::to_lowercase);
    let mut next = wanted.next();
    let mut end = 0;
    for (at, sign) in inner.char_indices() {
        if next.is_none() {
            break;
        }
        for lower in sign.to_lowercase() {
            if next != Some(lower) {
                return None;
            }
            next = wanted.next();
        }
        end = at + sign.len_utf8();
    }
    if next.is_some() || end == 0 {
        return None;
    }
    let rest = inner.get(end..)?;
    if quoted { rest.strip_prefix('"') } else { Some(rest) }
}

/// The sign at the beginning of a text, and the value behind it.
fn sign(text: &str) -> Option<(Sign, &str)> {
    let rest = text.trim_start();
    let spaced = rest.len() < text.len();
    if let Some(value) = rest.strip_prefix('~') {
        return Some((Sign::Contains, value.trim()));
    }
    SIGNS.into_iter().find_map(|(written, sign)| {
        let value = strip_folded(rest, written)?;
        // A word ends where the next begins, and is no part of the name.
        let is_word = written.starts_with(|sign: char| sign.is_ascii_alphabetic());
        let ends = value.is_empty() || value.starts_with(char::is_whitespace);
        let empty = matches!(sign, Sign::Empty | Sign::NotEmpty);
        let fits = !is_word || (spaced && ends && (!empty || value.trim().is_empty()));
        fits.then(|| (sign, value.trim()))
    })
}

fn strip_folded<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    text.get(..begin.len()).filter(|start| start.eq_ignore_ascii_case(begin)).and_then(|_| text.get(begin.len()..))
}

/// One condition as Notion takes it (<https://developers.notion.com/reference/filter-data-source-entries>).
fn made(condition: &Condition<'_>, context: &Context<'_>) -> Result<Value, Fault> {
    let Condition { property, sign, value } = condition;
    let kind = property.kind.as_str();
    let single = |operator: &str, value: Value| json!({ "property": property.name, kind: { operator: value } });
    let any = |all: Vec<Value>, negated: bool| match <[Value; 1]>::try_from(all) {
        Ok([only]) => only,
        Err(all) => json!({ if negated { "and" } else { "or" }: all }),
    };
    let cannot = || {
        let what = if kind.is_empty() { "property" } else { kind };
        let outside = format!("`{}` is a {} and cannot be compared so.", shown(&property.name), what.replace('_', " "));
        Fault::bad_input(&property.name, outside)
    };
    let existence = match sign {
        Sign::Empty => Some("is_empty"),
        Sign::NotEmpty => Some("is_not_empty"),
        _ => None,
    };
    if let Some(operator) = existence {
        return match kind {
            "formula" => Ok(json!({ "property": property.name, "formula": { "string": { operator: true } } })),
            "title" | "rich_text" | "number" | "select" | "multi_select" | "status" | "date" | "people" | "files"
            | "url" | "email" | "phone_number" | "relation" => Ok(single(operator, true.into())),
            // The others are never empty, or cannot be asked for it.
            _ => Err(cannot()),
        };
    }
    let negated = matches!(sign, Sign::IsNot | Sign::ContainsNot);
    match kind {
        "title" | "rich_text" | "url" | "email" | "phone_number" => {
            let operator = textual(*sign).ok_or_else(cannot)?;
            Ok(single(operator, (*value).into()))
        }
        "number" => Ok(single(numerical(*sign).ok_or_else(cannot)?, numeric(property, value)?.into())),
        "unique_id" => {
            let digits = value.rsplit('-').next().unwrap_or(value);
            let number = digits.parse::<u64>().map_err(|_| property.wrong(value, "write its number"))?;
            Ok(single(numerical(*sign).ok_or_else(cannot)?, number.into()))
        }
        "checkbox" => {
            let value = checkbox(value).ok_or_else(|| property.wrong(value, "write `yes` or `no`"))?;
            let operator = if negated { "does_not_equal" } else { "equals" };
            if !matches!(sign, Sign::Is | Sign::IsNot) {
                return Err(cannot());
            }
            Ok(single(operator, value.into()))
        }
        "select" | "status" => {
            let names = chosen(property, value, *sign).ok_or_else(cannot)??;
            let operator = if negated { "does_not_equal" } else { "equals" };
            Ok(any(names.into_iter().map(|name| single(operator, name.into())).collect(), negated))
        }
        "multi_select" => {
            let names = chosen(property, value, *sign).ok_or_else(cannot)??;
            let operator = if negated { "does_not_contain" } else { "contains" };
            Ok(any(names.into_iter().map(|name| single(operator, name.into())).collect(), negated))
        }
        "people" | "created_by" | "last_edited_by" => {
            let operator = membership(*sign).ok_or_else(cannot)?;
            let names = some(property, several(value))?.into_iter().map(|name| {
                let user = if is_me(&name) { "me".to_owned() } else { person(&name, context)?.to_string() };
                Ok(single(operator, user.into()))
            });
            Ok(any(names.collect::<Result<_, Fault>>()?, negated))
        }
        "relation" => {
            let operator = membership(*sign).ok_or_else(cannot)?;
            let pages = some(property, pages(value, context)?)?;
            Ok(any(pages.into_iter().map(|page| single(operator, page.to_string().into())).collect(), negated))
        }
        "date" | "created_time" | "last_edited_time" => {
            let made = dated(property, *sign, value, context)?.ok_or_else(cannot)?;
            let conditions = made.into_iter().map(|(operator, value)| single(operator, value)).collect();
            Ok(any(conditions, false))
        }
        "formula" => computed(property, *sign, value, context).ok_or_else(cannot),
        "rollup" => {
            let number = number::parse(value).zip(numerical(*sign));
            match (number, textual(*sign)) {
                (Some((number, operator)), _) => {
                    Ok(json!({ "property": property.name, "rollup": { "number": { operator: number } } }))
                }
                (None, Some(operator)) => {
                    Ok(json!({ "property": property.name, "rollup": { "any": { "rich_text": { operator: value } } } }))
                }
                _ => Err(cannot()),
            }
        }
        "verification" => match (sign, folded(value).as_str()) {
            (Sign::Is, status @ ("verified" | "expired" | "none")) => Ok(single("status", status.into())),
            (Sign::IsNot, status @ ("verified" | "expired" | "none")) => Ok(single("does_not_equal", status.into())),
            _ => Err(property.wrong(value, "it is `verified`, `expired` or `none`")),
        },
        _ => Err(cannot()),
    }
}

fn is_me(name: &str) -> bool {
    matches!(folded(name).trim_start_matches('@'), "me")
}

fn some<T>(property: &Property, all: Vec<T>) -> Result<Vec<T>, Fault> {
    if all.is_empty() { Err(property.wrong("", "a value is missing behind the sign")) } else { Ok(all) }
}

/// The options that are meant; nothing where the comparison makes no sense.
fn chosen(property: &Property, value: &str, sign: Sign) -> Option<Result<Vec<String>, Fault>> {
    if !matches!(sign, Sign::Is | Sign::IsNot | Sign::Contains | Sign::ContainsNot) {
        return None;
    }
    let loose = property.kind != "multi_select" && matches!(sign, Sign::Contains | Sign::ContainsNot);
    if loose {
        // A part of a name stands for all that hold it.
        let part = folded(value);
        let all: Vec<String> = property.options.iter().map(|option| option.name.clone()).collect();
        let all: Vec<String> = all.into_iter().filter(|name| folded(name).contains(&part)).collect();
        return Some(if all.is_empty() { Err(property.no_option(value)) } else { Ok(all) });
    }
    let names = several(value)
        .into_iter()
        .map(|name| property.option(&name).map(|option| option.name.clone()).ok_or_else(|| property.no_option(&name)));
    Some(names.collect::<Result<Vec<String>, Fault>>().and_then(|names| some(property, names)))
}

fn textual(sign: Sign) -> Option<&'static str> {
    Some(match sign {
        Sign::Is => "equals",
        Sign::IsNot => "does_not_equal",
        Sign::Contains => "contains",
        Sign::ContainsNot => "does_not_contain",
        Sign::Starts => "starts_with",
        Sign::Ends => "ends_with",
        _ => return None,
    })
}

fn numerical(sign: Sign) -> Option<&'static str> {
    Some(match sign {
        Sign::Is => "equals",
        Sign::IsNot => "does_not_equal",
        Sign::Less => "less_than",
        Sign::AtMost => "less_than_or_equal_to",
        Sign::More => "greater_than",
        Sign::AtLeast => "greater_than_or_equal_to",
        _ => return None,
    })
}

fn membership(sign: Sign) -> Option<&'static str> {
    match sign {
        Sign::Is | Sign::Contains => Some("contains"),
        Sign::IsNot | Sign::ContainsNot => Some("does_not_contain"),
        _ => None,
    }
}

/// The comparisons of dates, any one of which is to be met; nothing where the comparison makes no sense.
fn dated(
    property: &Property,
    sign: Sign,
    value: &str,
    context: &Context<'_>,
) -> Result<Option<Vec<(&'static str, Value)>>, Fault> {
    let spans = ["this week", "past week", "past month", "past year", "next week", "next month", "next year"];
    let names = ["this_week", "past_week", "past_month", "past_year", "next_week", "next_month", "next_year"];
    let wanted = folded(value);
    let wanted =
        wanted.strip_prefix("in ").or_else(|| wanted.strip_prefix("the ")).unwrap_or(&wanted).replace("last ", "past ");
    if let Some(at) = spans.into_iter().position(|span| span == wanted).filter(|_| sign == Sign::Is) {
        return Ok(names.get(at).map(|name| vec![(*name, json!({}))]));
    }
    let range = date::range(value, context.now, context.zone);
    let (start, end) = range.ok_or_else(|| property.wrong(value, date::HELP))?;
    let start = Value::from(start.iso());
    let operator = match (sign, &end) {
        (Sign::Is, None) => "equals",
        (Sign::IsNot, None) => return Ok(Some(vec![("before", start.clone()), ("after", start)])),
        (Sign::Less, None) => "before",
        (Sign::AtMost, None) => "on_or_before",
        (Sign::More, None) => "after",
        (Sign::AtLeast, None) => "on_or_after",
        _ => return Ok(None),
    };
    Ok(Some(vec![(operator, start)]))
}

/// A comparison with what a formula gives, of the type that the value has.
fn computed(property: &Property, sign: Sign, value: &str, context: &Context<'_>) -> Option<Value> {
    let made = |kind: &str, operator: &str, value: Value| {
        Some(json!({ "property": property.name, "formula": { kind: { operator: value } } }))
    };
    let yes = matches!(folded(value).as_str(), "yes" | "true");
    if matches!(sign, Sign::Is | Sign::IsNot) && (yes || matches!(folded(value).as_str(), "no" | "false")) {
        return made("checkbox", if sign == Sign::Is { "equals" } else { "does_not_equal" }, yes.into());
    }
    if let (Some(operator), Some(number)) = (numerical(sign), number::parse(value)) {
        return made("number", operator, number.into());
    }
    if let Ok(Some(dates)) = dated(property, sign, value, context)
        && let [(operator, value)] = dates.as_slice()
    {
        return made("date", operator, value.clone());
    }
    made("string", textual(sign)?, value.into())
}

/// The sorts of an order such as `Due desc, Name`; `created` and `edited` are the times that every entry has.
///
/// # Errors
/// `BadInput`: a property that is not there.
pub fn sorts(schema: &Schema, order: &str) -> Result<Vec<Value>, Fault> {
    let one = |text: String| {
        // A name may itself end like a direction.
        let (name, down) = match schema.find(&text) {
            Ok(_) => (text.as_str(), false),
            Err(_) => direction(&text),
        };
        let direction = if down { "descending" } else { "ascending" };
        if let Ok(property) = schema.find(name) {
            return Ok(json!({ "property": property.name, "direction": direction }));
        }
        let time = match folded(name).as_str() {
            "created" | "created time" | "created_time" => "created_time",
            "edited" | "last edited" | "last edited time" | "last_edited_time" | "updated" => "last_edited_time",
            _ => return Err(schema.find(name).err().unwrap_or_else(|| unreadable(name))),
        };
        Ok(json!({ "timestamp": time, "direction": direction }))
    };
    several(order).into_iter().map(one).collect()
}

/// A name and whether it is sorted downwards: `Due desc`, `-Due`, `Due ↓`.
fn direction(text: &str) -> (&str, bool) {
    if let Some(name) = text.strip_prefix('-') {
        return (name.trim(), true);
    }
    let ends = |end: &str| {
        let at = text.len().checked_sub(end.len())?;
        let fits = text.get(at..).is_some_and(|tail| tail.eq_ignore_ascii_case(end));
        text.get(..at).filter(|_| fits).map(str::trim)
    };
    let down = [" descending", " desc", "↓"].into_iter().find_map(ends);
    let up = || [" ascending", " asc", "↑"].into_iter().find_map(ends);
    match down {
        Some(name) => (name, true),
        None => (up().unwrap_or(text), false),
    }
}
