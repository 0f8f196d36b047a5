// What was typed into Discord's message box, read as the real client reads it. Needs no page.

const TEXT = 3;

/** Every command with its full path and its options. */
function flat(commands) {
  const out = [];
  const walk = (path, one) => {
    const inner = (one.options ?? []).filter((option) => option.type === 1 || option.type === 2);
    if (inner.length > 0) inner.forEach((option) => walk(`${path} ${option.name}`, option));
    else out.push({ path, about: one.description, options: one.options ?? [] });
  };
  commands.filter((command) => (command.type ?? 1) === 1).forEach((command) => walk(command.name, command));
  return out;
}

/** The option that a text without `name:` is for: the real client puts the cursor there. */
function open(command) {
  const wanted = command.options.filter((option) => option.required);
  return wanted.length === 1 && wanted[0].type === TEXT ? wanted[0] : null;
}

/** What was typed: the command, its options so far, and which of them is being typed. */
export function read(text, commands) {
  if (!text.startsWith("/")) return null;
  const typed = text.slice(1);
  const all = flat(commands);
  const fits = all.filter((one) => typed === one.path || typed.startsWith(`${one.path} `));
  const command = fits.sort((a, b) => b.path.length - a.path.length)[0];
  if (!command) return { all, typed };
  const rest = typed.slice(command.path.length);
  const names = command.options.map((option) => option.name).join("|");
  const options = [];
  if (names) {
    const pattern = new RegExp(`(?:^|\\s)(${names}):`, "g");
    for (let found = pattern.exec(rest); found; found = pattern.exec(rest)) {
      if (options.length > 0) options[options.length - 1].end = found.index;
      options.push({ name: found[1], from: found.index, start: found.index + found[0].length, end: rest.length });
    }
  }
  const lead = rest.slice(0, options[0]?.from ?? rest.length);
  const first = open(command);
  const fills = lead.trim() && first && !options.some((option) => option.name === first.name);
  if (fills) options.unshift({ name: first.name, from: 0, start: lead.length - lead.trimStart().length, end: lead.length });
  for (const option of options) option.text = rest.slice(option.start, option.end).trim();
  return { all, typed, command, rest, options, stray: fills ? "" : lead.trim() };
}

/** The text with every `@Name` of these people as the mention that the real client makes of it. */
export function mentioned(text, people) {
  const names = people.flatMap((one) => [one.global_name, one.username].filter(Boolean).map((name) => ({ name, id: one.id })));
  names.sort((a, b) => b.name.length - a.name.length);
  let out = "";
  for (let at = 0; at < text.length;) {
    const after = text.slice(at + 1).toLowerCase();
    const begins = text[at] === "@" && !/[\w<]/.test(text[at - 1] ?? " ");
    const found = begins && names.find(({ name }) => after.startsWith(name.toLowerCase()) && !/\w/.test(after[name.length] ?? " "));
    out += found ? `<@${found.id}>` : text[at];
    at += found ? found.name.length + 1 : 1;
  }
  return out;
}
