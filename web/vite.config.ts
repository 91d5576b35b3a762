import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const backend = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      "@test": fileURLToPath(new URL("./test", import.meta.url)),
    },
  },
  server: {
    proxy: {
      "/api": { target: backend, ws: true },
      "/ingest": backend,
      "/realtime": { target: backend, ws: true },
    },
  },
  build: {
    target: "es2022",
    // The sizes that size-limit watches are read from the manifest.
    manifest: true,
    // Fonts and icons stay files: the content security policy has no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // A handful of files in place of fifty tiny ones; what only some
          // screens need (charts, forms, the palette) stays out of the first.
          groups: [
            {
              name: "vendor",
              priority: 4,
              test: /node_modules\/(react|react-dom|scheduler|use-sync-external-store|openapi-fetch|class-variance-authority|clsx|@tanstack\/(react-router|router-core|history|store|react-store|react-query|query-core)|@radix-ui\/react-(slot|compose-refs))\//,
            },
            {
              name: "ui",
              priority: 3,
              test: /src\/components\/(chart\/sparkline|badge|button|card|copy-button|code-block|empty-state|error-state|field|input|kbd|logo|notice|relative-time|select|skeleton|table|toast)\.tsx$|src\/lib\/(api\/|(?!csv|email|event|members|password|project-name|sign-out|usage)[\w-]+\.ts$)/,
            },
            {
              name: "shell",
              priority: 2,
              test: /node_modules\/(@radix-ui|@floating-ui|aria-hidden|react-remove-scroll|react-style-singleton|use-sidecar|use-callback-ref)|src\/lib\/live\/|src\/components\/(page|menu|popover|dialog|confirm-dialog|drawer|tooltip|tabs|connection-pill|time-range-picker)\.tsx/,
            },
            { name: "forms", priority: 1, test: /node_modules\/(react-hook-form|zod|@hookform)\// },
          ],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["./test/browser.ts", "./test/setup.ts"],
    restoreMocks: true,
    testTimeout: 20_000,
  },
});
