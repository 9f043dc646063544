// What is asked of Hale. Nothing else is ever asked of anybody.

/** An answer that is no success. */
export class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function read(response) {
  if (response.ok) return response.status === 204 ? null : response.json();
  let detail = `Hale answered ${response.status}`;
  try {
    detail = (await response.json()).detail ?? detail;
  } catch {
    // Not every refusal is JSON; the number has to do then.
  }
  throw new Refusal(response.status, detail);
}

export async function get(path, signal) {
  return read(await fetch(path, { headers: { Accept: "application/json" }, signal }));
}

export async function post(path, body) {
  const headers = { Accept: "application/json", "X-Requested-With": "hale-dashboard" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return read(await fetch(path, {
    method: "POST", headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin",
  }));
}

/**
 * Follows the events as server-sent events, for ever. `EventSource` would tell only of kinds that it knows by name, so the
 * text is read here; it goes on where it was after the connection is lost.
 */
export async function follow(after, onEvent, onState) {
  let last = after;
  for (;;) {
    try {
      const response = await fetch(`/v1/events?follow&after=${last}`, { headers: { Accept: "text/event-stream" } });
      if (!response.ok) throw new Refusal(response.status, "the events cannot be followed");
      onState(true);
      for await (const event of events(response.body)) {
        last = event.id;
        onEvent(event);
      }
    } catch {
      // The healer is being replaced, or there is no way to it: it is asked again until it answers.
    }
    onState(false);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const line = block.split("\n").find((line) => line.startsWith("data: "));
      if (line) yield JSON.parse(line.slice(6));
    }
  }
}
