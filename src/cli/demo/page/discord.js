// The Discord window: what the sandbox's people see of it, drawn from the very messages that the daemon sent.

import { act, avatar, clock, keep, make, toast } from "/assets/make.js";
import { inline, markdown } from "/assets/discord-text.js";
import { commandBox } from "/assets/discord-command.js";
import { showModal } from "/assets/discord-modal.js";
import { messageMenu } from "/assets/menu.js";

const get = (id) => document.getElementById(id);
const NEAR = 80;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const here = { state: null, user: null, room: null, seen: new Map(), warned: null, names: null };

/** Shows the state for this person (`ana`). */
export function showDiscord(state, person) {
  here.state = state.discord;
  here.user = here.state.users.find((user) => user.username === person) ?? here.state.users[0];
  here.names = names();
  showRooms();
  showMessages();
  box.refresh();
  showModal(here.user.id, here.state.modals.filter((modal) => modal.user === here.user.id), here.names);
  showWarnings();
}

function guild() {
  return here.state.guilds[0];
}

function names() {
  const people = new Map([...here.state.users, here.state.bot].map((user) => [user.id, user.global_name ?? user.username]));
  const roles = new Map(here.state.guilds.flatMap((one) => one.roles).map((role) => [role.id, role.name]));
  const channels = new Map(here.state.guilds.flatMap((one) => one.channels).map((channel) => [channel.id, channel.name]));
  return {
    person: (id) => people.get(id) ?? "unknown-user",
    role: (id) => roles.get(id) ?? "unknown-role",
    channel: (id) => channels.get(id) ?? "unknown",
  };
}

function showWarnings() {
  const warnings = here.state.warnings;
  const fresh = warnings.slice(here.warned ?? warnings.length).filter((warning) => warning.user === here.user.id);
  here.warned = warnings.length;
  for (const warning of fresh) toast(`⚠️ Discord: ${warning.error ?? warning.what}`);
}

// Rooms

const THREADS = [10, 11, 12];

function rooms() {
  const all = guild().channels.filter((channel) => channel.visible_to.includes(here.user.id) && [0, 5, ...THREADS].includes(channel.type));
  const top = all.filter((channel) => !THREADS.includes(channel.type));
  const ordered = top.flatMap((channel) => [channel, ...all.filter((thread) => thread.parent === channel.id && !thread.archived)]);
  const direct = here.state.direct.find((one) => one.recipients.includes(here.user.id) && one.recipients.length <= 2);
  return [...ordered, { id: direct?.id ?? "direct", type: 1, name: "Quarterdeck", messages: direct?.messages ?? [] }];
}

function room() {
  return rooms().find((one) => one.id === here.room);
}

function newest(one) {
  return one.messages.reduce((last, message) => [last, message.timestamp, message.edited_timestamp ?? ""].sort().pop(), "");
}

function showRooms() {
  const all = rooms();
  if (!all.some((one) => one.id === here.room)) here.room = all[0]?.id;
  const list = all.map((one) => {
    const last = newest(one);
    if (one.id === here.room || !here.seen.has(one.id)) here.seen.set(one.id, one.id === here.room ? last : "");
    return { one, unread: last > here.seen.get(one.id), open: one.id === here.room };
  });
  keep(get("discord-rooms"), list, (row) => row.one.id, (row) => `${row.unread} ${row.open} ${row.one.name}`, (row) =>
    make("li", {}, make(`button.channel${row.unread ? ".unread" : ""}`, {
      type: "button", "aria-current": row.open ? "true" : undefined, onclick: () => open(row.one),
    }, row.one.type === 1 ? "✉ Quarterdeck" : THREADS.includes(row.one.type) ? `↳ ${row.one.name}` : `# ${row.one.name}`,
    row.unread && make("span.dot", { title: "new messages" }))));
}

async function open(one) {
  try {
    here.room = one.id === "direct" ? (await act({ do: "discord", what: "direct", user: here.user.id })).channel : one.id;
  } catch (error) {
    toast(error.message);
  }
  showRooms();
  showMessages();
  get("discord-text").focus();
}

// Messages

