import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Flags, printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import type { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { reservePort } from "#tools/process/port.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { askRaw, type RawAnswer, type RawRequest } from "./view-page.ts";
import { productFile } from "#tools/build/product-file.ts";

/** `ovn4nfv view` of a cluster as a process, with the rights of the component, for browsers that ask for localhost. */
export class SharedView {
  readonly port: number;
  readonly process: ManagedProcess;

  private constructor(port: number, process: ManagedProcess) {
    this.port = port;
    this.process = process;
  }

  static async start(plane: ControlPlane, flags: Flags = {}): Promise<SharedView> {
    await plane.administrator.apply(readManifests("deploy/components/view/rbac.yaml"));
    const kubeconfig = await plane.createServiceAccountUser(systemNamespace, "ovn4nfv-view");
    const port = await reservePort();
    const own = {
      kubeconfig,
      "page-hosts": `localhost:${port}`,
      "page-listen": `${port}`,
      "operations-listen": "127.0.0.1:0",
      timeout: "60s",
      "log-level": "debug",
    };
    const process = await ManagedProcess.start({
      name: "view",
      command: globalThis.process.execPath,
      args: [productFile, "view", ...printFlags({ ...own, ...flags })],
      logFile: join(plane.folder, "view.log"),
      ready: untilLine(/"view serving"/),
      stopTimeoutMs: 20_000,
    });
    return new SharedView(port, process);
  }

  get origin(): string {
    return `https://localhost:${this.port}`;
  }

  get log(): string {
    return readFileSync(this.process.spec.logFile, "utf8");
  }

  raw(path: string, { headers, ...more }: RawRequest = {}): Promise<RawAnswer> {
    return askRaw(this.port, path, {
      ...more,
      isSecure: true,
      headers: { host: `localhost:${this.port}`, ...headers },
    });
  }

  /** Sends the form of the login page as a browser does. */
  sendToken(token: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
    const form = { "content-type": "application/x-www-form-urlencoded", origin: this.origin };
    const body = new URLSearchParams({ token }).toString();
    return this.raw("/login", { method: "POST", body, headers: { ...form, ...headers } });
  }

  /** Logs in; resolves with the cookie of the session. */
  async login(token: string): Promise<string> {
    const { status, headers, text } = await this.sendToken(token);
    assert.deepEqual([status, headers["location"]], [303, "/"], text);
    const [cookie = ""] = headers["set-cookie"] ?? [];
    assert.match(cookie, /^__Host-ovn4nfv-view=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    return cookie.split(";")[0] ?? "";
  }

  /** Asks for an answer in JSON, whatever its status. */
  async ask<T>(path: string, cookie: string): Promise<T> {
    return JSON.parse((await this.raw(path, { headers: { cookie } })).text) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop();
  }
}
