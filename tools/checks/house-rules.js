// ESLint rules that no package has. Every message says what to write instead.
import { dirname, relative, resolve } from "node:path";

/** The folder that owns a file: `src/<x>` inside src, `packages/<x>` inside packages, else the top-level folder. */
export function owner(root, file) {
  const [top = "", second = ""] = relative(root, file).split("/");
  return top === "src" || top === "packages" ? `${top}/${second}` : top;
}

const imports = {
  meta: { type: "problem", docs: { description: "how modules are named in imports" }, schema: [] },
  create(context) {
    const check = (node) => {
      const text = node.source?.value;
      if (typeof text !== "string" || !/^[.#]/.test(text)) return;
      if (!/\.(ts|js|mjs|json)$/.test(text)) {
        context.report({ node: node.source, message: `Write the file's extension: "${text}.ts".` });
        return;
      }
      if (/\.js$/.test(text) && /\.ts$/.test(context.filename) && !text.startsWith("./house-rules")) {
        context.report({ node: node.source, message: "Import the source as it is named on disk: `.ts`, not `.js`." });
        return;
      }
      const from = owner(context.cwd, context.filename);
      if (from.startsWith("packages/")) {
        if (text.startsWith("#")) {
          context.report({
            node: node.source,
            message: `A package knows no "#" of the checkout; write a relative path.`,
          });
        }
        return;
      }
      if (!text.startsWith("../") || text.endsWith("/package.json")) return;
      const target = resolve(dirname(context.filename), text);
      const to = owner(context.cwd, target);
      if (to === from) return;
      context.report({
        node: node.source,
        message: `This leaves the folder; write "#${relative(context.cwd, target)}" so that the arrow is seen.`,
      });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

const noBarrel = {
  meta: { type: "problem", docs: { description: "no re-exporting files" }, schema: [] },
  create(context) {
    // The entry of a package has the name of the package.
    const [, package_] = /^packages\/([^/]+)\/src\/\1\.ts$/.exec(relative(context.cwd, context.filename)) ?? [];
    if (package_ !== undefined) return {};
    const message = "No barrels: import from the file that defines the thing.";
    return {
      ExportAllDeclaration: (node) => context.report({ node, message }),
      ExportNamedDeclaration(node) {
        if (node.source) context.report({ node, message });
      },
    };
  },
};

const names = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.(test|in|out|config))?\.(ts|js|mjs)$/;
const vague = /^(utils?|helpers?|common|misc|types|shared|index)\./;

const fileName = {
  meta: { type: "problem", docs: { description: "kebab-case file names that say one thing" }, schema: [] },
  create(context) {
    const base = context.filename.split("/").at(-1);
    return {
      Program(node) {
        if (!names.test(base)) {
          context.report({
            node,
            message: `File names are kebab-case, after the one thing they export; this is "${base}".`,
          });
        } else if (vague.test(base)) {
          context.report({
            node,
            message: `"${base}" says nothing; name the file after the one thing that it exports.`,
          });
        }
      },
    };
  },
};

export const houseRules = { rules: { imports, "no-barrel": noBarrel, "file-name": fileName } };