function showMessages() {
  const current = room();
  if (!current) return;
  const list = get("discord-messages");
  const fresh = list.dataset.channel !== `${current.id} ${here.user.id}`;
  list.dataset.channel = `${current.id} ${here.user.id}`;
  const quiet = here.state.ephemerals.filter((one) => one.user === here.user.id && one.channel === current.id).map((one) => one.message);
  const all = [...current.messages, ...quiet].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
  const atEnd = fresh || list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
  keep(list, all.length > 0 ? all : [null], (message) => message?.id ?? "nothing",
    (message) => (message ? JSON.stringify([message, here.user.id, threadOf(message)?.messages.length, onMessages().length]) : ""),
    (message) => (message ? row(message) : make("p.nothing.muted", {}, `Welcome to #${current.name}! Type / for the commands.`)));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function threadOf(message) {
  return guild().channels.find((channel) => channel.id === message.id && THREADS.includes(channel.type));
}

function row(message) {
  const author = message.author ?? {};
  const name = author.global_name ?? author.username;
  const at = new Date(message.timestamp);
  const asked = message.interaction_metadata ?? message.interaction;
  const by = asked && here.names.person(asked.user?.id ?? "");
  const command = message.interaction?.name ?? asked?.name;
  const thread = threadOf(message);
  const answered = message.referenced_message ?? current(message.message_reference?.message_id);
  const quiet = (message.flags & EPHEMERAL) !== 0;
  return make(`article.message${quiet ? ".quiet" : ""}`, { "aria-label": `${name} at ${clock(at)}` },
    avatar({ id: author.id ?? "", is_bot: author.bot, real_name: name ?? "?" }),
    make("div.body", {},
      command && make("p.used", {}, make("b", {}, by), " used ", make("span.command", {}, `/${command}`)),
      !command && answered && make("p.used", {}, "↱ ", make("b", {}, answered.author?.global_name ?? answered.author?.username), " ", excerpt(answered)),
      make("div.who", {}, make("b", {}, name), author.bot && make("span.badge", {}, "APP"),
        make("time", { title: at.toLocaleString() }, clock(at))),
      make("div.content", {},
        (message.flags & LOADING) !== 0 && make("p.muted", {}, "Quarterdeck is thinking…"),
        message.content && make("div.markdown", {}, markdown(message.content, here.names),
          message.edited_timestamp && make("span.edited", { title: new Date(message.edited_timestamp).toLocaleString() }, " (edited)")),
        (message.embeds ?? []).map(embed),
        (message.attachments ?? []).map((file) => make("div.file", {}, "📄 ", make("b", {}, file.filename), make("span.muted", {}, ` ${file.size} bytes`))),
        (message.components ?? []).map((component) => part(component, message)),
        message.edited_timestamp && !message.content && make("span.edited", { title: new Date(message.edited_timestamp).toLocaleString() }, "(edited)")),
      message.reactions?.length > 0 && make("div.reactions", {}, message.reactions.map((one) => make("span.reaction", {}, `${one.emoji?.name ?? one.emoji} ${one.count ?? one.users?.length ?? 1}`))),
      thread && make("button.replies", { type: "button", onclick: () => open(thread) },
        make("b", {}, thread.name), make("span.muted", {}, ` ${thread.messages.length} ${thread.messages.length === 1 ? "message" : "messages"} ›`)),
      quiet && make("p.only-you", {}, "👁 Only you can see this • ",
        make("button.plain-link", { type: "button", onclick: () => dismiss(message) }, "Dismiss message"))),
    !quiet && make("button.reply", { type: "button", title: "Reply", "aria-label": "Reply", onclick: () => box.replyTo(message) }, "↩"),
    !quiet && messageMenu(onMessages().map((command) => ({
      name: command.name,
      run: () => act({ do: "discord", what: "on_message", user: here.user.id, channel: here.room, message: message.id, name: command.name }),
    }))));
}

/** All commands that are offered here. */
function commands() {
  return here.state ? [...here.state.commands.global, ...(here.state.commands.guilds[guild().id] ?? [])] : [];
}

/** Those that are used on messages. */
function onMessages() {
  return commands().filter((command) => command.type === 3);
}

function current(id) {
  return id && room()?.messages.find((message) => message.id === id);
}

function excerpt(message) {
  const text = message.content || message.embeds?.[0]?.title || "a message";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

async function dismiss(message) {
  try {
    await act({ do: "discord", what: "dismiss", user: here.user.id, message: message.id });
  } catch (error) {
    toast(error.message);
  }
}

function embed(one) {
  const colour = one.color === undefined || one.color === null ? "#1e1f22" : `#${one.color.toString(16).padStart(6, "0")}`;
  const element = make("div.embed", {},
    one.author?.name && make("div.embed-author", {}, one.author.name),
    one.title && make("div.embed-title", {}, one.url ? linked(one.url, one.title) : inline(one.title, here.names)),
    one.description && make("div.markdown", {}, markdown(one.description, here.names)),
    one.fields?.length > 0 && make("div.embed-fields", {}, one.fields.map((field) =>
      make(`div${field.inline ? ".inline" : ".wide"}`, {}, make("b", {}, inline(field.name, here.names)), make("div.markdown", {}, markdown(field.value, here.names))))),
    (one.footer?.text || one.timestamp) && make("div.embed-footer", {}, one.footer?.text, one.footer?.text && one.timestamp && " • ",
      one.timestamp && new Date(one.timestamp).toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })));
  element.style.borderInlineStartColor = colour;
  return element;
}

