//! Names that people write: what they probably meant by one that nobody bears. Used by every platform's directory.

use crate::operations::nearest;

/// The longest part of a wrong name that is repeated, in characters.
const LONGEST: usize = 80;

/// A name as it may be repeated in an answer: without what formats, mentions or hides.
pub(in crate::chat) fn repeated(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')).take(LONGEST).collect()
}

/// ` Did you mean `#deploys`?` for the nearest of these names, with `sign` before it; nothing where none is near.
pub(in crate::chat) fn meant<'a>(sign: char, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, candidates)
        .map_or_else(String::new, |candidate| format!(" Did you mean `{sign}{}`?", repeated(candidate)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let names = ["deploys", "general"];
        assert_eq!(meant('#', "deplyos", names), " Did you mean `#deploys`?");
        assert_eq!(meant('#', "holiday-plans", names), "");
        assert_eq!(repeated("a`<!here>`b\u{202e}"), "ahereb");
    }
}
