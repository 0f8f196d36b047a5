//! Which of many values somebody probably means who began to type one. Completers use it on what they know.

use crate::model::Choice;

/// Those that fit what was begun, the likeliest first: what begins so, then what has a word that does, then what holds it.
#[must_use]
pub fn likeliest(all: impl IntoIterator<Item = Choice>, begun: &str) -> Vec<Choice> {
    let begun = begun.trim().trim_start_matches(['#', '@']).to_lowercase();
    let mut fitting: Vec<(u8, Choice)> =
        all.into_iter().filter_map(|choice| Some((distance(&choice, &begun)?, choice))).collect();
    // What is as near stays in its order.
    fitting.sort_by_key(|(distance, _)| *distance);
    fitting.into_iter().map(|(_, choice)| choice).collect()
}

/// As [`likeliest`], for a value of several with commas between: the last is completed, those before it stay.
#[must_use]
pub fn likeliest_of_several(all: impl IntoIterator<Item = Choice>, begun: &str) -> Vec<Choice> {
    let Some((before, last)) = begun.rsplit_once(',') else { return likeliest(all, begun) };
    let before: Vec<&str> = before.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    let new = all.into_iter().filter(|choice| !before.iter().any(|one| one.eq_ignore_ascii_case(&choice.value)));
    let joined = |last: &str| before.iter().copied().chain([last]).collect::<Vec<_>>().join(", ");
    likeliest(new, last)
        .into_iter()
        .map(|choice| Choice { value: joined(&choice.value), label: joined(&choice.label) })
        .collect()
}

/// How far a choice is from what was begun; `None` where it does not fit.
fn distance(choice: &Choice, begun: &str) -> Option<u8> {
    let texts = [choice.value.to_lowercase(), choice.label.to_lowercase()];
    let bare = |text: &str| text.trim_start_matches(['#', '@']).to_owned();
    let starts = |text: &String| bare(text).starts_with(begun);
    let has_word = |text: &String| {
        text.match_indices(begun)
            .any(|(at, _)| text[..at].chars().next_back().is_none_or(|sign| !sign.is_alphanumeric()))
    };
    if texts.iter().any(|text| bare(text) == begun) {
        Some(0)
    } else if texts.iter().any(starts) {
        Some(1)
    } else if texts.iter().any(has_word) {
        Some(2)
    } else if texts.iter().any(|text| text.contains(begun)) {
        Some(3)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices() -> Vec<Choice> {
        let choice = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
        vec![
            choice("acme/api#12", "#12 Crash on empty cart"),
            choice("acme/api#2", "#2 Scart cable"),
            choice("acme/api#7", "#7 Carts are slow"),
            choice("acme/api#120", "#120 Other"),
        ]
    }

    fn labels(found: &[Choice]) -> Vec<&str> {
        found.iter().map(|choice| choice.label.split(' ').next().unwrap_or_default()).collect()
    }

    #[test]
    fn what_begins_so_comes_first() {
        assert_eq!(labels(&likeliest(choices(), "")), ["#12", "#2", "#7", "#120"]);
        assert_eq!(labels(&likeliest(choices(), "#12")), ["#12", "#120"]);
        assert_eq!(labels(&likeliest(choices(), "Cart")), ["#12", "#7", "#2"]);
        assert_eq!(labels(&likeliest(choices(), "acme/api#7")), ["#7"]);
        assert!(likeliest(choices(), "nothing").is_empty());
    }

    #[test]
    fn of_several_the_last_is_completed() {
        let words = ["bug", "docs", "do not merge"];
        let all = words.map(|word| Choice { value: word.to_owned(), label: word.to_owned() });
        let found = likeliest_of_several(all.clone(), "Bug, do");
        let values: Vec<&str> = found.iter().map(|choice| choice.value.as_str()).collect();
        assert_eq!(values, ["Bug, docs", "Bug, do not merge"]);
        assert_eq!(likeliest_of_several(all, "bug,")[0].value, "bug, docs", "what is there is not offered again");
    }
}