function linked(url, title) {
  return make("a", { href: /^https?:/.test(url) ? url : undefined, target: "_blank", rel: "noopener noreferrer" }, inline(title, here.names));
}

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };

/** A component, of the first or the second kind. */
function part(component, message) {
  switch (component.type) {
    case 1:
      return make("div.actions", {}, (component.components ?? []).map((one) => part(one, message)));
    case 2:
      return button(component, message);
    case 3: case 5: case 6: case 7: case 8:
      return select(component, message);
    case 9:
      return make("div.section", {}, make("div", {}, (component.components ?? []).map((one) => part(one, message))), component.accessory && part(component.accessory, message));
    case 10:
      return make("div.markdown", {}, markdown(component.content ?? "", here.names));
    case 14:
      return make("hr", {});
    case 17: {
      const element = make("div.embed.container", {}, (component.components ?? []).map((one) => part(one, message)));
      if (component.accent_color !== undefined && component.accent_color !== null) {
        element.style.borderInlineStartColor = `#${component.accent_color.toString(16).padStart(6, "0")}`;
      }
      return element;
    }
    default:
      return make("span.muted", {}, `component ${component.type}`);
  }
}

function button(one, message) {
  const label = [one.emoji?.name, one.label].filter(Boolean).join(" ");
  if (one.url) return make("a.kit.secondary", { href: /^https?:/.test(one.url) ? one.url : undefined, target: "_blank", rel: "noopener noreferrer" }, `${label} ↗`);
  const element = make(`button.kit.${STYLES[one.style] ?? "secondary"}`, { type: "button", disabled: Boolean(one.disabled) }, label);
  element.addEventListener("click", () => use(element, { what: "press", message: message.id, button: one.custom_id }));
  return element;
}

function select(one, message) {
  const element = make("select.kit", { "aria-label": one.placeholder ?? "Choose" },
    make("option", { value: "" }, one.placeholder ?? "Make a selection"),
    (one.options ?? []).map((option) => make("option", { value: option.value }, option.label)));
  element.addEventListener("change", () => {
    if (element.value) use(element, { what: "choose", message: message.id, select: one.custom_id, values: [element.value] });
  });
  return element;
}

async function use(control, what) {
  control.disabled = true;
  try {
    await act({ do: "discord", user: here.user.id, channel: here.room, ...what });
  } catch (error) {
    toast(error.message);
  }
  setTimeout(() => { control.disabled = false; }, 700);
}

const box = commandBox(() => ({
  user: here.user,
  channel: here.room,
  people: here.state ? [here.state.bot, ...here.state.users] : [],
  commands: commands().filter((command) => command.type === 1),
}));

/** Puts a line into the window's message box. */
export const putIntoDiscord = (text) => box.put(text);
