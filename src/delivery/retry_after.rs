//! What a vendor means by "wait": every form of `Retry-After` and of the reset headers.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

/// A wait that no vendor means seriously; anything longer is cut to it.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Numbers above this are moments (seconds since 1970), not spans.
const EPOCH_FROM: f64 = 1_000_000_000.0;

/// Until when to wait, by the `Retry-After` header (RFC 9110 §10.2.3: whole seconds or an HTTP date; some vendors send
/// fractions or an epoch). `None` when it is missing or unreadable.
#[must_use]
pub fn header(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    text(headers.get(http::header::RETRY_AFTER)?.to_str().ok()?, now)
}

/// Until when to wait, by a text in any of the forms.
#[must_use]
pub fn text(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return seconds(number, now);
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()?;
    Some(clamp(date, now))
}

/// Until when to wait, by a number of seconds (from now, or since 1970 where it is that large).
#[must_use]
pub fn seconds(number: f64, now: Timestamp) -> Option<Timestamp> {
    if !number.is_finite() || number < 0.0 {
        return None;
    }
    if number >= EPOCH_FROM {
        #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit; a silly number saturates")]
        return Some(clamp(Timestamp::from_second(number.ceil() as i64).unwrap_or(Timestamp::MAX), now));
    }
    let span = SignedDuration::try_from_secs_f64(number).unwrap_or(LONGEST);
    now.checked_add(span.min(LONGEST)).ok()
}

fn clamp(until: Timestamp, now: Timestamp) -> Timestamp {
    until.clamp(now, now.checked_add(LONGEST).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_nonsense_is_not() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        let wait = |form: &str| text(form, now).map(|until| until.duration_since(now).as_secs_f64());
        assert_eq!(wait("30"), Some(30.0));
        assert_eq!(wait(" 0.25 "), Some(0.25));
        assert_eq!(wait("0"), Some(0.0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37.0));
        assert_eq!(wait("99999999"), Some(604_800.0), "cut to a week");
        assert_eq!(wait("99999999999999999999999"), Some(604_800.0), "cut to a week");
        for nonsense in ["", "soon", "-3", "NaN", "inf"] {
            assert_eq!(wait(nonsense), None, "{nonsense:?}");
        }
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let epoch = now.as_second() + 90;
        assert_eq!(text(&epoch.to_string(), now), Timestamp::from_second(epoch).ok());
        assert_eq!(text("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(now), "a moment in the past is now");
    }
}
