import { cx } from "class-variance-authority";
import { ChevronRight } from "lucide-react";
import { useState } from "react";

type JsonTreeProps = {
  value: unknown;
  /** A click on a value asks for events that hold it. */
  onPick?: (text: string) => void;
};

/** Opened this deep from the start. */
const OPEN_DEPTH = 2;
/** Children shown before "show more". */
const SHOWN = 100;

/** JSON to walk through. Everything in it is a text node. */
export function JsonTree({ value, onPick }: JsonTreeProps) {
  if (typeof value !== "object" || value === null) {
    return <Leaf value={value} onPick={onPick} />;
  }
  return (
    <ul className="font-mono text-xs leading-5">
      <Children value={value} depth={0} onPick={onPick} />
    </ul>
  );
}

type NodeProps = JsonTreeProps & { depth: number };

function Children({ value, depth, onPick }: NodeProps & { value: object }) {
  const [shown, setShown] = useState(SHOWN);
  const entries = Object.entries(value);
  return (
    <>
      {entries.slice(0, shown).map(([key, child]) => (
        <Row key={key} name={key} value={child} depth={depth} onPick={onPick} />
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

function Row({ name, value, depth, onPick }: NodeProps & { name: string }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  if (typeof value !== "object" || value === null) {
    return (
      <li className="flex gap-2 pl-4">
        <span className="shrink-0 text-muted">{name}</span>
        <Leaf value={value} onPick={onPick} />
      </li>
    );
  }
  const size = Object.keys(value).length;
  const what = Array.isArray(value) ? `[${size}]` : `{${size}}`;
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        className="flex items-center gap-0.5 rounded-sm text-muted hover:text-text"
        onClick={() => setOpen(!open)}
      >
        <ChevronRight
          className={cx("size-3.5 transition-transform", open && "rotate-90")}
          aria-hidden
        />
        {name} <span>{what}</span>
      </button>
      {open && (
        <ul className="ml-1.5 border-l border-line pl-2">
          <Children value={value} depth={depth + 1} onPick={onPick} />
        </ul>
      )}
    </li>
  );
}

function Leaf({ value, onPick }: JsonTreeProps) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const look = cx(
    "min-w-0 text-left font-mono text-xs leading-5 break-words whitespace-pre-wrap",
    typeof value === "number" && "text-accent",
    typeof value === "boolean" && "text-warn",
    (value === null || value === undefined) && "text-muted",
  );
  const pickable = onPick && typeof value !== "object" && text !== undefined && text.trim() !== "";
  if (!pickable) return <span className={look}>{text ?? "nothing"}</span>;
  return (
    <button
      type="button"
      title="Find events with this value"
      className={cx(look, "rounded-sm decoration-dotted underline-offset-4 hover:underline")}
      onClick={() => onPick(text)}
    >
      {text}
    </button>
  );
}
