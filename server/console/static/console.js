// Keys for the console. Every page works without them: links are links, and forms are forms.
"use strict";

const VERDICTS = { g: "gold", b: "boundary", a: "adversarial" };
const form = document.querySelector("form.verdict");
const help = document.getElementById("help");
const keysOn = document.getElementById("keys-on");

const say = (text) => { document.getElementById("status").textContent = text; };
const follow = (link) => { if (link) link.click(); else say("There is no further case."); };
const remembered = (name, otherwise) => { try { return localStorage.getItem(name) ?? otherwise; } catch { return otherwise; } };
const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window forgets */ } };

function choose(label) {
  form.elements.label.value = label;
  const name = form.elements.reviewer;
  (name.value ? form.querySelector("button.main") : name).focus({ preventScroll: true });
  say(name.value ? `${label} chosen. Enter records it, u takes it back.` : `${label} chosen. Write your name, then Enter records it.`);
}

function undo() {
  for (const radio of form.elements.label) radio.checked = false;
  form.elements.blamed.value = "";
  document.activeElement.blur();
  say("Choice taken back.");
}

function move(step) {
  const rows = [...document.querySelectorAll("a[data-row]")];
  if (!rows.length) return follow(document.querySelector(step > 0 ? "nav.pages a[rel=next]" : "nav.pages a[rel=prev]"));
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, at + step))].focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  "?": () => help.showModal(),
  ...(form && {
    g: () => choose(VERDICTS.g),
    b: () => choose(VERDICTS.b),
    a: () => choose(VERDICTS.a),
    u: undo,
    v: () => form.elements.blamed.focus(),
    r: () => form.elements.reason.focus(),
  }),
};

const isTyping = (target) => target.matches("textarea, select, input:not([type=radio], [type=checkbox])");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !help || help.open || !keysOn.checked) return;
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault(); // the first letter must not land in the field that it focuses
    act();
  }
});

if (help) {
  keysOn.checked = remembered("keys", "on") === "on";
  keysOn.addEventListener("change", () => remember("keys", keysOn.checked ? "on" : "off"));
  const button = document.querySelector("[data-help]");
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
}

if (form) {
  form.addEventListener("submit", () => { form.querySelector("button.main").disabled = true; }); // Enter twice is one verdict
  window.addEventListener("pageshow", () => { form.querySelector("button.main").disabled = false; });
}
