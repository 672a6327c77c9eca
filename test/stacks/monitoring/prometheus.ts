// A real Prometheus that scrapes the processes of a test, and judges the rules of deploy/monitoring by what they say.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import type { Namespaces } from "#tools/process/namespaces.ts";
import { mustRun } from "#tools/process/command.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { root } from "#tools/source-files.ts";
import { until } from "#test/assertions/until.ts";
import { type RuleFile, shortenRules } from "./short-rules.ts";

/** Something that is scraped, `host:port`, under the name that its pod would have. */
export interface ScrapeTarget {
  readonly pod: string;
  readonly address: string;
}

export interface PrometheusOptions {
  readonly folder: string;
  readonly port: number;
  readonly targets: readonly ScrapeTarget[];
  /** Loads deploy/monitoring/alerts.yaml with shortened times. */
  readonly alerts?: boolean;
  readonly namespaces?: Namespaces;
}

const answerSchema = z.object({
  status: z.string(),
  error: z.string().optional(),
  data: z.unknown(),
});
const alertsSchema = z.object({
  alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.enum(["pending", "firing"]) })),
});
const resultSchema = z.object({ result: z.array(z.unknown()) });

/** All alerts of deploy/monitoring. */
export function deployedRules(): RuleFile {
  const text = readFileSync(join(root, "deploy/monitoring/alerts.yaml"), "utf8");
  return (parse(text) as { readonly spec: RuleFile }).spec;
}

export class Prometheus implements AsyncDisposable {
  readonly #options: PrometheusOptions;
  readonly #process: ManagedProcess;

  private constructor(options: PrometheusOptions) {
    this.#options = options;
    const { folder, port, namespaces } = options;
    this.#process = new ManagedProcess({
      name: "prometheus",
      command: "prometheus",
      args: [
        `--config.file=${join(folder, "prometheus.json")}`,
        `--storage.tsdb.path=${join(folder, "prometheus")}`,
        `--web.listen-address=127.0.0.1:${port.toString()}`,
        "--web.enable-lifecycle",
      ],
      logFile: join(folder, "prometheus.log"),
      ready: untilLine(/Server is ready to receive web requests/),
      stopTimeoutMs: 20_000,
      namespaces,
    });
  }

  /** When it resolves, each target has been scraped. Prometheus looks for targets every five seconds only. */
  static async start(options: PrometheusOptions): Promise<Prometheus> {
    const prometheus = new Prometheus(options);
    const { targets } = options;
    prometheus.#configure(targets);
    await prometheus.#process.start();
    try {
      await until(async () => (await prometheus.ask("up")) >= targets.length);
    } catch (error) {
      await prometheus[Symbol.asyncDispose]();
      throw error;
    }
    return prometheus;
  }

  /** Scrapes these from now on: a process that starts again has another port. */
  async scrape(targets: readonly ScrapeTarget[]): Promise<void> {
    this.#configure(targets);
    await this.#get("/-/reload", ["--request", "POST"]);
  }

  /** The number of series that a query has now. Throws where Prometheus does not take it. */
  async ask(expr: string): Promise<number> {
    const query = encodeURIComponent(expr.replaceAll("$__rate_interval", "30s"));
    const data = await this.#api(`query?query=${query}`, expr);
    return resultSchema.parse(data).result.length;
  }

  /** The names of the alerts that fire. */
  async firing(): Promise<ReadonlySet<string>> {
    const { alerts } = alertsSchema.parse(await this.#api("alerts", "alerts"));
    return new Set(alerts.flatMap(({ labels, state }) => (state === "firing" ? [labels["alertname"] ?? ""] : [])));
  }

  async untilFiring(alert: string, timeoutMs?: number): Promise<void> {
    await until(async () => (await this.firing()).has(alert), timeoutMs);
  }

  async untilQuiet(alert: string, timeoutMs?: number): Promise<void> {
    await until(async () => !(await this.firing()).has(alert), timeoutMs);
  }

  /** Waits until no alert fires. While the processes start, some have reason to. */
  async untilAllQuiet(): Promise<void> {
    let firing: ReadonlySet<string> = new Set();
    await until(async () => {
      firing = await this.firing();
      return firing.size === 0;
    }).catch((cause: unknown) => {
      throw new Error(`there still fire ${[...firing].join(", ")}`, { cause });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }

  async #api(path: string, what: string): Promise<unknown> {
    const { status, error = "", data } = answerSchema.parse(JSON.parse(await this.#get(`/api/v1/${path}`)));
    if (status !== "success") throw new Error(`${what}: ${error}`);
    return data;
  }

  /** It may be in another network namespace. */
  #get(path: string, words: readonly string[] = []): Promise<string> {
    const { port, namespaces } = this.#options;
    const url = `http://127.0.0.1:${port.toString()}${path}`;
    const curl = ["curl", "--silent", "--show-error", ...words, url];
    if (namespaces === undefined) return mustRun("curl", curl.slice(1));
    return mustRun("nsenter", [`--net=${namespaces.net}`, "--", ...curl]);
  }

  #configure(targets: readonly ScrapeTarget[]): void {
    const { folder, alerts = false } = this.#options;
    const rules = join(folder, "rules.json");
    if (alerts) writeFileSync(rules, JSON.stringify(shortenRules(deployedRules())));
    const job = {
      job_name: "ovn4nfv",
      static_configs: targets.map(({ pod, address }) => ({
        targets: [address],
        labels: { pod, namespace: "ovn4nfv-system" },
      })),
    };
    const config = {
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      scrape_configs: [job],
      ...(alerts ? { rule_files: [rules] } : {}),
    };
    writeFileSync(join(folder, "prometheus.json"), JSON.stringify(config));
  }
}
