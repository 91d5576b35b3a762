import { feedType } from "@test/things";
import { expect, test } from "vitest";
import { formFields, MASK, type MapEntry, readValues, valuesOf } from "./schema-form";

const fields = formFields(feedType().schema);
const read = (config: Record<string, unknown>, changes = {}) =>
  readValues(fields, { ...valuesOf(fields, config), ...changes });

test("what must be given comes first, then choices, how often last; a control for each type", () => {
  expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
    ["url", "uri"],
    ["method", "choice"],
    ["headers", "map"],
    ["path", "text"],
    ["follow", "switch"],
    ["tags", "list"],
    ["interval_sec", "integer"],
  ]);
  expect(fields.find(({ name }) => name === "headers")?.secret).toBe(true);
});

test("settings come out as they went in", () => {
  const config = {
    url: "https://rates.example/latest.json",
    interval_sec: 30,
    headers: { Authorization: MASK, "X-Team": MASK },
    method: "POST",
    path: 'rates["a.b"][0]',
    follow: true,
    tags: ["a", "b c"],
  };
  expect(read(config)).toEqual({ config, problems: {} });
});

test("defaults stand in an empty form; what is empty is not sent", () => {
  expect(read({}, { url: " https://a.example " })).toEqual({
    config: { url: "https://a.example", interval_sec: 10, method: "GET", follow: false },
    problems: {},
  });
});

test.each([
  [{ url: "" }, { url: "Enter Address." }],
  [{ url: "a.example/x" }, { url: expect.stringMatching(/whole address/) }],
  [{ interval_sec: "0" }, { interval_sec: "Enter at least 1." }],
  [{ interval_sec: "90000" }, { interval_sec: "Enter at most 86400." }],
  [{ interval_sec: "1.5" }, { interval_sec: "Enter a whole number." }],
  [{ interval_sec: "soon" }, { interval_sec: "Enter a number." }],
])("%j can't be sent", (changes, problems) => {
  expect(read({ url: "https://a.example" }, changes).problems).toEqual(problems);
});

test("a hidden value is kept under its own name only", () => {
  const rows = (...entries: Partial<MapEntry>[]): MapEntry[] =>
    entries.map((entry, id) => ({ id, key: "", value: "", kept: null, ...entry }));
  const headers = (...entries: Partial<MapEntry>[]) =>
    read({ url: "https://a.example" }, { headers: rows(...entries) });
  expect(headers({ key: "Other", value: MASK, kept: "Token" }).problems).toEqual({
    "headers.Other": "The value is kept under the name Token only: replace it.",
  });
  expect(headers({ key: "Other", value: "new", kept: "Token" }).config.headers).toEqual({
    Other: "new",
  });
  expect(headers({ key: "A", value: "1" }, { key: "A", value: "2" }).problems).toEqual({
    headers: "A is there twice.",
  });
  expect(headers({ value: "1" }).problems).toEqual({ headers: "Give each value a name." });
  expect(headers({ key: " ", value: "" })).toMatchObject({ problems: {} });
});

test("references, nullable types and titled choices are read; what is unknown is JSON", () => {
  const found = formFields({
    type: "object",
    $defs: { Shape: { type: "string", oneOf: [{ const: "wave", title: "A wave" }] } },
    properties: {
      shape: { $ref: "#/$defs/Shape", title: "Shape" },
      maybe: { oneOf: [{ type: "null" }, { $ref: "#/$defs/Shape" }] },
      note: { type: ["string", "null"] },
      nested: { type: "object", properties: { a: { type: "string" } } },
    },
  });
  expect(found.map(({ name, kind, title }) => [name, kind, title])).toEqual([
    ["shape", "choice", "Shape"],
    ["maybe", "choice", "Maybe"],
    ["note", "text", "Note"],
    ["nested", "json", "Nested"],
  ]);
  expect(readValues(found, { ...valuesOf(found, {}), nested: "{" }).problems).toEqual({
    nested: "This is not valid JSON.",
  });
  expect(readValues(found, { ...valuesOf(found, { shape: "wave" }) }).config).toEqual({
    shape: "wave",
  });
});

test("a schema of another version harms nobody", () => {
  expect(formFields(null)).toEqual([]);
  expect(formFields({ properties: { a: true, b: { $ref: "#/nowhere" } } })).toHaveLength(2);
});
