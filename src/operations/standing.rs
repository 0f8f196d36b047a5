//! Who somebody is to us: the access rules of the moment, the groups they are in, and who is the same person elsewhere.
//! Shared by all that decide on permission; a reload changes it in one place.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use super::{Access, EVERYBODY};
use crate::model::{Actor, People as Book, Place, PlatformId};

/// Knows the people of the chat platforms. Implemented over them.
#[async_trait]
pub trait People: Send + Sync {
    /// What the actor is called, where the platform can say so now.
    async fn name_of(&self, actor: &Actor) -> Option<String>;

    /// Those of `groups` (of the actor's platform, [`EVERYBODY`] among them) that the actor is in.
    ///
    /// # Errors
    /// Not all could be asked; those that are known.
    async fn groups_of(&self, actor: &Actor, groups: &[String]) -> Result<Vec<String>, Vec<String>>;
}

/// The standing of people.
pub struct Standing {
    access: RwLock<Arc<Access>>,
    people: Arc<dyn People>,
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing").finish_non_exhaustive()
    }
}

impl Standing {
    /// The standing by these rules of these people.
    #[must_use]
    pub fn new(access: Access, people: Arc<dyn People>) -> Arc<Self> {
        Arc::new(Self { access: RwLock::new(Arc::new(access)), people })
    }

    /// Takes over new rules.
    pub fn set(&self, access: Access) {
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
    }

    /// Who is who.
    #[must_use]
    pub fn people(&self) -> Arc<Book> {
        self.access.read().unwrap_or_else(PoisonError::into_inner).people()
    }

    /// The platform's ids of the people there that the configuration names.
    #[must_use]
    pub fn named_on(&self, platform: &PlatformId) -> Vec<String> {
        self.access.read().unwrap_or_else(PoisonError::into_inner).named_on(platform)
    }

    /// The platform's channels that something is granted in and not everywhere.
    #[must_use]
    pub fn places_on(&self, platform: &PlatformId) -> Vec<Place> {
        self.access.read().unwrap_or_else(PoisonError::into_inner).places_on(platform)
    }

    /// What the actor is called, where the platform can say so now.
    pub async fn name_of(&self, actor: &Actor) -> Option<String> {
        self.people.name_of(actor).await
    }

    /// The rules, and the groups the actor is in; `Err` holds what could be found out when not all could be asked.
    pub async fn of(&self, actor: &Actor) -> (Arc<Access>, Result<Vec<String>, Vec<String>>) {
        let access = Arc::clone(&self.access.read().unwrap_or_else(PoisonError::into_inner));
        let Actor::User { platform, .. } = actor else { return (access, Ok(Vec::new())) };
        let named = access.groups_named().into_iter().filter(|(of, _)| of == platform).map(|(_, group)| group);
        let asked: Vec<String> = named.chain([EVERYBODY.to_owned()]).collect();
        let groups = self.people.groups_of(actor, &asked).await;
        (access, groups)
    }
}
