import { readFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { AppError } from "#src/core/errors.ts";
import { withTokenFiles } from "./token-file.ts";

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
