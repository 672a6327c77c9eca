import type { AdmissionStack } from "./admission-stack.ts";
import { until } from "#test/assertions/until.ts";

export interface EventSought {
  readonly pod: string;
  readonly namespace?: string;
  readonly reason: string;
  /** A part of its newest message. */
  readonly says?: string;
}

const output = 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}';

/** Waits for an Event about a pod. */
export async function untilEvent({ plane }: AdmissionStack, sought: EventSought): Promise<void> {
  const { pod, namespace = "default", reason, says = "" } = sought;
  const about = `--field-selector=involvedObject.name=${pod},reason=${reason}`;
  await until(async () => {
    const messages = await plane.kubectl.must(["get", "events", "-n", namespace, about, "-o", output]);
    return messages.trim() !== "" && messages.includes(says);
  });
}
