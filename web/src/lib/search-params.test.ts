import { expect, test } from "vitest";
import { localPath } from "./local-path";
import { parseSearch, stringifySearch } from "./search-params";

test("values stay the strings that people see and type", () => {
  const params = { from: "now-1h", q: 'level:error "a b"', n: "12" };
  expect(stringifySearch(params)).toBe("?from=now-1h&q=level:error+%22a+b%22&n=12");
  expect(parseSearch(stringifySearch(params))).toEqual(params);
});

test("what is empty or absent leaves no trace", () => {
  expect(stringifySearch({ q: "", from: undefined })).toBe("");
});

test.each([
  ["/p/1?from=now-1h", "/p/1?from=now-1h"],
  [undefined, "/"],
  ["https://elsewhere.example", "/"],
  ["//elsewhere.example", "/"],
  ["/\\elsewhere.example", "/"],
  ["javascript:alert(1)", "/"],
])("after signing in, %s leads to %s", (next, path) => {
  expect(localPath(next)).toBe(path);
});
