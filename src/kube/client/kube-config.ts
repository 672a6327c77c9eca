// Reads where the API server is and who we are. Only this comes from client-node: its informer, watch and connections do
// not recover from all faults of network and API server, so the rest of the client is ours.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { KubeConfig, type User } from "@kubernetes/client-node";
import { parse } from "yaml";
import * as z from "zod";
import { AppError } from "#src/core/errors.ts";

/** The choice of a kubeconfig and of one of its contexts. */
export interface KubeConfigChoice {
  /** Without a path it is $KUBECONFIG, else ~/.kube/config, else the pod's service account. */
  readonly path?: string | undefined;
  readonly context?: string | undefined;
}

/** Loads a kubeconfig. Throws `ConfigInvalid`, which names the file and the fault. */
export function loadKubeConfig(choice: KubeConfigChoice = {}): KubeConfig {
  const config = new KubeConfig();
  try {
    if (choice.path === undefined) config.loadFromDefault();
    else loadFile(config, choice.path);
  } catch (cause) {
    const name = choice.path ?? "the default kubeconfig";
    throw new AppError("ConfigInvalid", `${name} cannot be read: ${cause instanceof Error ? cause.message : ""}`, {
      details: { path: choice.path },
      cause,
    });
  }
  if (choice.path === undefined && isNothingFound(config)) {
    throw new AppError(
      "ConfigInvalid",
      "no kubeconfig was found: KUBECONFIG is not set, there is no ~/.kube/config, and this is no pod; name one with --kubeconfig",
    );
  }
  if (choice.context !== undefined) {
    if (config.getContextObject(choice.context) === null) {
      const names = config.getContexts().map((context) => context.name);
      throw new AppError(
        "ConfigInvalid",
        `the kubeconfig has no context "${choice.context}"; it has ${names.join(", ")}`,
        {
          details: { context: choice.context },
        },
      );
    }
    config.setCurrentContext(choice.context);
  }
  return config;
}

/** client-node makes up a cluster when it has found none. A kubeconfig would have a context of its own. */
function isNothingFound(config: KubeConfig): boolean {
  return (
    config.getCurrentContext() === "loaded-context" && config.getCurrentCluster()?.server === "http://localhost:8080"
  );
}

function loadFile(config: KubeConfig, path: string): void {
  config.loadFromFile(path);
  config.users = withTokenFiles(config.users, path, readFileSync(path, "utf8"));
}

const kubeconfig = z.looseObject({
  users: z
    .array(
      z.looseObject({ name: z.string(), user: z.looseObject({ tokenFile: z.string().exactOptional() }).nullish() }),
    )
    .nullish(),
});

/**
 * The users of a kubeconfig with their `tokenFile`. client-node does not know this field and would go on without a token.
 * So the file is given to the provider that client-node uses in a pod, which reads it again every minute. The path is
 * relative to the kubeconfig.
 */
export function withTokenFiles(users: readonly User[], path: string, text: string): User[] {
  const files = new Map(
    (kubeconfig.parse(parse(text)).users ?? []).map(({ name, user }) => [name, user?.tokenFile] as const),
  );
  return users.map((user) => {
    const file = files.get(user.name);
    if (file === undefined) return user;
    // As in client-go, the file goes before a token in the kubeconfig.
    const others = Object.fromEntries(Object.entries(user).filter(([field]) => field !== "token"));
    const tokenFile = resolve(dirname(path), file);
    return { ...others, name: user.name, authProvider: { name: "tokenFile", config: { tokenFile } } };
  });
}
