//! As much of GraphQL as one mutation needs: its name, its input, and which fields it asks for.
//! <https://spec.graphql.org/October2021/>

use serde_json::{Map, Value};

/// A mutation with one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub name: String,
    input: Input,
    pub fields: Vec<Field>,
}

/// A field that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub name: String,
    alias: Option<String>,
    pub fields: Vec<Self>,
}

/// A value in a query, which may be named by a variable.
#[derive(Debug, Clone, PartialEq)]
enum Input {
    Missing,
    Variable(String),
    Text(String),
    Object(Vec<(String, Self)>),
}

impl Field {
    /// Under which name the answer has it.
    pub(super) fn shown(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

impl Call {
    /// The input with its variables filled in.
    pub(super) fn input(&self, variables: &Value) -> Option<Value> {
        self.input.value(variables).filter(Value::is_object)
    }
}

impl Input {
    fn value(&self, variables: &Value) -> Option<Value> {
        match self {
            Self::Missing => None,
            Self::Variable(name) => variables.get(name).cloned(),
            Self::Text(text) => Some(Value::String(text.clone())),
            Self::Object(fields) => {
                let value = |(name, value): &(String, Self)| Some((name.clone(), value.value(variables)?));
                fields.iter().map(value).collect::<Option<Map<_, _>>>().map(Value::Object)
            }
        }
    }
}

/// Reads a mutation; `None` for anything else.
pub(super) fn read(query: &str) -> Option<Call> {
    let tokens = tokens(query)?;
    let mut rest = tokens.as_slice();
    word(&mut rest).filter(|word| word == "mutation")?;
    if rest.first()? != "{" && rest.first()? != "(" {
        word(&mut rest)?;
    }
    if rest.first()? == "(" {
        let end = rest.iter().position(|token| token == ")")?;
        rest = rest.get(end + 1..)?;
    }
    take(&mut rest, "{")?;
    let name = word(&mut rest)?;
    let mut input = Input::Missing;
    if rest.first()? == "(" {
        take(&mut rest, "(")?;
        while rest.first()? != ")" {
            let argument = word(&mut rest)?;
            take(&mut rest, ":")?;
            let given = value(&mut rest)?;
            if argument == "input" {
                input = given;
            }
        }
        take(&mut rest, ")")?;
    }
    let fields = selections(&mut rest)?;
    take(&mut rest, "}")?;
    rest.is_empty().then_some(Call { name, input, fields })
}

fn take(rest: &mut &[String], wanted: &str) -> Option<()> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    (first == wanted).then_some(())
}

fn word(rest: &mut &[String]) -> Option<String> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    first.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then(|| first.clone())
}

fn value(rest: &mut &[String]) -> Option<Input> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    if first == "{" {
        let mut fields = Vec::new();
        while rest.first()? != "}" {
            let name = word(rest)?;
            take(rest, ":")?;
            fields.push((name, value(rest)?));
        }
        take(rest, "}")?;
        return Some(Input::Object(fields));
    }
    if let Some(text) = first.strip_prefix('"') {
        return Some(Input::Text(text.to_owned()));
    }
    first.strip_prefix('$').map(|name| Input::Variable(name.to_owned()))
}

fn selections(rest: &mut &[String]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    if rest.first()? != "{" {
        return Some(fields);
    }
    take(rest, "{")?;
    while rest.first()? != "}" {
        let mut name = word(rest)?;
        let mut alias = None;
        if rest.first()? == ":" {
            take(rest, ":")?;
            alias = Some(std::mem::replace(&mut name, word(rest)?));
        }
        fields.push(Field { name, alias, fields: selections(rest)? });
    }
    take(rest, "}")?;
    Some(fields)
}

/// Words, `$names`, signs, and texts with a quote in front. Commas mean nothing.
fn tokens(query: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..)?;
        if first == '"' {
            let (text, tail) = after.split_once('"')?;
            out.push(format!("\"{text}"));
            rest = tail;
        } else if first.is_ascii_alphanumeric() || first == '_' || first == '$' {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            out.push(rest.get(..first.len_utf8() + end)?.to_owned());
            rest = after.get(end..)?;
        } else if "{}():!=[]".contains(first) {
            out.push(first.to_string());
            rest = after;
        } else if first == ',' || first.is_whitespace() {
            rest = after;
        } else {
            return None;
        }
        rest = rest.trim_start();
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mutation_is_read_with_variables_or_without() {
        let named = read(
            "mutation Ready($id: ID!) { mark(input: {pullRequestId: $id}) { pullRequest { id draft: isDraft } } }",
        );
        let named = named.unwrap();
        assert_eq!(named.input(&json!({ "id": "PR_1" })), Some(json!({ "pullRequestId": "PR_1" })));
        assert_eq!(named.fields[0].fields[1].shown(), "draft");
        let plain = read(r#"mutation { mark(input: {pullRequestId: "PR_2"}) { clientMutationId } }"#).unwrap();
        assert_eq!(plain.input(&json!(null)), Some(json!({ "pullRequestId": "PR_2" })));
        let whole = read("mutation($input: MarkInput!) { mark(input: $input) { clientMutationId } }").unwrap();
        assert_eq!(whole.input(&json!({ "input": { "pullRequestId": "x" } })), Some(json!({ "pullRequestId": "x" })));
        assert_eq!(whole.input(&json!({})), None);
        for broken in ["", "query { viewer { login } }", "mutation { mark(", "mutation { mark { id } } }"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
