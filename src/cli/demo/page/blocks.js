// Block Kit as Slack's client shows it: https://docs.slack.dev/reference/block-kit/blocks

import { append, clock, link, make, safe } from "/assets/make.js";

const EMOJI = {
  hourglass_flowing_sand: "⏳", white_check_mark: "✅", warning: "⚠️", red_circle: "🔴", white_circle: "⚪",
  large_green_circle: "🟢", large_yellow_circle: "🟡", large_blue_circle: "🔵", x: "❌", rocket: "🚀", tada: "🎉",
  eyes: "👀", "+1": "👍", thumbsup: "👍", bug: "🐛", lock: "🔒", bell: "🔔", link: "🔗", wave: "👋", fire: "🔥",
  heavy_check_mark: "✔️", information_source: "ℹ️", bulb: "💡", memo: "📝", question: "❓", exclamation: "❗",
};

/** What the renderers need to know of the workspace: `users`, `channels`, `groups` by id, `follow(url)`. */
export function renderer(world) {
  const emoji = (name) => EMOJI[name] ?? `:${name}:`;
  const userName = (id) => world.users.get(id)?.real_name.split(" ")[0] ?? world.users.get(id)?.real_name ?? id;
  const mention = (id) => make("span.mention", {}, `@${userName(id)}`);
  const channel = (id, label) => make("span.mention", {}, `#${world.channels.get(id)?.name ?? label ?? id}`);
  const group = (id, label) => make("span.mention", {}, label ?? `@${world.groups.get(id)?.handle ?? id}`);

  function anchor(url, ...children) {
    const element = link(url, ...children);
    element.addEventListener("click", (event) => {
      if (world.follow(safe(url) ?? "")) event.preventDefault();
    });
    return element;
  }

  // Text: https://docs.slack.dev/messaging/formatting-message-text

  function entities(text) {
    return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  }

  function angled(inside) {
    const bar = inside.indexOf("|");
    const target = bar < 0 ? inside : inside.slice(0, bar);
    const label = bar < 0 ? null : entities(inside.slice(bar + 1));
    if (target.startsWith("@")) return mention(target.slice(1));
    if (target.startsWith("#")) return channel(target.slice(1), label);
    if (target.startsWith("!date^")) {
      const [, stamp, format, url] = target.split("^");
      return date(Number(stamp), format, label, url);
    }
    if (target.startsWith("!subteam^")) return group(target.slice(9), label);
    if (target.startsWith("!")) return make("span.mention.loud", {}, `@${label ?? target.slice(1)}`);
    return anchor(entities(target), label ?? entities(target));
  }

  const STYLES = [["*", "b"], ["_", "i"], ["~", "s"]];

  function inline(text) {
    const out = [];
    let plain = "";
    const flush = () => {
      if (plain) out.push(entities(plain));
      plain = "";
    };
    let at = 0;
    while (at < text.length) {
      const sign = text[at];
      if (sign === "<") {
        const end = text.indexOf(">", at);
        if (end > at) {
          flush();
          out.push(angled(text.slice(at + 1, end)));
          at = end + 1;
          continue;
        }
      }
      if (sign === "`") {
        const end = text.indexOf("`", at + 1);
        if (end > at + 1) {
          flush();
          out.push(make("code", {}, entities(text.slice(at + 1, end))));
          at = end + 1;
          continue;
        }
      }
      const named = sign === ":" && /^:([a-z0-9_+-]+):/.exec(text.slice(at));
      if (named && EMOJI[named[1]]) {
        plain += EMOJI[named[1]];
        at += named[0].length;
        continue;
      }
      const style = STYLES.find(([mark]) => mark === sign);
      if (style && !/\w/.test(text[at - 1] ?? " ")) {
        const end = text.indexOf(sign, at + 1);
        const inside = text.slice(at + 1, end);
        if (end > at + 1 && inside.trim() === inside && !inside.includes("\n") && !/\w/.test(text[end + 1] ?? " ")) {
          flush();
          out.push(make(style[1], {}, inline(inside)));
          at = end + 1;
          continue;
        }
      }
      plain += sign;
      at += 1;
    }
    flush();
    return out;
  }

  function mrkdwn(text) {
    const out = [];
    String(text).split("```").forEach((part, index) => {
      if (index % 2 === 1) {
        out.push(make("pre", {}, entities(part.replace(/^\n/, ""))));
        return;
      }
      let quote = null;
      part.split("\n").forEach((line, number, all) => {
        if (line.startsWith("&gt;") || line.startsWith(">")) {
          if (!quote) out.push(quote = make("blockquote"));
          else quote.append(make("br"));
          append(quote, inline(line.replace(/^(&gt;|>) ?/, "")));
          return;
        }
        out.push(inline(line));
        if (number < all.length - 1) out.push(make("br"));
        quote = null;
      });
    });
    return out;
  }

  function text(object) {
    if (!object) return [];
    return object.type === "mrkdwn" ? mrkdwn(object.text) : [String(object.text ?? "")];
  }

  function date(stamp, format, fallback, url) {
    if (!Number.isFinite(stamp)) return make("span", {}, fallback ?? "");
    const at = new Date(stamp * 1000);
    const days = Math.round((startOfDay(new Date()) - startOfDay(at)) / 86_400_000);
    const near = { "-1": "tomorrow", 0: "today", 1: "yesterday" }[days];
    const short = at.toLocaleDateString([], { month: "short", day: "numeric", year: "numeric" });
    const long = at.toLocaleDateString([], { weekday: "long", month: "long", day: "numeric", year: "numeric" });
    const medium = at.toLocaleDateString([], { month: "long", day: "numeric", year: "numeric" });
    const minutes = Math.max(0, Math.round((Date.now() - at) / 60_000));
    const ago = minutes < 60 ? `${minutes} minutes ago` : `${Math.round(minutes / 60)} hours ago`;
    const known = {
      date_num: at.toISOString().slice(0, 10), date: medium, date_short: short, date_long: long,
      date_pretty: near ?? medium, date_short_pretty: near ?? short, date_long_pretty: near ?? long,
      time: clock(at), time_secs: at.toLocaleTimeString(), ago,
    };
    const shown = String(format).replace(/\{(\w+)\}/g, (whole, name) => known[name] ?? whole);
    const element = make("time", { title: at.toLocaleString(), datetime: at.toISOString() }, shown);
    return url ? anchor(url, element) : element;
  }

  // Rich text

  function styled(node, style) {
    let out = node;
    for (const [name, tag] of [["code", "code"], ["bold", "b"], ["italic", "i"], ["strike", "s"]]) {
      if (style?.[name]) out = make(tag, {}, out);
    }
    return out;
  }

  function span(element) {
    switch (element.type) {
      case "text": return styled(broken(element.text), element.style);
      case "link": return anchor(element.url, styled(broken(element.text ?? element.url), element.style));
      case "emoji": return make("span.emoji", {}, emoji(element.name));
      case "user": return mention(element.user_id);
      case "usergroup": return group(element.usergroup_id);
      case "channel": return channel(element.channel_id);
      case "broadcast": return make("span.mention.loud", {}, `@${element.range}`);
      case "date": return date(element.timestamp, element.format, element.fallback, element.url);
      default: return make("span", {}, element.text ?? "");
    }
  }

  function broken(text) {
    const lines = String(text).split("\n");
    return make("span", {}, lines.map((line, index) => (index === 0 ? [line] : [make("br"), line])));
  }

  function rich(part) {
    const spans = () => (part.elements ?? []).map(span);
    switch (part.type) {
      case "rich_text_list": {
        const list = make(part.style === "ordered" ? "ol.rich" : "ul.rich", {}, (part.elements ?? []).map((item) => make("li", {}, rich(item))));
        if (part.indent) list.style.marginInlineStart = `${1.4 * part.indent}em`;
        return list;
      }
      case "rich_text_quote": return make("blockquote", {}, spans());
      case "rich_text_preformatted": return make("pre", {}, spans());
      default: return make("div.rich-section", {}, spans());
    }
  }

  // Elements: `on(element, value)` is called with what was pressed or chosen.

  function element(item, on) {
    switch (item.type) {
      case "button": {
        const url = safe(item.url ?? "");
        const kind = item.style ? `button.kit.${item.style}` : "button.kit";
        const button = make(kind, { type: "button", "aria-label": item.accessibility_label }, text(item.text));
        button.addEventListener("click", () => {
          if (url && !world.follow(url)) window.open(url, "_blank", "noopener,noreferrer");
          if (!url || item.value) on(item, undefined, button);
        });
        return button;
      }
      case "static_select": {
        const select = make("select.kit", { "aria-label": item.placeholder?.text ?? "Choose" });
        select.append(make("option", { value: "" }, item.placeholder?.text ?? "Choose…"));
        const add = (parent, options) => {
          for (const option of options ?? []) parent.append(make("option", { value: option.value }, text(option.text)));
        };
        add(select, item.options);
        for (const one of item.option_groups ?? []) {
          const box = make("optgroup", { label: one.label?.text ?? "" });
          add(box, one.options);
          select.append(box);
        }
        select.value = item.initial_option?.value ?? "";
        select.addEventListener("change", () => {
          if (select.value) on(item, select.value, select);
        });
        return select;
      }
      case "overflow": {
        return element({ ...item, type: "static_select", placeholder: { text: "⋯" } }, on);
      }
      case "image": {
        // Nothing is loaded from elsewhere; what the picture shows is said.
        return make("span.image", {}, `🖼 ${item.alt_text ?? ""}`);
      }
      default: return make("span.muted", {}, `[${item.type}]`);
    }
  }

  function block(item, on) {
    switch (item.type) {
      case "rich_text": return make("div.block", {}, (item.elements ?? []).map(rich));
      case "section": return make("div.block.section", {},
        item.text && make("div.section-text", {}, text(item.text)),
        item.fields && make("div.fields", {}, item.fields.map((field) => make("div.field", {}, text(field)))),
        item.accessory && make("div.accessory", {}, element(item.accessory, on)));
      case "context": return make("div.block.context", {}, (item.elements ?? []).map((part, index) => [
        index > 0 && " ",
        part.type === "image" ? element(part, on) : make("span", {}, text(part)),
      ]));
      case "actions": return make("div.block.actions", {}, (item.elements ?? []).map((part) => element(part, on)));
      case "header": return make("h3.block", {}, text(item.text));
      case "divider": return make("hr");
      case "image": return make("div.block", {}, element(item, on));
      case "markdown": return make("div.block", {}, String(item.text));
      case "alert": return make("div.block.alert", { role: "alert" }, text(item.text));
      default: return make("div.block.muted", {}, `[${item.type}]`);
    }
  }

  function attachment(item, on) {
    const box = make("div.attachment", {},
      item.pretext && make("div.pretext", {}, mrkdwn(item.pretext)),
      item.title && make("div", {}, make("b", {}, item.title_link ? anchor(item.title_link, item.title) : item.title)),
      !item.blocks && item.text && make("div", {}, mrkdwn(item.text)),
      item.fields && make("div.fields", {}, item.fields.map((field) => make("div.field", {}, make("b", {}, field.title), make("br"), mrkdwn(field.value ?? "")))),
      (item.blocks ?? []).map((one) => block(one, on)),
      item.footer && make("div.context", {}, item.footer));
    const colour = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" }[item.color] ?? item.color;
    if (/^#?[0-9a-f]{6}$/i.test(colour ?? "")) box.style.borderInlineStartColor = `#${colour.replace("#", "")}`;
    return box;
  }

  /** The body of a message. */
  function message(item, on) {
    const blocks = (item.blocks ?? []).map((one) => block(one, on));
    const attachments = (item.attachments ?? []).map((one) => attachment(one, on));
    if (blocks.length === 0 && item.text) blocks.push(make("div.block", {}, mrkdwn(item.text)));
    return [blocks, attachments];
  }

  return { message, block, text, emoji };
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
