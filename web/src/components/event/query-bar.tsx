/** The query bar: one line of text with suggestions, messages and chips. */
import { useQuery } from "@tanstack/react-query";
import { cx } from "class-variance-authority";
import { CircleAlert, Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { namesQuery } from "@/lib/event-api";
import { complete, completionAt, parseQuery } from "@/lib/event-query";
import { Button } from "../button";
import { controlClass } from "../input";
import { QueryChips } from "./query-chips";
import { type Suggestion, suggestions } from "./query-suggestions";

type QueryBarProps = {
  projectId: string;
  /** The query in force. */
  value: string;
  onChange: (query: string) => void;
  /** What can be typed after `tag.`, as seen in the events at hand. */
  tags?: readonly string[];
  placeholder?: string;
};

export function QueryBar({ projectId, value, onChange, tags, placeholder }: QueryBarProps) {
  const [text, setText] = useState(value);
  const [caret, setCaret] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  // The query can change elsewhere: by a click on a value, a saved view, the back button.
  useEffect(() => setText(value), [value]);

  const completion = useMemo(() => completionAt(text, caret), [text, caret]);
  const { data: names } = useQuery({
    ...namesQuery(projectId, null, [], {
      limit: 8,
      search: completion.field === "name" ? completion.typed : undefined,
    }),
    enabled: open,
    retry: false,
  });
  const offered = useMemo(
    () => (open ? suggestions(completion, names ?? [], tags ?? []) : []),
    [open, completion, names, tags],
  );
  const { problems } = useMemo(() => parseQuery(text), [text]);
  // While a word is being typed it may still become right.
  const problem = problems.find(({ end }) => !open || caret < end || caret > end);

  function apply(next: string) {
    setOpen(false);
    setActive(-1);
    if (parseQuery(next).problems.length === 0) onChange(next.trim());
  }

  function choose(suggestion: Suggestion) {
    const next = complete(text, completion, suggestion);
    setText(next.text);
    setCaret(next.caret);
    setActive(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(next.caret, next.caret));
    if (suggestion.value !== null) apply(next.text);
    else setOpen(true);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) setOpen(true);
      const by = event.key === "ArrowDown" ? 1 : -1;
      const count = offered.length;
      if (count > 0) setActive((active + by + count + (active < 0 && by < 0 ? 1 : 0)) % count);
      event.preventDefault();
    } else if (event.key === "Enter" || (event.key === "Tab" && active >= 0)) {
      const chosen = offered[active];
      if (chosen) choose(chosen);
      else apply(text);
      event.preventDefault();
    } else if (event.key === "Escape" && open) {
      setOpen(false);
      setActive(-1);
      event.stopPropagation();
    }
  }

  return (
    <div role="search" className="relative min-w-0 flex-1">
      <div className="relative">
        <Search
          className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
          aria-hidden
        />
        <input
          ref={input}
          role="combobox"
          aria-label="Filter events"
          aria-expanded={offered.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          data-query-bar
          placeholder={placeholder ?? 'level:error release:1.2 -name:ping "some text"'}
          className={cx(controlClass, "px-8 font-mono text-xs")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setActive(-1);
            setOpen(true);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onClick={() => setOpen(true)}
          onBlur={() => {
            setOpen(false);
            if (text.trim() !== value) apply(text);
          }}
          onKeyDown={onKeyDown}
        />
        {text !== "" && (
          <Button
            variant="ghost"
            size="icon"
            className="absolute top-0.5 right-0.5 size-7 pointer-coarse:top-0 pointer-coarse:right-0"
            aria-label="Clear the query"
            onClick={() => {
              setText("");
              apply("");
              input.current?.focus();
            }}
          >
            <X aria-hidden />
          </Button>
        )}
        <Suggestions id={id} offered={offered} active={active} onChoose={choose} />
      </div>
      {problem && (
        <p
          id={`${id}-problem`}
          role="status"
          className="mt-1 flex items-start gap-1.5 text-xs text-error"
        >
          <CircleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          {problem.message}
        </p>
      )}
      <QueryChips query={value} onChange={onChange} />
    </div>
  );
}

type SuggestionsProps = {
  id: string;
  offered: readonly Suggestion[];
  active: number;
  onChoose: (suggestion: Suggestion) => void;
};

function Suggestions({ id, offered, active, onChoose }: SuggestionsProps) {
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label="Suggestions"
      hidden={offered.length === 0}
      className="absolute top-full left-0 z-30 mt-1 max-h-72 w-full max-w-md overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-float"
    >
      {offered.map((suggestion, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the input hears the keys
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input
        <div
          key={suggestion.text}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === active}
          className={cx(
            "flex h-8 cursor-pointer items-center gap-3 rounded-md px-2 pointer-coarse:h-11 hover:bg-raised",
            i === active && "bg-raised",
          )}
          // The click must not take the focus first.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onChoose(suggestion)}
        >
          <span className="min-w-0 flex-1 truncate font-mono text-xs">{suggestion.text}</span>
          <span className="shrink-0 text-xs text-muted">{suggestion.hint}</span>
        </div>
      ))}
    </div>
  );
}
