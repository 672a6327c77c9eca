const answerMs = 10_000;

/** Reads one metric of a process that serves its metrics on this port of loopback: the value for each printed text of labels. */
export async function readMetric(port: number, name: string): Promise<ReadonlyMap<string, number>> {
  const signal = AbortSignal.timeout(answerMs);
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: "close" }, signal });
  const found = (await answer.text()).matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"));
  return new Map([...found].map(([, labels = "", value]) => [labels, Number(value)]));
}
