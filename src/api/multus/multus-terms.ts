import { isRefusal, refusal, type RefusalDetails } from "#src/core/errors.ts";
import { annotationKeys } from "../annotation-keys.ts";

/** Fields of the request, and how the same thing is said in a Multus selection. */
const terms: ReadonlyMap<string, string> = new Map([
  ["ipAddress", "ips"],
  ["macAddress", "mac"],
  ["gwipaddress", "default-route"],
  ["defaultGateway", "default-route"],
]);

const words = new RegExp(`\\b(?:an? )?(${[...terms.keys()].join("|")})\\b`, "g");

/** A refusal about a selection in the words of the annotation that the user wrote; any other error as it is. */
export function inMultusTerms(error: unknown): unknown {
  if (!isRefusal(error)) return error;
  const details = error.details as unknown as RefusalDetails;
  if (!details.field.startsWith(annotationKeys.multusNetworks.key)) return error;
  const translate = (text: string): string =>
    text.replace(words, (written, word: string) => terms.get(word) ?? written);
  const field = translate(details.field).replace(/\.name$/, ".name (nfn-network of its definition)");
  return refusal(error.code, { ...details, field, remedy: translate(details.remedy) }, error.cause);
}
