//! The document below a card that one message does not hold: all of the card, as a reply without a sound. Each text comes
//! once: what is told again, or changes only what stands on the card, brings no second document, and another text takes the
//! place of the one before. Called by the sender.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Telegram;
use super::render::Attachment;
use super::send::Target;
use super::tables::{Whole, Wholes};
use crate::chat::web::Twice;
use crate::model::{Fault, FaultKind};

/// How long it is known what stands below a card.
const KEEP: SignedDuration = SignedDuration::from_hours(24 * 90);

impl Telegram {
    /// Notes that this text stands below the card; `document` is its message, where Telegram said so.
    pub(super) async fn keep_whole(
        &self,
        chat: &str,
        card: i64,
        file: &Attachment,
        document: Option<i64>,
    ) -> Result<(), Fault> {
        let key = (chat.to_owned(), card.to_string());
        let whole = Whole { digest: file.digest.clone(), document };
        let until = self.clock.now().checked_add(KEEP).unwrap_or(Timestamp::MAX);
        self.store.write(move |tx| tx.put_until::<Wholes>(&key, &whole, until)).await
    }

    /// Sends the document of a card that was edited, if another text stands below it; what was lost by that.
    ///
    /// # Errors
    /// It certainly did not arrive, and may another time: the edit is to be tried again, which shows nothing twice.
    pub(super) async fn follow_edit(
        &self,
        chat: &str,
        target: &Target,
        card: i64,
        file: &Attachment,
    ) -> Result<Option<String>, Fault> {
        let before = self.store.get::<Wholes>(&(chat.to_owned(), card.to_string()))?;
        if before.as_ref().is_some_and(|before| before.digest == file.digest) {
            return Ok(None);
        }
        let lost = |fault: &Fault| Some(format!("`{}`: {fault}", file.name));
        match self.add_file(&target.clone().replying(Some(card)), file).await {
            Ok(document) => {
                self.keep_whole(chat, card, file, document).await?;
                if let Some(old) = before.and_then(|before| before.document) {
                    self.take_away(target, old).await;
                }
                Ok(None)
            }
            Err(fault) if matches!(fault.kind, FaultKind::RateLimited { .. } | FaultKind::Unavailable) => Err(fault),
            // It may be there: it does not come twice.
            Err(fault) if fault.kind == FaultKind::Unknown => {
                self.keep_whole(chat, card, file, None).await?;
                Ok(lost(&fault))
            }
            Err(fault) => Ok(lost(&fault)),
        }
    }

    /// An older text would tell old news. Telegram lets it be deleted for two days; after that it stays.
    async fn take_away(&self, target: &Target, document: i64) {
        let args = json!({ "chat_id": target.chat(), "message_id": document });
        if let Err(refusal) = self.client.call("deleteMessage", Twice::Harmless, &args).await {
            tracing::info!(fault = %refusal.fault, "an older document stays below its card");
        }
    }
}
