//! Rules: "when this happens, run that", from the configuration file.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wildmatch::WildMatch;

use super::nearest::nearest;
use super::{Declaration, Registry, ledger};
use crate::model::{Actor, Call, CallId, CallState, Clock, Event, Fault, Object, Place, Role};
use crate::routing::Follower;
use crate::store::Tx;

/// One rule: `[[rules]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// The rule's name; its calls are made by `rule:<name>`.
    #[schemars(example = &"retry-nightly")]
    pub name: String,
    /// The event types it waits for; `*` stands for any text.
    #[schemars(example = ["task.retry_requested"])]
    pub events: Vec<String>,
    /// The sources it waits for; `*` stands for any text.
    #[serde(default = "any")]
    pub source: String,
    /// The operation it runs.
    #[schemars(example = &"github.issue.comment")]
    pub run: String,
    /// The operation's arguments. Texts are templates over the event: `{{ data.task }}`, `{{ subject }}`.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub with: Object,
    /// The role it acts in.
    #[serde(default = "operator")]
    pub role: Role,
    /// Where it tells what came of it; nowhere if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"slack:#ci")]
    pub place: Option<Place>,
}

fn any() -> String {
    "*".to_owned()
}

fn operator() -> Role {
    Role::Operator
}

/// Follows events by rules.
#[derive(Debug)]
pub struct Rules {
    clock: Clock,
    rules: RwLock<Vec<RuleConfig>>,
}

impl Rules {
    /// These rules.
    #[must_use]
    pub fn new(clock: &Clock, rules: Vec<RuleConfig>) -> Arc<Self> {
        Arc::new(Self { clock: clock.clone(), rules: RwLock::new(rules) })
    }

    /// Takes over new rules.
    pub fn set(&self, rules: Vec<RuleConfig>) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}

/// What is wrong with the rules: an operation that is not there, a role that is too low, a template that cannot be read.
#[must_use]
pub fn problems(rules: &[RuleConfig], registry: &Registry) -> Vec<String> {
    let mut problems = Vec::new();
    for rule in rules {
        let name = &rule.name;
        match registry.get(&rule.run) {
            None => {
                let names = registry.iter().filter(|it| !it.spec.hidden).map(|declaration| declaration.spec.name);
                let meant =
                    nearest(&rule.run, names).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
                problems.push(format!(
                    "rules.{name}.run: there is no operation `{}`{meant} (`quarterdeck operations` lists them)",
                    rule.run
                ));
            }
            Some(declaration) if declaration.spec.hidden => {
                problems.push(format!("rules.{name}.run: `{}` is for buttons, not for rules", rule.run));
            }
            Some(declaration) if declaration.spec.from_message.is_some() => problems.push(format!(
                "rules.{name}.run: `{}` makes something of a message that somebody uses it on; a rule has none",
                rule.run
            )),
            Some(declaration) => {
                let needed = declaration.role();
                if rule.role < needed {
                    problems.push(format!(
                        "rules.{name}.role: `{}` needs the role {needed} and the rule has {}; write role = \"{needed}\"",
                        rule.run, rule.role
                    ));
                }
                problems.extend(wrong_arguments(rule, declaration).map(|what| format!("rules.{name}.with{what}")));
            }
        }
        if let Err(error) = fill(&rule.with, &Event::new("", "", "", Value::Null), true) {
            problems.push(format!("rules.{name}.{error}"));
        }
    }
    problems
}

/// Arguments that the operation does not know, and those that it cannot do without. What a template will come to is not
/// known before the event; a rule without any is read as the operation will read it.
fn wrong_arguments<'a>(rule: &'a RuleConfig, declaration: &'a Declaration) -> impl Iterator<Item = String> + 'a {
    let names = || declaration.params.iter().map(|param| param.name.as_str());
    let unknown = rule.with.keys().filter(|given| declaration.param(given).is_none()).map(move |given| {
        let meant = nearest(given, names()).map_or_else(
            || format!("; it takes {}", names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
            |meant| format!("; did you mean `{meant}`?"),
        );
        format!(".{given}: `{}` takes no such argument{meant}", rule.run)
    });
    let missing = declaration.params.iter().filter(|param| param.required && !rule.with.contains_key(&param.name));
    let missing =
        missing.map(|param| format!(": `{}` needs `{}` ({})", rule.run, param.name, param.help.trim_end_matches('.')));
    let wrong: Vec<String> = unknown.chain(missing).collect();
    let fixed = rule.with.values().all(|value| value.as_str().is_none_or(|text| !text.contains(['{', '}'])));
    let unreadable = (wrong.is_empty() && fixed).then(|| declaration.run.check(&rule.with).err()).flatten();
    wrong.into_iter().chain(unreadable.map(|fault| format!(": {}", fault.outside)))
}

impl Follower for Rules {
    fn follow(&self, tx: &mut Tx<'_>, event: &Event) -> Result<(), Fault> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        for rule in rules.iter().filter(|rule| rule.wants(event)) {
            // A template that fails on an event is a failed call: it is in the ledger, and told where the rule tells.
            let (args, broken) = match fill(&rule.with, event, false) {
                Ok(args) => (args, None),
                Err(error) => {
                    (Object::new(), Some(format!("The rule `{}` fails on {}: {error}", rule.name, event.kind)))
                }
            };
            let call = Call {
                id: CallId::new(),
                operation: rule.run.clone(),
                args,
                actor: Actor::Rule { name: rule.name.clone() },
                place: rule.place.clone(),
                reply: None,
                pressed: None,
                role: rule.role,
                defaults: BTreeMap::new(),
                broken,
                state: CallState::Accepted,
                runs: 0,
                accepted_at: self.clock.now(),
                not_before: None,
                ended_at: None,
                result: None,
                quote: None,
            };
            ledger::enter(tx, &call)?;
        }
        Ok(())
    }

    fn wants(&self, event: &Event) -> bool {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).iter().any(|rule| rule.wants(event))
    }
}

impl RuleConfig {
    fn wants(&self, event: &Event) -> bool {
        WildMatch::new(&self.source).matches(&event.source)
            && self.events.iter().any(|kind| WildMatch::new(kind).matches(&event.kind))
    }
}

/// Fills the templates; with `only_parse` their syntax is checked and nothing more.
fn fill(with: &Object, event: &Event, only_parse: bool) -> Result<Object, String> {
    let mut engine = minijinja::Environment::new();
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    // What an event says must not be able to run for ever or to fill the memory.
    engine.set_recursion_limit(20);
    with.iter()
        .map(|(name, value)| {
            let Some(template) = value.as_str() else { return Ok((name.clone(), value.clone())) };
            // The engine names a file and a line, of which there are none.
            let wrong = |error: minijinja::Error| match error.detail() {
                Some(detail) => format!("with.{name}: the template cannot be used: {}: {detail}", error.kind()),
                None => format!("with.{name}: the template cannot be used: {}", error.kind()),
            };
            let template = engine.template_from_str(template).map_err(wrong)?;
            let text = if only_parse {
                String::new()
            } else {
                template.render(minijinja::value::Serde(event)).map_err(wrong)?
            };
            Ok((name.clone(), text.into()))
        })
        .collect()
}
