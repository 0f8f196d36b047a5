//! Further fields: what a vendor wants to know beside an operation's parameters, found out once those are known. A
//! workflow has inputs of its own, a project and a type of issue their own fields.
//!
//! [`Further`] asks the operation and remembers the answer for a while. A [`Sheet`] is the operation as a form shows it: each
//! further field stands there as a parameter called `<map>.<name>`, and among the arguments they are one map of texts. The
//! desk makes sheets; the offer looks values up. Nothing here reads or changes anything at a vendor by itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::grammar::is_given;
use super::nearest::{folded, nearest};
use super::reader::{read, written};
use super::{Caller, Declaration, FieldKind, MoreField, Param, Shape};
use crate::model::{Clock, Fault, Object};

/// How long an answer is good.
const FRESH: SignedDuration = SignedDuration::from_mins(1);
/// How long a vendor may take for it, whoever still waits.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);
/// So many answers are remembered.
const REMEMBERED: usize = 500;
/// The longest name of a further field: with the map's it still is what Discord takes as an id.
const LONGEST_NAME: usize = 80;
/// So many names are told to who gave a wrong one.
const TOLD: usize = 12;

/// What was found out, or is being found out: it goes on although nobody waits any more.
type Answer = Shared<BoxFuture<'static, Result<Arc<Vec<MoreField>>, Fault>>>;

/// Finds out which further fields there are. One a daemon.
pub(super) struct Further {
    clock: Clock,
    known: Mutex<HashMap<String, (Timestamp, Answer)>>,
}

impl Further {
    pub(super) fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), known: Mutex::default() }
    }

    /// The further fields of an operation with these arguments, which can be read. Waits for at most `patience`; what
    /// comes later is there for who asks again within a minute.
    ///
    /// # Errors
    /// `Unavailable`: it takes longer. The others as [`super::Operation::more`].
    pub(super) async fn of(
        &self,
        declaration: &Declaration,
        args: &Object,
        by: Caller,
        patience: SignedDuration,
    ) -> Result<Arc<Vec<MoreField>>, Fault> {
        let answer = self.ask(declaration, args, by);
        tokio::select! {
            biased;
            answer = answer => answer,
            () = self.clock.sleep(patience) => Err(Fault::unavailable(format!(
                "{} takes long to say which fields there are. Try again in a moment.",
                declaration.service()
            ))),
        }
    }

    fn ask(&self, declaration: &Declaration, args: &Object, by: Caller) -> Answer {
        let mut args = args.clone();
        args.retain(|name, _| declaration.spec.more != Some(name));
        let key = key(declaration, &args, &by);
        let now = self.clock.now();
        let mut known = self.known();
        known.retain(|_, (since, answer)| {
            now.duration_since(*since) < FRESH && !answer.peek().is_some_and(Result::is_err)
        });
        if let Some((_, answer)) = known.get(&key) {
            return answer.clone();
        }
        let (run, clock, name) = (Arc::clone(&declaration.run), self.clock.clone(), declaration.spec.name);
        let asking = tokio::spawn(async move {
            tokio::select! {
                found = run.more(&args, &by) => found.map(|fields| Arc::new(sound(name, fields))),
                () = clock.sleep(LONGEST) => Err(Fault::unavailable("The service took too long to answer.")),
            }
        });
        let broken = move |error| Err(Fault::bug(format!("the further fields of {name} were not found out: {error}")));
        let answer = asking.map(move |ended| ended.unwrap_or_else(broken)).boxed().shared();
        if known.len() < REMEMBERED {
            known.insert(key, (now, answer.clone()));
        }
        answer
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, (Timestamp, Answer)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an answer is remembered by. What stands there by default anyway makes no difference.
fn key(declaration: &Declaration, args: &Object, by: &Caller) -> String {
    let usual = |name: &str| declaration.param(name).and_then(|param| param.default.as_ref());
    let said: Vec<(&String, &Value)> =
        args.iter().filter(|(name, value)| is_given(args, name) && usual(name) != Some(*value)).collect();
    let place = by.place.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{} {said:?} {} {place} {:?}", declaration.spec.name, by.actor.handle(), by.defaults)
}

/// The fields that can be shown: each name once, and of a length that every platform takes.
fn sound(operation: &str, fields: Vec<MoreField>) -> Vec<MoreField> {
    let mut seen = BTreeSet::new();
    let fits = |name: &str| !name.is_empty() && name.chars().count() <= LONGEST_NAME;
    fields
        .into_iter()
        .filter(|field| {
            let sound = fits(&field.name) && seen.insert(field.name.clone());
            if !sound {
                tracing::warn!(operation, field = field.name, "a further field cannot be asked for by its name");
            }
            sound
        })
        .collect()
}

/// What is wrong with values, by the names of their fields.
pub(super) type Wrong = Vec<(String, String)>;

/// An operation as a form shows it: its parameters and, once they were told, its further fields. The arguments are *open*
/// where each further field stands by itself, as its kind says, and *closed* where they are texts of one map.
pub(super) struct Sheet<'a> {
    /// The operation, with each further field as a parameter in place of the map.
    pub(super) declaration: Cow<'a, Declaration>,
    map: Option<&'static str>,
    told: bool,
}

