// The right side: GitHub, the company's systems, and what went over the wires.

import { act, keep, make, toast } from "/assets/make.js";

const here = { repo: "acme/api", login: () => "ana", mark: null };

/** Wires the buttons that are always there. `user` gives the GitHub login of who one is. */
export function wireSide(user) {
  const title = document.getElementById("github-title");
  const complaint = document.getElementById("github-error");
  here.login = user;
  const onGithub = async (what) => {
    complaint.textContent = "";
    try {
      await act({ do: "github", user: user(), repo: here.repo, what, text: title.value });
      if (what.startsWith("open_")) title.value = "";
    } catch (error) {
      complaint.textContent = error.message;
    }
  };
  for (const button of document.querySelectorAll("[data-github]")) {
    button.addEventListener("click", () => onGithub(button.dataset.github));
  }
  document.getElementById("github-form").addEventListener("submit", (event) => {
    event.preventDefault();
    onGithub("open_issue");
  });
  const failed = document.getElementById("event-error");
  for (const button of document.querySelectorAll("[data-event]")) {
    button.addEventListener("click", async () => {
      failed.textContent = "";
      try {
        await act({ do: "event", kind: button.dataset.event });
      } catch (error) {
        failed.textContent = error.message;
      }
    });
  }
}

/** Shows an issue or a pull request, when the address is that of one here. */
export function followGithub(url, state) {
  const found = /^https:\/\/github\.com\/([^/]+\/[^/]+)(?:\/(?:issues|pull)\/(\d+))?/.exec(url);
  if (!found || !state?.github.repositories.some((repo) => repo.full_name === found[1])) return false;
  here.repo = found[1];
  here.mark = found[2] ? Number(found[2]) : null;
  showSide(state);
  const item = document.querySelector("#github .marked") ?? document.getElementById("github");
  item.scrollIntoView({ block: "nearest", behavior: "smooth" });
  return true;
}

/** Shows what there is now. */
export function showSide(state) {
  const repos = state.github.repositories;
  keep(document.getElementById("repos"), repos, (repo) => repo.full_name, (repo) => String(repo.full_name === here.repo), (repo) =>
    make("button.tab", {
      type: "button", "aria-pressed": String(repo.full_name === here.repo),
      onclick: () => { here.repo = repo.full_name; here.mark = null; showSide(state); },
    }, repo.full_name));
  const repo = repos.find((one) => one.full_name === here.repo);
  if (repo) keep(document.getElementById("github"), items(repo), (item) => item.key, (item) => JSON.stringify(item.sign), (item) => item.build());
  keep(document.getElementById("wire"), state.wire, (line) => `${line.at} ${line.from} ${line.what}`, (line) => line.answer, wireLine);
}

function items(repo) {
  const on = (what, number) => async () => {
    try {
      await act({ do: "github", user: here.login(), repo: repo.full_name, what, number });
    } catch (error) {
      toast(error.message);
    }
  };
  const button = (label, what, number, kind = "button") => make(kind, { type: "button", onclick: on(what, number) }, label);
  const marked = (number) => (number === here.mark ? ".marked" : "");
  const talk = (item) => (item.conversation ?? []).slice(-2).map((comment) =>
    make("p.comment", {}, make("b", {}, comment.user?.login ?? ""), " ", plain(comment.body)));
  const pulls = repo.pulls.map((pull) => ({
    at: pull.created_at, key: `pull ${repo.full_name} ${pull.number}`,
    sign: [pull.state, pull.merged, pull.title, pull.conversation?.length, marked(pull.number), pull.labels],
    build: () => {
      const state = pull.merged ? "merged" : pull.state;
      return make(`article.item${marked(pull.number)}`, {},
        make("div.item-head", {}, make(`span.state.${state}`, {}, pull.merged ? "Merged" : state === "open" ? "Open PR" : "Closed"),
          make("span.item-title", {}, pull.title, " ", make("span.muted", {}, `#${pull.number} by ${pull.user?.login}`))),
        talk(pull),
        state === "open" && make("div.row", {}, button("Merge", "merge", pull.number, "button.good"), button("Approve", "approve", pull.number),
          button("Comment", "comment", pull.number), button("Close", "close", pull.number)));
    },
  }));
  const issues = repo.issues.map((issue) => ({
    at: issue.created_at, key: `issue ${repo.full_name} ${issue.number}`,
    sign: [issue.state, issue.title, issue.conversation?.length, marked(issue.number), issue.labels, issue.assignees],
    build: () => make(`article.item${marked(issue.number)}`, {},
      make("div.item-head", {}, make(`span.state.${issue.state === "open" ? "open" : "done"}`, {}, issue.state === "open" ? "Open" : "Closed"),
        make("span.item-title", {}, issue.title, " ", (issue.labels ?? []).map((label) => [make("span.label", {}, label.name), " "]),
          make("span.muted", {}, `#${issue.number} by ${issue.user?.login}`))),
      talk(issue),
      make("div.row", {}, issue.state === "open" ? button("Close", "close", issue.number) : button("Reopen", "reopen", issue.number),
        button("Comment", "comment", issue.number))),
  }));
  const runs = repo.runs.slice(0, 3).map((run) => ({
    at: run.created_at, key: `run ${run.id}`, sign: [run.status, run.conclusion, run.run_attempt],
    build: () => make("article.item", {}, make("div.item-head", {},
      make(`span.state.${run.conclusion === "success" ? "open" : run.conclusion ? "failed" : "queued"}`, {}, run.conclusion ?? run.status),
      make("span.item-title", {}, `${run.name} `, make("span.muted", {}, `run #${run.run_number} on ${run.head_branch}`)))),
  }));
  const all = [...pulls, ...issues, ...runs].sort((a, b) => (a.at < b.at ? 1 : -1));
  if (all.length > 0) return all;
  return [{ key: "nothing", sign: 0, build: () => make("p.muted.nothing", {}, "Nothing here yet. Open an issue or a pull request: its signed webhook goes to the daemon.") }];
}

/** The text of a comment without the marker that the daemon finds it by again. */
function plain(body) {
  return String(body ?? "").replace(/<!--[^]*?-->/g, "").replace(/<\/?sub>/g, "").trim();
}

function wireLine(line) {
  const time = new Date(line.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  return make("li", {},
    make("span.wire-time", {}, time), " ",
    make("span.wire-ends", {}, `${line.from} → ${line.to}`), " ",
    make("span.wire-what", {}, line.what), " ",
    make(`span.${line.good ? "fine" : "wrong"}`, {}, line.answer));
}
