// The settings of VitePress for the pages that build-site.ts puts beside it. It is plain JavaScript, because VitePress reads it.
import { readFileSync } from "node:fs";

const { pages } = JSON.parse(readFileSync(new URL("pages.json", import.meta.url), "utf8"));
const group = (text, prefix, collapsed = false) => ({
  text,
  collapsed,
  items: pages
    .filter(({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes("/"))
    .map(({ path, title }) => ({ text: title, link: `/${path.replace(/\.md$/, "")}` })),
});

export default {
  title: "ovn4nfv",
  description: "Secondary OVN networks for Kubernetes pods, allocated while the pod is being created.",
  cleanUrls: false,
  // A link that leads nowhere ends the build with a fault.
  ignoreDeadLinks: false,
  rewrites: { "README.md": "index.md" },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: [
      { text: "Start", items: [{ text: "ovn4nfv", link: "/" }, ...group("", "").items] },
      group("Guides", "docs/guides/"),
      group("Pages", "docs/"),
      group("Reference", "docs/reference/"),
      group("Design", "docs/design/", true),
      group("Decisions", "docs/adr/", true),
    ],
  },
  markdown: {
    // Our pages have no markup of their own. What looks like a tag is text.
    html: false,
    config(markdown) {
      const fence = markdown.renderer.rules.fence;
      markdown.renderer.rules.fence = (tokens, index, ...rest) => {
        const { info, content } = tokens[index];
        // The text that a guide expects to be printed is in no language.
        if (info.trim() === "output") tokens[index].info = "txt";
        if (info.trim() !== "mermaid") return fence(tokens, index, ...rest);
        return `<Diagram text="${encodeURIComponent(content)}" />`;
      };
      const text = markdown.renderer.rules.text;
      // Vue would compute what stands between two braces.
      markdown.renderer.rules.text = (...all) => text(...all).replaceAll("{{", "&#123;&#123;");
    },
  },
};
