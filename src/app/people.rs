//! Who people are, asked of their platform.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::chat::Platform;
use crate::model::{Actor, PlatformId};
use crate::operations::People;

/// Asks the platforms.
pub(super) struct PlatformPeople(HashMap<PlatformId, Arc<dyn Platform>>);

impl PlatformPeople {
    /// The people of these platforms.
    pub(super) fn new(platforms: &HashMap<PlatformId, Arc<dyn Platform>>) -> Self {
        Self(platforms.clone())
    }
}

#[async_trait]
impl People for PlatformPeople {
    async fn name_of(&self, actor: &Actor) -> Option<String> {
        let Actor::User { platform, id, .. } = actor else { return None };
        match self.0.get(platform)?.name_of(id).await {
            Ok(name) => Some(name),
            Err(fault) => {
                tracing::info!(%fault, "a person's name cannot be asked; the id stands for it");
                None
            }
        }
    }

    async fn groups_of(&self, actor: &Actor, groups: &[String]) -> Result<Vec<String>, Vec<String>> {
        let Actor::User { platform, id, .. } = actor else { return Ok(Vec::new()) };
        let Some(asked) = self.0.get(platform) else { return Ok(Vec::new()) };
        let (mut found, mut all) = (Vec::new(), true);
        for group in groups {
            match asked.is_in_group(id, group).await {
                Ok(true) => found.push(group.clone()),
                Ok(false) => {}
                // Fewer rights is the safe side; the refusal says what would be needed.
                Err(fault) => {
                    all = false;
                    tracing::warn!(group, %fault, "who is in a group cannot be asked; it grants nothing now");
                }
            }
        }
        if all { Ok(found) } else { Err(found) }
    }
}
