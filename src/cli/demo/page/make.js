// Makes elements. Text from outside goes in as text nodes only, addresses only where they are http(s).

/** An element: `make("b.class", {title: "…", onclick: f}, "text", child, …)`. */
export function make(kind, properties, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

/** Adds children: nodes as they are, everything else as text. */
export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** The address, when a link may lead there. */
export function safe(url) {
  try {
    const parsed = new URL(String(url));
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** A link, or its text where it may lead nowhere. */
export function link(url, ...children) {
  const href = safe(url);
  if (!href) return make("span", {}, ...children);
  return make("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/**
 * Makes the children of `parent` the elements of these items, in order. An item whose key and mark are those of before
 * keeps its element, so that what one is typing into, or has scrolled to, stays.
 */
export function keep(parent, items, key, mark, build) {
  const before = new Map();
  for (const child of parent.children) before.set(child.dataset.key, child);
  let at = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    const sign = mark(item);
    let element = before.get(id);
    if (!element || element.keptMark !== sign) {
      const made = build(item);
      made.dataset.key = id;
      made.keptMark = sign;
      if (element) {
        if (at === element) at = made;
        element.replaceWith(made);
      }
      element = made;
    }
    before.delete(id);
    if (at === element) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  for (const child of before.values()) child.remove();
}

/** Does something on the server; throws what it says when that cannot be done. */
export async function act(body) {
  const answer = await fetch("/act", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  let value = {};
  try {
    value = JSON.parse(text);
  } catch {
    value = { error: text };
  }
  if (answer.ok) return value;
  const error = new Error(value.error || `The demo answered ${answer.status}.`);
  error.fields = value.fields ?? {};
  throw error;
}

/** Says for a moment that something went wrong. */
export function toast(text) {
  const box = document.getElementById("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.hidden = true; }, 6000);
}

const COLOURS = ["#1264a3", "#2bac76", "#cd2553", "#7c3085", "#c77800", "#0b6e6e"];

/** The picture of a person: initials on a colour of their own. */
export function avatar(user) {
  if (!user) return make("span.avatar.nobody", { "aria-hidden": "true" }, "?");
  if (user.is_bot) return make("span.avatar.bot", { "aria-hidden": "true" }, "⚓");
  const initials = user.real_name.split(/\s+/).map((part) => [...part][0] ?? "").join("").slice(0, 2).toUpperCase();
  const element = make("span.avatar", { "aria-hidden": "true" }, initials);
  let sum = 0;
  for (const sign of user.id) sum = (sum * 31 + sign.codePointAt(0)) % 9973;
  element.style.backgroundColor = COLOURS[sum % COLOURS.length];
  return element;
}

/** A time of day. */
export function clock(date) {
  return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
