// Discord's message box: messages, and commands with their options, completed while one types.
// A command is written as Discord shows it: `/github issue close issue:acme/api#1 reason:completed`.

import { act, keep, make } from "/assets/make.js";
import { mentioned, read } from "/assets/discord-line.js";

const get = (id) => document.getElementById(id);
const SHOWN = 8;

/** The box. `now` gives who types where, and the commands that there are. */
export function commandBox(now) {
  const field = get("discord-text");
  const menu = get("discord-menu");
  const complaint = get("discord-error");
  const bar = get("discord-reply");
  const labels = new Map();
  let reply = null;
  let items = [];
  let marked = -1;
  let asked = "";
  let values = [];

  function value(option, text) {
    const known = labels.get(`${option.name} ${text}`);
    if (known !== undefined) return known;
    const choice = (option.choices ?? []).find((one) => one.name === text || String(one.value) === text);
    if (choice) return choice.value;
    if (option.type === 4) return /^-?\d+$/.test(text) ? Number(text) : text;
    if (option.type === 5) return text === "true" ? true : text === "false" ? false : text;
    if (option.type === 10) return Number(text);
    return text;
  }

  function given(parsed, except) {
    const out = {};
    for (const one of parsed.options.filter((option) => option.text && option.name !== except)) {
      out[one.name] = value(parsed.command.options.find((option) => option.name === one.name), one.text);
    }
    return out;
  }

  function refresh() {
    const parsed = read(field.value, now().commands);
    items = [];
    if (parsed && !parsed.command) {
      const words = parsed.typed.trim().toLowerCase();
      const near = parsed.all.filter((one) => one.path.includes(words));
      near.sort((a, b) => Number(b.path.startsWith(words)) - Number(a.path.startsWith(words)));
      items = near.slice(0, SHOWN).map((one) => ({ label: `/${one.path}`, about: one.about, put: () => begin(one) }));
    } else if (parsed) {
      items = offered(parsed);
    }
    if (marked >= items.length) marked = -1;
    menu.hidden = items.length === 0 || document.activeElement !== field;
    keep(menu, items.map((item, index) => ({ item, index })), (row) => `${row.index}`, (row) => `${row.item.label} ${row.item.about} ${row.index === marked}`, (row) =>
      make(`li${row.index === marked ? ".marked" : ""}`, { onmousedown: (event) => { event.preventDefault(); choose(row.item); } },
        make("b", {}, row.item.label), make("span.muted", {}, ` ${row.item.about ?? ""}`)));
  }

  function offered(parsed) {
    const last = parsed.options[parsed.options.length - 1];
    const open = last && last.end === parsed.rest.length && !/\s$/.test(parsed.rest);
    if (open) {
      const option = parsed.command.options.find((one) => one.name === last.name);
      if (option.autocomplete) {
        ask(parsed, option, last.text);
        return values.slice(0, SHOWN).map((choice) => ({ label: choice.name, about: "", put: () => fill(last, choice) }));
      }
      const choices = option.type === 5 ? [{ name: "true", value: true }, { name: "false", value: false }] : option.choices ?? [];
      return choices.filter((one) => one.name.toLowerCase().startsWith(last.text.toLowerCase()) && one.name !== last.text)
        .slice(0, SHOWN).map((choice) => ({ label: choice.name, about: "", put: () => fill(last, choice) }));
    }
    const open_ = parsed.command.options.filter((one) => !parsed.options.some((other) => other.name === one.name));
    return open_.slice(0, SHOWN).map((one) => ({
      label: `${one.name}:`, about: `${one.required ? "required · " : ""}${one.description ?? ""}`,
      put: () => set(`${field.value.replace(/\s*$/, " ")}${one.name}:`),
    }));
  }

  async function ask(parsed, option, text) {
    const options = { ...given(parsed, option.name), [option.name]: text };
    const key = JSON.stringify([parsed.command.path, option.name, options]);
    if (key === asked) return;
    asked = key;
    values = [];
    const { user, channel } = now();
    try {
      const answer = await act({ do: "discord", what: "complete", user: user.id, channel, path: parsed.command.path, options, focused: option.name });
      if (asked !== key) return;
      values = answer.choices;
      for (const choice of values) labels.set(`${option.name} ${choice.name}`, choice.value);
      refresh();
    } catch {
      values = [];
    }
  }

  function begin(one) {
    const first = one.options.find((option) => option.required);
    set(`/${one.path} ${first ? `${first.name}:` : ""}`);
  }

  function fill(option, choice) {
    labels.set(`${option.name} ${choice.name}`, choice.value);
    const start = field.value.length - (option.end - option.start);
    set(`${field.value.slice(0, start)}${choice.name} `);
  }

  function set(text) {
    field.value = text;
    field.focus();
    refresh();
  }

  function choose(item) {
    marked = -1;
    item.put();
  }

  function replyTo(message) {
    reply = message;
    bar.hidden = !message;
    bar.replaceChildren();
    if (!message) return;
    bar.append(make("span", {}, `Replying to ${message.author?.global_name ?? message.author?.username} `),
      make("button.plain-link", { type: "button", "aria-label": "Do not reply", onclick: () => replyTo(null) }, "✕"));
    field.focus();
  }

  async function send() {
    const text = field.value.trim();
    if (!text) return;
    complaint.textContent = "";
    const { user, channel, commands, people } = now();
    const parsed = read(text, commands);
    try {
      if (parsed && !parsed.command) throw new Error(`There is no command /${parsed.typed}.`);
      if (parsed) {
        if (parsed.stray) throw new Error(`Write options as name:value, such as ${parsed.command.options[0]?.name ?? "option"}:…`);
        await act({ do: "discord", what: "command", user: user.id, channel, path: parsed.command.path, options: given(parsed) });
      } else {
        await act({ do: "discord", what: "say", user: user.id, channel, text: mentioned(text, people), reply_to: reply?.id });
        replyTo(null);
      }
      field.value = "";
      refresh();
    } catch (error) {
      complaint.textContent = error.message;
    }
  }

  get("discord-composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  field.addEventListener("input", refresh);
  field.addEventListener("focus", refresh);
  field.addEventListener("blur", () => { menu.hidden = true; });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (marked >= 0 && items[marked]) choose(items[marked]);
      else send();
    } else if (event.key === "Tab" && items.length > 0 && field.value.startsWith("/")) {
      event.preventDefault();
      choose(items[Math.max(marked, 0)]);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && items.length > 0) {
      event.preventDefault();
      marked = (marked + (event.key === "ArrowDown" ? 1 : items.length)) % items.length;
      refresh();
    } else if (event.key === "Escape") {
      menu.hidden = true;
      replyTo(null);
    }
  });
  return { refresh, replyTo, put: set };
}
