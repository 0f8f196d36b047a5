//! What becomes of repositories, of who works on them, and of apps.

use super::super::GithubFake;
use super::super::setup::Role;
use super::{Missing, repo};

/// Every method answers [`Missing`] when the repository or the installation does not exist. `repo` is `owner/name`.
#[expect(clippy::missing_errors_doc, reason = "the one error of all of them is told once, above")]
impl GithubFake {
    /// Someone renames a repository. The old name answers `301` (and `307` to what changes something).
    pub fn rename_repo(&self, user: &str, repo_name: &str, name: &str) -> Result<(), Missing> {
        self.shared.act(|state| repo(state, repo_name).map(|index| state.rename_repo(index, user, name)))
    }

    /// Someone hands a repository to another owner. The old name answers `301` (and `307` to what changes something).
    pub fn transfer_repo(&self, user: &str, repo_name: &str, owner: &str) -> Result<(), Missing> {
        self.shared.act(|state| repo(state, repo_name).map(|index| state.transfer_repo(index, user, owner)))
    }

    /// The number by which a repository is known whatever it is called.
    pub fn repo_id(&self, repo_name: &str) -> Result<u64, Missing> {
        let state = self.shared.lock();
        repo(&state, repo_name).map(|index| state.world.repos[index].id)
    }

    /// Someone stars a repository, or (`false`) takes the star away.
    pub fn star(&self, user: &str, repo_name: &str, on: bool) -> Result<(), Missing> {
        self.shared.act(|state| repo(state, repo_name).map(|index| state.star(index, user, on)))
    }

    /// Someone makes `login` a collaborator, changes what they may do, or (`None`) takes them off.
    pub fn set_member(&self, user: &str, repo_name: &str, login: &str, role: Option<Role>) -> Result<(), Missing> {
        self.shared.act(|state| repo(state, repo_name).map(|index| state.set_member(index, user, login, role)))
    }

    /// The identifier of an app's installation on an account.
    pub fn installation_id(&self, app: u64, account: &str) -> Result<u64, Missing> {
        let state = self.shared.lock();
        let mut all = state.world.apps.iter().filter(|known| known.id == app).flat_map(|app| &app.installations);
        let found = all.find(|found| found.account.eq_ignore_ascii_case(account));
        found.map(|found| found.id).ok_or_else(|| Missing(format!("installation of {app} on {account}")))
    }

    /// Someone suspends an installation: `403` for its tokens, and nothing is told to its hook.
    pub fn suspend_installation(&self, user: &str, installation: u64) -> Result<(), Missing> {
        self.shared.act(|state| {
            let done = state.suspend(installation, Some(user));
            if done { Ok(()) } else { Err(Missing(format!("installation {installation}"))) }
        })
    }

    /// Someone lets an installation go on.
    pub fn unsuspend_installation(&self, installation: u64) -> Result<(), Missing> {
        self.shared.act(|state| {
            let done = state.suspend(installation, None);
            if done { Ok(()) } else { Err(Missing(format!("installation {installation}"))) }
        })
    }
}
