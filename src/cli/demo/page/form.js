// Modals, as Slack's client shows them: inputs that keep what was typed, errors below them.

import { act, make } from "/assets/make.js";

const dialog = document.getElementById("modal");
let shown = null;

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (shown) close(shown);
});

/** Shows the person's topmost modal, or none. `render` is the renderer of blocks. */
export function showModal(user, views, render) {
  const view = views[views.length - 1];
  if (!view) {
    if (dialog.open) dialog.close();
    dialog.replaceChildren();
    shown = null;
    return;
  }
  const same = shown && shown.id === view.id && shown.user === user;
  if (!same || shown.hash !== view.hash) {
    const typed = same ? shown.inputs : new Map();
    shown = build(user, view, render, typed);
    dialog.replaceChildren(shown.element);
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("input, textarea, select")?.focus();
  }
  shown.complain(view.errors ?? {}, false);
}

function build(user, view, render, before) {
  const inputs = new Map();
  const errors = new Map();
  /** The fields that were changed since they were complained about. */
  const touched = new Set();
  const form = make("form", { autocomplete: "off", novalidate: "" });
  const title = make("h2", { id: "modal-title" }, render.text(view.title));
  const general = make("p.error", { role: "alert" });
  const rows = (view.blocks ?? []).map((block) => {
    if (block.type !== "input") return render.block(block, () => {});
    const state = view.state?.values?.[block.block_id]?.[block.element.action_id];
    const search = async (query) => (await act({ do: "suggest", user, view: view.id, field: block.block_id, query })).options;
    const made = input(block, state, search);
    if (before.has(block.block_id)) made.set(before.get(block.block_id).get());
    inputs.set(block.block_id, made);
    const id = `field-${block.block_id}`;
    made.focusable.id = id;
    const error = make("p.error", { id: `${id}-error` });
    made.focusable.setAttribute("aria-describedby", `${id}-error`);
    errors.set(block.block_id, { error, focusable: made.focusable });
    made.element.addEventListener("input", () => {
      error.textContent = "";
      made.focusable.setAttribute("aria-invalid", "false");
      touched.add(block.block_id);
    });
    const label = make("label", { for: id }, render.text(block.label), block.optional && make("span.muted", {}, " (optional)"));
    return make("div.input", {}, label, made.element, error, block.hint && make("p.hint", {}, render.text(block.hint)));
  });
  const submit = make("button.kit.primary", { type: "submit" }, view.submit ? render.text(view.submit) : "Send");
  const cancel = make("button.kit", { type: "button", onclick: () => close(shown) }, view.close ? render.text(view.close) : "Cancel");
  form.append(
    make("div.modal-head", {}, title, make("button.plain", { type: "button", "aria-label": "Close", onclick: () => close(shown) }, "✕")),
    make("div.modal-body", {}, rows, general),
    make("div.modal-foot", {}, cancel, view.submit && submit));
  const state = { id: view.id, hash: view.hash, user, inputs, element: form };
  state.complain = (complaints, focus) => {
    let first = null;
    if (focus) touched.clear();
    for (const [id, { error, focusable }] of errors) {
      if (touched.has(id)) continue;
      error.textContent = complaints[id] ?? "";
      focusable.setAttribute("aria-invalid", String(Boolean(complaints[id])));
      if (complaints[id]) first ??= focusable;
    }
    if (focus) first?.focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    general.textContent = "";
    submit.disabled = true;
    const values = {};
    for (const [id, made] of inputs) values[id] = made.get();
    try {
      await act({ do: "submit", user, view: view.id, values });
    } catch (error) {
      state.complain(error.fields ?? {}, true);
      if (Object.keys(error.fields ?? {}).length === 0) general.textContent = error.message;
    }
    submit.disabled = false;
  });
  return state;
}

async function close(state) {
  try {
    await act({ do: "close", user: state.user, view: state.id });
  } catch (error) {
    console.warn(error);
  }
}

