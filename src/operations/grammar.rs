//! The text grammar: a line becomes an operation with its arguments, a page of help, or an error that says what to type.
//!
//! Where an operation has further fields, an option that it does not know is taken for one of them; the desk finds out.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::names::{Named, asks_for_help, resolve};
use super::nearest::{folded, nearest};
use super::prose::shown;
use super::reader::{self, is_many};
use super::usage::{option_name, single, usage};
use super::words::{Lead, Word, Words, quoted};
use super::{Declaration, FieldKind, Param, Registry};
use crate::model::{Fault, Object};

/// No platform lets people type so much; whatever sends it is not asking for an operation.
const LONGEST_LINE: usize = 20_000;

/// What a line means.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// A page of help; an empty topic is the overview.
    Help {
        /// What about: a service, a noun or an operation, as it was typed.
        topic: String,
    },
    /// A call.
    Call {
        /// The operation.
        operation: Arc<Declaration>,
        /// The arguments that were given.
        args: Object,
        /// The required parameters that were not given, in the order of their declaration.
        missing: Vec<String>,
    },
}

/// Reads a line, without the root itself. `root` is how the root is typed, such as `/qd`; errors show it.
///
/// # Errors
/// `BadInput`: nothing has that name, or an argument cannot be read.
pub fn parse(line: &str, registry: &Registry, root: &str) -> Result<Parsed, Fault> {
    parse_without(line, registry, root, &|_| Object::new())
}

/// Reads a line as [`parse`] does, where what is `known` of an operation already is left out by who types: these
/// arguments are given by name only.
///
/// # Errors
/// As [`parse`].
pub(super) fn parse_without(
    line: &str,
    registry: &Registry,
    root: &str,
    known: &dyn Fn(&Declaration) -> Object,
) -> Result<Parsed, Fault> {
    if line.len() > LONGEST_LINE {
        let text =
            format!("The line has {} bytes; at most {LONGEST_LINE} are read. A form takes long texts.", line.len());
        return Err(Fault::bad_input("line", text));
    }
    let mut words = Words::new(line);
    let Some(first) = words.next()? else { return Ok(Parsed::Help { topic: String::new() }) };
    if asks_for_help(&first.text, first.lead) {
        return Ok(Parsed::Help { topic: words.rest() });
    }
    match resolve(line, registry, root)? {
        Named::Topic(topic) => Ok(Parsed::Help { topic }),
        Named::Operation(operation, after) => Reading::new(operation, root, after, &known(operation)).read(),
    }
}

/// The arguments of one operation while they are read.
struct Reading<'a> {
    operation: &'a Arc<Declaration>,
    root: &'a str,
    /// What may be given without its name.
    positional: Vec<&'static str>,
    words: Words<'a>,
    args: Object,
    /// The parameters that were given by name.
    named: Vec<&'a str>,
    /// How many positionals are filled or passed over.
    filled: usize,
    /// Where the last positional began.
    last: Option<(&'a Param, usize)>,
    /// No options any more.
    ended: bool,
}

impl<'a> Reading<'a> {
    fn new(operation: &'a Arc<Declaration>, root: &'a str, words: Words<'a>, known: &Object) -> Self {
        let (args, named) = (Object::new(), Vec::new());
        let positional = operation.spec.positional.iter().filter(|name| !known.contains_key(**name)).copied().collect();
        Self { operation, root, positional, words, args, named, filled: 0, last: None, ended: false }
    }

