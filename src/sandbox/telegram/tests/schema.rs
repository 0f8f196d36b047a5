//! What the fake emits, against the fields that the Bot API documents.

use serde_json::{Value, json};

use super::{
    super::{ANA, BEN, CLEO, DEPLOYS, DEV, INCIDENT, NEWS, OPS, RANDOM, Status},
    Rig, buttons,
};

/// Types of the Bot API with their fields, `!` at those that are always there.
const TYPES: &[(&str, &str)] = &[
    (
        "Update",
        "update_id!:Integer message:Message edited_message:Message channel_post:Message \
         edited_channel_post:Message business_connection:BusinessConnection business_message:Message \
         edited_business_message:Message deleted_business_messages:BusinessMessagesDeleted guest_message:Message \
         message_reaction:MessageReactionUpdated message_reaction_count:MessageReactionCountUpdated \
         inline_query:InlineQuery chosen_inline_result:ChosenInlineResult callback_query:CallbackQuery \
         shipping_query:ShippingQuery pre_checkout_query:PreCheckoutQuery purchased_paid_media:PaidMediaPurchased \
         poll:Poll poll_answer:PollAnswer my_chat_member:ChatMemberUpdated chat_member:ChatMemberUpdated \
         chat_join_request:ChatJoinRequest chat_boost:ChatBoostUpdated removed_chat_boost:ChatBoostRemoved \
         managed_bot:ManagedBotUpdated",
    ),
    (
        "Message",
        "message_id!:Integer message_thread_id:Integer from:User sender_chat:Chat date!:Integer chat!:Chat \
         forward_origin:MessageOrigin is_topic_message:Boolean reply_to_message:Message \
         external_reply:ExternalReplyInfo quote:TextQuote edit_date:Integer has_protected_content:Boolean \
         text:String entities:*MessageEntity link_preview_options:LinkPreviewOptions document:Document \
         photo:*PhotoSize caption:String caption_entities:*MessageEntity new_chat_members:*User \
         left_chat_member:User migrate_to_chat_id:Integer migrate_from_chat_id:Integer pinned_message:Message \
         forum_topic_created:ForumTopicCreated forum_topic_edited:ForumTopicEdited \
         forum_topic_closed:ForumTopicClosed forum_topic_reopened:ForumTopicReopened \
         reply_markup:InlineKeyboardMarkup",
    ),
    (
        "User",
        "id!:Integer is_bot!:Boolean first_name!:String last_name:String username:String language_code:String \
         is_premium:Boolean added_to_attachment_menu:Boolean can_join_groups:Boolean \
         can_read_all_group_messages:Boolean supports_guest_queries:Boolean supports_inline_queries:Boolean \
         can_connect_to_business:Boolean has_main_web_app:Boolean has_topics_enabled:Boolean \
         allows_users_to_create_topics:Boolean can_manage_bots:Boolean supports_join_request_queries:Boolean",
    ),
    (
        "Chat",
        "id!:Integer type!:String title:String username:String first_name:String last_name:String \
         is_forum:Boolean is_direct_messages:Boolean",
    ),
    (
        "ChatFullInfo",
        "id!:Integer type!:String title:String username:String first_name:String last_name:String \
         is_forum:Boolean is_direct_messages:Boolean accent_color_id!:Integer max_reaction_count!:Integer \
         photo:ChatPhoto active_usernames:*String birthdate:Birthdate business_intro:BusinessIntro \
         business_location:BusinessLocation business_opening_hours:BusinessOpeningHours personal_chat:Chat \
         parent_chat:Chat available_reactions:*ReactionType background_custom_emoji_id:String \
         profile_accent_color_id:Integer profile_background_custom_emoji_id:String \
         emoji_status_custom_emoji_id:String emoji_status_expiration_date:Integer bio:String \
         has_private_forwards:Boolean has_restricted_voice_and_video_messages:Boolean \
         join_to_send_messages:Boolean join_by_request:Boolean description:String invite_link:String \
         pinned_message:Message permissions:ChatPermissions accepted_gift_types!:AcceptedGiftTypes \
         can_send_paid_media:Boolean slow_mode_delay:Integer unrestrict_boost_count:Integer \
         message_auto_delete_time:Integer has_aggressive_anti_spam_enabled:Boolean has_hidden_members:Boolean \
         has_protected_content:Boolean has_visible_history:Boolean sticker_set_name:String \
         can_set_sticker_set:Boolean custom_emoji_sticker_set_name:String linked_chat_id:Integer \
         location:ChatLocation rating:UserRating first_profile_audio:Audio unique_gift_colors:UniqueGiftColors \
         paid_message_star_count:Integer guard_bot:User",
    ),
    (
        "MessageEntity",
        "type!:String offset!:Integer length!:Integer url:String user:User language:String custom_emoji_id:String \
         unix_time:Integer date_time_format:String",
    ),
    (
        "CallbackQuery",
        "id!:String from!:User message:Message inline_message_id:String chat_instance!:String data:String \
         game_short_name:String",
    ),
    (
        "ChatMemberUpdated",
        "chat!:Chat from!:User date!:Integer old_chat_member!:ChatMember new_chat_member!:ChatMember \
         invite_link:ChatInviteLink via_join_request:Boolean via_chat_folder_invite_link:Boolean",
    ),
    ("InlineKeyboardMarkup", "inline_keyboard!:**InlineKeyboardButton"),
    (
        "InlineKeyboardButton",
        "text!:String icon_custom_emoji_id:String style:String url:String callback_data:String web_app:WebAppInfo \
         login_url:LoginUrl switch_inline_query:String switch_inline_query_current_chat:String \
         switch_inline_query_chosen_chat:SwitchInlineQueryChosenChat copy_text:CopyTextButton \
         callback_game:CallbackGame pay:Boolean",
    ),
    (
        "Document",
        "file_id!:String file_unique_id!:String thumbnail:PhotoSize file_name:String mime_type:String \
         file_size:Integer",
    ),
    ("PhotoSize", "file_id!:String file_unique_id!:String width!:Integer height!:Integer file_size:Integer"),
    ("ForumTopicCreated", "name!:String icon_color!:Integer icon_custom_emoji_id:String is_name_implicit:Boolean"),
    (
        "MessageReactionUpdated",
        "chat!:Chat message_id!:Integer user:User actor_chat:Chat date!:Integer old_reaction!:*ReactionType \
         new_reaction!:*ReactionType",
    ),
    ("ReactionType", "type!:String emoji!:String"),
    (
        "WebhookInfo",
        "url!:String has_custom_certificate!:Boolean pending_update_count!:Integer ip_address:String \
         last_error_date:Integer last_error_message:String last_synchronization_error_date:Integer \
         max_connections:Integer allowed_updates:*String",
    ),
    (
        "ChatPermissions",
        "can_send_messages:Boolean can_send_audios:Boolean can_send_documents:Boolean can_send_photos:Boolean \
         can_send_videos:Boolean can_send_video_notes:Boolean can_send_voice_notes:Boolean can_send_polls:Boolean \
         can_send_other_messages:Boolean can_add_web_page_previews:Boolean can_react_to_messages:Boolean \
         can_edit_tag:Boolean can_change_info:Boolean can_invite_users:Boolean can_pin_messages:Boolean \
         can_manage_topics:Boolean",
    ),
    (
        "AcceptedGiftTypes",
        "unlimited_gifts!:Boolean limited_gifts!:Boolean unique_gifts!:Boolean premium_subscription!:Boolean \
         gifts_from_channels!:Boolean",
    ),
    (
        "LinkPreviewOptions",
        "is_disabled:Boolean url:String prefer_small_media:Boolean prefer_large_media:Boolean \
         show_above_text:Boolean",
    ),
    (
        "ChatMember",
        "status!:String user!:User is_anonymous:Boolean custom_title:String can_be_edited:Boolean \
         can_manage_chat:Boolean can_delete_messages:Boolean can_manage_video_chats:Boolean \
         can_restrict_members:Boolean can_promote_members:Boolean can_change_info:Boolean \
         can_invite_users:Boolean can_post_stories:Boolean can_edit_stories:Boolean can_delete_stories:Boolean \
         can_post_messages:Boolean can_edit_messages:Boolean can_pin_messages:Boolean can_manage_topics:Boolean \
         can_manage_direct_messages:Boolean can_manage_tags:Boolean tag:String until_date:Integer \
         is_member:Boolean can_send_messages:Boolean can_send_audios:Boolean can_send_documents:Boolean \
         can_send_photos:Boolean can_send_videos:Boolean can_send_video_notes:Boolean \
         can_send_voice_notes:Boolean can_send_polls:Boolean can_send_other_messages:Boolean \
         can_add_web_page_previews:Boolean can_react_to_messages:Boolean can_edit_tag:Boolean",
    ),
];