/** A search field: what is typed is asked for, and what is offered is shown below it. Several values have commas between. */
function searched(block, state, common, search) {
  const several = block.element.type.startsWith("multi_");
  const list = make("datalist", { id: `options-${block.block_id}` });
  const field = make("input", { ...common, type: "text", list: list.id });
  const first = several
    ? state?.selected_options ?? block.element.initial_options ?? []
    : [state?.selected_option ?? block.element.initial_option].filter(Boolean);
  field.value = first.map((option) => option.value).join(", ");
  const pieces = () => (several ? field.value.split(",") : [field.value]).map((piece) => piece.trim()).filter(Boolean);
  let asked = 0;
  const offer = async () => {
    const turn = ++asked;
    const before = several ? pieces().slice(0, -1).map((piece) => `${piece}, `).join("") : "";
    const options = await search(pieces().at(-1) ?? "");
    if (turn !== asked) return;
    list.replaceChildren(...options.map((option) => make("option", { value: before + option.value }, option.text?.text ?? "")));
  };
  let pause = 0;
  const soon = () => {
    clearTimeout(pause);
    pause = setTimeout(() => offer().catch((error) => console.warn(error)), 150);
  };
  field.addEventListener("focus", soon);
  field.addEventListener("input", soon);
  return {
    element: make("div", {}, field, list),
    focusable: field,
    get: () => (several ? pieces() : pieces()[0] ?? null),
    set: (value) => { field.value = [value ?? ""].flat().join(", "); },
  };
}

/** An input: its element, what takes the focus, and how it is read and set. */
function input(block, state, search) {
  const element = block.element;
  const placeholder = element.placeholder?.text ?? "";
  const common = { placeholder, "aria-required": String(!block.optional) };
  switch (element.type) {
    case "external_select":
    case "multi_external_select":
      return searched(block, state, common, search);
    case "static_select":
    case "multi_static_select": {
      const several = element.type === "multi_static_select";
      const select = make("select", { multiple: several, "aria-required": common["aria-required"] });
      if (!several) select.append(make("option", { value: "" }, placeholder || "Choose…"));
      const options = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
      for (const option of options) select.append(make("option", { value: option.value }, option.text?.text ?? option.value));
      const chosen = several
        ? (state?.selected_options ?? element.initial_options ?? []).map((option) => option.value)
        : [(state?.selected_option ?? element.initial_option)?.value ?? ""];
      const set = (values) => {
        for (const option of select.options) option.selected = [values ?? ""].flat().includes(option.value);
      };
      set(chosen);
      const get = () => (several ? [...select.selectedOptions].map((option) => option.value) : select.value || null);
      return { element: select, focusable: select, get, set };
    }
    case "checkboxes":
    case "radio_buttons": {
      const kind = element.type === "checkboxes" ? "checkbox" : "radio";
      const chosen = [state?.selected_options ?? element.initial_options ?? state?.selected_option ?? element.initial_option ?? []].flat();
      const boxes = (element.options ?? []).map((option) => {
        const box = make("input", { type: kind, name: block.block_id, value: option.value });
        box.checked = chosen.some((one) => one.value === option.value);
        return [box, make("label.box", {}, box, " ", option.text?.text ?? option.value)];
      });
      const get = () => {
        const values = boxes.filter(([box]) => box.checked).map(([box]) => box.value);
        return kind === "checkbox" ? values : values[0] ?? null;
      };
      const set = (values) => boxes.forEach(([box]) => { box.checked = [values ?? []].flat().includes(box.value); });
      return { element: make("div", {}, boxes.map(([, label]) => label)), focusable: boxes[0]?.[0] ?? make("input"), get, set };
    }
    default: {
      const kinds = { number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" };
      const field = element.multiline
        ? make("textarea", { ...common, rows: "4" })
        : make("input", { ...common, type: kinds[element.type] ?? "text" });
      const first = state?.value ?? state?.selected_date ?? state?.selected_time ?? element.initial_value ?? element.initial_date ?? element.initial_time ?? "";
      field.value = first;
      return { element: field, focusable: field, get: () => field.value, set: (value) => { field.value = value ?? ""; } };
    }
  }
}
