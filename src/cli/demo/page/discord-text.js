// Discord's Markdown as elements. What cannot be read as Markdown stays text; nothing ever becomes markup.

import { link, make } from "/assets/make.js";

const INNER = "((?:\\\\[\\s\\S]|[^\\\\])+?)";
const MARKS = [
  [new RegExp(`\\*\\*\\*${INNER}\\*\\*\\*`, "y"), (inner) => make("b", {}, make("i", {}, inner))],
  [new RegExp(`\\*\\*${INNER}\\*\\*(?!\\*)`, "y"), (inner) => make("b", {}, inner)],
  [new RegExp(`__${INNER}__`, "y"), (inner) => make("u", {}, inner)],
  [new RegExp(`~~${INNER}~~`, "y"), (inner) => make("s", {}, inner)],
  [new RegExp(`\\|\\|${INNER}\\|\\|`, "y"), (inner) => make("span.spoiler", { tabindex: "0", title: "spoiler" }, inner)],
  [new RegExp(`\\*(?!\\s)${INNER}(?<!\\s)\\*`, "y"), (inner) => make("i", {}, inner)],
  [new RegExp(`_(?!\\s)${INNER}(?<!\\s)_(?!\\w)`, "y"), (inner) => make("i", {}, inner)],
];
const CODE = /(`+)([\s\S]*?[^`])\1(?!`)/y;
const LINK = /\[((?:\\.|[^\]\\])+)\]\(<?(https?:\/\/[^\s>)]+)>?\)/y;
const MAIL = /<(https?:\/\/[^\s>]+)>/y;
const ADDRESS = /https?:\/\/[^\s<]*[^\s<.,:;"')\]]/y;
const PERSON = /<@!?(\d+)>/y;
const ROLE = /<@&(\d+)>/y;
const CHANNEL = /<#(\d+)>/y;
const MOMENT = /<t:(-?\d+)(?::([tTdDfFR]))?>/y;
const ESCAPED = /\\([^A-Za-z0-9\s])/y;

function at(pattern, text, position) {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function moment(seconds, style) {
  const date = new Date(Number(seconds) * 1000);
  const shown = style === "t" || style === "T" ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : style === "d" || style === "D" ? date.toLocaleDateString()
      : style === "R" ? ago(date)
        : date.toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  return make("time.mention", { title: date.toLocaleString() }, shown);
}

function ago(date) {
  const minutes = Math.round((Date.now() - date.getTime()) / 60000);
  if (minutes < 1) return "just now";
  return minutes < 60 ? `${minutes} minutes ago` : `${Math.round(minutes / 60)} hours ago`;
}

/** Text within a line. `names` knows people, roles and channels by id. */
export function inline(text, names) {
  const out = [];
  let plain = "";
  const put = (node) => {
    if (plain) out.push(plain);
    plain = "";
    out.push(node);
  };
  let position = 0;
  while (position < text.length) {
    const taken = one(text, position, names);
    if (taken) {
      if (typeof taken.node === "string") plain += taken.node;
      else put(taken.node);
      position += taken.length;
    } else {
      plain += text[position];
      position += 1;
    }
  }
  if (plain) out.push(plain);
  return out;
}

function one(text, position, names) {
  const before = position > 0 ? text[position - 1] : " ";
  let found = at(ESCAPED, text, position);
  if (found) return { node: found[1], length: found[0].length };
  found = at(CODE, text, position);
  if (found) return { node: make("code", {}, found[2]), length: found[0].length };
  found = at(LINK, text, position);
  if (found) return { node: link(found[2], ...inline(found[1], names)), length: found[0].length };
  found = at(PERSON, text, position);
  if (found) return { node: make("span.mention", {}, `@${names.person(found[1])}`), length: found[0].length };
  found = at(ROLE, text, position);
  if (found) return { node: make("span.mention", {}, `@${names.role(found[1])}`), length: found[0].length };
  found = at(CHANNEL, text, position);
  if (found) return { node: make("span.mention", {}, `#${names.channel(found[1])}`), length: found[0].length };
  found = at(MOMENT, text, position);
  if (found) return { node: moment(found[1], found[2]), length: found[0].length };
  found = at(MAIL, text, position) ?? at(ADDRESS, text, position);
  if (found) return { node: link(found[1] ?? found[0], found[1] ?? found[0]), length: found[0].length };
  for (const [pattern, wrap] of MARKS) {
    if (pattern.source.startsWith("_(") && /\w/.test(before)) continue;
    found = at(pattern, text, position);
    if (found) return { node: wrap(inline(found[1], names)), length: found[0].length };
  }
  return null;
}

/** A whole text: code blocks, quotes, headings, lists and lines. */
export function markdown(text, names) {
  const parts = String(text).split(/```(?:([\w+-]*)\n)?([\s\S]*?)```/);
  const out = [];
  for (let index = 0; index < parts.length; index += 3) {
    if (parts[index]) out.push(...lines(parts[index].replace(/^\n|\n$/g, ""), names));
    if (parts[index + 2] !== undefined) out.push(make("pre", {}, code(parts[index + 2].replace(/\n$/, ""), parts[index + 1])));
  }
  return out;
}

function code(text, language) {
  if (language !== "diff") return text;
  return text.split("\n").map((line) => make(`span.line${line.startsWith("+") ? ".plus" : line.startsWith("-") ? ".minus" : ""}`, {}, `${line}\n`));
}

function lines(text, names) {
  const out = [];
  for (const line of text.split("\n")) {
    const heading = /^(#{1,3}) +(.*)$/.exec(line);
    const quote = /^> ?(.*)$/.exec(line);
    const item = /^( *)(?:[-*]|(\d+)\.) +(.*)$/.exec(line);
    const small = /^-# +(.*)$/.exec(line);
    if (small) out.push(make("div.subtext", {}, inline(small[1], names)));
    else if (heading) out.push(make(`h${heading[1].length + 2}`, {}, inline(heading[2], names)));
    else if (quote) out.push(make("blockquote", {}, quote[1] ? inline(quote[1], names) : "\u00a0"));
    else if (item) out.push(make("div.list-item", {}, make("span.bullet", {}, item[2] ? `${item[2]}.` : "•"), make("span", {}, inline(item[3], names))));
    else out.push(make("div.text-line", {}, line ? inline(line, names) : "\u00a0"));
  }
  return out;
}
