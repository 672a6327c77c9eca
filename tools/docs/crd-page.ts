// A page about one kind of object, made from its CustomResourceDefinition, which is made from the zod schema.
import { code, table } from "./markdown.ts";

/** A node of an OpenAPI schema as a structural schema has it. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly "x-kubernetes-validations"?: readonly { readonly message: string }[];
}

interface Column {
  readonly name: string;
  readonly jsonPath: string;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly [
      {
        readonly name: string;
        readonly additionalPrinterColumns?: readonly Column[];
        readonly schema: { readonly openAPIV3Schema: Node };
      },
    ];
  };
}

const rulesHeading = [
  "### Rules",
  "",
  "The API server refuses an object that breaks one of these, with these words.",
  "",
];

/** The body of the page. `example` is a manifest in YAML; a kind that nobody writes by hand has none. */
export function crdBody(definition: object, example?: string): string {
  const { group, names, scope, versions } = (definition as Crd).spec;
  const [{ name: version, schema, additionalPrinterColumns: columns = [] }] = versions;
  const { properties = {}, description = "" } = schema.openAPIV3Schema;
  const shorts = names.shortNames === undefined ? "" : `, or \`kubectl get ${names.shortNames[0] ?? ""}\``;
  const fields = (name: string) => {
    const node = properties[name];
    if (node === undefined) return [];
    return [`## ${name}`, "", table(["field", "type", "default", "meaning"], rowsOf(node, name)), ""];
  };
  const rules = rulesOf(schema.openAPIV3Schema);
  return [
    `\`apiVersion: ${group}/${version}\`, \`kind: ${names.kind}\`, ${scope.toLowerCase()}; \`kubectl get ${names.plural}\`${shorts}.`,
    "",
    description,
    "",
    ...(example === undefined ? [] : ["```yaml", example.trim(), "```", ""]),
    ...fields("spec"),
    ...(rules.length === 0 ? [] : [...rulesHeading, ...rules.map((rule) => `* ${rule}`), ""]),
    ...fields("status"),
    `## Columns of \`kubectl get ${names.plural}\``,
    "",
    table(
      ["column", "field"],
      columns.map(({ name, jsonPath }) => [name, code(jsonPath)]),
    ),
  ].join("\n");
}

/** A row for each field below a node, in the order of the schema; `[]` stands for each element of a list. */
function rowsOf(node: Node, path: string): readonly (readonly string[])[] {
  const { properties = {}, required = [], items } = node;
  if (items !== undefined) return rowsOf(items, `${path}[]`);
  return Object.entries(properties).flatMap(([name, field]) => {
    const own = `${path}.${name}`;
    const fallback = required.includes(name) && field.default === undefined ? "required" : printDefault(field.default);
    return [[code(own), typeOf(field), fallback, field.description ?? ""], ...rowsOf(field, own)];
  });
}

function printDefault(value: unknown): string {
  return value === undefined ? "" : code(typeof value === "string" ? value : JSON.stringify(value));
}

function typeOf({ type = "object", items, enum: values, minimum, maximum, maxItems }: Node): string {
  if (values !== undefined) return values.map((value) => code(String(value))).join(" ");
  if (items !== undefined) {
    return `list of ${items.type ?? "object"}${maxItems === undefined ? "" : `, at most ${maxItems}`}`;
  }
  return minimum === undefined || maximum === undefined ? type : `${type} ${minimum} to ${maximum}`;
}

/** The messages of all rules, each once. */
function rulesOf(node: Node): readonly string[] {
  const own = (node["x-kubernetes-validations"] ?? []).map(({ message }) => message);
  const below = [...Object.values(node.properties ?? {}), ...(node.items === undefined ? [] : [node.items])];
  return [...new Set([...own, ...below.flatMap(rulesOf)])];
}
