//! The plain data model: what exists on this GitHub. It knows nothing of HTTP, JSON or hooks.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::setup::{GithubRepo, GithubUser, GithubWorkflow, HookTarget, Protection, Role};

pub(super) mod alerts;
pub(super) mod apps;
pub(super) mod ci;
pub(super) mod diff;
pub(super) mod git;
pub(super) mod standing;

pub(super) use alerts::{CodeAlert, DependencyAlert, SecretAlert};
pub(super) use apps::{App, Installation};
pub(super) use ci::{CheckRun, Deployment, DeploymentStatus, Environment, Job, Run, Status, Wait, Workflow};
pub(super) use git::{Blob, Commit, Tree};

/// Everything there is.
#[derive(Debug, Default)]
pub(super) struct World {
    /// By login in small letters.
    pub users: BTreeMap<String, User>,
    /// Never shrinks, so an index stays good.
    pub repos: Vec<Repo>,
    pub apps: Vec<App>,
    last_id: u64,
}

#[derive(Debug, Clone)]
pub(super) struct User {
    pub id: u64,
    pub login: String,
    pub name: Option<String>,
    pub kind: UserKind,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserKind {
    User,
    Organization,
    Bot,
}

impl UserKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Organization => "Organization",
            Self::Bot => "Bot",
        }
    }
}

#[derive(Debug)]
pub(super) struct Repo {
    pub id: u64,
    pub owner: String,
    pub name: String,
    pub private: bool,
    pub has_issues: bool,
    pub archived: bool,
    pub description: Option<String>,
    pub default_branch: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub pushed_at: Timestamp,
    /// By login in small letters.
    pub roles: BTreeMap<String, Role>,
    pub labels: Vec<Label>,
    pub milestones: Vec<Milestone>,
    /// Issues and pull requests share one number space.
    pub issues: BTreeMap<u64, Issue>,
    pub comments: BTreeMap<u64, Comment>,
    pub branches: BTreeMap<String, String>,
    /// Oldest first.
    pub commits: Vec<Commit>,
    pub workflows: Vec<Workflow>,
    pub runs: Vec<Run>,
    pub releases: Vec<Release>,
    pub hooks: Vec<Hook>,
    pub last_number: u64,
    /// Names it had before, which still lead here.
    pub formerly: Vec<String>,
    /// By branch.
    pub protections: BTreeMap<String, Protection>,
    pub check_runs: Vec<CheckRun>,
    pub statuses: Vec<Status>,
    pub environments: Vec<Environment>,
    pub deployments: Vec<Deployment>,
    pub review_comments: BTreeMap<u64, ReviewComment>,
    /// Where issues that are not here any more went.
    pub gone: BTreeMap<u64, Gone>,
    /// Who starred it, and when.
    pub stars: BTreeMap<String, Timestamp>,
    pub dependency_alerts: Vec<DependencyAlert>,
    pub code_alerts: Vec<CodeAlert>,
    pub secret_alerts: Vec<SecretAlert>,
    pub merges: Merges,
}

/// Which ways of merging a repository allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Merges {
    pub merge: bool,
    pub squash: bool,
    pub rebase: bool,
}

/// What became of an issue that is not in its repository any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    Deleted,
    /// Index of the repository, and the number there.
    Transferred(usize, u64),
}

