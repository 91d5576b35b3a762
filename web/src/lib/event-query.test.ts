import { describe, expect, it } from "vitest";
import {
  addFilter,
  complete,
  completionAt,
  formatToken,
  matchesQuery,
  negateToken,
  parseQuery,
  type QueryToken,
  removeFilter,
  removeToken,
} from "./event-query";
import type { PulseEvent } from "./live/event";

type Row = [field: string | null, value: string, mark?: "-" | "*" | "-*"];

describe("parseQuery", () => {
  it.each<[string, Row[]]>([
    ["", []],
    ["   ", []],
    ["boom", [[null, "boom"]]],
    ["level:error", [["level", "error"]]],
    [
      "level:error release:1.2",
      [
        ["level", "error"],
        ["release", "1.2"],
      ],
    ],
    ["-name:foo", [["name", "foo", "-"]]],
    ["tag.k:v", [["tag.k", "v"]]],
    ["tag.device.os:ios", [["tag.device.os", "ios"]]],
    ['"two words"', [[null, "two words"]]],
    ['name:"a b"', [["name", "a b"]]],
    [
      '-name:"a b" x',
      [
        ["name", "a b", "-"],
        [null, "x"],
      ],
    ],
    ["text*", [[null, "text"]]],
    ["name:check*", [["name", "check", "*"]]],
    ["-name:check*", [["name", "check", "-*"]]],
    ['name:"a*"', [["name", "a*"]]],
    ['"say \\"hi\\""', [[null, 'say "hi"']]],
    ['"https://x"', [[null, "https://x"]]],
    ["user:a:b", [["user", "a:b"]]],
    ["-", [[null, "-"]]],
    ["*", []],
    ['""', []],
    ['user:""', [["user", ""]]],
    ["user:*", [["user", "", "*"]]],
    ["env:prod", [["environment", "prod"]]],
    ["http://x.example/a:b", [[null, "http://x.example/a:b"]]],
    [
      "12:30 NullPointer: -",
      [
        [null, "12:30"],
        [null, "NullPointer:"],
        [null, "-"],
      ],
    ],
    [
      'say"hi there"',
      [
        [null, 'say"hi'],
        [null, 'there"'],
      ],
    ],
    [
      '"a b"c',
      [
        [null, "a b"],
        [null, "c"],
      ],
    ],
    [
      "- a",
      [
        [null, "-"],
        [null, "a"],
      ],
    ],
  ])("reads %j", (text, rows) => {
    const { tokens, problems } = parseQuery(text);
    expect(problems).toEqual([]);
    expect(
      tokens.map((token) => [
        token.field,
        token.value,
        ...(token.negated || token.prefix
          ? [`${token.negated ? "-" : ""}${token.prefix ? "*" : ""}`]
          : []),
      ]),
    ).toEqual(rows);
  });

  it.each([
    ["foo:bar", "“foo” is not a field"],
    ["mailto:x", 'quotes around it: "mailto:x"'],
    ["level:loud", "There is no level “loud”"],
    ["level:", "Write a value after level:"],
    ["type:log", "There is no type “log”"],
    ["tag.:v", "Write the name of the tag"],
    ['"open', "Close the quotes"],
    ['name:"open', "Close the quotes"],
  ])("explains what is wrong with %j", (text, message) => {
    const { tokens, problems } = parseQuery(text);
    expect(tokens).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
  });

  it("says when it is more than the server takes", () => {
    expect(parseQuery("x ".repeat(21)).problems[0]?.message).toContain("too long");
    expect(parseQuery("x".repeat(501)).problems[0]?.message).toContain("too long");
  });

  it("knows where each part stands", () => {
    const text = ' level:error  "a b"';
    expect(parseQuery(text).tokens.map(({ start, end }) => text.slice(start, end))).toEqual([
      "level:error",
      '"a b"',
    ]);
  });
});

