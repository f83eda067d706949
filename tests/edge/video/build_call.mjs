// Builds src/lib/call.ts into one module for the browser test: node build_call.mjs DASHBOARDS OUT
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [dashboards, out] = process.argv.slice(2);
const vite = createRequire(`${dashboards}/package.json`).resolve("vite");
const { build } = await import(pathToFileURL(vite).href);
await build({
  configFile: false,
  root: dashboards,
  publicDir: false,
  logLevel: "warn",
  build: { outDir: out, emptyOutDir: true, target: "es2022", lib: { entry: `${dashboards}/src/lib/call.ts`, formats: ["es"], fileName: "call" } },
});
