// The parts that views have in common: what they are given, links, badges, tables, long lists.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Signal } from "@preact/signals";
import type { KnownItems } from "../live/known-items.ts";
import type { LiveConnection } from "../live/live-connection.ts";
import type { PageRoute } from "../route/page-route.ts";

/** The things that each view may use. */
export interface App {
  readonly store: KnownItems;
  readonly connection: LiveConnection;
  readonly route: Signal<PageRoute>;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error("this component stands outside of the page");
  return app;
}
