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
export async function untilEvent(stack: AdmissionStack, sought: EventSought): Promise<void> {
  await until(async () => {
    const messages = await eventsSoFar(stack, sought);
    return messages !== "" && messages.includes(sought.says ?? "");
  });
}

/** The Events about a pod with a reason, each in a line; empty when there are none. */
export async function eventsSoFar(
  { plane }: AdmissionStack,
  { pod, namespace = "default", reason }: Omit<EventSought, "says">,
): Promise<string> {
  const about = `--field-selector=involvedObject.name=${pod},reason=${reason}`;
  return (await plane.kubectl.must(["get", "events", "-n", namespace, about, "-o", output])).trim();
}
