//! Numbers as people write them: `1,5`, `1 000`, `1,000.50`, `€ 12`, `50 %`.

/// The number, or nothing for what is none. A `%` divides by 100.
///
/// Where a comma or a dot stands alone, a comma with three digits behind it parts thousands (`1,000`), as Notion shows
/// them; any other is the decimal one (`1,5`, `1.5`, `1.000`).
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim().trim_matches(['€', '$', '£', '¥', '₹']).trim();
    let (text, percent) = text.strip_suffix('%').map_or((text, false), |text| (text.trim_end(), true));
    let (minus, digits) = match text.strip_prefix(['-', '−']) {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) =
        digits.split_once(['e', 'E']).map_or((digits, None), |(digits, exponent)| (digits, Some(exponent)));
    let plain = plain(digits.trim_matches(['€', '$', '£', '¥', '₹', ' ']))?;
    let written = match exponent {
        Some(exponent) => {
            let figures = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if figures.is_empty() || !figures.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            format!("{plain}e{exponent}")
        }
        None => plain,
    };
    let number: f64 = written.parse().ok().filter(|number: &f64| number.is_finite())?;
    let number = if minus { -number } else { number };
    Some(if percent { number / 100.0 } else { number })
}

/// Digits with a dot at most, whatever parts they were written in.
fn plain(text: &str) -> Option<String> {
    let blank = |sign: char| matches!(sign, ' ' | '\u{a0}' | '\u{202f}' | '_' | '\'' | '’');
    let points: Vec<(usize, char)> = text.char_indices().filter(|(_, sign)| matches!(sign, '.' | ',')).collect();
    let behind = |at: usize| text.len() - at - 1;
    let decimal = match points.as_slice() {
        [] => None,
        [(at, ',')] if behind(*at) == 3 && *at > 0 && *at <= 3 && !text.starts_with('0') => None,
        [(at, _)] => Some(*at),
        // Of both, the last is the decimal one; of one kind only, none is.
        [.., (_, last)] if points.iter().all(|(_, sign)| sign == last) => None,
        [.., (at, _)] => Some(*at),
    };
    let grouped = points.iter().filter(|(at, _)| Some(*at) != decimal).all(|(at, _)| {
        let rest = text.get(at + 1..decimal.unwrap_or(text.len())).unwrap_or_default();
        rest.split(['.', ',']).all(|group| group.len() == 3)
    });
    let mut out = String::new();
    for (at, sign) in text.char_indices() {
        match sign {
            '0'..='9' => out.push(sign),
            '.' | ',' if Some(at) == decimal => out.push('.'),
            '.' | ',' if grouped => {}
            sign if blank(sign) && at > 0 => {}
            _ => return None,
        }
    }
    out.bytes().any(|byte| byte.is_ascii_digit()).then_some(out)
}

/// A number without needless digits: `3`, `1.5`.
pub(super) fn show(number: f64) -> String {
    // Twelve digits are what a sum of decimals can be trusted with.
    let text = format!("{number:.12}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_understood_however_they_are_written() {
        for (text, number) in [
            ("3", 3.0),
            (" -1,5 ", -1.5),
            ("1.5", 1.5),
            ("1 000", 1000.0),
            ("1\u{a0}000,25", 1000.25),
            ("1,000", 1000.0),
            ("0,125", 0.125),
            ("1.000", 1.0),
            ("1,000.50", 1000.5),
            ("1.000,50", 1000.5),
            ("1,000,000", 1_000_000.0),
            ("1'000", 1000.0),
            ("50 %", 0.5),
            ("12,5%", 0.125),
            ("€ 12", 12.0),
            ("12 €", 12.0),
            ("-$5", -5.0),
            ("+5", 5.0),
            ("1e3", 1000.0),
            (".5", 0.5),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in
            ["", "x", "1x", "--1", "1,00,0", "1.2.3", "1e", "e5", "%", "inf", "NaN", "1e999", "0x10", "1 e", "-"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(
            (show(3.0), show(1.5), show(-0.0), show(0.1 + 0.2)),
            ("3".into(), "1.5".into(), "0".into(), "0.3".into())
        );
    }

    proptest! {
        #[test]
        fn any_number_comes_back(number in -1e9..1e9_f64, text in any::<String>(), odd in "[0-9.,e%$ +-]{0,12}") {
            let number = (number * 100.0).round() / 100.0;
            prop_assert_eq!(parse(&number.to_string()), Some(number));
            let _ = (parse(&text), parse(&odd));
        }
    }
}
