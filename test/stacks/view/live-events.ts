import { request } from "node:http";
import { request as requestByTls } from "node:https";
import type { ViewChange, ViewEvents, ViewSnapshot, ViewState } from "#src/view/contract/view-event.ts";
import type { ViewItem } from "#src/view/contract/view-item.ts";
import { until } from "#test/assertions/until.ts";

/** Follows the live events of a page as a browser does, and keeps the objects. Resolves after the first snapshot. */
export async function openLiveEvents(port: number, cookie: string, isSecure = false) {
  const items = new Map<string, ViewItem>();
  const seen: { snapshot?: ViewSnapshot; state?: ViewState } = {};
  let rest = "";
  const take = <E extends keyof ViewEvents>(event: E, data: ViewEvents[E]): void => {
    if (event === "state") seen.state = data as ViewState;
    if (event === "snapshot") {
      seen.snapshot = data as ViewSnapshot;
      items.clear();
      for (const item of seen.snapshot.items) items.set(item.key, item);
    }
    if (event === "change") {
      const change = data as ViewChange;
      for (const item of change.items) items.set(item.key, item);
      for (const key of change.gone) items.delete(key);
    }
  };
  const ask = isSecure ? requestByTls : request;
  const headers = { cookie, host: `${isSecure ? "localhost" : "127.0.0.1"}:${port}` };
  let text = "";
  let hasEnded = false;
  const sent = ask(
    { host: "127.0.0.1", port, path: "/api/events", headers, agent: false, rejectUnauthorized: false },
    (answer) => {
      answer.setEncoding("utf8");
      answer.on("error", () => undefined);
      answer.on("close", () => {
        hasEnded = true;
      });
      answer.on("data", (chunk: string) => {
        text += chunk;
        const parts = (rest + chunk).split("\n\n");
        rest = parts.pop() ?? "";
        for (const part of parts) {
          const [, event, data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
          if (event !== undefined) take(event as keyof ViewEvents, JSON.parse(data) as never);
        }
      });
    },
  );
  sent.on("error", () => undefined);
  sent.end();
  await until(() => seen.snapshot !== undefined && seen.state !== undefined);
  return {
    items: items as ReadonlyMap<string, ViewItem>,
    get snapshot(): ViewSnapshot {
      return seen.snapshot ?? sampleless();
    },
    get state(): ViewState | undefined {
      return seen.state;
    },
    /** All that came, as it came. */
    get text(): string {
      return text;
    },
    get hasEnded(): boolean {
      return hasEnded;
    },
    until,
    [Symbol.asyncDispose](): Promise<void> {
      sent.destroy();
      return Promise.resolve();
    },
  };
}

function sampleless(): never {
  throw new Error("no snapshot came");
}
