import * as z from "zod";
import { closestWord } from "#src/core/closest-word.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
import { type AppError, refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { keyOf } from "./field-place.ts";
import { isList } from "./json-text.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";

/** The words of messages about a field that is missing or of the wrong kind. */
export interface FieldHelp {
  /** Completes `is not ...`. */
  readonly kind: string;
  /** An imperative clause with an example. */
  readonly remedy: string;
  /** One sentence for the reference page. */
  readonly meaning: string;
}

/** The help of each field's schema. A schema says what is accepted; its help says what to write instead. */
export const fieldHelp = z.registry<FieldHelp>();

/** One check instead of a union, because a union makes a result and a list of issues for each of its kinds. */
const scalar = z.custom<string | number | boolean>((value) => ["string", "number", "boolean"].includes(typeof value));

/** A string; a number or boolean stands for the string that prints it. */
export const text = () => scalar.transform(String);

/** One text or a list of them. */
export const texts = () => z.union([text(), z.array(text())]);

/** Any value; a schema of its own reads it later. */
export const json = () => z.custom<JsonValue>((value) => value !== undefined);

interface ObjectFields<T> {
  readonly fields: T;
  /** The place of a field, spelled as the user spelled its key. */
  readonly fieldOf: (key: string) => string;
}

interface FoundFields<T> extends ObjectFields<Partial<T>> {
  /** The faults of the others. */
  readonly refusals: Refusals;
}

/** Reads one object of an annotation as `foundFields` does. Throws all its faults at once. */
export function objectFields<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  value: JsonValue,
  field: string,
  warnings: string[],
): ObjectFields<z.output<z.ZodObject<S>>> {
  const { fields, fieldOf, refusals } = foundFields(schema, value, field, warnings);
  refusals.throwAll();
  // Without a fault all fields were read.
  return { fields: fields as z.output<z.ZodObject<S>>, fieldOf };
}

/**
 * Reads the fields of one object of an annotation that are right, and collects the faults of the others: `Malformed` for a
 * key given twice, a key within two edits of a known one, a field that is missing, and a value of the wrong kind. Keys match
 * in any case, as in Nodus; null and "" count as absent. Any other unknown key adds to `warnings`, with a hint when
 * `formerNames` (lower case) knows it. Throws `Malformed` for what is no object.
 */
export function foundFields<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  value: JsonValue,
  field: string,
  warnings: string[],
  formerNames: ReadonlyMap<string, string> = new Map(),
): FoundFields<z.output<z.ZodObject<S>>> {
  const refusals = new Refusals();
  const keys = keysOf(schema);
  const object = asObject(value, field, keys.known);
  const { spellings, meant } = spellingsOf(object, keys, { field, warnings, formerNames, refusals });
  const fieldOf = (key: string): string => keyOf(field, spellings.get(key)?.spelling ?? key);
  const present = [...spellings].filter(([, { value }]) => value !== null && value !== "");
  const given = Object.fromEntries(present.map(([key, { value }]) => [key, value]));
  const whole = schema.safeParse(given);
  if (whole.success) return { fields: whole.data, fieldOf, refusals };
  const wrong = new Set(whole.error.issues.map(({ path }) => String(path[0])));
  for (const key of wrong) {
    // A key that is mistyped is there, and the fault of its spelling says what to write.
    if (!meant.has(key)) refusals.try(() => refuseField(key, spellings.get(key)?.value ?? undefined));
  }
  const rightSchema = schema.omit(Object.fromEntries([...wrong].map((key) => [key, true])) as never);
  const fields = rightSchema.safeParse(given).data as Partial<z.output<z.ZodObject<S>>>;
  return { fields, fieldOf, refusals };

  function refuseField(key: string, written: JsonValue | undefined): never {
    const help = fieldHelp.get(schema.shape[key] as z.ZodType);
    throw refusal("Malformed", {
      field: fieldOf(key),
      value: written,
      reason: written === undefined || written === "" ? "is missing" : `is not ${help?.kind ?? "of the right kind"}`,
      remedy: help?.remedy ?? "look the field up in docs/reference/annotations.md",
    });
  }
}

