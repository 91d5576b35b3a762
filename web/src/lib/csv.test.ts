import { expect, test } from "vitest";
import { csvCell, csvText } from "./csv";

test.each([
  ["=1+1", "'=1+1"],
  ["+49", "'+49"],
  ["-x", "'-x"],
  ["@cmd", "'@cmd"],
  ["  =1", "'  =1"],
  ["\tx", "'\tx"],
  ["a=b", "a=b"],
  ["a,b", '"a,b"'],
  ['a"b', '"a""b"'],
  ["=a,b", '"\'=a,b"'],
  ["a\nb", '"a\nb"'],
  [null, ""],
  [-2.5, "-2.5"],
])("writes %j as %j", (value, text) => expect(csvCell(value)).toBe(text));

test("rows end as RFC 4180 says", () => {
  expect(
    csvText([
      ["a", 1],
      ["b", null],
    ]),
  ).toBe("a,1\r\nb,\r\n");
});
