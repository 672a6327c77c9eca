// Who may import whom (tools/checks/arrow-table.ts), and which packages are let in where. Run by `npm run check`.

import { arrows, innerArrows } from "#tools/checks/arrow-table.ts";
import { sourceCondition } from "#tools/source-condition.mjs";

const product = "^(src|webhooks|cni|certs|page|packages/[^/]+/src)/";
const checkout = "^(src|webhooks|cni|certs|page|tools|lab|demo|guides|packages|test|deploy)/";

const arrowRules = Object.entries(arrows).map(([room, targets]) => ({
  name: `arrows of ${room.replace("\\", "")}`,
  comment: `${room.replace("\\", "")} may import ${targets.length === 0 ? "nothing of ours" : targets.join(", ")}. Hand the thing in from src/commands instead, or move it down.`,
  severity: "error",
  from: { path: `^${room}(/|$)` },
  to: { path: checkout, pathNot: [room, ...targets].map((target) => `^${target}(/|\\.|$)`) },
}));

/** The paths of one row of a room's inner table: a folder, a file, or the files that have no row. */
function innerPath(room, child, children) {
  if (child !== ".") return `^${room}/${child.replaceAll(".", "\\.")}(/|$)`;
  const named = children.filter((name) => name.endsWith(".ts")).map((name) => name.replaceAll(".", "\\."));
  return `^${room}/${named.length === 0 ? "" : `(?!(${named.join("|")})$)`}[^/]+$`;
}

const innerRules = Object.entries(innerArrows).flatMap(([room, table]) => {
  const children = Object.keys(table);
  return Object.entries(table).map(([child, targets]) => ({
    name: `arrows of ${room}/${child}`,
    comment: `Inside ${room}, ${child} may import ${targets.length === 0 ? "nothing of the room" : targets.join(", ")}.`,
    severity: "error",
    from: { path: innerPath(room, child, children) },
    to: { path: `^${room}/`, pathNot: [child, ...targets].map((target) => innerPath(room, target, children)) },
  }));
});

const packageHomes = {
  express: "(webhooks|src/view/server)/",
  "node-forge": "certs/",
  jose: "src/tokens/",
  "@kubernetes/client-node": "src/(kube|commands)/",
  "prom-client": "src/core/",
  pino: "src/core/",
  commander: "src/(commands|main\\.ts)",
  preact: "page/",
  "@preact/signals": "page/",
  "@dagrejs/dagre": "page/map/",
  "d3-(?:selection|zoom)": "page/map/",
  uplot: "page/activity/",
  "@tanstack/virtual-core": "page/parts/",
};

const packageRules = Object.entries(packageHomes).map(([name, home]) => ({
  name: `home of ${name}`,
  comment: `In the product ${name} is imported under ${home} only; depend on our own interface instead.`,
  severity: "error",
  from: { path: product, pathNot: `^${home}` },
  to: { path: `(^|/)node_modules/(@types/)?${name}/` },
}));

export default {
  forbidden: [
    {
      name: "no cycles",
      comment: "Modules that need each other are one module, or hide a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "product never imports what proves or builds it",
      comment: "Move what both need into the product, or hand it in.",
      severity: "error",
      from: { path: "^(src|webhooks|cni|certs|page|deploy|packages/[^/]+/src)/" },
      to: { path: "^(test|tools|lab|demo|guides|packages/[^/]+/(test|examples))/" },
    },
    {
      name: "baselines are independent",
      comment: "A baseline that imports the product measures the product.",
      severity: "error",
      from: { path: "^test/bench/baseline/" },
      to: {
        path: "^(src|webhooks|cni|certs|page|tools|lab|demo|guides|packages|test)/",
        pathNot: "^test/bench/baseline/",
      },
    },
    {
      name: "product runs programs in three places",
      comment:
        "The product talks OVSDB and HTTP. The plumbing of pod interfaces runs ovn4nfv-netlink, `ovn4nfv trace` ovn-trace, and install-shim the shim.",
      severity: "error",
      from: { path: product, pathNot: "^(cni/|src/commands/(trace/ovn-trace|agent/install-shim)\\.ts$)" },
      to: { path: "^(node:)?child_process$" },
    },
    {
      name: "product has no dev dependencies",
      comment: "Move the package to `dependencies`, with its reason in docs/dependencies.md.",
      severity: "error",
      from: { path: product },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm"], pathNot: "^node_modules/@types/" },
    },
    {
      name: "packages are met by their entry",
      comment: "Import from the package by its name; export what is needed from the entry. Tests may reach inside.",
      severity: "error",
      from: { pathNot: "^(packages|test)/" },
      to: { path: "^packages/", pathNot: "^packages/([^/]+)/src/\\1\\.ts$" },
    },
    {
      name: "imports resolve",
      comment: "Nothing is there; correct the path. The packages of the site come with its first run.",
      severity: "error",
      from: { pathNot: "^tools/site/[^/]+[.]mjs$" },
      to: { couldNotResolve: true },
    },
    ...arrowRules,
    ...innerRules,
    ...packageRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^packages/[^/]+/dist/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: [sourceCondition, "import", "require", "node", "default", "types"],
    },
  },
};
