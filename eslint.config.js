// Lint without types: typescript-eslint strict, plus what keeps the house style (docs/adr/0002). Oxlint has the rules that know
// types (.oxlintrc.json), and format is Biome's alone.
import tseslint from "typescript-eslint";

const product = ["src/**/*.ts", "webhooks/**/*.ts", "cni/**/*.ts", "certs/**/*.ts", "packages/*/src/**/*.ts"];

const noDefaultExport = {
  selector: "ExportDefaultDeclaration",
  message: "Named exports only: a thing has the same name everywhere.",
};

const noWrappedProperties = {
  selector: "SpreadElement > ObjectExpression[properties.length>0]",
  message: "Write the properties themselves: spreading an object literal only changes how the formatter breaks lines.",
};

const noBarrel = {
  selector: ":matches(ExportAllDeclaration, ExportNamedDeclaration[source])",
  message: "No barrels: import from the file that defines the thing.",
};

const pureSyntax = [
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: "Randomness is handed in: take `random: () => number` as a parameter (a default of Math.random is fine).",
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: "Time is handed in: take a Clock (src/core/clock.ts; a package has its own).",
  },
];

/** Names and messages from the cluster are text, so the page has no way to make markup of a text. */
const markup = [
  {
    selector:
      ":matches(JSXIdentifier, Identifier)[name=/^(dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML)$/]",
    message: "Write elements: what comes from the cluster is text, and never markup.",
  },
];

const productSyntax = [
  {
    selector: "ThrowStatement > NewExpression[callee.name='Error']",
    message:
      "Throw AppError with a code of src/core/error-codes.ts (in a package: its own error class), so that every edge can translate it.",
  },
  {
    selector: "ImportDeclaration[source.value='zod'] > ImportSpecifier",
    message: 'Write `import * as z from "zod"`: what is not used of it is then no part of the bundle.',
  },
  ...pureSyntax,
];

const timers = ["setTimeout", "setInterval"].map((name) => ({
  name,
  message: "Take a Clock (src/core/clock.ts): `clock.sleep(ms, signal)` or `clock.after(ms, fn)`.",
}));

const processModules = ["node:process", "process"];

const processGlobal = {
  name: "process",
  message: "Only src/core/config.ts and entry files read `process`; take the value as a parameter.",
};

/** Refuses every file of these names, whatever is in it. */
const noSuchName = (files, message) => ({
  files,
  rules: { "no-restricted-syntax": ["error", { selector: "Program", message }] },
});

/** How an import is spelled. The compiler checks that it leads to a file, and that it has the extension of the file. */
const importSpelling = (...patterns) => ({
  "@typescript-eslint/no-restricted-imports": [
    "error",
    {
      patterns: [
        { regex: "^[.#].*\\.js$", message: "Import the source as it is named on disk: `.ts`, not `.js`." },
        ...patterns,
      ],
    },
  ],
});

/** In a room (`src/net`, `lab`) relative imports stay inside. How many `../` lead out depends on how deep a file lies. */
const withinRooms = [0, 1, 2, 3, 4, 5].map((depth) => ({
  files: ["src/*", "{webhooks,cni,certs,page,tools,lab,demo,guides,test}"].map((room) => {
    return `${room}/${"*/".repeat(depth)}*.{ts,tsx}`;
  }),
  rules: importSpelling({
    regex: `^(\\.\\./){${depth + 1}}(?!.*package\\.json$)`,
    message: 'This leaves the room; write "#" and the path from the root, so that the arrow is seen.',
  }),
}));

export default tseslint.config(
  { ignores: ["node_modules/", "**/dist/", "**/.cache/"] },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strict],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...importSpelling(),
      "max-lines": ["error", 400],
      eqeqeq: "error",
      "no-restricted-syntax": ["error", noDefaultExport, noWrappedProperties, noBarrel],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreUsingDeclarations: true }],
    },
  },
  ...withinRooms,
  {
    files: ["packages/**/*.ts"],
    rules: importSpelling({ regex: "^#", message: 'A package knows no "#" of the checkout; write a relative path.' }),
  },
  {
    files: product,
    rules: {
      "no-console": "error",
      "no-restricted-syntax": ["error", noDefaultExport, noWrappedProperties, noBarrel, ...productSyntax],
      "no-restricted-globals": ["error", processGlobal, ...timers],
      "no-restricted-imports": [
        "error",
        {
          paths: [
            ...processModules.map((name) => ({ name, message: processGlobal.message })),
            {
              name: "ovsdb-client",
              importNames: ["OvsdbClient", "OvsdbError"],
              message: "Take DatabaseClient of src/ovsdb, which throws AppErrors.",
            },
          ],
        },
      ],
    },
  },
  {
    // Browsers have no AppError. What the page waits for, and at what time, is handed in all the same.
    files: ["page/**/*.{ts,tsx}"],
    rules: {
      "no-console": "error",
      "no-restricted-syntax": ["error", noDefaultExport, noWrappedProperties, noBarrel, ...pureSyntax, ...markup],
    },
  },
  {
    files: ["src/ovsdb/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: processModules.map((name) => ({ name, message: processGlobal.message })) },
      ],
    },
  },
  {
    files: ["src/core/clock.ts", "packages/*/src/time/clock.ts"],
    rules: {
      "no-restricted-globals": ["error", processGlobal],
      "no-restricted-syntax": ["error", noDefaultExport, noWrappedProperties, noBarrel],
    },
  },
  {
    // Entry files: they own the process.
    files: ["src/main.ts", "src/core/config.ts"],
    rules: { "no-restricted-globals": ["error", ...timers], "no-restricted-imports": "off" },
  },
  {
    // A package is entered by the one file beside its folders.
    files: ["packages/*/src/*.ts"],
    rules: { "no-restricted-syntax": ["error", noDefaultExport, noWrappedProperties, ...productSyntax] },
  },
  {
    // A tool's configuration file must export a default.
    files: ["**/*.js", "**/*.mjs"],
    rules: { "max-lines": ["error", 400], "no-restricted-syntax": ["error", noBarrel] },
  },
  noSuchName(["**/*[!a-z0-9.-]*.{ts,tsx,js,mjs}"], "File names are kebab-case, after the one thing they export."),
  noSuchName(
    ["**/{util,utils,helper,helpers,common,misc,types,shared,index}.{ts,tsx,js,mjs}"],
    "This name says nothing; name the file after the one thing that it exports.",
  ),
);
