// Reads the configuration by one table of flags. A flag goes before the environment, then the file, then the default.
import { closestWord } from "./closest-word.ts";
import { type ValueBounds, type ParsedValue, parseEnum, type SocketAddress, valueParsers } from "./config-values.ts";
import { AppError } from "./errors.ts";

interface FlagBase {
  /** The name as it is typed, without the dashes: `tls-cert-file`. */
  readonly flag: string;
  /** One letter, for flags that people type. */
  readonly short?: string;
  readonly help: string;
  /** The help of single subcommands in place of `help`, where the flag means something else for each. */
  readonly helpOf?: Readonly<Record<string, string>>;
  /** The help of `--no-...`, for a flag that is true by itself. */
  readonly helpWhenOff?: string;
  /** Heading in `--help` and in the reference. */
  readonly group: string;
  /** The subcommands that have the flag. */
  readonly commands: readonly string[];
  /**
   * True for a flag that is read from the command line alone, because Kubernetes gives its environment variable to pods beside a
   * Service of that name.
   */
  readonly typedOnly?: true;
  /** The word that stands for the value in `--help`. */
  readonly placeholder?: string;
  /** The text of the default value. It is parsed as if it had been typed. Without it the value may be undefined. */
  readonly default?: string;
}

/** One row of the table of flags. Its key is the name of the property in the program, which includes the unit. */
export type FlagDefinition = FlagBase &
  (
    | { readonly type: "string" | "bool" | "list" | "address" }
    | ({ readonly type: "int" | "duration" | "size" } & ValueBounds)
    | { readonly type: "enum"; readonly values: readonly string[] }
  );

export type FlagTable = Readonly<Record<string, FlagDefinition>>;

interface ValueTypes {
  string: string;
  bool: boolean;
  int: number;
  /** Milliseconds. */
  duration: number;
  /** Bytes. */
  size: number;
  list: readonly string[];
  address: SocketAddress;
}

type ValueOf<F extends FlagDefinition> = F extends { readonly values: readonly (infer V)[] }
  ? V
  : F["type"] extends keyof ValueTypes
    ? ValueTypes[F["type"]]
    : never;

/** The configuration of subcommand `C`. Flags without a default may be undefined. */
export type ConfigFor<T extends FlagTable, C extends string> = {
  readonly [K in keyof T as C extends T[K]["commands"][number] ? K : never]:
    | ValueOf<T[K]>
    | (T[K] extends { readonly default: string } ? never : undefined);
};

/** The places that values come from. The caller has read them already. */
export interface ConfigSources {
  /** Values by flag name. A repeated flag has a list. */
  readonly flags: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly name: string; readonly entries: Readonly<Record<string, unknown>> } | undefined;
}

interface Found {
  readonly source: string;
  readonly text: string;
}

export const envPrefix = "OVN4NFV_";

/** The environment variable of a flag: `tls-cert-file` is `OVN4NFV_TLS_CERT_FILE`. */
export function envName(flag: string): string {
  return envPrefix + flag.replaceAll("-", "_").toUpperCase();
}

/**
 * The configuration of `command`. A file or environment may serve several subcommands, so that flags of other subcommands
 * are allowed there and ignored. Throws `ConfigInvalid`, which names the source and the value.
 */
export function resolveConfig<T extends FlagTable, C extends string>(
  table: T,
  command: C,
  sources: ConfigSources,
): ConfigFor<T, C> {
  refuseUnknownNames(table, sources);
  const config: Record<string, unknown> = {};
  for (const [key, definition] of Object.entries(table)) {
    if (!definition.commands.includes(command)) continue;
    const found = find(definition, sources);
    config[key] = found === undefined ? undefined : parse(definition, found);
  }
  return config as ConfigFor<T, C>;
}

function find(definition: FlagDefinition, { flags, env, file }: ConfigSources): Found | undefined {
  const { flag, default: fallback, typedOnly = false } = definition;
  const typed = Object.hasOwn(flags, flag) ? flags[flag] : undefined;
  if (typed !== undefined) return { source: `--${flag}`, text: typeof typed === "string" ? typed : typed.join(",") };
  const inherited = typedOnly ? undefined : env[envName(flag)];
  if (inherited !== undefined) return { source: `environment ${envName(flag)}`, text: inherited };
  if (!typedOnly && file !== undefined && Object.hasOwn(file.entries, flag)) {
    const source = `${file.name}: ${flag}`;
    return { source, text: fileText(source, file.entries[flag]) };
  }
  return fallback === undefined ? undefined : { source: `default of --${flag}`, text: fallback };
}

function fileText(source: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string" || typeof item === "number")) {
    return value.join(",");
  }
  throw invalid(source, JSON.stringify(value), "a text, a number, true, false, or a list of texts");
}

function parse(definition: FlagDefinition, { source, text }: Found): unknown {
  const parsed: ParsedValue<unknown> =
    definition.type === "enum" ? parseEnum(text, definition.values) : valueParsers[definition.type](text);
  if (!parsed.ok) {
    const meant = definition.type === "enum" ? closestWord(text, definition.values) : undefined;
    throw invalid(source, JSON.stringify(text), parsed.expected, meant);
  }
  if ("min" in definition && Number(parsed.value) < definition.min) {
    throw invalid(source, JSON.stringify(text), `at least ${printNumber(definition.type, definition.min)}`);
  }
  if ("max" in definition && Number(parsed.value) > definition.max) {
    throw invalid(source, JSON.stringify(text), `at most ${printNumber(definition.type, definition.max)}`);
  }
  return parsed.value;
}

function printNumber(type: FlagDefinition["type"], value: number): string {
  if (type !== "duration") return String(value);
  return value % 1_000 === 0 ? `${String(value / 1_000)}s` : `${String(value)}ms`;
}

/**
 * Refuses a name in the file that no flag has. In the environment it refuses only names that are nearly those of a flag,
 * because Kubernetes puts `OVN4NFV_..._SERVICE_HOST` there when a Service is called ovn4nfv-something.
 */
function refuseUnknownNames(table: FlagTable, { env, file }: ConfigSources): void {
  const flags = Object.values(table).flatMap(({ flag, typedOnly }) => (typedOnly === true ? [] : [flag]));
  if (file !== undefined) {
    for (const name of Object.keys(file.entries)) {
      if (flags.includes(name)) continue;
      throw unknown(`${file.name}: ${name}`, closestWord(name, flags));
    }
  }
  const envNames = flags.map(envName);
  for (const name of Object.keys(env)) {
    if (!name.startsWith(envPrefix) || envNames.includes(name)) continue;
    const meant = closestWord(name, envNames);
    if (meant !== undefined) throw unknown(`environment ${name}`, meant);
  }
}

function invalid(source: string, value: string, expected: string, meant?: string): AppError {
  const hint = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
  return new AppError("ConfigInvalid", `${source}: ${value} is not ${expected}${hint}`, {
    details: { source, value, expected },
  });
}

function unknown(source: string, meant: string | undefined): AppError {
  const hint = meant === undefined ? "; `--help` lists the names" : `; did you mean ${JSON.stringify(meant)}?`;
  return new AppError("ConfigInvalid", `${source}: no flag has this name${hint}`, { details: { source } });
}
