import { expect, test } from "vitest";
import { freeName, readDocument, slugOf } from "./import-document";

const good = { pulseboard: { kind: "dashboard", version: 1 }, name: "Ops", panels: [] };

test("an export is read with its name", () => {
  expect(readDocument(JSON.stringify(good))).toEqual({ document: good, name: "Ops" });
});

test.each([
  ["", /Choose a file/],
  ["{", /not JSON/],
  ["[]", /something else/],
  ['{"dashboard": {}}', /not a dashboard of PulseBoard/],
  ['{"pulseboard": {"kind": "feed", "version": 1}}', /not a dashboard of PulseBoard/],
  ['{"pulseboard": {"kind": "dashboard", "version": 7}}', /newer PulseBoard \(format 7/],
])("%j says what is wrong", (text, problem) => {
  expect(readDocument(text)).toEqual({ problem: expect.stringMatching(problem) });
});

test("what is wrong has a line", () => {
  const read = readDocument('{\n  "pulseboard": {},\n  oops\n}');
  expect(read).toEqual({ problem: expect.stringMatching(/line 3|comma or bracket/) });
});

test("names are free and files are called after them", () => {
  expect(freeName("Shop", ["Host"])).toBe("Shop");
  expect(freeName("Shop", ["Shop", "Shop 2"])).toBe("Shop 3");
  expect(freeName("  ", [])).toBe("Dashboard");
  expect(slugOf("Web shop: live!")).toBe("web-shop-live");
  expect(slugOf("日本")).toBe("dashboard");
});
