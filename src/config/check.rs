//! Walking the document along the schema: unknown names, wrong kinds, wrong words, what is missing, what is out of range.

use serde_json::Value;

use super::ENV_PREFIX;
use super::error::{Problem, Source};
use super::node::{Node, Origin, Tree};
use super::path::{Path, Step, written_key};
use super::schema::{Kind, Rest, View, to_toml_text};

/// Longer lists of what could stand here help nobody.
const LONGEST_LIST: usize = 16;

/// Notes what is wrong with the document.
pub(super) fn check(source: &Source<'_>, view: &View<'_>, root: &Node, problems: &mut Vec<Problem>) {
    Checker { source, top: view, problems }.node(view, root, &Path::default());
}

struct Checker<'c, 's> {
    source: &'c Source<'c>,
    top: &'c View<'s>,
    problems: &'c mut Vec<Problem>,
}

impl Checker<'_, '_> {
    fn report(&mut self, at: &Origin, path: &Path, what: String, expected: Option<String>, fix: Option<String>) {
        self.problems.push(Problem { spot: self.source.spot(at), what, expected, fix, path: path.clone() });
    }

    fn node(&mut self, view: &View<'_>, node: &Node, path: &Path) {
        if let Some(words) = view.choices() {
            self.word(view, node, path, &words);
        } else if !fits(view, node) {
            let what = format!("`{path}` is {}", node.kind());
            self.report(&node.at, path, what, Some(describe(view)), Some(rewrite(view, &node.at, path)));
        } else if !view.options().is_empty() {
            self.variant(view, node, path);
        } else {
            match &node.tree {
                Tree::Table(members) => self.table(view, node, members, path),
                Tree::List(items) => self.list(view, node, items, path),
                Tree::Huge(_) => {
                    let what = format!("`{path}` is a number that is too large");
                    self.report(&node.at, path, what, Some(describe(view)), Some(rewrite(view, &node.at, path)));
                }
                #[expect(clippy::cast_precision_loss, reason = "only compared with bounds, which are small")]
                Tree::Integer(number) => self.number(view, *number as f64, node, path),
                Tree::Float(number) => self.number(view, *number, node, path),
                Tree::Text(text) => {
                    #[expect(clippy::cast_precision_loss, reason = "texts of settings are short")]
                    self.length(view, "Length", text.chars().count() as f64, "characters", node, path);
                }
                Tree::Boolean(_) | Tree::Date(_) => {}
            }
        }
    }

    fn word(&mut self, view: &View<'_>, node: &Node, path: &Path, words: &[(&str, &str)]) {
        let expected = || Some(one_of(words.iter().map(|(word, _)| format!("`\"{word}\"`"))));
        let Tree::Text(text) = &node.tree else {
            let what = format!("`{path}` is {}", node.kind());
            return self.report(&node.at, path, what, expected(), Some(rewrite(view, &node.at, path)));
        };
        if words.iter().any(|(word, _)| word == text) {
            return;
        }
        let shown: String = text.chars().take(40).collect();
        let fix = match nearest(text, words.iter().map(|(word, _)| *word)) {
            Some(word) => format!("did you mean `\"{word}\"`?"),
            None => rewrite(view, &node.at, path),
        };
        let what = if view.is_secret() {
            format!("`{path}` is none of the words that can stand here")
        } else {
            format!("`{path}` cannot be `{}`", toml::Value::String(shown))
        };
        self.report(&node.at, path, what, expected(), Some(fix));
    }

