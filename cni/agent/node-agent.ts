// The agent of a node answers the CNI calls of the shim: calls has what they do, the other folders what it keeps in order between calls.
import { parseEnvironment } from "#cni/contract/environment.ts";
import { printError } from "#cni/contract/cni-error.ts";
import { isCniCommand, printVersions } from "#cni/contract/commands.ts";
import { type CniConfig, parseCniConfig } from "#cni/contract/network-config.ts";
import { printCniResult } from "#cni/contract/result.ts";
import type { ShimAnswer, ShimCall } from "../contract/shim-protocol.ts";
import type { CniCall } from "#cni/contract/environment.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { addSandbox, type AddParts } from "./calls/add.ts";
import { checkSandbox } from "./calls/check.ts";
import { delSandbox, type DelParts, collectGarbage } from "./calls/del.ts";
import type { SandboxTurns } from "./pods/sandbox-turns.ts";

export interface NodeAgentOptions extends AddParts, DelParts {
  /** Limit of one call. It is shorter than the shim's, so that a failed call is rolled back while the shim still waits. */
  readonly callLimitMs: number;
  readonly metrics: Metrics;
  readonly turns: SandboxTurns;
}

/** Answers CNI calls: it parses each call, runs it after the earlier calls of its sandbox, and prints the outcome. */
export class NodeAgent {
  readonly #options: NodeAgentOptions;

  constructor(options: NodeAgentOptions) {
    this.#options = options;
  }

  /** Never rejects: every error is answered as a CNI plugin prints it. */
  async serve({ environment, stdin }: ShimCall, signal: AbortSignal): Promise<ShimAnswer> {
    const { clock, logger, metrics, callLimitMs } = this.#options;
    const startedMs = clock.monotonicMs();
    const said = environment.get("CNI_COMMAND") ?? "";
    const command = isCniCommand(said) ? said : "unknown";
    const facts = { command, sandbox: environment.get("CNI_CONTAINERID"), attachment: environment.get("CNI_IFNAME") };
    let config: CniConfig | undefined;
    const finish = (result: string): number => {
      const seconds = (clock.monotonicMs() - startedMs) / 1_000;
      metrics.observe("ovn4nfv_cni_duration_seconds", { command, result }, seconds);
      return seconds;
    };
    try {
      const call = parseEnvironment(environment);
      config = parseCniConfig(stdin, call.command);
      const output = await this.#run(call, config, { signal, deadlineMs: startedMs + callLimitMs });
      logger.info({ ...facts, args: environment.get("CNI_ARGS"), seconds: finish("ok") }, "cni call served");
      return { status: 0, output };
    } catch (caught) {
      const error = fromUnknown(caught);
      const fields = { ...facts, args: environment.get("CNI_ARGS"), seconds: finish(error.code), err: error };
      if (error.disposition === "bug") logger.error(fields, "cni call met a defect");
      else logger.warn(fields, "cni call failed");
      return { status: 1, output: printError(error, config?.cniVersion) };
    }
  }

  async #run(
    call: CniCall,
    config: CniConfig,
    options: { readonly signal: AbortSignal; readonly deadlineMs: number },
  ): Promise<string> {
    const parts = this.#options;
    switch (call.command) {
      case "ADD":
        return parts.turns.run(call.containerId, async () =>
          printCniResult(await addSandbox(call, config, parts, options), config.cniVersion),
        );
      case "CHECK":
        await parts.turns.run(call.containerId, () => checkSandbox(call, config, parts, options));
        return "";
      case "DEL":
        await parts.turns.run(call.containerId, () => delSandbox(call, config, parts, options));
        return "";
      case "GC":
        await collectGarbage(config, parts, options);
        return "";
      case "STATUS":
        parts.bridge.assertReadyNow();
        return "";
      case "VERSION":
        return printVersions(config.cniVersion);
    }
  }
}
