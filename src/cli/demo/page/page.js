// The page: gets the state, shows it in every window, and gets it again when the server says that it changed.

import { act, keep, make, toast } from "/assets/make.js";
import { putIntoSlack, showSlack } from "/assets/slack.js";
import { putIntoDiscord, showDiscord } from "/assets/discord.js";
import { putIntoTelegram, showTelegram } from "/assets/telegram.js";
import { showSide, wireSide } from "/assets/side.js";

const get = (id) => document.getElementById(id);
const ROLES = { ana: "admin: may do everything", ben: "operator: may change things", cleo: "viewer: may look" };
const HINTS = [
  ["Slack", "/qd github issue create \"Login fails\" --repository acme/api", putIntoSlack],
  ["Discord", "/github issue create title:Search is slow repository:acme/api", putIntoDiscord],
  ["Telegram", "/qd github issue create", putIntoTelegram],
  ["Slack", "/qd help", putIntoSlack],
  ["Discord", "/github issue list ", putIntoDiscord],
];

const my = { person: "ana" };
let state = null;

// The state

let busy = false;
let again = false;

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    do {
      again = false;
      const answer = await fetch("/state");
      state = await answer.json();
      show();
    } while (again);
  } catch (error) {
    down(error);
  }
  busy = false;
}

function down(error) {
  if (!(error instanceof TypeError) && error instanceof Error) console.error(error);
  get("health").textContent = "The demo does not answer. Is it still running?";
  get("health").className = "health wrong";
}

const changes = new EventSource("/changes");
changes.addEventListener("message", refresh);
changes.addEventListener("error", down);
// Health and relative times change by themselves.
setInterval(refresh, 5000);

function show() {
  showPeople();
  showSlack(state, my.person);
  showDiscord(state, my.person);
  showTelegram(state, my.person);
  showSide(state);
  showHealth();
}

function showPeople() {
  const people = state.slack.users.filter((user) => !user.is_bot);
  keep(get("me"), people, (user) => user.name, (user) => user.real_name, (user) => make("option", { value: user.name }, user.real_name));
  get("me").value = my.person;
  get("role").textContent = ROLES[my.person] ?? "";
}

function showHealth() {
  const daemon = state.daemon;
  const waiting = daemon.queued?.length ?? 0;
  const dead = daemon.dead?.length ?? 0;
  const troubles = daemon.troubles ?? [];
  const count = troubles.length > 0 && `${troubles.length} ${troubles.length === 1 ? "trouble" : "troubles"}`;
  const parts = [`daemon ${daemon.state}`, waiting > 0 && `${waiting} on the way out`, dead > 0 && `${dead} given up`, count];
  get("health").textContent = parts.filter(Boolean).join(" · ");
  get("health").title = troubles.join("\n");
  get("health").className = `health ${daemon.state === "ready" ? "fine" : "wrong"}`;
}

// What one does

get("me").addEventListener("change", () => {
  my.person = get("me").value;
  if (state) show();
});
get("restart").addEventListener("click", async () => {
  get("restart").disabled = true;
  try {
    await act({ do: "restart" });
  } catch (error) {
    toast(error.message);
  }
  get("restart").disabled = false;
});
for (const [where, hint, put] of HINTS) {
  get("hints").append(make("button.hint-chip", { type: "button", title: `Put it into ${where}'s message box`, onclick: () => put(hint) },
    make("b", {}, `${where} `), hint.trim()));
}
get("hints").append(make("span.muted", {}, "Then press Close on one card and watch the other two. Be Cleo and press it."));
wireSide(() => my.person);
