import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";

/** Where `npm run dev` finds the server. */
const SERVER = "http://127.0.0.1:8787";

/** Builds the page into web/dist, where the server finds it. Nothing is inlined: its content security policy refuses inline scripts. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [solid()],
  server: { proxy: { "/api": SERVER, "/trpc": SERVER } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The first versions with light-dark(); older ones would need the palette twice.
    target: ["es2022", "chrome123", "firefox121", "safari17.5"],
  },
});
