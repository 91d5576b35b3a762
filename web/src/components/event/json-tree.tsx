import { cx } from "class-variance-authority";
import { ChevronRight, Crosshair } from "lucide-react";
import { createContext, useContext, useMemo, useState } from "react";
import { type PathStep, writePath } from "@/lib/value-path";

type JsonTreeProps = {
  value: unknown;
  /** A click on a value asks for events that hold it. */
  onPick?: (text: string) => void;
  /** A click on a value, an object or a list chooses where it stands. */
  onPickPath?: (path: string) => void;
  /** Where the pointer or the focus is; null when it has left. */
  onPoint?: (path: string | null) => void;
  /** The path that is chosen already. */
  chosen?: string;
  /** Opened this deep from the start. */
  openDepth?: number;
};

/** Children shown before "show more". */
const SHOWN = 100;

const Picking = createContext<Omit<JsonTreeProps, "value">>({});

/** JSON to walk through. Everything in it is a text node. */
export function JsonTree({ value, openDepth = 2, ...rest }: JsonTreeProps) {
  const { onPick, onPickPath, onPoint, chosen } = rest;
  const picking = useMemo(
    () => ({ onPick, onPickPath, onPoint, chosen, openDepth }),
    [onPick, onPickPath, onPoint, chosen, openDepth],
  );
  return (
    <Picking value={picking}>
      {typeof value !== "object" || value === null ? (
        <Leaf value={value} path="" />
      ) : (
        <ul className="font-mono text-xs leading-5">
          <Children value={value} steps={[]} />
        </ul>
      )}
    </Picking>
  );
}

function Children({ value, steps }: { value: object; steps: readonly PathStep[] }) {
  const [shown, setShown] = useState(SHOWN);
  const entries = Object.entries(value);
  return (
    <>
      {entries.slice(0, shown).map(([key, child]) => (
        <Row
          key={key}
          name={key}
          value={child}
          steps={[...steps, Array.isArray(value) ? Number(key) : key]}
        />
      ))}
      {entries.length === 0 && <li className="text-muted">empty</li>}
      {entries.length > shown && (
        <li>
          <button
            type="button"
            className="rounded-sm text-accent hover:underline"
            onClick={() => setShown(shown + 10 * SHOWN)}
          >
            show {entries.length - shown} more
          </button>
        </li>
      )}
    </>
  );
}

type RowProps = { name: string; value: unknown; steps: readonly PathStep[] };

function Row({ name, value, steps }: RowProps) {
  const { onPickPath, onPoint, chosen, openDepth = 0 } = useContext(Picking);
  const [open, setOpen] = useState(steps.length <= openDepth);
  const path = writePath(steps);
  const isChosen = onPickPath !== undefined && chosen === path;
  const pointed = onPoint && {
    onPointerEnter: () => onPoint(path),
    onPointerLeave: () => onPoint(null),
    onFocus: () => onPoint(path),
    onBlur: () => onPoint(null),
  };
  if (typeof value !== "object" || value === null) {
    return (
      <li className={cx("flex gap-2 pl-4", isChosen && chosenLook)} {...pointed}>
        <span className="shrink-0 text-muted">{name}</span>
        <Leaf value={value} path={path} isChosen={isChosen} />
      </li>
    );
  }
  const size = Object.keys(value).length;
  const what = Array.isArray(value) ? `[${size}]` : `{${size}}`;
  return (
    <li>
      <div className={cx("group flex items-center gap-1", isChosen && chosenLook)} {...pointed}>
        <button
          type="button"
          aria-expanded={open}
          className="flex items-center gap-0.5 rounded-sm text-left break-all text-muted hover:text-text"
          onClick={() => setOpen(!open)}
        >
          <ChevronRight
            className={cx("size-3.5 shrink-0 transition-transform", open && "rotate-90")}
            aria-hidden
          />
          {name} <span>{what}</span>
        </button>
        {onPickPath && (
          <button
            type="button"
            aria-label={`Use ${path}`}
            title={`Use ${path}`}
            aria-pressed={isChosen}
            className="flex items-center rounded-sm px-1 text-accent opacity-0 group-hover:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-100"
            onClick={() => onPickPath(path)}
          >
            <Crosshair className="size-3.5" aria-hidden />
          </button>
        )}
      </div>
      {open && (
        <ul className="ml-1.5 border-l border-line pl-2">
          <Children value={value} steps={steps} />
        </ul>
      )}
    </li>
  );
}

const chosenLook = "rounded-sm bg-accent/10 ring-1 ring-accent/40";

type LeafProps = { value: unknown; path: string; isChosen?: boolean };

function Leaf({ value, path, isChosen }: LeafProps) {
  const { onPick, onPickPath } = useContext(Picking);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const look = cx(
    "min-w-0 text-left font-mono text-xs leading-5 break-words whitespace-pre-wrap",
    typeof value === "number" && "text-accent",
    typeof value === "boolean" && "text-warn",
    (value === null || value === undefined) && "text-muted",
  );
  const clickable = cx(look, "rounded-sm decoration-dotted underline-offset-4 hover:underline");
  if (onPickPath && path !== "") {
    return (
      <button
        type="button"
        title={`Use ${path}`}
        aria-pressed={isChosen}
        className={clickable}
        onClick={() => onPickPath(path)}
      >
        {text === "" ? '""' : text}
      </button>
    );
  }
  const pickable = onPick && typeof value !== "object" && text !== undefined && text.trim() !== "";
  if (!pickable) return <span className={look}>{text ?? "nothing"}</span>;
  return (
    <button
      type="button"
      title="Find events with this value"
      className={clickable}
      onClick={() => onPick(text)}
    >
      {text}
    </button>
  );
}
