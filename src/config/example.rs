//! The commented file to start from, written from the schema of the settings.

use schemars::JsonSchema;
use serde_json::Value;

use super::path::{Path, written_key};
use super::schema::{Rest, View, to_toml_text};

/// Types within types within types: a circle, or too much for an example.
const DEEPEST: usize = 12;

const HEAD: &str = "\
# The settings of Quarterdeck.
#
# `# ` begins an explanation; `#name = value` is a setting that is left as it is by default: remove the `#` to change it.
# Every setting can be given as an environment variable, too: `listen` below `[http]` is QUARTERDECK__HTTP__LISTEN.
";

/// Writes an example of a file with settings of type `T`: every setting with its doc comment, its default or an example,
/// and what can stand there. It can be loaded as it is, and with its settings uncommented, provided that the required
/// settings of a form of their own have an example (`#[schemars(example = …)]`). A unit can be named by
/// `#[schemars(extend("x-unit" = "MiB"))]`, the key of a map's sample by `extend("x-key" = "acme")`.
/// The same type always gives the same text.
#[must_use]
pub fn example<T: JsonSchema>() -> String {
    let schema = schemars::schema_for!(T).to_value();
    let mut writer = Writer { text: HEAD.to_owned(), within: Vec::new() };
    writer.table(&View::of(&schema), &Path::default(), Mode::Live, DEEPEST);
    writer.text
}

/// The example with every setting in force: `#name = value` becomes `name = value`.
#[must_use]
pub fn uncomment(example: &str) -> String {
    let lines = example.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.is_empty() && !setting.starts_with([' ', '#']) => setting,
        _ => line,
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// How settings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// In force, where they have to be there.
    Live,
    /// Commented out, to be uncommented together.
    Off,
    /// As part of an explanation.
    Prose,
}

impl Mode {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "",
            Self::Off => "#",
            Self::Prose => "# ",
        }
    }
}

struct Writer<'s> {
    text: String,
    /// The types whose tables are being written: a type that holds itself is shown once.
    within: Vec<&'s str>,
}

impl<'s> Writer<'s> {
    fn line(&mut self, prefix: &str, line: &str) {
        self.text.push_str(format!("{prefix}{line}").trim_end());
        self.text.push('\n');
    }

    fn explain(&mut self, text: &str) {
        for line in text.lines() {
            self.line("# ", line);
        }
    }

    /// The members of a table: plain ones first, since what follows a header belongs to it.
    fn table(&mut self, view: &View<'s>, path: &Path, mode: Mode, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let options = view.options();
        if let Some((first, others)) = options.split_first() {
            return self.variants(view, first, others, path, mode, depth);
        }
        let required = view.required();
        let (sections, plain): (Vec<_>, Vec<_>) =
            view.members().into_iter().partition(|(_, member)| member.is_section() || member.is_list_of_sections());
        for (at, (name, member)) in plain.iter().enumerate() {
            if at > 0 || path.0.is_empty() {
                self.text.push('\n');
            }
            self.setting(member, &path.key(name), name, required.contains(name), mode);
        }
        if let (Rest::Of(shape), true) = (view.rest(), sections.is_empty() && plain.is_empty()) {
            let name = view.get("x-key").and_then(Value::as_str).unwrap_or("example");
            let mode = if mode == Mode::Live { Mode::Off } else { mode };
            if shape.is_section() {
                self.section(&shape, &path.key(name), false, mode, depth);
            } else {
                self.assign(&shape, &path.key(name), name, mode);
            }
        }
        for (name, member) in sections {
            self.member_section(&member, &path.key(name), required.contains(&name), mode, depth);
        }
    }

