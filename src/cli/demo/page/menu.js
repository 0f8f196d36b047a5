// The menu of a message (⋯): what can be done with it beside answering.

import { make, toast } from "/assets/make.js";

/** A menu of these actions, each with a name and what choosing it does; nothing where there are none. */
export function messageMenu(actions) {
  if (actions.length === 0) return null;
  const menu = make("details.more", {});
  const choose = async (action) => {
    menu.open = false;
    try {
      await action.run();
    } catch (error) {
      toast(error.message);
    }
  };
  menu.append(
    make("summary", { title: "More actions", "aria-label": "More actions" }, "⋯"),
    make("div.more-list", {}, actions.map((action) => make("button", { type: "button", onclick: () => choose(action) }, action.name))));
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}