impl Repo {
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    pub(super) fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn milestone(&self, number: u64) -> Option<&Milestone> {
        self.milestones.iter().find(|milestone| milestone.number == number)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Label {
    pub id: u64,
    pub name: String,
    pub color: String,
    pub description: Option<String>,
    pub default: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Milestone {
    pub id: u64,
    pub number: u64,
    pub title: String,
    pub description: Option<String>,
    pub creator: String,
    pub open: bool,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub id: u64,
    pub number: u64,
    pub title: String,
    pub body: Option<String>,
    pub author: String,
    pub open: bool,
    pub state_reason: Option<&'static str>,
    /// Ids of labels, in the order they were added.
    pub labels: Vec<u64>,
    pub assignees: Vec<String>,
    pub milestone: Option<u64>,
    pub locked: bool,
    pub lock_reason: Option<&'static str>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<String>,
    pub pull: Option<Pull>,
}

#[derive(Debug, Clone)]
pub(super) struct Pull {
    pub id: u64,
    pub head_ref: String,
    pub head_sha: String,
    pub base_ref: String,
    pub base_sha: String,
    pub draft: bool,
    pub merged_at: Option<Timestamp>,
    pub merged_by: Option<String>,
    pub merge_sha: Option<String>,
    pub reviewers: Vec<String>,
    pub reviews: Vec<Review>,
    /// When its head or base last changed: whether it can be merged is worked out from then on.
    pub moved_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Review {
    pub id: u64,
    pub author: String,
    pub body: String,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED` or `DISMISSED`.
    pub state: &'static str,
    pub commit: String,
    pub submitted_at: Timestamp,
}

/// A comment on lines of a pull request's diff.
#[derive(Debug, Clone)]
pub(super) struct ReviewComment {
    pub id: u64,
    pub pull: u64,
    pub review: u64,
    pub author: String,
    pub body: String,
    pub path: String,
    pub commit: String,
    pub line: u64,
    pub start_line: Option<u64>,
    /// `LEFT` or `RIGHT`.
    pub side: &'static str,
    pub start_side: Option<&'static str>,
    pub position: u64,
    pub hunk: String,
    pub reply_to: Option<u64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub id: u64,
    pub issue: u64,
    pub author: String,
    pub body: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Release {
    pub id: u64,
    pub tag: String,
    pub name: Option<String>,
    pub body: Option<String>,
    pub author: String,
    pub target: String,
    pub draft: bool,
    pub prerelease: bool,
    pub at: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Hook {
    pub id: u64,
    pub url: String,
    pub secret: Option<String>,
    pub form: bool,
    pub insecure_ssl: bool,
    pub active: bool,
    pub events: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Status code and text of the last delivery.
    pub last: Option<(u16, String)>,
}

impl Hook {
    /// Whether this hook wants that event. A ping reaches every hook.
    pub(super) fn hears(&self, event: &str) -> bool {
        event == "ping" || (self.active && hears(&self.events, event))
    }

    /// Where it goes.
    pub(super) fn target(&self) -> HookTarget {
        let Self { url, secret, events, form, .. } = self.clone();
        HookTarget { url, secret, events, form }
    }
}

/// Whether a list of events has this one.
pub(super) fn hears(events: &[String], event: &str) -> bool {
    events.iter().any(|name| name == "*" || name == event)
}

/// GitHub's nine default labels: name, colour, description.
const DEFAULT_LABELS: [(&str, &str, &str); 9] = [
    ("bug", "d73a4a", "Something isn't working"),
    ("documentation", "0075ca", "Improvements or additions to documentation"),
    ("duplicate", "cfd3d7", "This issue or pull request already exists"),
    ("enhancement", "a2eeef", "New feature or request"),
    ("good first issue", "7057ff", "Good for newcomers"),
    ("help wanted", "008672", "Extra attention is needed"),
    ("invalid", "e4e669", "This doesn't seem right"),
    ("question", "d876e3", "Further information is requested"),
    ("wontfix", "ffffff", "This will not be worked on"),
];

impl World {
    /// The next identifier; one space serves every kind.
    pub(super) fn id(&mut self) -> u64 {
        self.last_id += 1;
        1_000_000 + self.last_id
    }

    /// A new, repeatable commit-like hash.
    pub(super) fn sha(&mut self, seed: &str) -> String {
        let id = self.id();
        let digest = Sha256::digest(format!("{id} {seed}"));
        hex::encode(digest.iter().copied().take(20).collect::<Vec<u8>>())
    }

    pub(super) fn user(&self, login: &str) -> Option<&User> {
        self.users.get(&login.to_lowercase())
    }

    /// Adds a user unless the login is taken.
    pub(super) fn add_user(&mut self, user: &GithubUser, at: Timestamp) {
        if self.user(&user.login).is_some() {
            return;
        }
        let kind = match user.login.ends_with("[bot]") {
            true => UserKind::Bot,
            false if user.organization => UserKind::Organization,
            false => UserKind::User,
        };
        let id = self.id();
        let added = User { id, login: user.login.clone(), name: user.name.clone(), kind, created_at: at };
        self.users.insert(user.login.to_lowercase(), added);
    }

    /// Adds a plain user unless the login is taken.
    pub(super) fn add_login(&mut self, login: &str, at: Timestamp) {
        self.add_user(&GithubUser { login: login.to_owned(), name: None, organization: false }, at);
    }

    pub(super) fn find(&self, owner: &str, name: &str) -> Option<usize> {
        self.repos
            .iter()
            .position(|repo| repo.owner.eq_ignore_ascii_case(owner) && repo.name.eq_ignore_ascii_case(name))
    }

    /// The repository that once had this name, unless another has it now.
    pub(super) fn moved(&self, owner: &str, name: &str) -> Option<usize> {
        let full = format!("{owner}/{name}");
        let had = |repo: &Repo| repo.formerly.iter().any(|old| old.eq_ignore_ascii_case(&full));
        if self.find(owner, name).is_some() { None } else { self.repos.iter().position(had) }
    }

    /// What `login` is on a repository; `None` when it may not even know of it.
    pub(super) fn role(&self, repo: usize, login: Option<&str>) -> Option<Role> {
        let repo = &self.repos[repo];
        let own = login.and_then(|login| {
            if repo.owner.eq_ignore_ascii_case(login) {
                Some(Role::Admin)
            } else {
                repo.roles.get(&login.to_lowercase()).copied()
            }
        });
        own.or_else(|| (!repo.private).then_some(Role::Read))
    }

    /// Whether someone has to do with an owner: is it, or works on one of its repositories.
    pub(super) fn works_for(&self, owner: &str, login: &str) -> bool {
        let one = |repo: &&Repo| repo.owner.eq_ignore_ascii_case(owner);
        owner.eq_ignore_ascii_case(login)
            || self.repos.iter().filter(one).any(|repo| repo.roles.contains_key(&login.to_lowercase()))
            || !self.repos.iter().any(|repo| one(&repo))
    }

    /// Whether someone can be assigned on a repository.
    pub(super) fn assignable(&self, repo: usize, login: &str) -> bool {
        let repo = &self.repos[repo];
        repo.owner.eq_ignore_ascii_case(login) || repo.roles.contains_key(&login.to_lowercase())
    }

    /// Adds a repository with its first commit; the owner and the collaborators are added as users where needed.
    pub(super) fn add_repo(&mut self, setup: &GithubRepo, at: Timestamp) -> usize {
        self.add_login(&setup.owner, at);
        for (login, _) in &setup.roles {
            self.add_login(login, at);
        }
        let files: Tree = Arc::new(setup.files.iter().cloned().chain([readme(setup)]).collect());
        let workflows =
            files.iter().filter_map(|(path, blob)| Some((path.clone(), Arc::clone(blob.workflow.as_ref()?))));
        let workflows =
            workflows.collect::<Vec<_>>().into_iter().map(|(path, spec)| self.new_workflow(path, &spec, at));
        let workflows = workflows.collect();
        let environments = setup.environments.iter().map(|(name, reviewers)| self.new_environment(name, reviewers, at));
        let environments = environments.collect();
        let (first, tree) = (self.sha("Initial commit"), self.sha("tree"));
        let commit = Commit {
            sha: first.clone(),
            tree,
            parents: Vec::new(),
            message: "Initial commit".to_owned(),
            author: setup.roles.first().map_or_else(|| setup.owner.clone(), |(login, _)| login.clone()),
            at,
            files,
        };
        let custom = setup.labels.iter().map(|(name, color)| (name.as_str(), color.as_str(), None));
        let defaults = DEFAULT_LABELS.iter().map(|&(name, color, text)| (name, color, Some(text)));
        let labels = defaults.chain(custom).map(|(name, color, text)| self.new_label(name, color, text)).collect();
        let milestones = setup
            .milestones
            .iter()
            .zip(1..)
            .map(|(title, number)| self.new_milestone(setup, title, number, at))
            .collect();
        let repo = Repo {
            id: self.id(),
            owner: setup.owner.clone(),
            name: setup.name.clone(),
            private: setup.private,
            has_issues: setup.issues,
            archived: setup.archived,
            description: setup.description.clone(),
            default_branch: "main".to_owned(),
            created_at: at,
            updated_at: at,
            pushed_at: at,
            roles: setup.roles.iter().map(|(login, role)| (login.to_lowercase(), *role)).collect(),
            labels,
            milestones,
            issues: BTreeMap::new(),
            comments: BTreeMap::new(),
            branches: BTreeMap::from([("main".to_owned(), first)]),
            commits: vec![commit],
            workflows,
            runs: Vec::new(),
            releases: Vec::new(),
            hooks: Vec::new(),
            last_number: 0,
            formerly: Vec::new(),
            protections: setup.protections.iter().cloned().collect(),
            check_runs: Vec::new(),
            statuses: Vec::new(),
            environments,
            deployments: Vec::new(),
            review_comments: BTreeMap::new(),
            gone: BTreeMap::new(),
            stars: BTreeMap::new(),
            dependency_alerts: Vec::new(),
            code_alerts: Vec::new(),
            secret_alerts: Vec::new(),
            merges: setup.merges,
        };
        self.repos.push(repo);
        self.repos.len() - 1
    }

    pub(super) fn new_workflow(&mut self, path: String, spec: &GithubWorkflow, at: Timestamp) -> Workflow {
        Workflow { id: self.id(), name: spec.name.clone(), path, created_at: at, active: true }
    }

    pub(super) fn new_environment(&mut self, name: &str, reviewers: &[String], at: Timestamp) -> Environment {
        Environment { id: self.id(), name: name.to_owned(), reviewers: reviewers.to_vec(), created_at: at }
    }

    pub(super) fn new_label(&mut self, name: &str, color: &str, description: Option<&str>) -> Label {
        let default = DEFAULT_LABELS.iter().any(|(default, ..)| *default == name);
        let description = description.map(str::to_owned);
        Label { id: self.id(), name: name.to_owned(), color: color.to_owned(), description, default }
    }

    fn new_milestone(&mut self, setup: &GithubRepo, title: &str, number: u64, at: Timestamp) -> Milestone {
        let id = self.id();
        let creator = setup.owner.clone();
        Milestone { id, number, title: title.to_owned(), description: None, creator, open: true, created_at: at }
    }
}

/// The file that every repository starts with.
fn readme(setup: &GithubRepo) -> (String, Blob) {
    ("README.md".to_owned(), Blob::text(&format!("# {}\n", setup.name)))
}
