import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { event } from "@test/things";
import { fireEvent, render, screen, within } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";
import { completionAt } from "@/lib/event-query";
import { EventDrawer } from "./event-drawer";
import { eventAsCurl, eventSummary, firstEventCurl, similarQuery } from "./event-text";
import { QueryBar } from "./query-bar";
import { suggestions } from "./query-suggestions";

vi.mock("@/lib/event-api", () => ({
  useEvent: (_project: string, _id: string, known: unknown) => ({ data: known, error: null }),
  usePublicKey: () => "pb_pub_test",
  namesQuery: () => ({
    queryKey: ["names"],
    queryFn: async () => [{ name: "checkout started", type: "event", count: 12, last_seen: "" }],
  }),
}));

const boom = event({
  type: "error",
  name: "Boom's law",
  level: "error",
  user: "u_1",
  release: "1.2",
  tags: { os: "ios" },
  payload: { screen: "<img src=x onerror=alert(1)>", deep: { a: { b: 1 } } },
  exception: {
    type: "NullPointer",
    value: "it was null",
    frames: [
      { function: "ours", file: "a.kt", line: 3, in_app: true },
      { function: "theirs", file: "lib.kt", line: 9, in_app: false },
    ],
  },
  breadcrumbs: [{ timestamp: "2026-11-20T17:59:58Z", category: "ui", message: "tap" }],
});

function show(node: ReactNode) {
  return render(<QueryClientProvider client={new QueryClient()}>{node}</QueryClientProvider>);
}

describe("an event as text", () => {
  it("is a command that sends it again, safe in a shell, without what the server set", () => {
    const command = eventAsCurl(boom, "https://pulse.example", "pb_pub_test");
    expect(command).toContain("https://pulse.example/ingest");
    expect(command).toContain("Bearer pb_pub_test");
    expect(command).toContain("Boom'\\''s law");
    expect(command).not.toContain("received_at");
    expect(command).not.toContain(boom.id);
    expect(command).not.toContain("session");
  });

  it("says where the key goes while there is none", () => {
    expect(firstEventCurl("https://x", null)).toContain("YOUR_PUBLIC_KEY");
  });

  it("finds its like", () => {
    expect(similarQuery(boom)).toBe('type:error name:"Boom\'s law"');
  });

  it.each([
    [boom, "it was null"],
    [{ ...boom, exception: null, payload: { a: "x", n: 1 } }, "a=x n=1"],
    [{ ...boom, exception: null, payload: "text" }, "text"],
    [{ ...boom, exception: null, payload: null }, ""],
    [{ ...boom, exception: null, payload: [1, 2] }, "[1,2]"],
  ])("is summed up", (it, text) => expect(eventSummary(it)).toBe(text));
});

describe("the drawer", () => {
  function open(handlers: Partial<Parameters<typeof EventDrawer>[0]> = {}) {
    const all = { onClose: vi.fn(), onStep: vi.fn(), onFilter: vi.fn(), onSearch: vi.fn() };
    show(<EventDrawer projectId="p" id={boom.id} known={boom} {...all} {...handlers} />);
    return all;
  }

  it("shows fields, stack, breadcrumbs and payload as plain text", () => {
    open();
    const drawer = screen.getByRole("dialog");
    expect(within(drawer).getByText("<img src=x onerror=alert(1)>")).toBeInTheDocument();
    expect(drawer.querySelector("img")).toBeNull();
    expect(within(drawer).getByText("ours")).toBeInTheDocument();
    expect(within(drawer).queryByText("theirs")).toBeNull();
    fireEvent.click(within(drawer).getByText("Show library frames (1)"));
    expect(within(drawer).getByText("theirs")).toBeInTheDocument();
    expect(within(drawer).getByText("tap")).toBeInTheDocument();
  });

  it("filters by a click on any value", () => {
    const { onFilter } = open();
    fireEvent.click(screen.getByText("ios"));
    expect(onFilter).toHaveBeenCalledWith({ field: "tag.os", value: "ios" });
    fireEvent.click(screen.getByRole("button", { name: "Without release 1.2" }));
    expect(onFilter).toHaveBeenCalledWith({ field: "release", value: "1.2", negated: true });
    fireEvent.click(screen.getByText("<img src=x onerror=alert(1)>"));
    expect(onFilter).toHaveBeenLastCalledWith({
      field: null,
      value: "<img src=x onerror=alert(1)>",
    });
  });

  it("goes to the neighbours with j and k, and finds similar ones", () => {
    const { onStep, onSearch } = open();
    fireEvent.keyDown(screen.getByText("ours"), { key: "j" });
    fireEvent.keyDown(screen.getByText("ours"), { key: "k" });
    expect(onStep.mock.calls).toEqual([[1], [-1]]);
    fireEvent.click(screen.getByText("Find similar"));
    expect(onSearch).toHaveBeenCalledWith(similarQuery(boom));
  });
});

describe("the query bar", () => {
  function bar(value = "") {
    const onChange = vi.fn();
    show(<QueryBar projectId="p" value={value} onChange={onChange} tags={["os"]} />);
    const input = screen.getByRole("combobox") as HTMLInputElement;
    const type = (text: string) => {
      fireEvent.focus(input);
      fireEvent.change(input, { target: { value: text } });
    };
    return { onChange, input, type };
  }

  it("applies with Enter", () => {
    const { onChange, input, type } = bar();
    type("level:error  ");
    fireEvent.keyDown(input, { key: "Escape" });
    fireEvent.keyDown(input, { key: "Enter" });
    expect(onChange).toHaveBeenCalledWith("level:error");
  });

  it("explains what is wrong and applies nothing", () => {
    const { onChange, input, type } = bar();
    type("foo:bar");
    fireEvent.keyDown(input, { key: "Enter" });
    expect(screen.getByRole("status")).toHaveTextContent("“foo” is not a field");
    expect(input).toHaveAttribute("aria-invalid", "true");
    expect(onChange).not.toHaveBeenCalled();
  });

  it("suggests fields and completes with the arrows", () => {
    const { onChange, input, type } = bar();
    type("lev");
    fireEvent.keyDown(input, { key: "ArrowDown" });
    fireEvent.keyDown(input, { key: "Enter" });
    expect(input.value).toBe("level:");
    fireEvent.click(screen.getByRole("option", { name: /level:warning/ }));
    expect(onChange).toHaveBeenCalledWith("level:warning");
  });

  it("suggests names with their counts", async () => {
    const { type } = bar();
    type("check");
    expect(await screen.findByRole("option", { name: /checkout started.*12/ })).toBeVisible();
  });

  it("turns a chip round and takes it out", () => {
    const { onChange } = bar("level:error x");
    fireEvent.click(screen.getByRole("button", { name: "Only level:error. Turn round" }));
    expect(onChange).toHaveBeenCalledWith("-level:error x");
    fireEvent.click(screen.getByRole("button", { name: "Remove level:error" }));
    expect(onChange).toHaveBeenLastCalledWith("x");
  });
});

it.each([
  ["", ["type:", "name:", "level:", "user:", "session:", "release:", "environment:", "tag.os:"]],
  ["ta", ["tag.os:", "name:ta-da"]],
  ["level:w", ["level:warning"]],
  ["type:", ["type:error", "type:event", "type:metric"]],
  ["name:ta", ["name:ta-da"]],
  ["user:x", []],
])("suggests after %j", (text, expected) => {
  const offered = suggestions(
    completionAt(text, text.length),
    [{ name: "ta-da", count: 1 }],
    ["os"],
  );
  expect(offered.map((it) => it.text)).toEqual(expected);
});
