// What can be done to services and breakers, each only after it was said what will happen and to whom.

import { post, Refusal } from "/assets/api.js";
import { h } from "/assets/dom.js";
import { listed } from "/assets/format.js";
import { mayAct, refreshSession, signIn } from "/assets/session.js";
import { allDependents, refresh } from "/assets/store.js";

const element = (id) => document.getElementById(id);

/** Actions on services: what they are called, what is said of those who depend on it, and whether they take it away. */
const SERVICE = {
  restart: ["Restart", "wait while it restarts", true],
  stop: ["Stop", "do without it until it is started again", true],
  start: ["Start", "", false],
  pause: ["Pause", "get no answers from it until it goes on", true],
  unpause: ["Unpause", "", false],
  release: ["Release", "", false],
};
const BREAKER = {
  open: ["Open breaker", "get no answers from it until the breaker is closed or reset", true],
  close: ["Close breaker", "", false],
  reset: ["Reset breaker", "", false],
};

/** The actions that make sense for a service as it is now. */
export function actionsFor(service) {
  if (service.state === "paused") return ["unpause", "stop"];
  if (service.state === "stopped" || service.state === "completed" || service.state === "failed") return ["start"];
  if (service.state === "quarantined") return ["release", "stop"];
  return ["restart", "stop", "pause"];
}

export function serviceButton(action, name, extra) {
  const [label] = SERVICE[action];
  return h("button", {
    type: "button", class: { release: "strong", start: "strong", stop: "risky" }[action],
    "data-action": action, "aria-label": extra ? `${label} ${name}` : null,
    onclick: () => ask(`/v1/services/${encodeURIComponent(name)}/${action}`, SERVICE[action], name, name),
  }, label);
}

export function breakerButton(action, breaker) {
  const [label] = BREAKER[action];
  return h("button", {
    type: "button", class: action === "open" ? "risky" : null, "data-action": action,
      "aria-label": `${label} of ${breaker.instance}`,
    onclick: () => ask(`/v1/breakers/${encodeURIComponent(breaker.instance)}/${action}`, BREAKER[action],
      breaker.instance, breaker.service),
  }, label.split(" ")[0]);
}

async function ask(path, [label, effect, takesAway], subject, service) {
  if (!mayAct() && !(await signIn())) return;
  const dialog = element("confirm");
  element("confirm-title").textContent = `${label}: ${subject}?`;
  element("confirm-effect").textContent = "Asking Hale what that would do …";
  element("confirm-problem").textContent = "";
  element("confirm-dependents").replaceChildren(...dependentsOf(service, effect));
  const button = element("confirm-do");
  button.textContent = label;
  button.className = takesAway ? "strong danger" : "strong";
  button.disabled = true;
  button.onclick = () => carryOut(path, dialog, button);
  dialog.showModal();
  // What can do harm is not what an impatient Enter does.
  (takesAway ? element("confirm-cancel") : button).focus();
  await plan(path, button);
  if (!takesAway) button.focus();
}

function dependentsOf(service, effect) {
  const names = allDependents(service);
  if (!effect) return [];
  if (names.length === 0) return [h("p", { class: "muted" }, "No other service needs it.")];
  return [h("p", null, h("strong", null, listed(names, 8)),
    ` ${names.length === 1 ? "needs it and will" : "need it and will"} ${effect}.`)];
}

async function plan(path, button) {
  try {
    const { result, message } = await post(`${path}?dry_run`);
    element("confirm-effect").textContent = result === "planned"
      ? `Hale ${message}.` : `Nothing would change: ${message}.`;
    button.disabled = false;
  } catch (error) {
    await complain(error);
  }
}

async function carryOut(path, dialog, button) {
  button.disabled = true;
  try {
    const { message } = await post(path);
    dialog.close();
    toast(message);
    refresh();
  } catch (error) {
    await complain(error);
    button.disabled = false;
  }
}

async function complain(error) {
  element("confirm-problem").textContent = error instanceof Refusal ? error.message
    : "Hale does not answer; try again.";
  if (error instanceof Refusal && error.status === 401) {
    element("confirm-effect").textContent = "The session is over. Close this, and sign in again.";
    await refreshSession();
  } else if (element("confirm-effect").textContent.endsWith("…")) {
    element("confirm-effect").textContent = "";
  }
}

/** A short message at the bottom of the page, for a while. */
export function toast(text, isProblem) {
  const message = h("p", { class: isProblem ? "toast problem" : "toast" }, text);
  element("toasts").append(message);
  setTimeout(() => message.remove(), 7000);
}
