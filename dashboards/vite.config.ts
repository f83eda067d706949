import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Every `*.html` beside this file is one page; its program is `src/<name>/main.ts`. */
const pages = readdirSync(here(".")).filter((name) => name.endsWith(".html"));

/** Pages are served by a hub or a room device that may be old: no inline script may be added behind our back. */
function refuseInline(): Plugin {
  return {
    name: "refuse-inline",
    transformIndexHtml: {
      order: "post",
      handler(html, context) {
        if (/<script(?![^>]*\bsrc=)|<style|\sstyle=/i.test(html)) {
          throw new Error(`${context.filename} holds an inline script or style, which the content security policy refuses`);
        }
      },
    },
  };
}

/** A classic service worker cannot import: what it shares with a page would silently leave the ward without it. */
function workerAlone(): Plugin {
  return {
    name: "worker-alone",
    generateBundle(_options, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type === "chunk" && worker.imports.length > 0) {
        throw new Error(`sw.js imports ${worker.imports.join(", ")}: give the service worker a module of its own`);
      }
    },
  };
}

export default defineConfig({
  plugins: [refuseInline(), workerAlone()],
  build: {
    outDir: "static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      input: {
        ...Object.fromEntries(pages.map((name) => [name.replace(/\.html$/, ""), here(name)])),
        sw: here("src/ward/sw.ts"),
      },
      output: {
        // The service worker governs the pages below its own address, so it keeps its name and stands at the root.
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