    fn read(mut self) -> Result<Parsed, Fault> {
        let help = || Ok(Parsed::Help { topic: self.operation.words() });
        let mut ahead = self.words;
        if let Ok(Some(word)) = ahead.next()
            && asks_for_help(&word.text, word.lead)
            && matches!(ahead.next(), Ok(None))
        {
            return help();
        }
        loop {
            if let Some(param) = self.takes_the_rest() {
                let start = self.words.position();
                let (text, more) = self.take_the_rest();
                if !text.is_empty() {
                    self.set(param, &text, start)?;
                    self.last = Some((param, start));
                }
                if !more {
                    break;
                }
                self.filled += 1;
                continue;
            }
            let Some(word) = self.words.next()? else { break };
            // The hyphen of a mere `-word` belongs to it, unless an option has that name.
            let unhyphened = word.text.trim_start_matches(|sign: char| !sign.is_alphabetic());
            match word.lead {
                Lead::End if !self.ended => self.ended = true,
                Lead::Dashes | Lead::Hyphen if !self.ended && asks_for_help(&word.text, word.lead) => return help(),
                Lead::Dashes if !self.ended => self.option(&word, &word.text)?,
                Lead::Hyphen if !self.ended && self.is_option(unhyphened) => self.option(&word, unhyphened)?,
                Lead::Dashes | Lead::End => {
                    let raw = self.words.between(word.start, word.end).to_owned();
                    self.positional(&word, &raw)?;
                }
                _ => self.positional(&word, &word.text)?,
            }
        }
        let missing = self.operation.params.iter().filter(|param| param.required && !is_given(&self.args, &param.name));
        let missing = missing.map(|param| param.name.clone()).collect();
        Ok(Parsed::Call { operation: Arc::clone(self.operation), args: self.args, missing })
    }

