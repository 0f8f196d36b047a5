// Discord's modals: labels with text inputs and menus.

import { act, make } from "/assets/make.js";
import { inline } from "/assets/discord-text.js";

const dialog = document.getElementById("discord-modal");
let shown = null;

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (shown) close(shown);
});

/** Shows the person's newest modal, or none. */
export function showModal(user, modals, names) {
  const modal = modals[modals.length - 1];
  if (!modal) {
    if (dialog.open) dialog.close();
    dialog.replaceChildren();
    shown = null;
    return;
  }
  if (shown?.modal.id !== modal.id || shown.user !== user) {
    shown = build(user, modal, names);
    dialog.replaceChildren(shown.element);
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("input, textarea, select")?.focus();
  }
  shown.complain(modal.error ?? "");
}

/** The fields, whether in labels or in rows. */
function fields(modal) {
  return modal.components.flatMap((one) => {
    if (one.type === 18) return [{ label: one.label, about: one.description, input: one.component }];
    if (one.type === 1) return one.components.map((input) => ({ label: input.label, about: "", input }));
    return [];
  });
}

function build(user, modal, names) {
  const inputs = new Map();
  const complaint = make("p.error", { role: "alert" });
  const rows = fields(modal).map(({ label, about, input }) => {
    const id = `discord-field-${input.custom_id}`;
    const made = control(input, id);
    inputs.set(input.custom_id, made.value);
    return make("div.input", {},
      make("label", { for: id }, label, (input.required ?? true) && make("span.required", {}, " *")),
      about && make("p.hint", {}, about), made.element);
  });
  const texts = modal.components.filter((one) => one.type === 10).map((one) => make("p", {}, inline(one.content, names)));
  const form = make("form", { autocomplete: "off", novalidate: "" },
    make("div.modal-head", {}, make("h2", { id: "discord-modal-title" }, modal.title),
      make("button.plain", { type: "button", "aria-label": "Close", onclick: () => close({ user, modal }) }, "✕")),
    make("div.modal-body", {}, texts, rows, complaint),
    make("div.modal-foot", {},
      make("button.kit.secondary", { type: "button", onclick: () => close({ user, modal }) }, "Cancel"),
      make("button.kit.primary", { type: "submit" }, "Submit")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries([...inputs].map(([name, value]) => [name, value()]).filter(([, value]) => value !== "" && value?.length !== 0));
    try {
      await act({ do: "discord", what: "submit", user, modal: modal.custom_id, values });
    } catch (error) {
      const wrong = Object.values(error.fields ?? {});
      complaint.textContent = wrong.length > 0 ? wrong.join(" ") : error.message;
    }
  });
  return { user, modal, element: form, complain: (text) => { if (text) complaint.textContent = text; } };
}

function control(input, id) {
  if (input.type === 3) {
    const many = (input.max_values ?? 1) > 1;
    const element = make("select", { id, multiple: many },
      !many && make("option", { value: "" }, input.placeholder ?? "Make a selection"),
      input.options.map((option) => make("option", { value: option.value, selected: Boolean(option.default) }, option.label)));
    return { element, value: () => [...element.selectedOptions].map((option) => option.value).filter(Boolean) };
  }
  const attributes = { id, placeholder: input.placeholder, maxlength: input.max_length ? String(input.max_length) : undefined };
  const element = input.style === 2 ? make("textarea", { ...attributes, rows: "4" }) : make("input", { ...attributes, type: "text" });
  element.value = input.value ?? "";
  return { element, value: () => element.value };
}

async function close({ user, modal }) {
  try {
    await act({ do: "discord", what: "close", user, modal: modal.custom_id });
  } catch {
    dialog.close();
  }
}
