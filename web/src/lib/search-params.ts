/**
 * The query string of the page. Values are plain strings, so that links read
 * `?from=now-1h&q=level:error` and survive being typed by hand.
 */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type SearchParams = Record<string, string | undefined>;

export function parseSearch(search: string): SearchParams {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(params: Record<string, unknown>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search
    .toString()
    // Allowed in a query as they are, and easier to read.
    .replace(/%3A/g, ":")
    .replace(/%2F/g, "/");
  return text ? `?${text}` : "";
}

/** Every parameter of the page, and a way to change some (`undefined` removes). */
export function useSearchParams(): [
  SearchParams,
  (changes: SearchParams, how?: "push" | "replace") => void,
] {
  const params: SearchParams = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = useCallback(
    (changes: SearchParams, how: "push" | "replace" = "push") => {
      void navigate({
        to: ".",
        search: ((old: SearchParams) => ({ ...old, ...changes })) as never,
        replace: how === "replace",
      });
    },
    [navigate],
  );
  return [params, change];
}

export function useSearchParam(
  name: string,
): [string | undefined, (value: string | undefined, how?: "push" | "replace") => void] {
  const [params, change] = useSearchParams();
  const set = useCallback(
    (value: string | undefined, how: "push" | "replace" = "push") => change({ [name]: value }, how),
    [change, name],
  );
  return [params[name] || undefined, set];
}
