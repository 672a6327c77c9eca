import { PageFaultError } from "#src/view/server/page-faults.ts";
import type { QueryTexts } from "#src/view/server/page-viewer.ts";
import { flagTable } from "../flags/flags.ts";
import type { TraceQuestion } from "../trace/trace-between.ts";

const { proto: protoFlag, port: portFlag } = flagTable;

/** Reads what the page asks a trace for. Throws a PageFaultError `BadQuery`, which names what is wrong. */
export function traceQuestion(query: QueryTexts, namespace = "default"): TraceQuestion {
  const {
    from: source = "",
    to: target = "",
    proto: protoText = protoFlag.default,
    port: portText = portFlag.default,
  } = query;
  const proto = protoFlag.values.find((one) => one === protoText);
  const port = Number(portText);
  if (source === "" || target === "") throw new PageFaultError("BadQuery", "a trace needs from and to");
  if (proto === undefined) throw new PageFaultError("BadQuery", `proto is one of ${protoFlag.values.join(", ")}`);
  if (!/^\d{1,5}$/.test(portText) || port < portFlag.min || port > portFlag.max) {
    throw new PageFaultError("BadQuery", `port is a number from ${portFlag.min} to ${portFlag.max}`);
  }
  return { source, target, namespace, kind: { proto, port } };
}
