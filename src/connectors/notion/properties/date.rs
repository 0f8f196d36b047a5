//! Dates as people write them: `2026-11-30`, `30.11.2026`, `tomorrow 14:00`, `next friday`, `in 3 days`, `nov 30 .. dec 2`.
//!
//! No crate in reach tells a day from a moment, which Notion does, or knows both `30.11.2026` and `in 3 days`; jiff does
//! the calendar.

use jiff::civil::{Date, Time, Weekday};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _, Zoned};

/// A day, or a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    Day(Date),
    Moment(Zoned),
}

impl When {
    /// As Notion takes it: `2026-11-30`, or with time and offset.
    pub(super) fn iso(&self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Moment(moment) => {
                // `Z` and `%:z` are the same moment; Notion shows it in the reader's zone.
                moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
            }
        }
    }

    fn order(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Day(day) => day.to_zoned(zone.clone()).ok().map(|start| start.timestamp()),
            Self::Moment(moment) => Some(moment.timestamp()),
        }
    }
}

/// What a date may be, for errors.
pub(super) const HELP: &str = "write a date such as `2026-11-30`, `30.11.2026`, `tomorrow`, `friday`, `in 3 days` or `2026-11-30 14:00`, or a range \
     with `..` between two";

/// A date or a range of two, seen from this moment in this zone.
pub(super) fn range(text: &str, now: Timestamp, zone: &TimeZone) -> Option<(When, Option<When>)> {
    let text = text.trim();
    if let Some(when) = one(text, now, zone) {
        return Some((when, None));
    }
    let parts = ["..", " to ", " until ", "→", " – ", " - "].into_iter().find_map(|between| text.split_once(between));
    let (start, end) = parts?;
    let (start, end) = (one(start, now, zone)?, one(end.trim_start_matches('.'), now, zone)?);
    // Notion wants both with a time, or both without.
    let (start, end) = match (start, end) {
        (When::Day(day), end @ When::Moment(_)) => (When::Moment(day.to_zoned(zone.clone()).ok()?), end),
        (start @ When::Moment(_), When::Day(day)) => (start, When::Moment(day.to_zoned(zone.clone()).ok()?)),
        both => both,
    };
    (start.order(zone)? <= end.order(zone)?).then_some((start, Some(end)))
}

/// One date.
pub(super) fn one(text: &str, now: Timestamp, zone: &TimeZone) -> Option<When> {
    // The longest that anybody writes; and nothing beyond it is looked at.
    if text.len() > 60 {
        return None;
    }
    let now = now.to_zoned(zone.clone());
    let text = text.trim().to_lowercase();
    if let Some(moment) = exact(&text, zone) {
        return Some(When::Moment(moment));
    }
    let words: Vec<&str> = text.split([' ', ',', '\t']).filter(|word| !word.is_empty()).collect();
    if words == ["now"] {
        return Some(When::Moment(now));
    }
    if let Some(when) = relative(&words, &now) {
        return Some(when);
    }
    // The time stands behind the day: try it with none, one and two words (`2:30 pm`).
    for length in 0..=2.min(words.len()) {
        let (day, time) = words.split_at(words.len() - length);
        let day = day.strip_suffix(&["at"]).unwrap_or(day);
        if length == 0 {
            if let Some(day) = named(day, &now) {
                return Some(When::Day(day));
            }
            continue;
        }
        let Some(time) = clock(&time.concat()) else { continue };
        let day = if day.is_empty() { Some(now.date()) } else { named(day, &now) };
        if let Some(day) = day {
            return day.to_datetime(time).to_zoned(zone.clone()).ok().map(When::Moment);
        }
    }
    None
}

