import type { FlagTable } from "#src/core/config.ts";

const commands = ["view"] as const;

/** The flags of the page that view serves. */
export const pageFlags = {
  pageListen: {
    flag: "page-listen",
    type: "int",
    default: "0",
    min: 0,
    max: 65_535,
    group: "Serving",
    commands,
    help: "Port on which the page is served: of the address 127.0.0.1, and with --page-hosts of all addresses. 0 takes any free one.",
  },
  pageHosts: {
    flag: "page-hosts",
    type: "list",
    default: "",
    group: "Serving",
    commands,
    help: "Names by which browsers ask for the page, each with its port where that is not 443. With this flag the page is served by TLS to all who log in with a token of the cluster, and shows each what they may list.",
  },
  pageAudience: {
    flag: "page-audience",
    type: "string",
    placeholder: "name",
    default: "ovn4nfv-view",
    group: "Serving",
    commands,
    help: "Audience that a token must have to log in on the page. A token of another audience than the API server's is of no use elsewhere.",
  },
  pageRightsMs: {
    flag: "page-rights-age",
    type: "duration",
    default: "30s",
    min: 1_000,
    max: 60_000,
    group: "Serving",
    commands,
    help: "Longest time for which an answer of the API server about a token or a right of a viewer counts.",
  },
} as const satisfies FlagTable;
