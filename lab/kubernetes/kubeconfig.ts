import type { KeyPair } from "./pki.ts";

/** The proof of a user's identity: a client certificate, or the token of a ServiceAccount. */
type Credentials = KeyPair | { readonly token: string };

/** A kubeconfig with everything inside, for one user of one cluster. JSON is YAML. */
export function printKubeconfig(server: string, authority: string, user: Credentials): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString("base64");
  const shown =
    "token" in user
      ? { token: user.token }
      : { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) };
  return print({ server, "certificate-authority-data": base64(authority) }, shown);
}

/** A kubeconfig for a server without TLS that does not ask for an identity. */
export function printPlainKubeconfig(server: string): string {
  return print({ server, "insecure-skip-tls-verify": true }, {});
}

function print(cluster: object, user: object): string {
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "lab", cluster }],
      users: [{ name: "user", user }],
      contexts: [{ name: "lab", context: { cluster: "lab", user: "user" } }],
      "current-context": "lab",
    },
    undefined,
    2,
  );
}