/// A moment as programs write it.
fn exact(text: &str, zone: &TimeZone) -> Option<Zoned> {
    let upper = text.to_uppercase();
    if !upper.contains('T') && !upper.contains(':') {
        return None;
    }
    let timestamp = upper.parse::<Timestamp>().ok().map(|at| at.to_zoned(zone.clone()));
    let civil = || {
        let has_time = upper.contains(':') && upper.starts_with(|sign: char| sign.is_ascii_digit()) && upper.len() > 10;
        let civil: jiff::civil::DateTime = has_time.then(|| upper.parse().ok()).flatten()?;
        civil.to_zoned(zone.clone()).ok()
    };
    timestamp.or_else(civil)
}

/// `in 3 days`, `2 weeks ago`, `+1d`, `in an hour`.
fn relative(words: &[&str], now: &Zoned) -> Option<When> {
    let (words, ahead) = match words {
        [rest @ .., "ago"] => (rest, false),
        ["in", rest @ ..] | [rest @ .., "from", "now"] | rest => (rest, true),
    };
    let (count, unit) = match words {
        [count, unit] => (*count, *unit),
        [joined] => {
            let joined = joined.strip_prefix('+')?;
            let at = joined.find(|sign: char| !sign.is_ascii_digit())?;
            joined.split_at(at)
        }
        _ => return None,
    };
    let count: i64 = match count {
        "a" | "an" | "one" => 1,
        "two" => 2,
        "three" => 3,
        count => count.strip_prefix('+').unwrap_or(count).parse().ok().filter(|count| (0..=10_000).contains(count))?,
    };
    let count = if ahead { count } else { -count };
    let (span, timed): (Span, bool) = match unit.strip_suffix('s').filter(|unit| unit.len() > 1).unwrap_or(unit) {
        "minute" | "min" => (count.minutes(), true),
        "hour" | "h" | "hr" => (count.hours(), true),
        "day" | "d" => (count.days(), false),
        "week" | "w" | "wk" => (count.weeks(), false),
        "month" | "mo" => (count.months(), false),
        "year" | "y" | "yr" => (count.years(), false),
        _ => return None,
    };
    let then = now.checked_add(span).ok()?;
    Some(if timed { When::Moment(then) } else { When::Day(then.date()) })
}

