//! Moments in JQL: `-7d`, `"2026-11-20 10:00"`, `now()`, `startOfDay(-1)`.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::parse::Operand;

/// The moment that an operand names, in UTC.
pub(super) fn moment(operand: &Operand, now: Timestamp) -> Option<Timestamp> {
    match operand {
        Operand::Empty => None,
        Operand::Text(text) => span(text).map(|span| now + span).or_else(|| written(text)),
        Operand::Call(name, arguments) => called(&name.to_lowercase(), arguments, now),
    }
}

/// `-1w 2d`, `4h`, `-30m`.
fn span(text: &str) -> Option<SignedDuration> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total = SignedDuration::ZERO;
    let mut digits = String::new();
    let mut any = false;
    for letter in rest.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            ' ' if digits.is_empty() => {}
            'w' | 'd' | 'h' | 'm' => {
                let count: i64 = digits.parse().ok()?;
                let minutes = match letter {
                    'w' => 7 * 24 * 60,
                    'd' => 24 * 60,
                    'h' => 60,
                    _ => 1,
                };
                total += SignedDuration::from_mins(count.checked_mul(minutes)?);
                digits.clear();
                any = true;
            }
            _ => return None,
        }
    }
    (any && digits.is_empty()).then(|| total * sign)
}

fn written(text: &str) -> Option<Timestamp> {
    let text = text.replace('/', "-");
    let at = match text.split_once(' ') {
        Some((day, time)) => DateTime::from_parts(day.parse().ok()?, Time::strptime("%H:%M", time).ok()?),
        None => text.parse::<Date>().ok()?.to_datetime(Time::midnight()),
    };
    at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

fn called(name: &str, arguments: &[String], now: Timestamp) -> Option<Timestamp> {
    if name == "now" {
        return arguments.is_empty().then_some(now);
    }
    let today = now.to_zoned(TimeZone::UTC).date();
    let (end, unit) = match (name.strip_prefix("startof"), name.strip_prefix("endof")) {
        (Some(unit), _) => (false, unit),
        (None, Some(unit)) => (true, unit),
        _ => return None,
    };
    let argument = arguments.first().map_or("0", String::as_str);
    let shift: i64 = argument.trim_end_matches(['d', 'w', 'M', 'y']).parse().ok()?;
    let shift = if end { shift + 1 } else { shift };
    let start = match unit {
        "day" => today.checked_add(shift.days()).ok()?,
        "week" => {
            let since = i64::from(today.weekday().to_sunday_zero_offset());
            today.checked_sub(since.days()).ok()?.checked_add(shift.weeks()).ok()?
        }
        "month" => today.first_of_month().checked_add(shift.months()).ok()?,
        "year" => today.first_of_year().checked_add(shift.years()).ok()?,
        _ => return None,
    };
    let at = start.to_datetime(Time::midnight()).to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(if end { at - SignedDuration::from_millis(1) } else { at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_relative_written_or_called() {
        let now: Timestamp = "2026-11-20T10:30:00Z".parse().unwrap();
        let text = |text: &str| moment(&Operand::Text(text.to_owned()), now).map(|at| at.to_string());
        let call = |name: &str, argument: &[&str]| {
            let arguments = argument.iter().map(|&argument| argument.to_owned()).collect();
            moment(&Operand::Call(name.to_owned(), arguments), now).map(|at| at.to_string())
        };
        assert_eq!(text("-1w 2d"), Some("2026-11-11T10:30:00Z".to_owned()));
        assert_eq!(text("-90m"), Some("2026-11-20T09:00:00Z".to_owned()));
        assert_eq!(text("2026/11/19 08:15"), Some("2026-11-19T08:15:00Z".to_owned()));
        assert_eq!(text("yesterday"), None);
        assert_eq!(call("startOfDay", &["-1"]), Some("2026-11-19T00:00:00Z".to_owned()));
        assert_eq!(call("startOfWeek", &[]), Some("2026-11-15T00:00:00Z".to_owned()));
        assert_eq!(call("endOfMonth", &[]), Some("2026-11-30T23:59:59.999Z".to_owned()));
    }
}