impl<'a> Sheet<'a> {
    /// The sheet of the parameters alone.
    pub(super) fn plain(declaration: &'a Declaration) -> Self {
        let map = declaration.spec.more;
        let mut declaration = Cow::Borrowed(declaration);
        if let Some(map) = map {
            declaration.to_mut().params.retain(|param| param.name != map);
        }
        Self { declaration, map, told: false }
    }

    /// The sheet with these further fields.
    pub(super) fn with(declaration: &'a Declaration, fields: &[MoreField]) -> Self {
        let mut sheet = Self::plain(declaration);
        if let Some(map) = sheet.map {
            sheet.declaration.to_mut().params.extend(fields.iter().map(|field| param(map, field)));
            sheet.told = true;
        }
        sheet
    }

    /// The further fields among the parameters.
    pub(super) fn further(&self) -> impl Iterator<Item = &Param> {
        self.declaration.params.iter().filter(|param| self.declaration.is_further(&param.name))
    }

    /// Whether something is missing that must be given.
    pub(super) fn lacks(&self, open: &Object) -> bool {
        self.declaration.params.iter().any(|param| param.required && !open.contains_key(&param.name))
    }

    /// The arguments opened, and what cannot be read of the further fields. People may call those by their labels.
    pub(super) fn open(&self, closed: &Object) -> (Object, Wrong) {
        let (mut open, mut wrong) = (closed.clone(), Vec::new());
        let Some(map) = self.map else { return (open, wrong) };
        let Some(Value::Object(pairs)) = closed.get(map) else { return (open, wrong) };
        open.remove(map);
        for (name, value) in pairs {
            let text = written(value);
            let said = format!("{map}.{name}");
            if !self.told {
                open.insert(said, text.into());
                continue;
            }
            let Some((param, yes)) = self.meant(name) else {
                wrong.push((said, self.unknown(name)));
                continue;
            };
            if text.trim().is_empty() {
                continue;
            }
            let value = match read(param, &text) {
                Ok(Value::Bool(said)) => Value::Bool(said == yes),
                Ok(value) => value,
                Err(error) => {
                    wrong.push((param.name.clone(), error));
                    continue;
                }
            };
            if open.insert(param.name.clone(), value).is_some() {
                wrong.push((param.name.clone(), format!("`{}` is given twice. Leave one out.", param.called())));
            }
        }
        (open, wrong)
    }

