// The Slack window: what the sandbox's people see of it, drawn from the very blocks that the daemon sent.

import { act, avatar, clock, keep, make, toast } from "/assets/make.js";
import { renderer } from "/assets/blocks.js";
import { showModal } from "/assets/form.js";
import { messageMenu } from "/assets/menu.js";
import { followGithub } from "/assets/side.js";

const get = (id) => document.getElementById(id);
/** How near to its end a list counts as scrolled to the end, in pixels. */
const NEAR = 80;

const my = { user: null, channel: "C0GENERAL01", thread: null, seen: new Map(), past: [], back: 0, warned: null };
let state = null;
let render = null;

/** Shows the state for this person (`ana`). */
export function showSlack(whole, person) {
  state = whole;
  const slack = state.slack;
  const byId = (list) => new Map(list.map((one) => [one.id, one]));
  const users = byId([...slack.users, slack.bot, { id: "USLACKBOT", name: "slackbot", real_name: "Slackbot", is_bot: false }]);
  render = renderer({ users, channels: byId(slack.channels), groups: byId(slack.groups), follow: (url) => followGithub(url, state) });
  my.users = users;
  const user = slack.users.find((one) => one.name === person)?.id;
  if (my.user !== user) my.thread = null;
  my.user = user;
  show();
}

function show() {
  showChannels();
  showMessages();
  showThread();
  showModal(my.user, state.slack.views[my.user] ?? [], render);
  showWarnings();
}

/** What Slack's client shows when the app does not answer. */
function showWarnings() {
  const warnings = state.slack.warnings;
  const fresh = warnings.slice(my.warned ?? warnings.length).filter((warning) => warning.user === my.user);
  my.warned = warnings.length;
  for (const warning of fresh) toast(`⚠️ Slack could not do this: ${warning.error}. Try again.`);
}

function mine() {
  const all = state.slack.channels.filter((channel) => channel.members.includes(my.user));
  return all.filter((channel) => channel.kind !== "dm" || channel.members.includes(state.slack.bot.id));
}

function nameOf(channel) {
  if (channel.kind === "dm") return "Quarterdeck";
  return `${channel.kind === "private" ? "🔒" : "#"} ${channel.name}`;
}

function showChannels() {
  const channels = mine();
  if (!channels.some((channel) => channel.id === my.channel)) {
    my.channel = channels[0]?.id;
    my.thread = null;
  }
  const rows = channels.filter((channel) => channel.kind !== "dm");
  rows.push(channels.find((channel) => channel.kind === "dm") ?? { id: "direct", kind: "dm", messages: [] });
  const list = rows.map((channel) => {
    const last = channel.messages.length > 0 ? newest(channel) : "";
    if (channel.id === my.channel) my.seen.set(channel.id, last);
    else if (!my.seen.has(channel.id)) my.seen.set(channel.id, "");
    return { channel, unread: last > my.seen.get(channel.id), open: channel.id === my.channel };
  });
  keep(get("channels"), list, (row) => row.channel.id, (row) => `${row.unread} ${row.open}`, (row) =>
    make("li", {}, make(`button.channel${row.unread ? ".unread" : ""}`, {
      type: "button", "aria-current": row.open ? "true" : undefined,
      onclick: () => openChannel(row.channel),
    }, row.channel.kind === "dm" ? [avatar(state.slack.bot), " Quarterdeck"] : nameOf(row.channel),
    row.unread && make("span.dot", { title: "new messages" }, make("span.hidden", {}, " new messages")))));
}

/** When something last happened in a channel: a message, or an edit of one. */
function newest(channel) {
  return channel.messages.reduce((last, message) => [last, message.ts, message.edited?.ts ?? ""].sort().pop(), "");
}

async function openChannel(channel) {
  my.thread = null;
  try {
    my.channel = channel.id === "direct" ? (await act({ do: "direct", user: my.user })).channel : channel.id;
  } catch (error) {
    toast(error.message);
  }
  get("messages").dataset.channel = "";
  show();
  get("composer-text").focus();
}

function here() {
  return state.slack.channels.find((channel) => channel.id === my.channel);
}

function whispers(channel) {
  return state.slack.ephemerals.filter((message) => message.channel === channel && message.ephemeral_to === my.user);
}

function showMessages() {
  const channel = here();
  if (!channel) return;
  const box = get("messages");
  const fresh = box.dataset.channel !== channel.id;
  box.dataset.channel = channel.id;
  get("channel-name").textContent = nameOf(channel);
  const withBot = channel.members.includes(state.slack.bot.id);
  get("channel-about").textContent = channel.kind === "dm" ? "" : `${channel.members.length} members${withBot ? "" : " · Quarterdeck is not here"}`;
  get("composer-text").placeholder = `Message ${nameOf(channel).replace("# ", "#")}, or /qd …`;
  const top = channel.messages.filter((message) => !message.thread_ts || message.thread_ts === message.ts || message.broadcast);
  const quiet = whispers(channel.id).filter((message) => !message.thread_ts);
  const all = [...top, ...quiet].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  const replies = (ts) => channel.messages.filter((message) => message.thread_ts === ts && message.ts !== ts);
  list(box, all.length > 0 ? all : [null], fresh, (message) => replies(message.ts));
}

