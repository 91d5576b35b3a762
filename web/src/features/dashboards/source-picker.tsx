import { cx } from "class-variance-authority";
import { Activity, Hash, Plus, Rss } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { Button } from "@/components/button";
import { ErrorState } from "@/components/error-state";
import { Input } from "@/components/input";
import { Loading, Skeleton } from "@/components/skeleton";
import type { Source, SourceKind } from "@/lib/board";
import { GROUPS, matching, type Offer, useOffers } from "./source-list";

const icons = { Feeds: Rss, Metrics: Hash, Events: Activity };

/** More than this is narrowed by a word. */
const SHOWN = 80;

type SourcePickerProps = {
  projectId: string;
  kinds: readonly SourceKind[];
  /** Open from the start, when there is nothing yet. */
  first: boolean;
  onPick: (source: Source, offer: Offer) => void;
};

/** Everything that the panel could show, searched by a word, with its latest value. */
export function SourcePicker({ projectId, kinds, first, onPick }: SourcePickerProps) {
  const [open, setOpen] = useState(first);
  if (!open) {
    return (
      <Button className="self-start" onClick={() => setOpen(true)}>
        <Plus aria-hidden />
        Add data
      </Button>
    );
  }
  return (
    <OpenPicker
      projectId={projectId}
      kinds={kinds}
      onCancel={first ? undefined : () => setOpen(false)}
      onPick={(source, offer) => {
        setOpen(false);
        onPick(source, offer);
      }}
    />
  );
}

type OpenPickerProps = Omit<SourcePickerProps, "first"> & { onCancel: (() => void) | undefined };

function OpenPicker({ projectId, kinds, onPick, onCancel }: OpenPickerProps) {
  const id = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const { offers, pending, error } = useOffers(projectId, kinds);
  const found = useMemo(() => {
    const all = matching(offers, text);
    return GROUPS.flatMap((group) => all.filter((offer) => offer.group === group)).slice(0, SHOWN);
  }, [offers, text]);
  const current = Math.min(active, found.length - 1);

  function onKeyDown(event: KeyboardEvent) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      const next = Math.min(Math.max(current + by, 0), found.length - 1);
      setActive(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      const offer = found[current];
      if (offer) onPick(offer.source, offer);
    } else if (event.key === "Escape" && onCancel) {
      event.preventDefault();
      event.stopPropagation();
      onCancel();
    }
  }

  return (
    <div className="flex flex-col gap-2 rounded-md border border-line p-2">
      <div className="flex gap-2">
        <Input
          type="search"
          role="combobox"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={found.length > 0 ? `${id}-${current}` : undefined}
          aria-label="Search feeds, metrics and events"
          placeholder="Search feeds, metrics, events"
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
      </div>
      {error && offers.length === 0 && <ErrorState error={error} />}
      {pending && offers.length === 0 && (
        <>
          <Loading what="what there is to show" />
          <Skeleton className="h-40" />
        </>
      )}
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label="What the panel can show"
        className="max-h-72 overflow-y-auto"
      >
        {found.map((offer, i) => {
          const Icon = icons[offer.group];
          const begins = found[i - 1]?.group !== offer.group;
          return (
            <div key={offer.key} role="presentation">
              {begins && (
                <p className="px-2 pt-2 pb-1 text-xs text-muted" role="presentation">
                  {offer.group}
                </p>
              )}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the search field, as in every combobox */}
              <div
                id={`${id}-${i}`}
                role="option"
                tabIndex={-1}
                aria-selected={i === current}
                className={cx(
                  "flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 py-1 hover:bg-raised pointer-coarse:min-h-11",
                  i === current && "bg-raised",
                )}
                onClick={() => onPick(offer.source, offer)}
              >
                <Icon className="size-4 shrink-0 text-muted" aria-hidden />
                <span className="min-w-0 truncate font-mono text-xs">{offer.title}</span>
                <span className="min-w-0 truncate text-xs text-muted">{offer.detail}</span>
                <span className="ml-auto shrink-0 font-mono text-xs">
                  {offer.value === "–" ? "" : offer.value}
                </span>
              </div>
            </div>
          );
        })}
      </div>
      {!pending && found.length === 0 && (
        <p className="px-2 pb-1 text-muted">
          {text.trim()
            ? "Nothing has this name. Feeds can also be chosen before their first value came."
            : "The project has nothing to show here yet. Add a feed or send an event first."}
        </p>
      )}
    </div>
  );
}