    /// The arguments as the operation takes them.
    pub(super) fn close(&self, open: Object) -> Object {
        let Some(map) = self.map else { return open };
        let (mut closed, mut pairs) = (Object::new(), Object::new());
        for (name, value) in open {
            match name.strip_prefix(map).and_then(|rest| rest.strip_prefix('.')) {
                Some(field) => {
                    let text = written(&value);
                    if !text.is_empty() {
                        pairs.insert(field.to_owned(), text.into());
                    }
                }
                None => {
                    closed.insert(name, value);
                }
            }
        }
        if !pairs.is_empty() {
            closed.insert(map.to_owned(), Value::Object(pairs));
        }
        closed
    }

    /// The further field that somebody calls this, and whether it says yes.
    fn meant(&self, said: &str) -> Option<(&Param, bool)> {
        let own = |param: &Param| param.name.split_once('.').map(|(_, name)| name.to_owned()).unwrap_or_default();
        let called = |wanted: &str| {
            let label = self.further().find(|param| folded(param.called()) == wanted);
            self.further().find(|param| folded(&own(param)) == wanted).or(label)
        };
        let exact = self.further().find(|param| own(param) == said);
        let wanted = folded(said.trim());
        let yes = exact.or_else(|| called(&wanted)).map(|param| (param, true));
        yes.or_else(|| {
            let flag = called(wanted.strip_prefix("no-")?).filter(|param| param.kind == FieldKind::Flag);
            flag.map(|param| (param, false))
        })
    }

    /// The error for a field that there is not.
    fn unknown(&self, said: &str) -> String {
        let said: String = said.chars().filter(|sign| *sign != '`').take(40).collect();
        let labels = || self.further().map(Param::called);
        let words = self.declaration.words();
        if let Some(meant) = nearest(&said, labels()) {
            return format!("`{words}` has no field `{said}` here. Did you mean `{meant}`?");
        }
        let options = self.declaration.shown().filter(|param| param.label.is_none()).map(|param| param.name.as_str());
        if let Some(meant) = nearest(&said, options) {
            return format!("`{words}` has no option `--{said}`. Did you mean `--{}`?", meant.replace('_', "-"));
        }
        let some: Vec<&str> = labels().take(TOLD).collect();
        let rest = labels().count() - some.len();
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let known = if some.is_empty() { "none".to_owned() } else { some.join(", ") };
        format!("`{words}` has no field `{said}` here; there are: {known}{rest}. If it is text, put it in quotes.")
    }
}

/// A further field as a parameter.
fn param(map: &str, field: &MoreField) -> Param {
    let label = if field.label.trim().is_empty() { &field.name } else { &field.label };
    let mut param = Param {
        name: format!("{map}.{}", field.name),
        help: field.help.clone(),
        kind: field.kind.clone(),
        // What is left out, the vendor fills in.
        required: field.required && field.value.is_none(),
        default: None,
        complete: field.complete.clone(),
        subjects: Vec::new(),
        shape: Shape::Plain,
        minimum: None,
        maximum: None,
        example: None,
        meanings: BTreeMap::new(),
        label: Some(label.trim().to_owned()),
        message: None,
        hidden: false,
    };
    param.default = field.value.as_deref().and_then(|value| read(&param, value).ok());
    param
}

/// The arguments as texts, as forms and completions give them; what a map holds stands there by `<map>.<name>`, too.
#[must_use]
pub fn texts(args: &Object) -> BTreeMap<String, String> {
    let pairs = args.iter().filter_map(|(map, value)| Some((map, value.as_object()?)));
    let pairs = pairs.flat_map(|(map, pairs)| pairs.iter().map(move |(name, value)| (format!("{map}.{name}"), value)));
    let whole = args.iter().map(|(name, value)| (name.clone(), value));
    whole.chain(pairs).map(|(name, value)| (name, written(value))).collect()
}

/// The arguments without these fields, further ones among them.
pub(super) fn without(args: &Object, names: &[String]) -> Object {
    let mut left = args.clone();
    left.retain(|name, _| !names.contains(name));
    for (map, value) in &mut left {
        if let Value::Object(pairs) = value {
            pairs.retain(|name, _| !names.contains(&format!("{map}.{name}")));
        }
    }
    left
}
