import { expect, test } from "vitest";
import { writePath } from "./value-path";

test.each([
  [[], ""],
  [["price"], "price"],
  [["data", "rates", 0, "eur"], "data.rates[0].eur"],
  [[2, "value"], "[2].value"],
  [["odd.key", "a b"], '["odd.key"]["a b"]'],
  [['quo"te', "back\\slash"], '["quo\\"te"]["back\\\\slash"]'],
  [["a-b", "1st", "ü", ""], '["a-b"]["1st"]["ü"][""]'],
  [["rows", 0, "0"], 'rows[0]["0"]'],
  [["_private", "a1"], "_private.a1"],
])("%j is written %s", (steps, path) => {
  expect(writePath(steps)).toBe(path);
});