    /// The positional that takes all that is left as one text, if it is its turn.
    fn takes_the_rest(&mut self) -> Option<&'a Param> {
        let param = self.next_positional()?;
        if !self.operation.spec.rest || self.filled + 1 != self.positional.len() {
            return None;
        }
        if self.ended {
            return Some(param);
        }
        match self.words.lead() {
            Some((Lead::End, _)) => None,
            Some((lead @ (Lead::Dashes | Lead::Hyphen), name)) => {
                let help = lead == Lead::Dashes && name.eq_ignore_ascii_case("help");
                let close = || lead == Lead::Dashes && nearest(name, self.options()).is_some();
                (!help && !self.is_option(name) && !self.is_further(lead) && !close()).then_some(param)
            }
            _ => Some(param),
        }
    }

    /// The text that is left, up to an option of this operation if one follows (`create Login fails --labels bug`), and
    /// whether one does. A text that is wholly in quotes is what stands between them.
    fn take_the_rest(&mut self) -> (String, bool) {
        let mut ahead = self.words;
        let mut taken: Vec<Word> = Vec::new();
        let option = loop {
            if !self.ended
                && let Some((lead @ Lead::Dashes, name)) = ahead.lead()
                && (self.is_option(name) || self.is_further(lead))
            {
                break true;
            }
            match ahead.next() {
                Ok(Some(word)) => taken.push(word),
                Ok(None) => break false,
                // A lone quotation mark in a text is just a character of it.
                Err(_) => return (self.words.rest(), false),
            }
        };
        let end = taken.last().map_or(0, |word| word.end);
        let text = match taken.as_slice() {
            [only] if only.lead == Lead::Quoted => only.text.clone(),
            _ => self.words.rest_until(end),
        };
        self.words = ahead;
        (text, option)
    }

    /// The next positional that was not given by name, or takes more.
    fn next_positional(&mut self) -> Option<&'a Param> {
        loop {
            let name = *self.positional.get(self.filled)?;
            let param = self.operation.param(name)?;
            if is_many(param) || !self.named.contains(&name) {
                return Some(param);
            }
            self.filled += 1;
        }
    }

    fn positional(&mut self, word: &Word, text: &str) -> Result<(), Fault> {
        let Some(param) = self.next_positional() else { return Err(self.too_many(word)) };
        let last = self.filled + 1 == self.positional.len();
        self.set(param, text, word.start)?;
        self.last = Some((param, word.start));
        if !(last && is_many(param)) {
            self.filled += 1;
        }
        Ok(())
    }

    fn option(&mut self, word: &Word, text: &str) -> Result<(), Fault> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
        let map = self.operation.spec.more.and_then(|map| self.operation.param(map));
        if let Some(map) = map.filter(|map| single(&map.name) == folded(name.trim_end_matches(':'))) {
            return self.pair(map, value);
        }
        let Some((param, yes)) = self.find(name) else {
            return match map {
                Some(map) => self.further(map, name, value),
                None => Err(self.unknown_option(name)),
            };
        };
        let value = match (value, &param.kind) {
            (Some(value), FieldKind::Flag) => match reader::flag(&value) {
                Some(value) => (value == yes).to_string(),
                None => return Err(self.fault(param, &reader::complaint(param, &value))),
            },
            (None, FieldKind::Flag) => (self.yes_or_no() == yes).to_string(),
            (Some(value), _) => value,
            (None, _) => {
                let (value, start) = self.value(param)?;
                // A word too many probably belongs to the value before it, which was meant to have several.
                if !self.positional.contains(&param.name.as_str()) {
                    self.last = Some((param, start));
                }
                value
            }
        };
        self.set(param, &value, word.start)?;
        self.named.push(&param.name);
        Ok(())
    }

    /// One further field, as `name=value`. What follows the first `=` is its value, whatever it is.
    fn pair(&mut self, map: &'a Param, value: Option<String>) -> Result<(), Fault> {
        let text = match value {
            Some(value) => value,
            None => self.value(map)?.0,
        };
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => self.add_further(map, name.trim(), value.trim()),
            _ => {
                let option = single(&map.name);
                let text =
                    format!("`--{option}` takes one field, such as --{option} \"Name=value\"; got {}", shown(&text));
                return Err(self.fault(map, &text));
            }
        }
        Ok(())
    }

    /// A further field by its own name: which there are is known only once all else is. One without a value says yes.
    fn further(&mut self, map: &'a Param, name: &str, value: Option<String>) -> Result<(), Fault> {
        let mut ahead = self.words;
        let follows = match value {
            Some(value) => value,
            None => match ahead.next()? {
                Some(word) if !matches!(word.lead, Lead::Dashes | Lead::End) => self.value(map)?.0,
                _ => true.to_string(),
            },
        };
        self.add_further(map, name.trim_end_matches(':'), &follows);
        Ok(())
    }

    fn add_further(&mut self, map: &Param, name: &str, value: &str) {
        reader::add(&mut self.args, &map.name, Value::Object(Object::from_iter([(name.to_owned(), value.into())])));
    }

    /// The value after an option, which is the next word, and where it begins.
    fn value(&mut self, param: &Param) -> Result<(String, usize), Fault> {
        let mut word = self.words.next()?;
        if word.as_ref().is_some_and(|word| word.text == "=" && word.lead == Lead::Plain) {
            word = self.words.next()?;
        }
        match word {
            Some(word) if !matches!(word.lead, Lead::Dashes | Lead::End) => Ok((word.text, word.start)),
            _ => {
                let name = option_name(&param.name);
                let text = match &param.kind {
                    FieldKind::Choice(choices) | FieldKind::Choices(choices) => {
                        let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
                        format!("`--{name}` needs a value after it, one of {}", values.join(", "))
                    }
                    _ => format!("`--{name}` needs a value after it; a text of several words in quotes"),
                };
                Err(self.fault(param, &text))
            }
        }
    }

    /// The `yes` or `no` after a flag. Only where no positional could be meant by it.
    fn yes_or_no(&mut self) -> bool {
        let mut after = self.words;
        let Ok(Some(word)) = after.next() else { return true };
        let said = match word.text.to_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            "yes" | "on" if self.next_positional().is_none() => Some(true),
            "no" | "off" if self.next_positional().is_none() => Some(false),
            _ => None,
        };
        match said.filter(|_| word.lead == Lead::Plain) {
            Some(said) => {
                self.words = after;
                said
            }
            None => true,
        }
    }

    /// Takes a value that begins at byte `start`.
    fn set(&mut self, param: &'a Param, text: &str, start: usize) -> Result<(), Fault> {
        let value = reader::read(param, text).map_err(|text| self.fault(param, &text))?;
        if is_many(param) {
            reader::add(&mut self.args, &param.name, value);
        } else if self.args.insert(param.name.clone(), value).is_some() {
            let column = self.words.column(start);
            let text = format!("`{}` is given twice, again at character {column}. Leave one out.", param.name);
            return Err(self.fault(param, &text));
        }
        Ok(())
    }

    /// The parameter that an option names, and whether the option says yes.
    fn find(&self, name: &str) -> Option<(&'a Param, bool)> {
        let wanted = folded(name.trim_end_matches(':'));
        let mut params = self.operation.shown();
        let exact = self.operation.shown().find(|param| folded(&param.name) == wanted);
        exact.map(|param| (param, true)).or_else(|| {
            let wanted = wanted.strip_prefix("no-")?;
            let flag = params.find(|param| param.kind == FieldKind::Flag && folded(&param.name) == wanted);
            flag.map(|param| (param, false))
        })
    }

    fn is_option(&self, name: &str) -> bool {
        self.find(name.split_once('=').map_or(name, |(name, _)| name)).is_some()
    }

    /// Whether what begins so may be a further field, whatever its name.
    fn is_further(&self, lead: Lead) -> bool {
        lead == Lead::Dashes && self.operation.spec.more.is_some()
    }

    fn options(&self) -> impl Iterator<Item = &'a str> {
        self.operation.shown().map(|param| param.name.as_str())
    }

    fn unknown_option(&self, name: &str) -> Fault {
        let name = name.chars().filter(|sign| *sign != '`').take(40).collect::<String>();
        let meant = nearest(&name, self.options()).map(|meant| format!(" Did you mean `--{}`?", option_name(meant)));
        let meant = meant.unwrap_or_else(|| " If it is text, put it in quotes.".to_owned());
        let text = format!("`{}` has no option `--{name}`.{meant}{}", self.operation.words(), self.usage());
        Fault::bad_input(&name, text)
    }

    /// The error for a word that no parameter takes.
    fn too_many(&self, word: &Word) -> Fault {
        let mut text =
            format!("I did not understand {} (at character {}).", shown(&word.text), self.words.column(word.start));
        let by_name = word.text.split_once(['=', ':']).and_then(|(name, value)| Some((self.find(name)?.0, value)));
        match (by_name, self.last) {
            (Some((param, value)), _) if word.lead != Lead::Quoted => {
                let value = if value.is_empty() { "…".to_owned() } else { quoted(value) };
                let name = option_name(&param.name);
                let _ = write!(text, " Options begin with two dashes: `--{name} {value}`");
            }
            (_, Some((param, start))) if matches!(param.kind, FieldKind::Line | FieldKind::Long) => {
                let whole = self.words.between(start, self.end_of_text(word.end)).replace(['"', '`'], "'");
                let cut = whole.chars().take(60).collect::<String>();
                let more = if cut.len() < whole.len() { "…" } else { "" };
                let option = self.named.contains(&param.name.as_str());
                let name = if option { format!("--{}", option_name(&param.name)) } else { param.name.clone() };
                let _ = write!(text, " If it belongs to `{name}`, put quotes around all of it: `\"{cut}{more}\"`");
            }
            _ => {}
        }
        text.push_str(&self.usage());
        Fault::bad_input("line", text)
    }

    /// Where the words end before the next option.
    fn end_of_text(&self, mut end: usize) -> usize {
        let mut words = self.words;
        while !matches!(words.lead(), Some((Lead::Dashes | Lead::End, _))) {
            match words.next() {
                Ok(Some(word)) => end = word.end,
                _ => break,
            }
        }
        end
    }

    fn usage(&self) -> String {
        format!("\nUsage: `{}`", usage(self.operation, self.root))
    }

    fn fault(&self, param: &Param, text: &str) -> Fault {
        Fault::bad_input(&param.name, format!("{text}{}", self.usage()))
    }
}

/// Whether a value is there at all.
pub(super) fn is_given(args: &Object, name: &str) -> bool {
    args.get(name).is_some_and(|value| !value.is_null() && *value != Value::String(String::new()))
}