it.each([
  [{ field: "name", value: "a b" }, 'name:"a b"'],
  [{ field: null, value: "a:b" }, '"a:b"'],
  [{ field: "user", value: "a:b" }, "user:a:b"],
  [{ field: null, value: "-x" }, '"-x"'],
  [{ field: "name", value: 'q"q\\' }, 'name:"q\\"q\\\\"'],
  [{ field: "name", value: "a*" }, 'name:"a*"'],
  [{ field: "name", value: "a", prefix: true }, "name:a*"],
  [{ field: "tag.k", value: "v", negated: true }, "-tag.k:v"],
] as const)("writes %j so that it reads the same again", (part, text) => {
  const token = { negated: false, prefix: false, ...part };
  expect(formatToken(token)).toBe(text);
  expect(parseQuery(text).tokens).toEqual([{ ...token, start: 0, end: text.length }]);
});

describe("a click on a value", () => {
  it.each([
    ["", { field: "level", value: "error" }, "level:error"],
    ["boom", { field: "level", value: "error" }, "boom level:error"],
    ["level:error x", { field: "level", value: "error" }, "x level:error"],
    ["level:info x", { field: "level", value: "error" }, "x level:error"],
    ["-level:error", { field: "level", value: "error" }, "level:error"],
    ["level:error", { field: "level", value: "error", negated: true }, "-level:error"],
    ["-name:a", { field: "name", value: "b", negated: true }, "-name:a -name:b"],
    ["level:error", { field: "tag.os", value: "a b" }, 'level:error tag.os:"a b"'],
  ] as const)("on %j with %j gives %j", (before, filter, after) => {
    expect(addFilter(before, filter)).toBe(after);
  });

  it("takes a filter out and turns one round", () => {
    const text = "a level:error b";
    const token = parseQuery(text).tokens[1] as QueryToken;
    expect(removeToken(text, token)).toBe("a b");
    expect(removeFilter(text, { field: "level", value: "error" })).toBe("a b");
    expect(negateToken(text, token)).toBe("a -level:error b");
    expect(negateToken("-x", parseQuery("-x").tokens[0] as QueryToken)).toBe("x");
  });
});

describe("matchesQuery", () => {
  const event: PulseEvent = {
    id: "1",
    type: "error",
    name: "NullPointer",
    timestamp: "",
    received_at: "",
    level: "error",
    user: "u_1",
    session: null,
    release: "1.2",
    environment: null,
    tags: { os: "ios" },
    value: null,
    unit: null,
    payload: { screen: "Home Screen" },
  };
  it.each([
    ["", true],
    ["null", true],
    ["home", true],
    ['"home screen"', true],
    ["nothing", false],
    ["-nothing", true],
    ["level:error -user:u_2", true],
    ["name:Null*", true],
    ["name:Null", false],
    ["tag.os:ios", true],
    ["tag.os:android", false],
    ["-environment:prod", true],
    ["environment:prod", false],
    ["type:error release:1.2 pointer", true],
  ])("%j is %s", (text, expected) => {
    expect(matchesQuery(parseQuery(text).tokens, event)).toBe(expected);
  });
});

describe("completion", () => {
  it.each([
    ["lev", 3, { field: null, typed: "lev", start: 0 }],
    ["level:err", 9, { field: "level", typed: "err", start: 0 }],
    ["a -name:ch", 10, { field: "name", typed: "ch", start: 2, negated: true }],
    ["a ", 2, { field: null, typed: "", start: 2, end: 2 }],
    ['name:"a b', 9, { field: "name", typed: "a b" }],
  ])("knows what is typed in %j", (text, caret, expected) => {
    expect(completionAt(text, caret)).toMatchObject(expected);
  });

  it("puts the choice in place", () => {
    const text = "boom lev x";
    const field = complete(text, completionAt(text, 8), { field: "level", value: null });
    expect(field).toEqual({ text: "boom level: x", caret: 11 });
    const value = complete(field.text, completionAt(field.text, field.caret), {
      field: "level",
      value: "error",
    });
    expect(value).toEqual({ text: "boom level:error x", caret: 17 });
    const quoted = complete("-na", completionAt("-na", 3), { field: "name", value: "a b" });
    expect(quoted.text).toBe('-name:"a b" ');
  });
});
