//! Workflows: what GitHub reads in their files, and the files.

use std::fmt::Write as _;

/// A workflow file below `.github/workflows`. What the fake knows of it and what stands in the file are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubWorkflow {
    pub(in crate::sandbox::github) name: String,
    pub(in crate::sandbox::github) file: String,
    /// `None`: it cannot be started by hand.
    pub(in crate::sandbox::github) inputs: Option<Vec<WorkflowInput>>,
    pub(in crate::sandbox::github) jobs: Vec<String>,
    pub(in crate::sandbox::github) environment: Option<String>,
    text: Option<String>,
}

/// An input of a workflow that is started by hand:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowInput {
    pub(in crate::sandbox::github) name: String,
    /// `string`, `choice`, `boolean`, `number` or `environment`.
    pub(in crate::sandbox::github) kind: &'static str,
    pub(in crate::sandbox::github) description: String,
    pub(in crate::sandbox::github) required: bool,
    pub(in crate::sandbox::github) default: Option<String>,
    pub(in crate::sandbox::github) options: Vec<String>,
}

impl WorkflowInput {
    fn new(name: &str, kind: &'static str, description: &str) -> Self {
        let (name, description) = (name.to_owned(), description.to_owned());
        Self { name, kind, description, required: false, default: None, options: Vec::new() }
    }

    /// A text.
    pub fn string(name: &str, description: &str) -> Self {
        Self::new(name, "string", description)
    }

    /// One of a few words.
    pub fn choice(name: &str, description: &str, options: &[&str]) -> Self {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self { options, ..Self::new(name, "choice", description) }
    }

    /// `true` or `false`.
    pub fn boolean(name: &str, description: &str) -> Self {
        Self::new(name, "boolean", description)
    }

    /// A number.
    pub fn number(name: &str, description: &str) -> Self {
        Self::new(name, "number", description)
    }

    /// The name of an environment of the repository.
    pub fn environment(name: &str, description: &str) -> Self {
        Self::new(name, "environment", description)
    }

    /// The same, to be given unless there is a default.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same with a default.
    pub fn default_value(mut self, value: &str) -> Self {
        self.default = Some(value.to_owned());
        self
    }
}

impl GithubWorkflow {
    /// A workflow that runs on pushes, with one job `build`.
    pub fn new(name: &str, file: &str) -> Self {
        Self {
            name: name.to_owned(),
            file: file.to_owned(),
            inputs: None,
            jobs: vec!["build".to_owned()],
            environment: None,
            text: None,
        }
    }

    /// The same, to be started by hand with these inputs.
    pub fn dispatched(mut self, inputs: Vec<WorkflowInput>) -> Self {
        self.inputs = Some(inputs);
        self
    }

    /// The same with these jobs.
    pub fn jobs(mut self, names: &[&str]) -> Self {
        self.jobs = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// The same, deploying to an environment: its name, or `inputs.NAME` for the value of an input.
    pub fn deploys_to(mut self, environment: &str) -> Self {
        self.environment = Some(environment.to_owned());
        self
    }

    /// The same, with a file that says it in other words: quoting, comments, flow style.
    pub fn written_as(mut self, yaml: &str) -> Self {
        self.text = Some(yaml.to_owned());
        self
    }

    /// *Deploy*, with inputs of every type; it deploys to the environment that is chosen.
    pub fn sample_deploy() -> Self {
        let inputs = vec![
            WorkflowInput::environment("environment", "Where to").required().default_value("staging"),
            WorkflowInput::string("version", "Version to deploy, such as v1.2.3").required(),
            WorkflowInput::choice("strategy", "How", &["rolling", "blue-green", "canary"]).default_value("rolling"),
            WorkflowInput::boolean("dry_run", "Only show what would be done").default_value("false"),
            WorkflowInput::number("replicas", "How many").default_value("2"),
            WorkflowInput::string("note", "Anything to say: it ends up in the log"),
        ];
        Self::new("Deploy", "deploy.yml").dispatched(inputs).jobs(&["deploy"]).deploys_to("inputs.environment")
    }

    /// Where the file is.
    pub(in crate::sandbox::github) fn path(&self) -> String {
        format!(".github/workflows/{}", self.file)
    }

    /// The file.
    pub(in crate::sandbox::github) fn yaml(&self) -> String {
        self.text.clone().unwrap_or_else(|| self.written())
    }

    fn written(&self) -> String {
        let mut out = format!("name: {}\n\non:\n", self.name);
        match &self.inputs {
            None => out.push_str("  push:\n    branches: [main]\n  pull_request:\n"),
            Some(inputs) => {
                out.push_str("  workflow_dispatch:\n");
                if !inputs.is_empty() {
                    out.push_str("    inputs:\n");
                }
                for input in inputs {
                    input.write(&mut out);
                }
            }
        }
        out.push_str("\njobs:\n");
        for job in &self.jobs {
            let _written = writeln!(out, "  {job}:\n    runs-on: ubuntu-latest");
            if let Some(environment) = &self.environment {
                let shown = match environment.strip_prefix("inputs.") {
                    Some(_) => format!("${{{{ {environment} }}}}"),
                    None => environment.clone(),
                };
                let _written = writeln!(out, "    environment: {shown}");
            }
            let _written = writeln!(out, "    steps:\n      - uses: actions/checkout@v4\n      - run: ./{job}.sh");
        }
        out
    }
}

impl WorkflowInput {
    fn write(&self, out: &mut String) {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let _written = writeln!(out, "      {}:", self.name);
        let _written = writeln!(out, "        description: {}", quoted(&self.description));
        let _written = writeln!(out, "        type: {}", self.kind);
        if self.required {
            out.push_str("        required: true\n");
        }
        if let Some(default) = &self.default {
            let plain = matches!(self.kind, "boolean" | "number");
            let _written = writeln!(out, "        default: {}", if plain { default.clone() } else { quoted(default) });
        }
        if !self.options.is_empty() {
            out.push_str("        options:\n");
            for option in &self.options {
                let _written = writeln!(out, "          - {option}");
            }
        }
    }
}
