import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { KubeConfig, type User } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";
import { AppError } from "#src/core/errors.ts";

/** Which kubeconfig, and which of its contexts. */
export interface KubeConfigChoice {
  /** Absent: $KUBECONFIG, ~/.kube/config, the pod's service account, in this order. */
  readonly path?: string | undefined;
  readonly context?: string | undefined;
}

/** Loads a kubeconfig; throws `ConfigInvalid` that names the file and the fault. */
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
  if (choice.context !== undefined) {
    if (config.getContextObject(choice.context) === null) {
      const names = config.getContexts().map((context) => context.name);
      throw new AppError(
        "ConfigInvalid",
        `no context "${choice.context}" in the kubeconfig; it has ${names.join(", ")}`,
        {
          details: { context: choice.context },
        },
      );
    }
    config.setCurrentContext(choice.context);
  }
  return config;
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
 * The users of a kubeconfig with their `tokenFile`, which client-node does not know: it would go on without a token.
 * Given as the provider that it uses in a pod, which reads the file again every minute. Relative to the kubeconfig.
 */
export function withTokenFiles(users: readonly User[], path: string, text: string): User[] {
  const files = new Map(
    (kubeconfig.parse(parse(text)).users ?? []).map(({ name, user }) => [name, user?.tokenFile] as const),
  );
  return users.map((user) => {
    const file = files.get(user.name);
    if (file === undefined) return user;
    // client-go: the file takes precedence over a token in the kubeconfig.
    const others = Object.fromEntries(Object.entries(user).filter(([field]) => field !== "token"));
    const tokenFile = resolve(dirname(path), file);
    return { ...others, name: user.name, authProvider: { name: "tokenFile", config: { tokenFile } } };
  });
}
