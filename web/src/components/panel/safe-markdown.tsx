/**
 * Markdown that somebody else wrote. Nothing but a closed list of elements comes out, with a closed
 * list of properties; HTML in it is text, pictures are links, links lead to the web or to mail.
 */
import Markdown from "markdown-to-jsx/react";
import { type ComponentProps, createElement, Fragment, type ReactNode } from "react";

const LOOKS: Record<string, string> = {
  h1: "mt-4 mb-2 text-xl font-semibold first:mt-0",
  h2: "mt-4 mb-2 text-lg font-semibold first:mt-0",
  h3: "mt-3 mb-1 text-base font-semibold first:mt-0",
  h4: "mt-3 mb-1 font-semibold first:mt-0",
  h5: "mt-3 mb-1 font-semibold first:mt-0",
  h6: "mt-3 mb-1 font-semibold text-muted first:mt-0",
  p: "my-2 first:mt-0 last:mb-0",
  ul: "my-2 list-disc pl-5",
  ol: "my-2 list-decimal pl-5",
  li: "my-0.5",
  blockquote: "my-2 border-l-2 border-control pl-3 text-muted",
  pre: "my-2 overflow-x-auto rounded-md bg-raised p-2 font-mono text-xs",
  code: "rounded-sm bg-raised px-1 font-mono text-xs",
  hr: "my-3 border-line",
  table: "my-2 border-collapse text-xs",
  thead: "text-muted",
  tbody: "",
  tr: "border-t border-line",
  th: "h-7 px-2 text-left font-normal",
  td: "h-7 px-2",
  strong: "font-semibold",
  em: "italic",
  del: "line-through",
  br: "",
  div: "",
  span: "",
  sup: "text-xs",
};

/** What of the library's properties may stay. */
const KEPT = ["key", "start", "colSpan"] as const;

/** A panel's title is a heading of the page; those of its text come below. */
const LOWER: Record<string, string> = { h1: "h3", h2: "h4", h3: "h5", h4: "h6", h5: "h6" };

export function SafeMarkdown({ text }: { text: string }) {
  return (
    <Markdown
      options={{
        disableParsingRawHTML: true,
        forceBlock: true,
        wrapper: Fragment,
        sanitizer: safeUrl,
        createElement: safeElement as typeof createElement,
      }}
    >
      {text}
    </Markdown>
  );
}

/** The web and mail, by their whole address; anything else leads nowhere. */
export function safeUrl(value: string): string | null {
  const address = value.trim();
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return null;
  try {
    const { protocol } = new URL(address);
    return protocol === "http:" || protocol === "https:" || protocol === "mailto:" ? address : null;
  } catch {
    return null;
  }
}

function safeElement(
  type: unknown,
  props: Record<string, unknown> | null,
  ...children: ReactNode[]
): ReactNode {
  if (type === Fragment) return createElement(Fragment, keyOf(props), ...children);
  if (typeof type !== "string") return null;
  if (type === "a") return link(props, props?.href, children);
  if (type === "img") return link(props, props?.src, [String(props?.alt || "picture")]);
  if (type === "input") return createElement("span", keyOf(props), props?.checked ? "☑ " : "☐ ");
  if (!Object.hasOwn(LOOKS, type)) return createElement("span", keyOf(props), ...children);
  const kept: Record<string, unknown> = { className: LOOKS[type] || undefined };
  for (const name of KEPT) if (props?.[name] !== undefined) kept[name] = props[name];
  return createElement(LOWER[type] ?? type, kept, ...children);
}

function link(props: Record<string, unknown> | null, to: unknown, children: ReactNode[]) {
  const href = typeof to === "string" ? safeUrl(to) : null;
  if (!href) return createElement("span", keyOf(props), ...children);
  const given: ComponentProps<"a"> = {
    href,
    rel: "noopener noreferrer nofollow",
    target: href.toLowerCase().startsWith("mailto:") ? undefined : "_blank",
    className: "rounded-sm text-accent underline underline-offset-2 hover:no-underline",
  };
  return createElement("a", { ...given, ...keyOf(props) }, ...children);
}

function keyOf(props: Record<string, unknown> | null): { key?: string } | null {
  return typeof props?.key === "string" || typeof props?.key === "number"
    ? { key: String(props.key) }
    : null;
}
