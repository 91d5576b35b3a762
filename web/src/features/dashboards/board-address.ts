/** What of a dashboard's state stands in the address, so that every state can be linked to. */
import { useMemo } from "react";
import type { Variable } from "@/lib/board";
import { type SearchParams, useSearchParams } from "@/lib/search-params";

/** Before the name of a variable: `?var-host=web-1`. */
const VARIABLE = "var-";

export type BoardAddress = {
  editing: boolean;
  /** The one panel that takes the whole screen. */
  panelId: string | undefined;
  /** The panel in the editor, or `new:` with its type. */
  editor: string | undefined;
  kiosk: boolean;
  /** A past moment to play from. */
  at: string | undefined;
  speed: number;
  addFeed: string | undefined;
  eventId: string | undefined;
};

export const SPEEDS = [1, 10, 60, 600] as const;

export function readAddress(params: SearchParams): BoardAddress {
  const speed = Number(params.speed);
  return {
    editing: params.edit === "1" && !params.at && params.kiosk !== "1",
    panelId: params.panel || undefined,
    editor: params.editor || undefined,
    kiosk: params.kiosk === "1",
    at: params.at && !Number.isNaN(Date.parse(params.at)) ? params.at : undefined,
    speed: SPEEDS.find((known) => known === speed) ?? 1,
    addFeed: params.addFeed || undefined,
    eventId: params.event || undefined,
  };
}

export function useBoardAddress() {
  const [params, change] = useSearchParams();
  const address = useMemo(() => readAddress(params), [params]);
  return { address, params, change };
}

/** What is chosen for each variable; `*` is any. */
export function chosenValues(
  variables: readonly Variable[],
  params: SearchParams,
): Record<string, string> {
  return Object.fromEntries(
    variables.map(({ name, default: usual }) => [name, params[VARIABLE + name] || usual || "*"]),
  );
}

/** The change of the address that chooses a value. */
export function choice({ name, default: usual }: Variable, value: string): SearchParams {
  return { [VARIABLE + name]: value === usual ? undefined : value };
}
