//! Paths and queries: escaping, parameters, pages.

use super::reply::Reply;

/// The parameters of a request, unescaped, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(pub Vec<(String, String)>);

impl Query {
    pub(super) fn parse(raw: &str) -> Self {
        Self(url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect())
    }

    /// A parameter; an empty one counts as absent, as on GitHub.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A parameter that is one of a few words. GitHub takes the default for a word that it does not know.
    pub(super) fn choice<'a>(&'a self, name: &str, known: &[&'a str], default: &'a str) -> &'a str {
        self.get(name).and_then(|value| known.iter().find(|word| **word == value)).copied().unwrap_or(default)
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok()
    }

    pub(super) fn per_page(&self) -> usize {
        self.number("per_page").filter(|size| *size > 0).unwrap_or(30).min(100)
    }

    pub(super) fn page(&self) -> usize {
        self.number("page").filter(|page| *page > 0).unwrap_or(1)
    }

    /// The same query with one parameter changed.
    fn with(&self, name: &str, value: &str) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let kept = self.0.iter().filter(|(key, _)| key != name);
        out.extend_pairs(kept).append_pair(name, value);
        out.finish()
    }

    /// One page of a list with its `Link` header: <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>.
    pub(super) fn paged<T>(&self, url: &str, items: Vec<T>) -> (Vec<T>, Option<String>) {
        let (size, page) = (self.per_page(), self.page());
        let last = items.len().div_ceil(size).max(1);
        let mut links = Vec::new();
        let mut link = |rel: &str, page: usize| {
            links.push(format!("<{url}?{}>; rel=\"{rel}\"", self.with("page", &page.to_string())));
        };
        if page > 1 {
            link("prev", (page - 1).min(last));
        }
        if page < last {
            link("next", page + 1);
            link("last", last);
        }
        if page > 1 {
            link("first", 1);
        }
        let shown = items.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        (shown, (!links.is_empty()).then(|| links.join(", ")))
    }

    /// The address of the next piece of a list that goes on with a cursor.
    pub(super) fn cursor_link(&self, url: &str, cursor: u64) -> String {
        format!("<{url}?{}>; rel=\"next\"", self.with("cursor", &cursor.to_string()))
    }
}

/// Path segments, unescaped, or GitHub's answer to a path that is not text.
pub(super) fn segments(path: &str) -> Result<Vec<String>, Reply> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(unescape)
        .collect::<Option<_>>()
        .ok_or_else(|| Reply::problem(400, "Bad Request", ""))
}

fn unescape(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                bytes.extend(hex::decode([*high, *low]).ok()?);
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

/// A text as one path segment.
pub(super) fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_the_middle_links_in_four_directions_and_keeps_the_other_parameters() {
        let query = Query::parse("state=all&per_page=2&page=2");
        let (shown, link) = query.paged("http://x/y", vec![1, 2, 3, 4, 5]);
        assert_eq!(shown, [3, 4]);
        insta::assert_snapshot!(link.unwrap(), @r#"<http://x/y?state=all&per_page=2&page=1>; rel="prev", <http://x/y?state=all&per_page=2&page=3>; rel="next", <http://x/y?state=all&per_page=2&page=3>; rel="last", <http://x/y?state=all&per_page=2&page=1>; rel="first""#);
    }

    #[test]
    fn a_list_that_fits_has_no_links_and_a_page_too_far_is_empty() {
        assert_eq!(Query::parse("").paged("u", vec![1]), (vec![1], None));
        assert_eq!(Query::parse("page=9&per_page=500").paged("u", vec![1]).0, Vec::<i32>::new());
    }

    #[test]
    fn escaping_and_unescaping_are_inverse() {
        assert_eq!(escape("good first issue/ü"), "good%20first%20issue%2F%C3%BC");
        assert_eq!(segments("/a/good%20first%20issue%2F%C3%BC").unwrap(), ["a", "good first issue/ü"]);
        assert!(segments("/%ff").is_err());
    }
}
