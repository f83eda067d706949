import js from "@eslint/js";
import { configs as lit } from "eslint-plugin-lit";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["static/", "node_modules/", "src/lib/api.gen.ts", "eslint.config.js"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  lit["flat/recommended"],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      // Data is text, never markup: these two would turn a resident's name into HTML.
      "no-restricted-imports": ["error", { paths: ["lit/directives/unsafe-html.js", "lit/directives/unsafe-svg.js"] }],
      "no-restricted-properties": ["error", { property: "innerHTML" }, { property: "outerHTML" }],
    },
  },
  {
    // Every word is text; saying `: string` after each would bury the words.
    files: ["src/lib/words.fr.ts", "src/lib/words.*.fr.ts"],
    rules: { "@typescript-eslint/explicit-module-boundary-types": "off" },
  },
  {
    // lib/ knows the wire and no page.
    files: ["src/lib/**"],
    rules: {
      "no-restricted-globals": ["error", "document"],
      "no-restricted-imports": ["error", { patterns: ["lit", "lit/*", "uplot", "lucide", "../ui/*", "../ward/*"] }],
    },
  },
  {
    // Pages know the DOM and no wire.
    files: ["src/{ui,ward,physician,resident,login,technician,call,guest}/**"],
    ignores: ["src/ward/sw.ts", "src/ward/push-worker.ts"],
    rules: { "no-restricted-globals": ["error", "fetch", "WebSocket", "RTCPeerConnection"] },
  },
);