/// Says what is wrong with a value of a type, deeply.
fn check(kind: &str, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let Some((_, fields)) = TYPES.iter().find(|(name, _)| *name == kind) else { return };
    let fields: Vec<(&str, &str, bool)> = fields
        .split_whitespace()
        .map(|field| {
            let (name, kind) = field.split_once(':').unwrap();
            (name.trim_end_matches('!'), kind, name.ends_with('!'))
        })
        .collect();
    let Some(object) = value.as_object() else {
        wrong.push(format!("{at}: a {kind} is an object, not {value}"));
        return;
    };
    for (name, _, _) in fields.iter().filter(|(name, _, needed)| *needed && !object.contains_key(*name)) {
        wrong.push(format!("{at}: a {kind} has a {name}"));
    }
    for (name, value) in object {
        match fields.iter().find(|(field, _, _)| field == name) {
            Some((_, kind, _)) => check_as(kind, value, &format!("{at}.{name}"), wrong),
            None => wrong.push(format!("{at}: a {kind} has no {name}")),
        }
    }
}

fn check_as(kind: &str, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(item) = kind.strip_prefix('*') {
        for one in value.as_array().map_or(&[][..], Vec::as_slice) {
            check_as(item, one, at, wrong);
        }
        if !value.is_array() {
            wrong.push(format!("{at}: not a list: {value}"));
        }
        return;
    }
    let fits = match kind {
        "Integer" => value.is_i64() || value.is_u64(),
        "String" => value.is_string(),
        "Boolean" | "True" => value.is_boolean(),
        _ => {
            check(kind, value, at, wrong);
            true
        }
    };
    if !fits {
        wrong.push(format!("{at}: not a {kind}: {value}"));
    }
}

