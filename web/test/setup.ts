import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { startSession } from "@/lib/api";
import { server } from "./api";

// Machines that build at the same time are slow; waiting longer costs nothing where all goes well.
configure({ asyncUtilTimeout: 5_000 });

// A request that no test answers is a mistake of the test or of the code.
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
beforeEach(() => startSession("access-token", 900));
afterEach(() => {
  cleanup();
  server.resetHandlers();
  localStorage.clear();
});
afterAll(() => server.close());
