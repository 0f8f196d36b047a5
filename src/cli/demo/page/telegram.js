// The Telegram window: bubbles, inline keyboards and questions, drawn from the very messages that the daemon sent.

import { act, avatar, keep, link, make, toast } from "/assets/make.js";

const get = (id) => document.getElementById(id);
const NEAR = 80;
const here = { state: null, user: null, room: null, seen: new Map(), toasts: null, reply: null };

/** Shows the state for this person (`ana`). */
export function showTelegram(state, person) {
  here.state = state.telegram;
  const user = here.state.users.find((one) => one.first_name.toLowerCase() === person) ?? here.state.users[0];
  if (here.user?.id !== user.id) {
    here.user = user;
    here.toasts = null;
    here.reply = null;
  }
  showRooms();
  showMessages();
  showPrompt();
  showToasts();
  showMenu();
}

// Rooms: chats, and the topics of forums

function rooms() {
  const member = (chat) => chat.members.some((one) => one.user === here.user.id && !["left", "kicked"].includes(one.status));
  const mine = here.state.chats.filter((chat) => chat.kind !== "private" && member(chat) && !chat.migrated_to);
  const direct = here.state.chats.find((chat) => chat.id === here.user.id);
  const groups = mine.flatMap((chat) => (chat.is_forum
    ? [{ id: null, name: "General" }, ...chat.topics.filter((topic) => topic.id !== 1)].map((topic) => ({ key: `${chat.id}/${topic.id ?? ""}`, chat: chat.id, topic: topic.id, name: `${chat.title} › ${topic.name}`, messages: chat.messages.filter((message) => (message.topic ?? null) === topic.id) }))
    : [{ key: `${chat.id}`, chat: chat.id, topic: null, name: chat.title, messages: chat.messages }]));
  return [...groups, { key: `${here.user.id}`, chat: here.user.id, topic: null, name: "Quarterdeck", direct: true, messages: direct?.messages ?? [] }];
}

function room() {
  return rooms().find((one) => one.key === here.room);
}

function newest(one) {
  return one.messages.reduce((last, message) => Math.max(last, message.id, message.edit_date ?? 0), 0);
}

function showRooms() {
  const all = rooms();
  if (!all.some((one) => one.key === here.room)) here.room = all[0]?.key;
  const list = all.map((one) => {
    const last = newest(one);
    if (one.key === here.room || !here.seen.has(one.key)) here.seen.set(one.key, one.key === here.room ? last : 0);
    return { one, unread: last > here.seen.get(one.key), open: one.key === here.room };
  });
  keep(get("telegram-rooms"), list, (row) => row.one.key, (row) => `${row.unread} ${row.open}`, (row) =>
    make("li", {}, make(`button.channel${row.unread ? ".unread" : ""}`, {
      type: "button", "aria-current": row.open ? "true" : undefined,
      onclick: () => {
        here.room = row.one.key;
        here.reply = null;
        showRooms();
        showMessages();
        showPrompt();
        get("telegram-text").focus();
      },
    }, row.one.direct ? "✉ Quarterdeck" : row.one.name, row.unread && make("span.dot", { title: "new messages" }))));
}

// Messages

function nameOf(id) {
  if (id === here.state.bot.id) return here.state.bot.first_name;
  const user = here.state.users.find((one) => one.id === id);
  return user ? [user.first_name, user.last_name].filter(Boolean).join(" ") : "Somebody";
}

function showMessages() {
  const current = room();
  if (!current) return;
  const box = get("telegram-messages");
  const fresh = box.dataset.channel !== `${current.key} ${here.user.id}`;
  box.dataset.channel = `${current.key} ${here.user.id}`;
  const atEnd = fresh || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  const all = current.messages;
  keep(box, all.length > 0 ? all : [null], (message) => `${message?.id ?? "nothing"}`, (message) => (message ? JSON.stringify([message, here.user.id]) : ""),
    (message) => (message ? bubble(message, all) : make("p.nothing.muted", {}, "No messages here yet. Type /qd help.")));
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function bubble(message, all) {
  if (message.service && Object.keys(message.service).length > 0 && !message.text) {
    return make("p.service", {}, service(message.service));
  }
  const mine = message.from === here.user.id;
  const at = new Date(message.date * 1000);
  const answered = message.reply_to && all.find((one) => one.id === message.reply_to);
  const bot = message.from === here.state.bot.id;
  return make(`article.message${mine ? ".mine" : ""}`, { "aria-label": nameOf(message.from) },
    !mine && avatar({ id: `${message.from}`, is_bot: bot, real_name: nameOf(message.from) }),
    make("div.bubble-column", {},
      make("div.bubble", {},
        !mine && make("b.sender", {}, nameOf(message.from)),
        answered && make("div.answered", {}, make("b", {}, nameOf(answered.from)), make("span", {}, answered.text.slice(0, 80))),
        message.file && make("div.file", {}, "📄 ", make("b", {}, message.file.name ?? "file"), make("span.muted", {}, ` ${message.file.size} bytes`)),
        make("div.text", {}, entities(message.text, message.entities ?? [])),
        make("span.stamp", { title: at.toLocaleString() }, message.edit_date && "edited ", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }))),
      (message.keyboard ?? []).map((row) => make("div.keys", {}, row.map((key) => (key.url
        ? make("a.key", { href: /^(https?|tg):/.test(key.url) ? key.url : undefined, target: "_blank", rel: "noopener noreferrer" }, key.text, make("span.corner", {}, "↗"))
        : press(message, key))))),
      message.reactions?.length > 0 && make("div.reactions", {}, message.reactions.map((one) => make("span.reaction", {}, one.emoji)))),
    make("button.reply", { type: "button", title: "Reply", "aria-label": "Reply", onclick: () => replyTo(message) }, "↩"));
}