#[tokio::test]
async fn everything_has_its_documented_fields() {
    let rig = Rig::new().await;
    let all = [
        "message",
        "edited_message",
        "channel_post",
        "callback_query",
        "my_chat_member",
        "chat_member",
        "message_reaction",
    ];
    rig.ok("getUpdates", json!({"allowed_updates": all})).await;
    let mut wrong = Vec::new();
    check("User", &rig.ok("getMe", json!({})).await, "getMe", &mut wrong);
    for chat in [ANA, OPS, DEV, INCIDENT, NEWS] {
        check("ChatFullInfo", &rig.ok("getChat", json!({"chat_id": chat})).await, "getChat", &mut wrong);
    }
    let html = "<b>x</b> <pre><code class=\"language-rust\">x</code></pre> <a href=\"https://example.com\">x</a>";
    let args = json!({"chat_id": DEV, "message_thread_id": DEPLOYS, "text": html, "parse_mode": "HTML", "reply_markup": buttons(&["Go"])});
    let sent = rig.ok("sendMessage", args).await;
    check("Message", &sent, "sendMessage", &mut wrong);
    let id = sent["message_id"].as_i64().unwrap();
    rig.fake.press(ANA, DEV, id, "Go").unwrap();
    let said = rig.fake.mention_by_name(ANA, DEV, Some(DEPLOYS), CLEO, "hi ", "").unwrap().message;
    rig.fake.edit(ANA, DEV, said, "bye").unwrap();
    rig.fake.react(BEN, DEV, id, Some("👍")).unwrap();
    rig.fake.say(ANA, NEWS, None, "post", None).unwrap();
    rig.fake.send_file(ANA, ANA, None, "a.txt", b"x", "c").unwrap();
    rig.fake.add_bot(RANDOM, ANA).unwrap();
    rig.fake.set_bot_status(RANDOM, ANA, Status::Administrator).unwrap();
    rig.fake.set_bot_status(RANDOM, ANA, Status::Restricted).unwrap();
    rig.fake.set_bot_status(RANDOM, ANA, Status::Kicked).unwrap();
    rig.fake.leave(DEV, CLEO).unwrap();
    rig.fake.block_bot(BEN).unwrap();
    rig.fake.migrate(INCIDENT, ANA).unwrap();
    rig.fake.pin(ANA, DEV, said).unwrap();
    rig.fake.create_topic(ANA, DEV, "x").unwrap();
    let updates = rig.drain().await;
    assert!(updates.len() > 15, "{}", updates.len());
    for update in &updates {
        check("Update", update, "update", &mut wrong);
    }
    for user in [ANA, BEN, CLEO] {
        let member = rig.ok("getChatMember", json!({"chat_id": DEV, "user_id": user})).await;
        check("ChatMember", &member, "getChatMember", &mut wrong);
    }
    check("WebhookInfo", &rig.ok("getWebhookInfo", json!({})).await, "getWebhookInfo", &mut wrong);
    assert_eq!(wrong, Vec::<String>::new());
}
