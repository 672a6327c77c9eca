// This is plain JavaScript, because tools/start.mjs runs on any Node that the host has. A package of the workspace has two
// entries: its sources, which its manifest names under this condition, and its build, which only its tarball holds.

/** The condition under which an import of `packages/ovsdb-client` leads to its sources. */
export const sourceCondition = "ovsdb-source";

/** The environment in which Node, and every Node that it starts, runs the sources of our packages. */
export function withSources(env = process.env) {
  const flag = `--conditions=${sourceCondition}`;
  const given = env.NODE_OPTIONS ?? "";
  return given.split(" ").includes(flag) ? env : { ...env, NODE_OPTIONS: `${given} ${flag}`.trim() };
}
