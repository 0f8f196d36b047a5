//! Security alerts.

use serde_json::{Value, json};

use super::{Sight, stamp, stamp_or_null, with};
use crate::sandbox::github::data::alerts::Closed;
use crate::sandbox::github::data::{CodeAlert, DependencyAlert, SecretAlert};

impl Sight<'_> {
    /// Who, when and why somebody closed an alert, under the names that begin with this word.
    fn closed(&self, word: &str, closed: Option<&Closed>, reason: &str) -> Value {
        let mut value = json!({});
        value[format!("{word}_at")] = stamp_or_null(closed.map(|closed| closed.at));
        value[format!("{word}_by")] = closed.map_or(Value::Null, |closed| self.user(&closed.by));
        value[reason] = json!(closed.map(|closed| closed.reason));
        value
    }

    /// A Dependabot alert.
    pub(in crate::sandbox::github) fn dependency_alert(&self, repo: usize, alert: &DependencyAlert) -> Value {
        let package = json!({ "ecosystem": alert.ecosystem, "name": alert.package });
        let patched = alert.patched.as_ref().map(|version| json!({ "identifier": version }));
        let range = alert.patched.as_ref().map_or(">= 0".to_owned(), |version| format!("< {version}"));
        let vulnerability = json!({
            "package": package,
            "severity": alert.severity,
            "vulnerable_version_range": range,
            "first_patched_version": patched,
        });
        let advisory = json!({
            "ghsa_id": alert.ghsa,
            "cve_id": alert.cve,
            "summary": alert.summary,
            "description": format!("{}\n\nUpdate as soon as you can.", alert.summary),
            "severity": alert.severity,
            "identifiers": [{ "value": alert.ghsa, "type": "GHSA" }, { "value": alert.cve, "type": "CVE" }],
            "references": [{ "url": format!("https://github.com/advisories/{}", alert.ghsa) }],
            "published_at": stamp(alert.created_at),
            "updated_at": stamp(alert.created_at),
            "withdrawn_at": null,
            "vulnerabilities": [vulnerability],
            "cvss": { "vector_string": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "score": 9.8 },
            "cwes": [{ "cwe_id": "CWE-79", "name": "Improper Neutralization of Input" }],
        });
        let base = json!({
            "number": alert.number,
            "state": alert.state(),
            "dependency": { "package": package, "manifest_path": "package-lock.json", "scope": "runtime" },
            "security_advisory": advisory,
            "security_vulnerability": vulnerability,
            "url": format!("{}/dependabot/alerts/{}", self.repo_api(repo), alert.number),
            "html_url": format!("{}/security/dependabot/{}", self.repo_web(repo), alert.number),
            "created_at": stamp(alert.created_at),
            "updated_at": stamp(alert.updated_at),
            "dismissed_comment": alert.dismissed.as_ref().and_then(|closed| closed.comment.clone()),
            "fixed_at": stamp_or_null(alert.fixed_at),
        });
        with(base, self.closed("dismissed", alert.dismissed.as_ref(), "dismissed_reason"))
    }

    fn code_instance(alert: &CodeAlert) -> Value {
        json!({
            "ref": format!("refs/heads/{}", alert.branch),
            "analysis_key": ".github/workflows/codeql.yml:analyze",
            "environment": "{}",
            "state": alert.state(),
            "commit_sha": alert.commit,
            "message": { "text": alert.description },
            "location": {
                "path": alert.path,
                "start_line": alert.line,
                "end_line": alert.line,
                "start_column": 1,
                "end_column": 20,
            },
            "classifications": [],
        })
    }

    /// What the API and the payloads have in common.
    fn code_core(&self, repo: usize, alert: &CodeAlert) -> Value {
        let base = json!({
            "number": alert.number,
            "created_at": stamp(alert.created_at),
            "url": format!("{}/code-scanning/alerts/{}", self.repo_api(repo), alert.number),
            "html_url": format!("{}/security/code-scanning/{}", self.repo_web(repo), alert.number),
            "state": alert.state(),
            "rule": { "id": alert.rule, "severity": alert.severity, "description": alert.description },
            "tool": { "name": "CodeQL", "version": "2.20.1" },
            "most_recent_instance": Self::code_instance(alert),
        });
        with(base, self.closed("dismissed", alert.dismissed.as_ref(), "dismissed_reason"))
    }

    /// A code scanning alert over the API.
    pub(in crate::sandbox::github) fn code_alert(&self, repo: usize, alert: &CodeAlert) -> Value {
        let mut value = self.code_core(repo, alert);
        value["updated_at"] = json!(stamp(alert.updated_at));
        value["fixed_at"] = stamp_or_null(alert.fixed_at);
        value["dismissed_comment"] = json!(alert.dismissed.as_ref().and_then(|closed| closed.comment.clone()));
        value["instances_url"] = json!(format!("{}/instances", value["url"].as_str().unwrap_or_default()));
        value["rule"]["name"] = json!(alert.rule);
        value["rule"]["tags"] = json!(["security"]);
        value["rule"]["security_severity_level"] = json!(alert.security);
        value["tool"]["guid"] = Value::Null;
        value["most_recent_instance"]["category"] = json!(".github/workflows/codeql.yml:analyze");
        value
    }

    /// A code scanning alert in a payload.
    pub(in crate::sandbox::github) fn payload_code_alert(&self, repo: usize, alert: &CodeAlert, action: &str) -> Value {
        let mut value = self.code_core(repo, alert);
        value["instances"] = json!([Self::code_instance(alert)]);
        if action != "reopened_by_user" {
            value["rule"]["name"] = json!(alert.rule);
            value["rule"]["full_description"] = json!(alert.description);
            value["rule"]["tags"] = json!(["security"]);
            value["tool"]["guid"] = Value::Null;
        }
        value
    }

    /// A secret scanning alert. Only the API shows what was found.
    pub(in crate::sandbox::github) fn secret_alert(&self, repo: usize, alert: &SecretAlert, api: bool) -> Value {
        let url = format!("{}/secret-scanning/alerts/{}", self.repo_api(repo), alert.number);
        let base = json!({
            "number": alert.number,
            "created_at": stamp(alert.created_at),
            "updated_at": stamp(alert.updated_at),
            "url": url,
            "html_url": format!("{}/security/secret-scanning/{}", self.repo_web(repo), alert.number),
            "locations_url": format!("{url}/locations"),
            "state": if alert.resolved.is_some() { "resolved" } else { "open" },
            "resolution_comment": alert.resolved.as_ref().and_then(|closed| closed.comment.clone()),
            "secret_type": alert.kind,
            "secret_type_display_name": alert.kind_name,
            "push_protection_bypassed": false,
            "push_protection_bypassed_by": null,
            "push_protection_bypassed_at": null,
        });
        let value = with(base, self.closed("resolved", alert.resolved.as_ref(), "resolution"));
        if !api {
            return value;
        }
        let more =
            json!({ "secret": alert.secret, "validity": "unknown", "publicly_leaked": false, "multi_repo": false });
        with(value, more)
    }
}
