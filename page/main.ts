// The page of `ovn4nfv view`: makes the parts that live as long as the page, and shows it.
import { signal } from "@preact/signals";
import { h, render } from "preact";
import { Page } from "./frame/page.tsx";
import { ask } from "./live/ask.ts";
import { KnownItems } from "./live/known-items.ts";
import { LiveConnection } from "./live/live-connection.ts";
import { AppContext } from "./parts/app.ts";
import { readPageRoute } from "./route/page-route.ts";

const store = new KnownItems();
const connection = new LiveConnection({
  store,
  open: () => new EventSource("api/events"),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  whyRefused: async () => {
    // A trace of nothing is refused at once, whoever asks.
    const answer = await ask("api/trace", AbortSignal.timeout(5_000));
    return answer.kind === "failed" && [401, 403].includes(answer.status) ? answer.message : undefined;
  },
});
const route = signal(readPageRoute(location.hash));
addEventListener("hashchange", () => {
  route.value = readPageRoute(location.hash);
});
connection.start();
addEventListener("pagehide", () => {
  connection.close();
});
// The back button may show the page as it was, which is old until it hears of the server again.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) connection.start();
});

const place = document.getElementById("page");
if (place === null) throw new Error("index.html has no place for the page");
render(h(AppContext.Provider, { value: { store, connection, route } }, h(Page, null)), place);
