import { useRef } from "react";

/**
 * The newest data there ever was. A question about a later time is a new one, and when it fails
 * nothing of the old answer would be left on the screen.
 */
export function useLastGood<T>(data: T | undefined): T | undefined {
  const last = useRef(data);
  if (data !== undefined) last.current = data;
  return data ?? last.current;
}
