// Hints about words that name nothing where nothing is no fault: the list is shorter, and standard error says why.
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { ProcessContext } from "../command.ts";
import { visibleText } from "../output/visible-text.ts";
import { isWanted, meantName, type Named } from "./select-named.ts";

/** Says for each word that names none of the things which one was probably meant. It is silent where nothing is near. */
export function hintAtNames(
  { stderr }: Pick<ProcessContext, "stderr">,
  kind: string,
  words: readonly string[],
  known: readonly Named[],
): void {
  for (const word of words.filter((each) => !known.some((thing) => isWanted([each], thing)))) {
    const meant = meantName(word, known);
    if (meant !== undefined) hint({ stderr }, `no ${kind} is called ${word}`, meant);
  }
}

/** Says which namespace was probably meant, where there is none of this name. It is silent for a user who may not list them. */
export async function hintAtNamespace(
  context: Pick<ProcessContext, "stderr">,
  client: ApiClient,
  namespace: string | undefined,
  call: CallOptions,
): Promise<void> {
  if (namespace === undefined) return;
  try {
    const { items } = await new ResourceApi(client, resources.namespaces).listCached({}, call);
    const known = items.map(({ metadata: { name } }) => ({ name }));
    if (known.some(({ name }) => name === namespace)) return;
    const meant = meantName(namespace, known);
    if (meant !== undefined) hint(context, `there is no namespace ${namespace}`, meant);
  } catch {
    // The list is whole without the hint.
  }
}

function hint({ stderr }: Pick<ProcessContext, "stderr">, fault: string, meant: string): void {
  stderr.write(`ovn4nfv: ${visibleText(`${fault}; did you mean ${meant}?`)}\n`);
}
