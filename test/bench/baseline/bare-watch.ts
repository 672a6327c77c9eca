// The simplest possible copy of the ports of NB: it parses what the server sends and keeps who has which addresses. It imports
// nothing of ours.
import { connect } from "node:net";

/** The columns that say whose a port is, and what it holds. */
const tables = {
  Logical_Switch: [{ columns: ["name", "ports", "other_config", "external_ids"] }],
  Logical_Switch_Port: [
    { columns: ["name", "type", "addresses", "dynamic_addresses", "port_security", "options", "external_ids"] },
  ],
};
const zero = "00000000-0000-0000-0000-000000000000";

interface Message {
  readonly method?: string;
  readonly id?: unknown;
  readonly params?: readonly unknown[];
  readonly error?: unknown;
}

type Updates = Readonly<
  Record<string, Readonly<Record<string, { readonly insert?: { readonly addresses?: string } }>>>
>;

/** Watches one NB for as long as the process lives. */
export class BareWatch {
  /** The rows that have an address: the same one may be on several switches. */
  readonly holders = new Map<string, Set<string>>();
  /** The number of messages with changes. */
  updates = 0;
  readonly #addresses = new Map<string, string>();
  #rest = "";

  constructor(path: string) {
    const socket = connect(path);
    const request = { method: "monitor_cond_since", params: ["OVN_Northbound", "bare", tables, zero], id: 1 };
    socket.write(JSON.stringify(request));
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      for (const { method, id, params = [], error = null } of this.#messages(chunk)) {
        if (error !== null) throw new Error(`the server shows nothing: ${JSON.stringify(error)}`);
        if (method === "echo") socket.write(JSON.stringify({ id, result: params, error: null }));
        if (method !== "update3") continue;
        this.updates += 1;
        this.#apply(params[2] as Updates);
      }
    });
  }

  /** The messages that are complete. No text in the NB of a bench has two braces side by side. */
  #messages(chunk: string): readonly Message[] {
    this.#rest += chunk;
    if (!chunk.endsWith("}")) return [];
    const texts = this.#rest.split(/(?<=\})(?=\{)/);
    this.#rest = "";
    return texts.flatMap((text): readonly Message[] => {
      try {
        return [JSON.parse(text) as Message];
      } catch {
        this.#rest += text;
        return [];
      }
    });
  }

  #apply({ Logical_Switch_Port: ports = {} }: Updates): void {
    for (const [uuid, { insert }] of Object.entries(ports)) {
      const addresses = insert?.addresses ?? this.#addresses.get(uuid);
      if (addresses === undefined) continue;
      if (insert === undefined) this.#addresses.delete(uuid);
      else this.#addresses.set(uuid, addresses);
      for (const address of addresses.split(" ")) {
        const rows = this.holders.get(address) ?? new Set();
        if (insert === undefined) rows.delete(uuid);
        else rows.add(uuid);
        if (rows.size === 0) this.holders.delete(address);
        else this.holders.set(address, rows);
      }
    }
  }
}
