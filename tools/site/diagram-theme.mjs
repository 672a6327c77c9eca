// VitePress' own theme, and a component that draws the diagrams of our pages in the reader's browser.
import DefaultTheme from "vitepress/theme";
import { defineComponent, h, onMounted, ref } from "vue";

const Diagram = defineComponent({
  props: { text: { type: String, required: true } },
  setup({ text }) {
    const source = decodeURIComponent(text);
    const drawn = ref("");
    onMounted(async () => {
      const { default: mermaid } = await import("mermaid");
      const theme = document.documentElement.classList.contains("dark") ? "dark" : "default";
      mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme });
      const { svg } = await mermaid.render(`diagram-${Math.random().toString(36).slice(2)}`, source);
      drawn.value = svg;
    });
    // Without a script there is the text of the diagram.
    return () => (drawn.value === "" ? h("pre", source) : h("div", { class: "diagram", innerHTML: drawn.value }));
  },
});

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("Diagram", Diagram);
  },
};
