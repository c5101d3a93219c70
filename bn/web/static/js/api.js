// Questions to the server: JSON both ways, stale ones aborted, a stopped server waited for.

const RETRY = 1500;

/** A question that the server refused: `errors` are `{name, message, suggest}` per finding. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.error ?? `The program answered ${status}.`);
    this.status = status;
    this.errors = body?.errors ?? [];
  }
}

const stopped = new EventTarget();

/** Calls `change(true)` when the server no longer answers, `change(false)` when it does again. */
export function watchStopped(change) {
  stopped.addEventListener("stopped", () => change(true));
  stopped.addEventListener("back", () => change(false));
}

let waiting = null;

/** The answer to `path`; waits for a server that has stopped. */
export async function ask(path, body = undefined, signal = undefined) {
  for (;;) {
    const answer = await reached(path, body, signal);
    if (answer.status === 503) {
      await pause(1000 * Number(answer.headers.get("Retry-After") ?? 1), signal);
      continue;
    }
    if (answer.ok) return answer.headers.get("Content-Type")?.includes("json") ? answer.json() : answer.blob();
    throw new Refused(answer.status, await answer.json().catch(() => null));
  }
}

async function reached(path, body, signal) {
  const options = body === undefined
    ? { signal }
    : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal };
  for (;;) {
    try {
      return await fetch(path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      await back(signal);
    }
  }
}

/** Until the server answers again; asked once for all who wait. */
async function back(signal) {
  waiting ??= (async () => {
    stopped.dispatchEvent(new Event("stopped"));
    for (;;) {
      await pause(RETRY);
      try {
        if ((await fetch("/api/openapi.json", { method: "GET" })).ok) break;
      } catch {
        continue;
      }
    }
    waiting = null;
    stopped.dispatchEvent(new Event("back"));
  })();
  await waiting;
  signal?.throwIfAborted();
}

/** Wait so many ms; an abort ends it. */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
