// Who may act. The token is sent once and kept nowhere: a cookie that no script can read stands for it.

import { get, post, Refusal } from "/assets/api.js";
import { setText } from "/assets/dom.js";
import { toast } from "/assets/actions.js";
import { clock } from "/assets/format.js";

const element = (id) => document.getElementById(id);
let session = { may_act: false };
let answer = null;

export function mayAct() {
  return session.may_act;
}

/** Asks whether this page may act. */
export async function refreshSession() {
  try {
    session = await get("/v1/session");
  } catch {
    session = { may_act: false };
  }
  show();
}

function show() {
  const button = element("session");
  setText(button, session.may_act ? (session.until ? "Sign out" : "Local") : "Sign in");
  button.disabled = session.may_act && !session.until;
  button.title = session.may_act
    ? `${session.actor}${session.until ? `, until ${clock(session.until)}` : ": this connection may act without a token"}`
    : "To change something takes a token";
}

/** Has a person sign in; whether they did. */
export function signIn() {
  element("sign-in-problem").textContent = "";
  element("token").value = "";
  element("sign-in").showModal();
  element("token").focus();
  return new Promise((resolve) => {
    answer = resolve;
  });
}

function settle(isIn) {
  answer?.(isIn);
  answer = null;
}

async function submit(event) {
  event.preventDefault();
  const field = element("token");
  try {
    session = await post("/v1/session/open", { token: field.value.trim() });
    field.value = "";
    show();
    settle(true);
    element("sign-in").close();
    toast(`Signed in as ${session.actor}.`);
  } catch (error) {
    element("sign-in-problem").textContent = error instanceof Refusal ? error.message : "Hale does not answer";
    field.select();
  }
}

async function signOut() {
  try {
    session = await post("/v1/session/close");
    toast("Signed out.");
  } catch (error) {
    toast(error.message, true);
  }
  show();
}

export function startSession() {
  element("sign-in-form").addEventListener("submit", submit);
  element("sign-in-cancel").addEventListener("click", () => element("sign-in").close());
  element("sign-in").addEventListener("close", () => settle(false));
  element("session").addEventListener("click", () => (session.may_act ? signOut() : signIn()));
}