    /// A table that is one of several: the first in full, the others told.
    fn variants(
        &mut self,
        view: &View<'s>,
        first: &View<'s>,
        others: &[View<'s>],
        path: &Path,
        mode: Mode,
        depth: usize,
    ) {
        let mut own = Vec::new();
        if let Some(tag) = view.tag() {
            own.push(tag);
        }
        if first.doc() != view.doc() {
            self.explain(first.doc());
        }
        self.table(first, path, mode, depth);
        for other in others {
            self.line("#", "");
            self.line("# ", "Or:");
            for (name, member) in other.members() {
                if other.required().contains(&name) || own.contains(&name) {
                    self.assign(&member, &path.key(name), name, Mode::Prose);
                }
            }
        }
    }

    /// One plain setting with all there is to say about it.
    fn setting(&mut self, view: &View<'s>, path: &Path, name: &str, required: bool, mode: Mode) {
        if mode == Mode::Prose {
            return self.assign(view, path, name, mode);
        }
        self.explain(view.doc());
        if let Some(unit) = view.get("x-unit").and_then(Value::as_str) {
            self.explain(&format!("Unit: {unit}."));
        }
        if let Some(words) = view.choices().filter(|words| words.len() > 1) {
            if words.iter().all(|(_, doc)| doc.is_empty()) {
                let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                self.explain(&format!("One of {}.", words.join(", ")));
            } else {
                for (word, doc) in words {
                    self.explain(&format!("- \"{word}\": {}", doc.replace('\n', " ")));
                }
            }
        }
        let default = view.default_value();
        if required {
            self.explain("Required.");
        } else {
            match default {
                None => self.explain("Not set by default."),
                Some(default) if default != view.sample(path) => {
                    self.explain(&format!("Default: {}.", to_toml_text(&default)));
                }
                Some(_) => {}
            }
        }
        let mode = if required {
            mode
        } else if mode == Mode::Live {
            Mode::Off
        } else {
            mode
        };
        self.assign(view, path, name, mode);
    }

    fn assign(&mut self, view: &View<'s>, path: &Path, name: &str, mode: Mode) {
        let line = format!("{} = {}", written_key(name), to_toml_text(&view.sample(path)));
        self.line(mode.prefix(), &line);
    }

    /// A member that has a section of its own.
    fn member_section(&mut self, view: &View<'s>, path: &Path, required: bool, mode: Mode, depth: usize) {
        let list = view.is_list_of_sections();
        let item = if list { view.items() } else { None };
        let shape = item.as_ref().unwrap_or(view);
        if shape.type_name().is_some_and(|name| self.within.contains(&name)) {
            return;
        }
        // An empty section has to be as good as none; otherwise it is commented out.
        let live = required || (!list && view.default_value().is_some() && !needs_more(view, DEEPEST));
        let mode = if mode == Mode::Live && !live { Mode::Off } else { mode };
        // A map has no settings of its own: its samples have headers.
        let map = !list && matches!(view.rest(), Rest::Of(shape) if shape.is_section()) && view.members().is_empty();
        self.text.push('\n');
        self.explain(view.doc());
        if list && shape.doc() != view.doc() {
            self.explain(shape.doc());
        }
        if map && !required {
            self.table(view, path, mode, depth);
        } else {
            self.headed(shape, path, list, mode, depth);
        }
    }

    fn section(&mut self, view: &View<'s>, path: &Path, list: bool, mode: Mode, depth: usize) {
        self.explain(view.doc());
        self.headed(view, path, list, mode, depth);
    }

    fn headed(&mut self, view: &View<'s>, path: &Path, list: bool, mode: Mode, depth: usize) {
        let name = view.type_name();
        self.within.extend(name);
        let header = if list { format!("[[{path}]]") } else { format!("[{path}]") };
        self.line(mode.prefix(), &header);
        self.table(view, path, mode, depth);
        if name.is_some() {
            self.within.pop();
        }
    }
}

/// Whether a table cannot be empty.
fn needs_more(view: &View<'_>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    !view.required().is_empty()
        || !view.options().is_empty()
        || view.members().iter().any(|(_, member)| {
            member.is_section()
                && member.default_value().is_none()
                && needs_more(member, depth)
                && !member.is_nullable()
        })
}
