import type { KeyPair } from "./pki.ts";

/** How a user shows who they are: by a client certificate, or by the token of a ServiceAccount. */
type Credentials = KeyPair | { readonly token: string };

/** A kubeconfig with everything inside, for one user of one cluster. JSON is YAML. */
export function printKubeconfig(server: string, authority: string, user: Credentials): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString("base64");
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "lab", cluster: { server, "certificate-authority-data": base64(authority) } }],
      users: [
        {
          name: "user",
          user:
            "token" in user
              ? { token: user.token }
              : { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) },
        },
      ],
      contexts: [{ name: "lab", context: { cluster: "lab", user: "user" } }],
      "current-context": "lab",
    },
    undefined,
    2,
  );
}