function showThread() {
  const channel = here();
  const parent = my.thread && channel?.messages.find((message) => message.ts === my.thread);
  get("thread").hidden = !parent;
  document.querySelector(".slack").classList.toggle("with-thread", Boolean(parent));
  if (!parent) {
    my.thread = null;
    return;
  }
  const box = get("thread-messages");
  const fresh = box.dataset.thread !== my.thread;
  box.dataset.thread = my.thread;
  const replies = channel.messages.filter((message) => message.thread_ts === my.thread && message.ts !== my.thread);
  const quiet = whispers(channel.id).filter((message) => message.thread_ts === my.thread);
  list(box, [parent, ...[...replies, ...quiet].sort((a, b) => (a.ts < b.ts ? -1 : 1))], fresh, null);
}

/** Shows messages, and stays at the end when one was there. */
function list(box, messages, fresh, replies) {
  const atEnd = fresh || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  const mark = (message) => (message ? JSON.stringify([message, replies?.(message).length, my.user, message.ts === my.thread, state.slack.shortcuts.length]) : "");
  keep(box, messages, (message) => message?.ts ?? "nothing", mark, (message) => (message ? row(message, replies) : nothing()));
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function nothing() {
  return make("p.nothing.muted", {}, "This is the beginning. Type a command below, or make something happen on the right.");
}

function row(message, replies) {
  const user = my.users.get(message.user);
  const name = message.username ?? user?.real_name ?? message.user;
  const on = (element, value, control) => press(message, element, value, control);
  const below = replies?.(message) ?? [];
  const latest = below.length > 0 ? new Date(Number(below[below.length - 1].ts) * 1000) : null;
  const at = new Date(Number(message.ts) * 1000);
  const quiet = Boolean(message.ephemeral_to);
  return make(`article.message${quiet ? ".quiet" : ""}${message.ts === my.thread ? ".open" : ""}`, { "aria-label": `${name} at ${clock(at)}` },
    avatar(message.bot_id || user?.is_bot ? state.slack.bot : user),
    make("div.body", {},
      quiet && make("p.only-you", {}, "👁 Only visible to you"),
      make("div.who", {}, make("b", {}, name), (message.bot_id || user?.is_bot) && make("span.badge", {}, "APP"),
        make("time", { title: at.toLocaleString() }, clock(at)),
        message.edited && make("span.edited", { title: new Date(Number(message.edited.ts) * 1000).toLocaleString() }, "(edited)")),
      make("div.content", {}, render.message(message, on)),
      message.reactions?.length > 0 && make("div.reactions", {}, message.reactions.map((one) => make("span.reaction", {}, render.emoji(one.name), ` ${one.users.length}`))),
      below.length > 0 && make("button.replies", { type: "button", onclick: () => openThread(message.ts) },
        `${below.length} ${below.length === 1 ? "reply" : "replies"}`, make("span.muted", {}, ` last at ${clock(latest)}`))),
    replies && !quiet && make("button.reply", { type: "button", title: "Reply in thread", "aria-label": "Reply in thread", onclick: () => openThread(message.ts) }, "💬"),
    !quiet && messageMenu(state.slack.shortcuts.map((shortcut) => ({
      name: shortcut.name,
      run: () => act({ do: "shortcut", user: my.user, channel: message.channel, ts: message.ts, name: shortcut.name }),
    }))));
}

function openThread(ts) {
  my.thread = ts;
  show();
  get("thread-text").focus();
}

async function press(message, element, value, control) {
  const what = { user: my.user, channel: message.channel, ts: message.ts, action: element.action_id };
  control.disabled = true;
  try {
    if (value === undefined) await act({ do: "press", ...what });
    else await act({ do: "choose", ...what, value });
  } catch (error) {
    // A button with an address tells the app as well, which needs not listen.
    if (!element.url) toast(error.message);
  }
  setTimeout(() => { control.disabled = false; }, 700);
}

// What one does

function composer(form, field, complaint, thread) {
  const send = async () => {
    const text = field.value;
    if (!text.trim()) return;
    complaint.textContent = "";
    try {
      await act({ do: "type", user: my.user, channel: my.channel, text, thread: thread() });
      my.past.push(text);
      my.back = 0;
      field.value = "";
      grow(field);
    } catch (error) {
      complaint.textContent = error.message;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  field.addEventListener("input", () => grow(field));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && (field.value === "" || my.back > 0) && my.back < my.past.length) {
      event.preventDefault();
      my.back += 1;
      field.value = my.past[my.past.length - my.back];
    } else if (event.key === "ArrowDown" && my.back > 0) {
      event.preventDefault();
      my.back -= 1;
      field.value = my.back > 0 ? my.past[my.past.length - my.back] : "";
    }
  });
}

function grow(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
}

composer(get("composer"), get("composer-text"), get("composer-error"), () => undefined);
composer(get("thread-composer"), get("thread-text"), get("thread-error"), () => my.thread);
get("thread-close").addEventListener("click", () => {
  my.thread = null;
  show();
  get("composer-text").focus();
});

/** Puts a line into the window's message box. */
export function putIntoSlack(text) {
  get("composer-text").value = text;
  grow(get("composer-text"));
  get("composer-text").focus();
}