/// A day by its name or numbers.
fn named(words: &[&str], now: &Zoned) -> Option<Date> {
    let today = now.date();
    let words = words.strip_prefix(&["on"]).unwrap_or(words);
    match words {
        ["today"] => Some(today),
        ["tomorrow" | "tmr"] => today.tomorrow().ok(),
        ["yesterday"] => today.yesterday().ok(),
        ["day", "after", "tomorrow"] | ["the", "day", "after", "tomorrow"] => today.checked_add(2.days()).ok(),
        ["next", "week"] => today.checked_add(1.week()).ok(),
        ["next", "month"] => today.checked_add(1.month()).ok(),
        ["next", "year"] => today.checked_add(1.year()).ok(),
        ["end", "of", "month"] | ["end", "of", "the", "month"] | ["eom"] => Some(today.last_of_month()),
        ["end", "of", "year"] | ["end", "of", "the", "year"] => Some(today.last_of_year()),
        // `friday` may be today; `next friday` is the first one after today; `last friday` the last one before.
        ["last", day] => today.nth_weekday(-1, weekday(day)?).ok(),
        ["next", day] => today.nth_weekday(1, weekday(day)?).ok(),
        ["this", day] | [day] if weekday(day).is_some() => {
            let weekday = weekday(day)?;
            if today.weekday() == weekday { Some(today) } else { today.nth_weekday(1, weekday).ok() }
        }
        [numbers] => numeric(numbers, today),
        _ => month_named(words, today),
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" | "tues" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" | "thur" | "thurs" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// `2026-11-30`, `2026/11/30`, `30.11.2026`, `30.11.26`, `30.11.`; `11/30/2026` only where the other reading is none.
fn numeric(text: &str, today: Date) -> Option<Date> {
    let sign = ['-', '.', '/'].into_iter().find(|sign| text.contains(*sign))?;
    let parts: Vec<&str> = text.trim_end_matches('.').split(sign).collect();
    let number = |text: &&str| (!text.is_empty() && text.len() <= 4).then(|| text.parse::<i16>().ok()).flatten();
    let numbers: Vec<i16> = parts.iter().map(number).collect::<Option<_>>()?;
    let day =
        |year: i16, month: i16, day: i16| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
    let full = |year: i16, text: &str| match text.len() {
        4 => Some(year),
        2 => Some(2000 + year),
        _ => None,
    };
    match (sign, numbers.as_slice(), parts.as_slice()) {
        ('-' | '/', [year, month, of], [first, ..]) if first.len() == 4 => day(*year, *month, *of),
        ('.', [of, month, year], [.., last]) => day(full(*year, last)?, *month, *of),
        ('.', [of, month], _) => coming(today, *month, *of),
        ('/', [one, other, year], [.., last]) => {
            let year = full(*year, last)?;
            match (one > &12, other > &12 || one == other) {
                (true, false) => day(year, *other, *one),
                (false, true) => day(year, *one, *other),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `30 nov`, `nov 30 2026`, `30th of november`.
fn month_named(words: &[&str], today: Date) -> Option<Date> {
    let words: Vec<&str> = words.iter().copied().filter(|word| !matches!(*word, "of" | "the")).collect();
    let month_at = words.iter().position(|word| month(word).is_some())?;
    let month = month(words.get(month_at)?)?;
    let of = |word: &str| {
        let digits = word.trim_end_matches(|sign: char| sign.is_ascii_lowercase() || sign == '.');
        let suffix = word.get(digits.len()..)?;
        let fits = matches!(suffix, "" | "st" | "nd" | "rd" | "th" | ".") && digits.len() <= 2;
        fits.then(|| digits.parse::<i16>().ok()).flatten()
    };
    match (month_at, words.as_slice()) {
        (0, [_, day]) | (1, [day, _]) => coming(today, month, of(day)?),
        (0, [_, day, year]) | (1, [day, _, year]) if year.len() == 4 => {
            Date::new(year.parse().ok()?, i8::try_from(month).ok()?, i8::try_from(of(day)?).ok()?).ok()
        }
        _ => None,
    }
}

fn month(word: &str) -> Option<i16> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.');
    let word = if word == "sept" { "sep" } else { word };
    let at = MONTHS.iter().position(|month| *month == word || (word.len() == 3 && month.starts_with(word)))?;
    i16::try_from(at + 1).ok()
}

/// The day of this month that comes, today included.
fn coming(today: Date, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let this = Date::new(today.year(), month, day).ok();
    // The 29th of February may be years away.
    this.filter(|date| *date >= today)
        .or_else(|| (1..=8).find_map(|years| Date::new(today.year().checked_add(years)?, month, day).ok()))
}

/// `14:00`, `14:00:30`, `2pm`, `2:30pm`, `14h`, `noon`.
fn clock(text: &str) -> Option<Time> {
    match text {
        "noon" => return Time::new(12, 0, 0, 0).ok(),
        "midnight" => return Some(Time::midnight()),
        _ => {}
    }
    let formats: &[&str] = if text.ends_with("am") || text.ends_with("pm") {
        &["%I:%M%p", "%I%p"]
    } else {
        &["%H:%M", "%H:%M:%S", "%Hh", "%Hh%M"]
    };
    formats.iter().find_map(|format| strtime::parse(format, text).ok()?.to_time().ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        // A Saturday.
        "2026-11-21T17:30:00Z".parse().unwrap()
    }

    fn read(text: &str, zone: &TimeZone) -> Option<String> {
        let (start, end) = range(text, now(), zone)?;
        Some(end.map_or_else(|| start.iso(), |end| format!("{} {}", start.iso(), end.iso())))
    }

    #[test]
    fn dates_are_understood_as_people_write_them() {
        for (text, meant) in [
            ("2026-11-30", "2026-11-30"),
            ("2026/11/30", "2026-11-30"),
            ("30.11.2026", "2026-11-30"),
            ("1.2.27", "2027-02-01"),
            ("30.11.", "2026-11-30"),
            ("1.2.", "2027-02-01"),
            ("29.2.", "2028-02-29"),
            ("30/11/2026", "2026-11-30"),
            ("11/30/2026", "2026-11-30"),
            ("Nov 30", "2026-11-30"),
            ("30 November 2026", "2026-11-30"),
            ("November 30th, 2026", "2026-11-30"),
            ("1st of sept", "2027-09-01"),
            ("Today", "2026-11-21"),
            ("tomorrow", "2026-11-22"),
            ("yesterday", "2026-11-20"),
            ("day after tomorrow", "2026-11-23"),
            ("saturday", "2026-11-21"),
            ("next saturday", "2026-11-28"),
            ("Friday", "2026-11-27"),
            ("on friday", "2026-11-27"),
            ("next friday", "2026-11-27"),
            ("last friday", "2026-11-20"),
            ("in 3 days", "2026-11-24"),
            ("3 days", "2026-11-24"),
            ("in a week", "2026-11-28"),
            ("+2w", "2026-12-05"),
            ("2 weeks ago", "2026-11-07"),
            ("in 3 months", "2027-02-21"),
            ("next week", "2026-11-28"),
            ("end of month", "2026-11-30"),
            ("2026-11-30 14:00", "2026-11-30T14:00:00+00:00"),
            ("2026-11-30T14:00:00+01:00", "2026-11-30T13:00:00+00:00"),
            ("2026-11-30T14:00:00Z", "2026-11-30T14:00:00+00:00"),
            ("30.11.2026 at 14:00", "2026-11-30T14:00:00+00:00"),
            ("tomorrow 2:30 pm", "2026-11-22T14:30:00+00:00"),
            ("friday 9am", "2026-11-27T09:00:00+00:00"),
            ("noon", "2026-11-21T12:00:00+00:00"),
            ("in 2 hours", "2026-11-21T19:30:00+00:00"),
            ("now", "2026-11-21T17:30:00+00:00"),
            ("2026-11-30..2026-12-02", "2026-11-30 2026-12-02"),
            ("tomorrow to friday", "2026-11-22 2026-11-27"),
            ("nov 30 - dec 2", "2026-11-30 2026-12-02"),
            ("tomorrow 14:00 .. tomorrow 15:00", "2026-11-22T14:00:00+00:00 2026-11-22T15:00:00+00:00"),
            ("today .. tomorrow 15:00", "2026-11-21T00:00:00+00:00 2026-11-22T15:00:00+00:00"),
        ] {
            assert_eq!(read(text, &TimeZone::UTC).as_deref(), Some(meant), "{text}");
        }
        for text in [
            "",
            "x",
            "0",
            "12",
            "a",
            "z",
            "2026-13-01",
            "30.02.2026",
            "05/06/2026",
            "next",
            "in days",
            "in 99999999999 days",
            "25:00",
            "13pm",
            "friday friday",
            "2026-12-02..2026-11-30",
            "..",
            "tomorrow ..",
            "-3 days",
            "2026",
            "20261130",
        ] {
            assert_eq!(read(text, &TimeZone::UTC), None, "{text}");
        }
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let berlin = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(read("today", &berlin).as_deref(), Some("2026-11-22"));
        assert_eq!(read("2026-11-30 14:00", &berlin).as_deref(), Some("2026-11-30T14:00:00+09:00"));
        assert_eq!(read("2026-11-30T14:00Z", &berlin).as_deref(), Some("2026-11-30T23:00:00+09:00"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in any::<String>(), odd in "[0-9./: apmnextifrdyo-]{0,24}", at in -377_705_023_201_i64..253_402_207_200) {
            let at = Timestamp::from_second(at).unwrap_or(Timestamp::MAX);
            for zone in [TimeZone::UTC, TimeZone::fixed(jiff::tz::offset(-12))] {
                let _ = (range(&text, at, &zone), range(&odd, at, &zone), range(&format!("in {odd}"), at, &zone));
            }
        }
    }
}