    fn variant(&mut self, view: &View<'_>, node: &Node, path: &Path) {
        let options = view.options();
        let Tree::Table(members) = &node.tree else {
            // Several plain kinds: the one that fits is looked into, the rest is for the type itself to say.
            let mut fitting = options.iter().filter(|option| fits(option, node));
            if let (Some(only), None) = (fitting.next(), fitting.next()) {
                self.node(only, node, path);
            }
            return;
        };
        let Some(tag) = view.tag() else {
            let tables: Vec<_> = options.iter().filter(|option| option.admits(Kind::Table)).collect();
            // `{ variant = { … } }`: the one member names the variant.
            let named = tables.iter().find(|option| {
                matches!((option.required().as_slice(), members.as_slice()), ([name], [(key, _)]) if name == key)
            });
            match (named, tables.as_slice(), members.as_slice()) {
                (Some(option), _, _) | (None, [option], _) => self.node(option, node, path),
                (None, tables, [(name, member)]) if tables.iter().all(|option| option.members().len() == 1) => {
                    let names: Vec<_> = tables.iter().flat_map(|option| option.required()).collect();
                    let at = path.key(name);
                    let expected = one_of(names.iter().map(|name| format!("`{name}`")));
                    let fix = match nearest(name, names.iter().copied()) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("take one of those in place of `{name}`"),
                    };
                    self.report(&member.key_at, &at, format!("`{at}` is not known"), Some(expected), Some(fix));
                }
                _ => {}
            }
            return;
        };
        let words: Vec<_> = options
            .iter()
            .filter_map(|option| {
                let (word, _) = *option.member(tag)?.choices()?.first()?;
                Some((word, option.doc()))
            })
            .collect();
        match node.member(tag).map(|member| (member, &member.tree)) {
            None => {
                let what = format!("`{}` is missing", path.key(tag));
                let expected = one_of(words.iter().map(|(word, _)| format!("`\"{word}\"`")));
                let fix = words.first().map(|(word, _)| format!("add `{tag} = \"{word}\"`, say"));
                self.report(&node.key_at, &path.key(tag), what, Some(expected), fix);
            }
            Some((_, Tree::Text(text))) if words.iter().any(|(word, _)| word == text) => {
                let option = options.iter().find(|option| {
                    option.member(tag).and_then(|tag| tag.choices()).is_some_and(|words| words[0].0 == text)
                });
                if let Some(option) = option {
                    self.table(option, node, members, path);
                }
            }
            Some((member, _)) => {
                if let Some(tag_view) = view.member(tag) {
                    self.word(&tag_view, member, &path.key(tag), &words);
                }
            }
        }
    }

    fn table(&mut self, view: &View<'_>, node: &Node, members: &[(String, Node)], path: &Path) {
        let rest = view.rest();
        for (name, member) in members {
            match (view.member(name), &rest) {
                (Some(known), _) => self.node(&known, member, &path.key(name)),
                (None, Rest::Of(shape)) => self.node(shape, member, &path.key(name)),
                (None, Rest::Open) => {}
                (None, Rest::Closed) => self.unknown(view, member, name, path),
            }
        }
        for name in view.required() {
            if node.member(name).is_none() {
                let member = view.member(name);
                let problem = missing(self.source, member.as_ref(), node, path, name);
                self.problems.push(problem);
            }
        }
    }

    fn unknown(&mut self, view: &View<'_>, member: &Node, name: &str, path: &Path) {
        let at = path.key(name);
        let (expected, fix) = unknown_hints(self.top, view, name);
        let fix = match &member.at {
            Origin::Env(_) => format!("{fix} (it comes from an environment variable)"),
            _ => fix,
        };
        self.report(&member.key_at, &at, format!("`{at}` is no setting"), expected, Some(fix));
    }

    fn list(&mut self, view: &View<'_>, node: &Node, items: &[Node], path: &Path) {
        #[expect(clippy::cast_precision_loss, reason = "lists of settings are short")]
        self.length(view, "Items", items.len() as f64, "elements", node, path);
        if let Some(shape) = view.items() {
            for (index, item) in items.iter().enumerate() {
                self.node(&shape, item, &path.index(index));
            }
        }
    }

    fn number(&mut self, view: &View<'_>, number: f64, node: &Node, path: &Path) {
        let low = view.bound("minimum").is_some_and(|least| number < least)
            || view.bound("exclusiveMinimum").is_some_and(|border| number <= border);
        let high = view.bound("maximum").is_some_and(|most| number > most)
            || view.bound("exclusiveMaximum").is_some_and(|border| number >= border);
        let (size, expected) = match view.width() {
            _ if low => ("small", describe(view)),
            _ if high => ("large", describe(view)),
            Some((least, _)) if number < least => ("small", format!("a whole number of {least} or more")),
            Some((_, most)) if number > most => ("large", format!("a whole number of {most} or less")),
            _ => return,
        };
        let what = format!("`{path}` is too {size}");
        self.report(&node.at, path, what, Some(expected), Some(rewrite(view, &node.at, path)));
    }

    fn length(&mut self, view: &View<'_>, what: &str, length: f64, unit: &str, node: &Node, path: &Path) {
        let least = view.bound(&format!("min{what}")).filter(|least| length < *least);
        let most = view.bound(&format!("max{what}")).filter(|most| length > *most);
        let (size, limit) = match (least, most) {
            (Some(least), _) => ("short", format!("at least {least} {unit}")),
            (_, Some(most)) => ("long", format!("at most {most} {unit}")),
            _ => return,
        };
        let text = format!("`{path}` is too {size}");
        self.report(&node.at, path, text, Some(limit), Some(rewrite(view, &node.at, path)));
    }
}