interface KnownKeys {
  readonly known: readonly string[];
  readonly byLowerCase: ReadonlyMap<string, string>;
}

const keysBySchema = new WeakMap<z.ZodObject, KnownKeys>();

function keysOf(schema: z.ZodObject): KnownKeys {
  const found = keysBySchema.get(schema);
  if (found !== undefined) return found;
  const known = Object.keys(schema.shape);
  const keys = { known, byLowerCase: new Map(known.map((key) => [key.toLowerCase(), key])) };
  keysBySchema.set(schema, keys);
  return keys;
}

const maxKeys = 64;

function asObject(value: JsonValue, field: string, known: readonly string[]): JsonObject {
  if (value !== null && typeof value === "object" && !isList(value)) {
    const keys = Object.keys(value).length;
    if (keys <= maxKeys) return value;
    throw refusal("Malformed", {
      field,
      value,
      reason: `has ${keys} keys`,
      remedy: `write at most ${maxKeys}; the known ones are ${known.join(", ")}`,
    });
  }
  throw refusal("Malformed", {
    field,
    value,
    reason: "is not an object",
    remedy: `write { } with the keys ${known.join(", ")}`,
  });
}

type Spelled = { readonly spelling: string; readonly value: JsonValue };

interface SpellingFaults {
  readonly field: string;
  readonly warnings: string[];
  readonly formerNames: ReadonlyMap<string, string>;
  readonly refusals: Refusals;
}

function spellingsOf(
  object: JsonObject,
  { known, byLowerCase }: KnownKeys,
  { field, warnings, formerNames, refusals }: SpellingFaults,
): { readonly spellings: ReadonlyMap<string, Spelled>; readonly meant: ReadonlySet<string> } {
  const spellings = new Map<string, Spelled>();
  /** The keys that were probably meant by mistyped ones. */
  const meantKeys = new Set<string>();
  for (const [spelling, value = null] of Object.entries(object)) {
    const key = byLowerCase.get(spelling.toLowerCase());
    if (key === undefined) {
      const former = formerNames.get(spelling.toLowerCase());
      const meant = former === undefined ? closestWord(spelling, known) : undefined;
      if (meant === undefined) warnings.push(unknownKeyWarning(field, spelling, former));
      else {
        meantKeys.add(meant);
        refusals.add(nearMiss(spelling, meant, field, value));
      }
      continue;
    }
    const earlier = spellings.get(key);
    if (earlier !== undefined) {
      refusals.add(
        refusal("Malformed", {
          field: keyOf(field, spelling),
          value,
          reason: `is the same key as ${JSON.stringify(earlier.spelling)}`,
          remedy: "keep one of the two",
        }),
      );
      continue;
    }
    spellings.set(key, { spelling, value });
  }
  return { spellings, meant: meantKeys };
}

const maxPrintedKey = 24;
const maxWarning = 120;

function printKey(key: string): string {
  return JSON.stringify(key.length <= maxPrintedKey ? key : `${key.slice(0, maxPrintedKey - 1)}…`);
}

function nearMiss(spelling: string, meant: string, field: string, value: JsonValue): AppError<RefusalCode> {
  return refusal("Malformed", {
    field: keyOf(field, /^\w+$/.test(spelling) ? spelling : JSON.stringify(spelling)),
    value,
    reason: "is not a known key",
    remedy: `did you mean ${JSON.stringify(meant)}?`,
  });
}

/** The API server cuts warnings at 120 characters. */
function unknownKeyWarning(field: string, spelling: string, hint: string | undefined): string {
  const question = hint === undefined ? "" : `; did you mean "${hint}"?`;
  return `${field}: key ${printKey(spelling)} is unknown and ignored${question}`.slice(0, maxWarning);
}
