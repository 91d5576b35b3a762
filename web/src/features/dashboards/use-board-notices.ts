import { useCallback, useEffect, useRef, useState } from "react";
import { toast } from "@/components/toast";
import { type BoardLive, type Notice, noticeText, useNotices } from "@/lib/board";

/** How long "Ana changed this panel" stands on a panel. */
const SHOWN_MS = 8_000;

/** What others did to what I work on, by panel; and a toast for what was refused or overwritten. */
export function useBoardNotices(live: BoardLive, editor: string | undefined) {
  const [notices, setNotices] = useState<Record<string, string>>({});
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  const inEditor = useRef(editor);
  inEditor.current = editor;

  useEffect(() => {
    const all = timers.current;
    return () => {
      for (const timer of all) clearTimeout(timer);
    };
  }, []);

  const hear = useCallback((notice: Notice) => {
    const text = noticeText(notice);
    if (notice.kind === "refused") toast.error(text);
    // The open editor tells of its own panel, with what to do about it.
    else if (notice.panelId && notice.panelId === inEditor.current) return;
    else if (notice.kind === "removed" || notice.mine) toast.ok(text);
    if (notice.kind !== "changed" || !notice.panelId) return;
    const { panelId, actor } = notice;
    setNotices((old) => ({ ...old, [panelId]: `${actor} changed this panel` }));
    const timer = setTimeout(() => {
      timers.current.delete(timer);
      setNotices(({ [panelId]: _gone, ...rest }) => rest);
    }, SHOWN_MS);
    timers.current.add(timer);
  }, []);
  useNotices(live, hear);
  return notices;
}
