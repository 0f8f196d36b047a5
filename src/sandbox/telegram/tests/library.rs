//! A public Telegram library's own client against the fake: it must not notice the difference.

use teloxide_core::{
    ApiError, Bot, RequestError,
    net::Download as _,
    payloads::{
        AnswerCallbackQuerySetters as _, CreateForumTopicSetters as _, EditMessageTextSetters as _,
        GetUpdatesSetters as _, SendMessageSetters as _, SetMessageReactionSetters as _, SetMyCommandsSetters as _,
    },
    prelude::Requester as _,
    types::{
        BotCommand, BotCommandScope, ChatId, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, InputFile,
        MessageId, ParseMode, ReactionType, ReplyParameters, ThreadId, UpdateKind, UserId,
    },
};

use super::{
    super::{ANA, BOT, DEPLOYS, DEV, Failure, INCIDENT, OPS, Outcome},
    Rig,
};

fn bot(rig: &Rig) -> Bot {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Bot::with_client(rig.fake.setup().token.clone(), http).set_api_url(rig.fake.base().parse().unwrap())
}

#[tokio::test]
async fn the_library_speaks_with_it() {
    let rig = Rig::new().await;
    let bot = bot(&rig);
    let me = bot.get_me().await.unwrap();
    assert_eq!((me.id, me.username()), (UserId(BOT.unsigned_abs()), "quarterdeck_bot"));
    bot.delete_webhook().await.unwrap();
    let commands = [BotCommand::new("qd", "Everything")];
    bot.set_my_commands(commands).scope(BotCommandScope::AllGroupChats).await.unwrap();
    assert_eq!(rig.fake.commands_for(ANA, OPS), [("qd".to_owned(), "Everything".to_owned())]);

    rig.fake.say(ANA, OPS, None, "/qd deploy", None).unwrap();
    let updates = bot.get_updates().timeout(30).await.unwrap();
    let UpdateKind::Message(message) = &updates[0].kind else { panic!("{updates:?}") };
    assert_eq!(message.text(), Some("/qd deploy"));

    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("Go", "go")]]);
    let sent = bot
        .send_message(ChatId(OPS), "<b>Deploy</b> &amp; wait?")
        .parse_mode(ParseMode::Html)
        .reply_parameters(ReplyParameters::new(message.id))
        .reply_markup(keyboard)
        .await
        .unwrap();
    assert_eq!(sent.text(), Some("Deploy & wait?"));
    assert_eq!(sent.reply_to_message().unwrap().id, message.id);
    let pressed = rig.fake.press(ANA, OPS, i64::from(sent.id.0), "Go").unwrap();
    let updates = bot.get_updates().offset(i32::try_from(updates[0].id.0).unwrap() + 1).await.unwrap();
    let UpdateKind::CallbackQuery(query) = &updates[0].kind else { panic!("{updates:?}") };
    assert_eq!(query.data.as_deref(), Some("go"));
    bot.answer_callback_query(query.id.clone()).text("Going").await.unwrap();
    assert_eq!(pressed.outcome().await, Outcome::Answered { text: Some("Going".into()), alert: false, url: None });
    let empty = InlineKeyboardMarkup::new(Vec::<Vec<InlineKeyboardButton>>::new());
    bot.edit_message_text(ChatId(OPS), sent.id, "Done").reply_markup(empty).await.unwrap();
    let again = bot.edit_message_text(ChatId(OPS), sent.id, "Done").await.unwrap_err();
    assert!(matches!(again, RequestError::Api(ApiError::MessageNotModified)), "{again:?}");
    let thumb = ReactionType::Emoji { emoji: "👍".into() };
    bot.set_message_reaction(ChatId(OPS), sent.id).reaction([thumb]).await.unwrap();

    let file = bot.send_document(ChatId(ANA), InputFile::memory("hello").file_name("a.txt")).await.unwrap();
    let document = file.document().unwrap();
    let path = bot.get_file(document.file.id.clone()).await.unwrap().path;
    let mut bytes = Vec::new();
    bot.download_file(&path, &mut bytes).await.unwrap();
    assert_eq!(bytes, b"hello");

    let topic = bot
        .create_forum_topic(ChatId(DEV), "From the library")
        .icon_color(teloxide_core::types::Rgb { r: 0x6f, g: 0xb9, b: 0xf0 })
        .await
        .unwrap();
    bot.send_message(ChatId(DEV), "in it").message_thread_id(topic.thread_id).await.unwrap();
    let thread = ThreadId(MessageId(i32::try_from(DEPLOYS).unwrap()));
    let asked = bot.send_message(ChatId(DEV), "why?").message_thread_id(thread).reply_markup(ForceReply::new()).await;
    asked.unwrap();
    assert_eq!(bot.get_chat(ChatId(OPS)).await.unwrap().title(), Some("Acme Ops"));
    assert_eq!(bot.get_chat_administrators(ChatId(DEV)).await.unwrap().len(), 2);
    assert!(bot.get_chat_member(ChatId(OPS), UserId(BOT.unsigned_abs())).await.unwrap().is_present());
    assert_eq!((rig.fake.unknown_routes(), rig.fake.violations()), (vec![], vec![]));
}

#[tokio::test]
async fn the_library_knows_its_errors() {
    let rig = Rig::new().await;
    let bot = bot(&rig);
    let new = rig.fake.migrate(INCIDENT, ANA).unwrap();
    let moved = bot.send_message(ChatId(INCIDENT), "x").await.unwrap_err();
    assert!(matches!(moved, RequestError::MigrateToChatId(ChatId(id)) if id == new), "{moved:?}");
    rig.fake.fail_next("sendMessage", Failure::RateLimited(7), 1);
    let limited = bot.send_message(ChatId(ANA), "x").await.unwrap_err();
    assert!(matches!(limited, RequestError::RetryAfter(wait) if wait.seconds() == 7), "{limited:?}");
    rig.pass(7);
    rig.fake.block_bot(ANA).unwrap();
    let error = async |chat: i64, text: &str| match bot.send_message(ChatId(chat), text).await.unwrap_err() {
        RequestError::Api(error) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(error(ANA, "x").await, ApiError::BotBlocked);
    assert_eq!(error(5, "x").await, ApiError::ChatNotFound);
    assert_eq!(error(OPS, &"x".repeat(4097)).await, ApiError::MessageIsTooLong);
    assert_eq!(error(OPS, "").await, ApiError::MessageTextIsEmpty);
    rig.fake.remove_bot(OPS, ANA).unwrap();
    assert_eq!(error(OPS, "x").await, ApiError::BotKickedFromSupergroup);
    let old = bot.answer_callback_query(teloxide_core::types::CallbackQueryId("1".into())).await.unwrap_err();
    // The library knows an older spelling of this one.
    let text = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    assert!(matches!(&old, RequestError::Api(ApiError::Unknown(found)) if found == text), "{old:?}");
    rig.fake.send_unknown_update(&serde_json::json!({"telepathy": {}}));
    let updates = bot.get_updates().await.unwrap();
    assert!(updates.iter().any(|update| matches!(update.kind, UpdateKind::Error(_))));
}
