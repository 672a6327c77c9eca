import type { IncomingMessage, ServerResponse } from "node:http";
import type { Express } from "express";
import type { Activity } from "../contract/activity.ts";
import type { NetworkSpace } from "../contract/network-space.ts";
import type { PodStory } from "../contract/pod-story.ts";
import type { TraceAnswer } from "../contract/trace-answer.ts";

/** The texts of a query by name. A name that is given twice has none. */
export type QueryTexts = Readonly<Record<string, string | undefined>>;

/** The answers besides the live events. They throw AppErrors, or a PageFaultError. `signal` aborts when nobody waits any more. */
export interface ViewAnswers {
  network(name: string, query: QueryTexts, signal: AbortSignal): Promise<NetworkSpace>;
  pod(namespace: string, name: string, signal: AbortSignal): Promise<PodStory>;
  trace(query: QueryTexts, signal: AbortSignal): Promise<TraceAnswer>;
  activity(signal: AbortSignal): Promise<Activity>;
}

/** The events and answers of one viewer. */
export interface PageViewer {
  readonly live: {
    readonly isFull: boolean;
    /** `signal` aborts when the response is closed. */
    open(response: ServerResponse, signal: AbortSignal): void | Promise<void>;
  };
  readonly answers: ViewAnswers;
}

/** Says who may see the page, and what. */
export interface PageGate {
  readonly scheme: "http" | "https";
  /** The paths that take a POST, which a form of the page sends. */
  readonly posts: ReadonlySet<string>;
  /** Where a browser goes that is unknown; undefined where only a link leads in. */
  readonly loginPath?: string;
  /** Adds the paths by which a browser becomes known. */
  addEntrance(app: Express): void;
  /** Gives the viewer who asks. Throws a PageFaultError `NoSession` for somebody unknown. */
  viewerOf(request: IncomingMessage, signal: AbortSignal): Promise<PageViewer>;
}