/// Whether the value is of a kind that can stand here.
fn fits(view: &View<'_>, node: &Node) -> bool {
    match &node.tree {
        Tree::Text(_) | Tree::Date(_) => view.admits(Kind::Text),
        Tree::Integer(_) | Tree::Huge(_) => view.admits(Kind::Integer) || view.admits(Kind::Number),
        Tree::Float(_) => view.admits(Kind::Number),
        Tree::Boolean(_) => view.admits(Kind::Boolean),
        Tree::List(_) => view.admits(Kind::List),
        Tree::Table(_) => view.admits(Kind::Table),
    }
}

/// The problem that a required member of a table is not there.
pub(super) fn missing(
    source: &Source<'_>,
    member: Option<&View<'_>>,
    table: &Node,
    path: &Path,
    name: &str,
) -> Problem {
    let at = path.key(name);
    let fix = match member {
        Some(member) if member.is_section() => format!("add a section `[{at}]`"),
        Some(member) if member.is_list_of_sections() => format!("add a section `[[{at}]]`"),
        Some(member) => {
            let line = format!("{} = {}", written_key(name), to_toml_text(&member.sample(&at)));
            if path.0.is_empty() {
                format!("add `{line}` above the first section")
            } else {
                format!("add `{line}` to the section")
            }
        }
        None => format!("add `{name}`"),
    };
    let fix = match (source.name, variable(&at)) {
        (None, Some(variable)) => format!("set {variable}, or name a configuration file"),
        _ => fix,
    };
    Problem {
        spot: source.spot(&table.key_at),
        what: format!("`{at}` is missing"),
        expected: member.map(describe),
        fix: Some(fix),
        path: at,
    }
}

/// What could stand here instead of an unknown name, and which of it was probably meant.
pub(super) fn unknown_hints(top: &View<'_>, view: &View<'_>, name: &str) -> (Option<String>, String) {
    let mut names: Vec<&str> = view.members().into_iter().map(|(name, _)| name).collect();
    for option in view.options() {
        names.extend(option.members().into_iter().map(|(name, _)| name));
    }
    let mut seen = Vec::new();
    names.retain(|name| {
        !seen.contains(name) && {
            seen.push(name);
            true
        }
    });
    let expected = (names.len() <= LONGEST_LIST && !names.is_empty())
        .then(|| one_of(names.iter().map(|name| format!("`{name}`"))));
    // `bot_token` for `token`, and the other way round.
    let part = |known: &&str| {
        let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|front| front.ends_with('_'));
        ends(name, known) || ends(known, name)
    };
    let meant = nearest(name, names.iter().copied()).or_else(|| names.iter().copied().find(|known| part(known)));
    let fix = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            match top.members().into_iter().find(|(_, section)| section.is_section() && section.member(name).is_some())
            {
                Some((section, _)) => format!("move it below `[{section}]`, where there is a `{name}`"),
                None => "remove it".to_owned(),
            }
        }
    };
    (expected, fix)
}

