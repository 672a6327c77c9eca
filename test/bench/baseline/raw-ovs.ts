// The smallest client of Open vSwitch's database that can wait until an interface is installed. It imports nothing of ours.
import { connect, type Socket } from "node:net";

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly result?: readonly Record<string, unknown>[];
}

type InterfaceRow = { readonly name: string; readonly external_ids: readonly ["map", readonly [string, string][]] };
type Updates = { readonly Interface?: Readonly<Record<string, { readonly new?: InterfaceRow }>> };

/** One connection with a monitor of Interface. */
export class RawOvs {
  readonly #socket: Socket;
  readonly #installed = new Set<string>();
  readonly #replies = new Map<number, (message: Message) => void>();
  readonly #onUpdate = new Set<() => void>();
  #text = "";
  #next = 1;

  private constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.setEncoding("utf8").on("data", (text: string) => {
      this.#read(text);
    });
  }

  static async open(path: string): Promise<RawOvs> {
    const raw = new RawOvs(path);
    await raw.#call("monitor", ["Open_vSwitch", null, { Interface: { columns: ["name", "external_ids"] } }]);
    return raw;
  }

  async transact(operations: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
    const { result = [] } = await this.#call("transact", ["Open_vSwitch", ...operations]);
    const failed = result.find((each) => "error" in each);
    if (failed !== undefined) throw new Error(JSON.stringify(failed));
    return result;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Waits until ovn-controller has installed all of them. */
  whenInstalled(names: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!names.every((name) => this.#installed.has(name))) return;
        this.#onUpdate.delete(look);
        resolve();
      };
      this.#onUpdate.add(look);
      look();
    });
  }

  #call(method: string, params: readonly unknown[]): Promise<Message> {
    const id = this.#next++;
    this.#socket.write(JSON.stringify({ method, params, id }));
    return new Promise((resolve) => this.#replies.set(id, resolve));
  }

  /**
   * Reads messages, which follow one another with nothing between them. A brace inside a string is rare, and then it
   * tries again.
   */
  #read(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf("}"); end >= 0; end = this.#text.indexOf("}", end + 1)) {
      const message = parse(this.#text.slice(0, end + 1));
      if (message === undefined) continue;
      this.#text = this.#text.slice(end + 1);
      end = -1;
      this.#take(message);
    }
  }

  #take(message: Message): void {
    if (message.method === "echo")
      this.#socket.write(JSON.stringify({ id: message.id, result: message.params, error: null }));
    else if (message.method === "update") this.#update(message.params?.[1] as Updates);
    else {
      this.#replies.get(message.id as number)?.(message);
      this.#replies.delete(message.id as number);
    }
  }

  #update({ Interface: rows = {} }: Updates): void {
    for (const { new: row } of Object.values(rows)) {
      if (row === undefined) continue;
      const isInstalled = row.external_ids[1].some(([key, value]) => key === "ovn-installed" && value === "true");
      if (isInstalled) this.#installed.add(row.name);
      else this.#installed.delete(row.name);
    }
    for (const look of [...this.#onUpdate]) look();
  }
}

function parse(text: string): Message | undefined {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return undefined;
  }
}
