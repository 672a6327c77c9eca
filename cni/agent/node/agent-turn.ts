// One agent at a time serves a node. An update starts the next one beside it, which takes the node over when it could serve, and
// hands it back by its end when it fails.
import { once } from "node:events";
import type { ShimAnswer, ShimCall } from "../../contract/shim-protocol.ts";
import { askingGeneration, askToYield, printYieldAnswer, type YieldAnswer } from "./yield-call.ts";
import type { Clock } from "#src/core/clock.ts";
import { hasCode } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";

const pollMs = 100;
/** Whoever serves and stays is asked again after this time. It is shorter than the kubelet needs to find that nobody is ready. */
const askAgainMs = 2_000;
/** A node that nobody serves gets an agent that lacks something, or has given it away, rather than none, after this time. */
const lonelyMs = 5_000;
/** An agent that ends closes its socket first, and its port last. It needs less than this. */
const endLimitMs = 60_000;
/** An agent is not called started before it has served for so long, because Kubernetes then deletes the one before it. */
const trialMs = 3_000;

export interface AgentTurnOptions {
  /** The socket on which the agent of the node serves. */
  readonly socketPath: string;
  /** A number that grows with each version of the DaemonSet; undefined when nobody has told it. */
  readonly generation: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An agent that would serve. */
export interface Candidate {
  /** Takes what only one agent of the node can have, the port of its operations. Throws `ConfigInvalid`. */
  readonly listen: () => Promise<number>;
  /** Says what it lacks for serving. */
  readonly notReady: () => readonly string[];
}

/** Finds out when this agent is the one that serves its node, and when another one is. */
export class AgentTurn {
  readonly #options: AgentTurnOptions;
  #ahead: YieldAnswer = "nobody";
  #candidate: Candidate | undefined;
  #serves: { readonly sinceMs: number; readonly given: AbortController } | undefined;
  /** True from when this agent gave the node away until another one serves: that one has the next turn, also when it is slow. */
  #stepsBack = false;

  constructor(options: AgentTurnOptions) {
    this.#options = options;
  }

  /**
   * Resolves with what `listen` gives once this agent serves the node, and with undefined when the signal aborts before. An older agent
   * is asked for the node as soon as this one is ready. Throws the error of `listen`, when its port is in use although no agent serves.
   */
  async take(candidate: Candidate, signal: AbortSignal): Promise<number | undefined> {
    const { listen, notReady } = candidate;
    this.#candidate = candidate;
    const { clock, logger } = this.#options;
    let askAtMs = 0;
    let freeSinceMs: number | undefined;
    let told: string | undefined;
    const tell = (text: string): void => {
      if (text !== told) logger.info({ socket: this.#options.socketPath }, text);
      told = text;
    };
    while (!signal.aborted) {
      const now = clock.monotonicMs();
      const isReady = notReady().length === 0;
      const answer = await this.#ask(isReady && now >= askAtMs);
      if (answer === "nobody") {
        freeSinceMs ??= now;
        if ((isReady && !this.#stepsBack) || now - freeSinceMs >= lonelyMs) {
          try {
            const port = await listen();
            this.#stepsBack = false;
            this.#serves = { sinceMs: clock.monotonicMs(), given: new AbortController() };
            return port;
          } catch (error) {
            if (!isInUse(error) || clock.monotonicMs() - freeSinceMs >= endLimitMs) throw error;
            tell("nobody serves this node, but the port of operations is in use: waiting until it is free");
          }
        }
      } else {
        freeSinceMs = undefined;
        this.#stepsBack = false;
        tell("another agent serves this node: waiting until it has ended or gives the node up");
        if (answer !== "serves") askAtMs = now + askAgainMs;
      }
      await clock.sleep(pollMs, signal).catch(() => undefined);
    }
    return undefined;
  }

  /**
   * Answers another agent that asks for the node, which is ready: a newer one gets it, and an older one while this one lacks something.
   * Undefined when the call is one of a shim.
   */
  answer(call: ShimCall): ShimAnswer | undefined {
    const asking = askingGeneration(call);
    if (asking === undefined) return undefined;
    const { generation, logger } = this.#options;
    if (generation === undefined || Number.isNaN(asking)) return printYieldAnswer("cannot");
    const lacks = this.#candidate?.notReady() ?? [];
    if (asking <= generation && lacks.length === 0) return printYieldAnswer("stays");
    logger.info({ generation, asking, lacks }, "another agent takes this node over: standing by");
    this.#stepsBack = true;
    this.#serves?.given.abort();
    return printYieldAnswer("yields");
  }

  /** Resolves when the node is given to another agent, or the signal aborts. */
  async over(signal: AbortSignal): Promise<void> {
    if (this.#serves === undefined) return;
    const end = AbortSignal.any([signal, this.#serves.given.signal]);
    if (!end.aborted) await once(end, "abort");
    this.#serves = undefined;
  }

  /** Says why this agent is not to be called started, beside what it lacks for serving. */
  notStarted(): readonly string[] {
    const { clock } = this.#options;
    if (this.#serves === undefined) {
      // That one cannot give the node up. It is ended when this one is called started.
      return this.#ahead === "cannot" ? [] : ["this agent does not serve the node yet"];
    }
    return clock.monotonicMs() - this.#serves.sinceMs < trialMs ? ["this agent serves the node only for a moment"] : [];
  }

  async #ask(mayAsk: boolean): Promise<YieldAnswer> {
    const { socketPath, generation } = this.#options;
    const answer = await askToYield(socketPath, mayAsk ? (generation ?? Number.NaN) : undefined);
    if (answer !== "serves") this.#ahead = answer;
    return answer;
  }
}

function isInUse(error: unknown): boolean {
  return hasCode(error, "ConfigInvalid") && (error.cause as { readonly code?: unknown }).code === "EADDRINUSE";
}
