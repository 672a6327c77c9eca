import { OvsdbError } from "../errors/ovsdb-error.ts";

/** The address of an OVSDB server, in the notation of ovsdb(7). */
export type OvsdbEndpoint =
  | { readonly scheme: "unix"; readonly text: string; readonly path: string }
  | { readonly scheme: "tcp" | "ssl"; readonly text: string; readonly host: string; readonly port: number };

const byAddress = /^(?<scheme>tcp|ssl):(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/;

/** Reads `unix:/path`, `tcp:host:port`, `ssl:[2001:db8::1]:port`. Throws `ConfigInvalid`. */
export function parseEndpoint(text: string): OvsdbEndpoint {
  if (text.startsWith("unix:") && text.length > 5) return { scheme: "unix", text, path: text.slice(5) };
  const { scheme, v6, host = v6, port } = byAddress.exec(text)?.groups ?? {};
  const number = Number(port);
  if ((scheme !== "tcp" && scheme !== "ssl") || host === undefined || !(number >= 1 && number <= 65_535)) {
    throw new OvsdbError(
      "ConfigInvalid",
      `"${text}" is not an OVSDB endpoint; write unix:/path, tcp:host:port or ssl:host:port, with [ ] around an IPv6 address`,
    );
  }
  return { scheme, text, host, port: number };
}
