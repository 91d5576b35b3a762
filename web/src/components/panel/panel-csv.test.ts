import { line, panel, panelData } from "@test/board";
import { event } from "@test/things";
import { expect, it } from "vitest";
import { fixedSource } from "@/lib/board/panel-source";
import type { Panel, PanelData } from "@/lib/board/types";
import { fileName, panelCsv } from "./panel-csv";

function csv(changes: Partial<Panel>, data: Partial<PanelData>) {
  return panelCsv(panel(changes), fixedSource(panelData(data)).get());
}

it("writes lines over time with their previous period and releases", () => {
  const series = [
    line(
      [
        [1_000, 1.5],
        [2_000, null],
      ],
      { previous: [[2_000, 9]] },
    ),
    line([[2_000, 3]], { name: "=HYPERLINK(1)" }),
  ];
  const annotations = [{ ts: 1_200, kind: "release", text: "1.4.2" }];
  expect(csv({}, { series, annotations })).toBe(
    [
      'time,cpu,"cpu, previous",\'=HYPERLINK(1),release',
      "1970-01-01T00:00:01.000Z,1.5,,,1.4.2",
      "1970-01-01T00:00:02.000Z,,9,3,",
      "",
    ].join("\r\n"),
  );
});

it("writes a table as it is shown, its formulas defused", () => {
  const payload = [{ name: "+1", ok: true, n: -3 }];
  const latest = [{ source: 0, feed_id: "f", ts: 1, payload }];
  expect(csv({ type: "table" }, { latest })).toBe("name,ok,n\r\n'+1,true,-3\r\n");
});

it("writes bars and events", () => {
  const names = [{ source: 0, name: "sale", type: "event", count: 3 }];
  expect(csv({ type: "bar" }, { names })).toBe("name,value\r\nsale,3\r\n");
  const rows = csv({ type: "event_list" }, { events: [event({ name: "@sum" })] })?.split("\r\n");
  expect(rows?.[0]).toMatch(/^time,type,level,name/);
  expect(rows?.[1]).toContain("'@sum");
});

it("has nothing of a text, and a name that files may have", () => {
  expect(csv({ type: "text" }, {})).toBeNull();
  expect(fileName(panel({ title: "CPU: all / hosts…" }))).toBe("cpu-all-hosts");
  expect(fileName(panel({ title: "" }))).toBe("timeseries");
});
