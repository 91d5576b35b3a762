import { render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { SafeMarkdown, safeUrl } from "./safe-markdown";

function html(text: string): string {
  return render(<SafeMarkdown text={text} />).container.innerHTML;
}

describe("markdown of others", () => {
  it("is written as it was meant", () => {
    render(
      <SafeMarkdown
        text={
          "# Runbook\n\nCall **Ana** or [look](https://example.com/a).\n\n- one\n- two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n`code`\n\n- [x] done"
        }
      />,
    );
    expect(screen.getByRole("heading", { name: "Runbook", level: 3 })).toBeInTheDocument();
    const link = screen.getByRole("link", { name: "look" });
    expect(link).toHaveAttribute("href", "https://example.com/a");
    expect(link.getAttribute("rel")).toContain("noopener");
    expect(screen.getByText("Ana").tagName).toBe("STRONG");
    expect(screen.getByRole("cell", { name: "2" })).toBeInTheDocument();
    expect(screen.getByText("code").tagName).toBe("CODE");
  });

  const alarm = vi.fn();
  Object.assign(globalThis, { alarm });

  it.each([
    ["a script", "<script>alarm()</script>"],
    ["a script in a paragraph", "hello <script>alarm()</script> world"],
    ["a picture that fails", '<img src="x" onerror="alarm()">'],
    ["a picture that loads", '<img src="x" onload=alarm()>'],
    ["a frame", '<iframe src="javascript:alarm()"></iframe>'],
    ["a style", "<style>body { display: none }</style>"],
    ["a drawing", "<svg onload=alarm()><a xlink:href='javascript:alarm()'>x</a></svg>"],
    ["a form", '<form action="https://evil.example"><input name="p"><button>x</button></form>'],
    ["inline styles", '<p style="position:fixed;inset:0">x</p>'],
    ["a link that runs", "[x](javascript:alarm())"],
    ["a link that runs, in disguise", "[x](JaVaScRiPt:alarm())"],
    ["a link that runs, with a control character", "[x](java\u0001script:alarm())"],
    ["a link that runs, encoded", "[x](&#106;avascript:alarm())"],
    ["a link that runs, escaped", "[x](javascript%3Aalarm())"],
    ["a link that runs, by reference", "[x][y]\n\n[y]: javascript:alarm()"],
    ["a link that runs, in angles", "<javascript:alarm()>"],
    ["a link of data", "[x](data:text/html,<script>alarm()</script>)"],
    ["a picture of data", "![x](data:image/svg+xml,<svg onload=alarm()>)"],
    ["a picture that tells", "![x](https://evil.example/pixel.png)"],
    ["an old scripting language", "[x](vbscript:alarm())"],
    ["a file", "[x](file:///etc/passwd)"],
    ["another place here", "[x](/api/auth/logout)"],
    ["HTML with attributes", '<div onclick="alarm()" id="root">x</div>'],
    ["a heading with an id", "# root {#root}"],
    ["front matter", "---\nx: 1\n---\n<b onmouseover=alarm()>x</b>"],
    ["a footnote", "x[^1]\n\n[^1]: <script>alarm()</script>"],
    ["a code block of HTML", "```html\n<script>alarm()</script>\n```"],
  ])("holds no %s", (_, text) => {
    const written = html(text);
    const box = document.createElement("div");
    box.innerHTML = written;
    const bad =
      "script, style, iframe, object, embed, form, input, button, img, svg, link, meta, base";
    expect(box.querySelector(bad)).toBeNull();
    for (const element of box.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        expect(["class", "href", "rel", "target", "start"]).toContain(name);
        if (name === "href") expect(value).toMatch(/^(https?:\/\/|mailto:)/);
      }
    }
    expect(alarm).not.toHaveBeenCalled();
  });

  it("survives what is endless or broken", () => {
    expect(html("[".repeat(5_000))).toContain("[");
    expect(html(`${"> ".repeat(500)}deep`)).toContain("deep");
    expect(html("a **b ".repeat(2_000))).toContain("b");
    expect(html("")).toBe("");
  });
});

it.each([
  ["https://example.com", "https://example.com"],
  [" http://example.com/a?b#c ", "http://example.com/a?b#c"],
  ["mailto:ana@example.com", "mailto:ana@example.com"],
  ["javascript:alert(1)", null],
  ["//example.com", null],
  ["/path", null],
  ["http://", null],
  ["ftp://example.com", null],
])("leads %j to %j", (given, expected) => {
  expect(safeUrl(given)).toBe(expected);
});