function service(fields) {
  const [name] = Object.keys(fields);
  return name.replaceAll("_", " ");
}

function press(message, key) {
  const element = make("button.key", { type: "button" }, key.text);
  element.addEventListener("click", async () => {
    element.disabled = true;
    try {
      await act({ do: "telegram", what: "press", user: here.user.id, chat: room().chat, message: message.id, button: key.data });
    } catch (error) {
      toast(error.message);
    }
    setTimeout(() => { element.disabled = false; }, 500);
  });
  return element;
}

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote.expandable", spoiler: "span.spoiler",
};

/** A text with its entities, whose offsets count UTF-16 units as JavaScript does. */
function entities(text, all) {
  const sorted = [...all].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const draw = (start, end, list) => {
    const out = [];
    let at = start;
    for (let index = 0; index < list.length; index += 1) {
      const one = list[index];
      if (one.offset < at) continue;
      if (one.offset > at) out.push(text.slice(at, one.offset));
      const stop = Math.min(one.offset + one.length, end);
      const inner = list.slice(index + 1).filter((other) => other.offset >= one.offset && other.offset + other.length <= stop);
      out.push(wrap(one, text.slice(one.offset, stop), draw(one.offset, stop, inner)));
      at = stop;
    }
    if (at < end) out.push(text.slice(at, end));
    return out;
  };
  return draw(0, text.length, sorted);
}

function wrap(entity, plain, inner) {
  if (TAGS[entity.type]) return make(TAGS[entity.type], {}, inner);
  if (entity.type === "text_link") return link(entity.url, ...inner);
  if (entity.type === "url") return link(/^https?:/.test(plain) ? plain : `https://${plain}`, ...inner);
  if (["text_mention", "mention", "bot_command", "hashtag", "email"].includes(entity.type)) return make("span.mention", {}, inner);
  return make("span", {}, inner);
}

// What one writes

function prompt() {
  const current = room();
  return current && here.state.prompts.find((one) => one.user === here.user.id && one.chat === current.chat);
}

function replyTo(message) {
  here.reply = message;
  showPrompt();
  get("telegram-text").focus();
}

/** The message that the next one replies to: the one picked, else the question that is open. */
function showPrompt() {
  const open = prompt();
  const message = here.reply ?? (open && room().messages.find((one) => one.id === open.message));
  const bar = get("telegram-reply");
  get("telegram-text").placeholder = open?.placeholder ?? "Write a message…";
  bar.hidden = !message;
  bar.replaceChildren();
  if (!message) return;
  bar.append(make("span", {}, make("b", {}, `Reply to ${nameOf(message.from)} `), message.text.split("\n")[0].slice(0, 70)));
  if (here.reply) bar.append(make("button.plain-link", { type: "button", "aria-label": "Do not reply", onclick: () => replyTo(null) }, "✕"));
}

function showToasts() {
  const mine = here.state.toasts.filter((one) => one.user === here.user.id);
  const fresh = mine.slice(here.toasts ?? mine.length).filter((one) => one.text);
  here.toasts = mine.length;
  if (fresh.length === 0) return;
  const box = get("telegram-toast");
  box.textContent = fresh[fresh.length - 1].text;
  box.hidden = false;
  clearTimeout(showToasts.timer);
  showToasts.timer = setTimeout(() => { box.hidden = true; }, 6000);
}

function showMenu() {
  const field = get("telegram-text");
  const menu = get("telegram-menu");
  const current = room();
  const commands = here.state.menus?.[`${here.user.id} ${current?.chat}`] ?? [];
  const typed = field.value;
  const fits = typed.startsWith("/") && !typed.includes(" ") ? commands.filter((one) => `/${one.command}`.startsWith(typed)) : [];
  menu.hidden = fits.length === 0 || document.activeElement !== field || fits.some((one) => `/${one.command}` === typed);
  keep(menu, fits, (one) => one.command, (one) => one.description, (one) =>
    make("li", { onmousedown: (event) => { event.preventDefault(); putIntoTelegram(`/${one.command} `); } },
      make("b", {}, `/${one.command}`), make("span.muted", {}, ` ${one.description}`)));
}

/** Puts a line into the window's message box. */
export function putIntoTelegram(text) {
  const field = get("telegram-text");
  field.value = text;
  field.focus();
  showMenu();
}

async function send() {
  const field = get("telegram-text");
  const text = field.value.trim();
  if (!text) return;
  const current = room();
  const to = here.reply?.id ?? prompt()?.message;
  get("telegram-error").textContent = "";
  try {
    await act({ do: "telegram", what: "say", user: here.user.id, chat: current.chat, topic: current.topic, text, reply_to: to });
    field.value = "";
    here.reply = null;
    showMenu();
  } catch (error) {
    get("telegram-error").textContent = error.message;
  }
}

get("telegram-composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
get("telegram-text").addEventListener("input", showMenu);
get("telegram-text").addEventListener("focus", () => here.state && showMenu());
get("telegram-text").addEventListener("blur", () => { get("telegram-menu").hidden = true; });
get("telegram-text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
