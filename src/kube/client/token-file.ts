import { dirname, resolve } from "node:path";
import type { User } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";

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
