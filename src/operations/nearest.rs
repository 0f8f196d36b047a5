//! "Did you mean …?": the candidate that somebody probably meant.

/// Longer words than this are no misspelt names; they are not compared.
const LONGEST: usize = 80;

/// The candidate nearest to `word`, if one is near enough to be suggested. Of equals, the first.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| distance(&word, length, candidate).map(|distance| (distance, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How far apart, or nothing where too far.
fn distance(word: &str, length: usize, candidate: &str) -> Option<usize> {
    let folded = folded(candidate);
    let distance = strsim::damerau_levenshtein(word, &folded);
    let bound = (length.max(folded.chars().count()) / 3).max(1);
    let near = distance <= bound && distance < length;
    let begins = length >= 2 && folded.starts_with(word) || folded.chars().count() >= 3 && word.starts_with(&folded);
    (near || begins).then_some(distance)
}

/// Case, and what joins the words of a name, make no difference.
pub(super) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|sign| if matches!(sign, '_' | ' ') { '-' } else { sign }).collect()
}

/// ` - did you mean done?`, or nothing.
pub(super) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |candidate| format!(" - did you mean {candidate}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_probably_meant_is_found() {
        let nouns = ["issue", "pr", "repo", "workflow"];
        for (word, meant) in [
            ("isue", Some("issue")),
            ("Issues", Some("issue")),
            ("rp", Some("pr")),
            ("pt", Some("pr")),
            ("work", Some("workflow")),
            ("xyz", None),
            ("", None),
            ("i", None),
        ] {
            assert_eq!(nearest(word, nouns), meant, "{word:?}");
        }
        assert_eq!(nearest(&"a".repeat(5000), nouns), None);
        assert_eq!(did_you_mean("dune", ["done", "duplicate"]), " - did you mean done?");
        assert_eq!(did_you_mean("not_plannd", ["not-planned"]), " - did you mean not-planned?");
    }
}