/// What can stand here, in words.
pub(super) fn describe(view: &View<'_>) -> String {
    if let Some(words) = view.choices() {
        return one_of(words.iter().map(|(word, _)| format!("`\"{word}\"`")));
    }
    if view.is_secret() && view.get("pattern").and_then(|pattern| pattern.as_str()).is_some_and(|it| it.contains("env"))
    {
        return "a reference to a secret, `\"env:NAME\"` or `\"file:/path\"`".to_owned();
    }
    if view.is_duration() {
        return "a duration such as `\"30s\"`, `\"5m\"` or `\"1h 30m\"`".to_owned();
    }
    let mut all: Vec<String> = Vec::new();
    for kind in view.kinds() {
        let text = match kind {
            Kind::Text => "a text in quotes".to_owned(),
            Kind::Integer => format!("a whole number{}", range(view)),
            Kind::Number => format!("a number{}", range(view)),
            Kind::Boolean => "`true` or `false`".to_owned(),
            Kind::List => match view.items().map(|items| items.kinds()) {
                Some(kinds) if kinds == [Kind::Text] && view.items().is_some_and(|items| items.is_secret()) => {
                    "a list of references to secrets, such as `[\"env:NAME\"]`".to_owned()
                }
                Some(kinds) if kinds == [Kind::Text] => "a list of texts, such as `[\"a\", \"b\"]`".to_owned(),
                Some(kinds) if kinds == [Kind::Integer] => "a list of whole numbers, such as `[1, 2]`".to_owned(),
                Some(kinds) if kinds == [Kind::Table] => "a list of tables".to_owned(),
                _ => "a list".to_owned(),
            },
            Kind::Table => "a table".to_owned(),
        };
        if !all.contains(&text) {
            all.push(text);
        }
    }
    if all.is_empty() { "another value".to_owned() } else { all.join(", or ") }
}

fn range(view: &View<'_>) -> String {
    match (view.bound("minimum"), view.bound("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of {least} or more"),
        (None, Some(most)) => format!(" of {most} or less"),
        (None, None) => String::new(),
    }
}

/// How the setting is written properly, by way of an example.
pub(super) fn rewrite(view: &View<'_>, at: &Origin, path: &Path) -> String {
    let value = match view.sample(path) {
        // An empty list shows nothing.
        Value::Array(items) if items.is_empty() => view.items().map_or(Value::Array(items), |shape| {
            if shape.kinds() == [Kind::Text] && shape.choices().is_none() && !shape.is_secret() {
                serde_json::json!(["a", "b"])
            } else {
                Value::Array(vec![shape.sample(path)])
            }
        }),
        value => value,
    };
    match at {
        Origin::Env(name) if view.is_section() => match view.members().first() {
            Some((member, _)) => format!("set its parts one by one, such as {name}__{}", member.to_uppercase()),
            None => format!("set its parts one by one, such as {name}__NAME"),
        },
        Origin::Env(name) => {
            let text = value.as_str().map_or_else(|| to_toml_text(&value), str::to_owned);
            format!("write {name}='{text}', say")
        }
        _ if view.is_section() => format!("write a section `[{path}]`"),
        _ if view.is_list_of_sections() => format!("write sections `[[{path}]]`"),
        _ => match path.0.last() {
            Some(Step::Key(key)) => format!("write `{} = {}`, say", written_key(key), to_toml_text(&value)),
            _ => format!("write `{}`, say", to_toml_text(&value)),
        },
    }
}

/// The environment variable of a setting, where it can have one.
pub(super) fn variable(path: &Path) -> Option<String> {
    let keys: Option<Vec<String>> = path
        .0
        .iter()
        .map(|step| match step {
            Step::Key(key) => Some(key.to_uppercase().replace('-', "_")),
            Step::Index(_) => None,
        })
        .collect();
    keys.filter(|keys| !keys.is_empty()).map(|keys| format!("{ENV_PREFIX}{}", keys.join("__")))
}

/// The word that was probably meant: near enough that a slip of the fingers explains it.
pub(super) fn nearest<'w>(written: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let written = plain(written);
    words
        .map(|word| (strsim::damerau_levenshtein(&written, &plain(word)), word))
        .filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

fn one_of(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match words.as_slice() {
        [only] => only.clone(),
        words => format!("one of {}", words.join(", ")),
    }
}
