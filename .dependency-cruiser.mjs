// Who may import whom (test/tools/arrow-table.ts), and which packages are let in where. Run by `npm run check`.

import { arrows } from "./test/tools/arrow-table.ts";

const product = "^(src|webhooks|cni|certs)/";

const arrowRules = Object.entries(arrows).map(([folder, targets]) => ({
  name: `arrows of ${folder.replace("\\", "")}`,
  comment: `${folder.replace("\\", "")} may import ${targets.length === 0 ? "nothing of ours" : targets.join(", ")}. Hand the thing in from src/commands instead, or move it down.`,
  severity: "error",
  from: { path: `^${folder}(/|$)` },
  to: {
    path: "^(src|webhooks|cni|certs|deploy|test)/",
    pathNot: [folder, ...targets].map((target) => `^${target}(/|\\.|-|$)`),
  },
}));

const packageHomes = {
  express: "webhooks/",
  "node-forge": "certs/",
  jose: "src/ipam/",
  "@kubernetes/client-node": "src/(kube|commands)/",
  "prom-client": "src/core/",
  pino: "src/core/",
  commander: "src/(commands|main\\.ts)",
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
      name: "product never imports test",
      comment: "Move what both need into the product, or hand it in.",
      severity: "error",
      from: { path: "^(src|webhooks|cni|certs|deploy)/" },
      to: { path: "^test/" },
    },
    {
      name: "baselines are independent",
      comment: "A baseline that imports the product measures the product.",
      severity: "error",
      from: { path: "^test/bench/baseline/" },
      to: { path: "^(src|webhooks|cni|certs|test)/", pathNot: "^test/bench/baseline/" },
    },
    {
      name: "product runs programs in cni only",
      comment:
        "The product talks OVSDB and HTTP; only the plumbing of pod interfaces runs a program (ovn4nfv-netlink).",
      severity: "error",
      from: { path: product, pathNot: "^cni/" },
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
      name: "imports resolve",
      comment: "Nothing is there; mend the path.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    ...arrowRules,
    ...packageRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
