/** Everything about one event, from a row of any list. */
import { ChevronDown, ChevronUp } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useEvent, usePublicKey } from "@/lib/event-api";
import type { Filter } from "@/lib/event-query";
import type { PulseEvent } from "@/lib/live/event";
import { Button } from "../button";
import { CopyButton } from "../copy-button";
import { Drawer } from "../drawer";
import { ErrorState } from "../error-state";
import { Loading, Skeleton } from "../skeleton";
import { BreadcrumbsView } from "./breadcrumbs-view";
import { EventFields } from "./event-fields";
import { eventAsCurl, eventAsJson, similarQuery } from "./event-text";
import { JsonTree } from "./json-tree";
import { KindBadge } from "./kind-badge";
import { StackView } from "./stack-view";

type EventDrawerProps = {
  projectId: string;
  /** Which event; closed without one. */
  id: string | undefined;
  /** The event itself when a list has it already. */
  known?: PulseEvent;
  onClose: () => void;
  /** The neighbours in the list, for j and k. */
  onStep?: (by: 1 | -1) => void;
  /** A click on a value. */
  onFilter: (filter: Filter) => void;
  /** A whole new query. */
  onSearch: (query: string) => void;
};

export function EventDrawer({ id, ...rest }: EventDrawerProps) {
  const { onClose, known } = rest;
  const { onStep } = rest;
  // The last one stays while the drawer goes.
  const last = useRef(id);
  if (id) last.current = id;

  const isOpen = id !== undefined;
  useEffect(() => {
    if (!isOpen || !onStep) return;
    function onKeyDown(event: KeyboardEvent) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "j") onStep?.(1);
      else if (event.key === "k") onStep?.(-1);
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [isOpen, onStep]);

  return (
    <Drawer
      open={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={known?.name ?? "Event"}
      actions={
        onStep && (
          <>
            <Button
              variant="ghost"
              size="icon"
              aria-label="Next event"
              title="Next (j)"
              onClick={() => onStep(1)}
            >
              <ChevronDown aria-hidden />
            </Button>
            <Button
              variant="ghost"
              size="icon"
              aria-label="Previous event"
              title="Previous (k)"
              onClick={() => onStep(-1)}
            >
              <ChevronUp aria-hidden />
            </Button>
          </>
        )
      }
    >
      <EventDetails id={last.current} {...rest} />
    </Drawer>
  );
}

function EventDetails({ projectId, id, known, onFilter, onSearch }: EventDrawerProps) {
  const { data: event, error, refetch } = useEvent(projectId, id, known);
  const key = usePublicKey(projectId);
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!event) {
    return (
      <div className="flex flex-col gap-3 p-4">
        <Loading what="event" />
        <Skeleton className="h-8" />
        <Skeleton className="h-64" />
        <Skeleton className="h-40" />
      </div>
    );
  }
  const breadcrumbs = Array.isArray(event.breadcrumbs) ? event.breadcrumbs : [];
  const hasStack = Boolean(event.stack || event.exception);
  return (
    <div className="flex flex-col">
      <div className="flex flex-wrap items-center gap-2 px-4 pt-4">
        <KindBadge event={event} />
        <Button size="sm" onClick={() => onSearch(similarQuery(event))}>
          Find similar
        </Button>
        <CopyButton withText label="Copy JSON" value={eventAsJson(event)} />
        <CopyButton
          withText
          label="Copy as curl"
          value={eventAsCurl(event, location.origin, key)}
        />
      </div>
      <Part>
        <EventFields event={event} onFilter={onFilter} />
      </Part>
      {hasStack && (
        <Part title="Stack">
          <StackView event={event} />
        </Part>
      )}
      {breadcrumbs.length > 0 && (
        <Part title="Breadcrumbs">
          <BreadcrumbsView breadcrumbs={breadcrumbs} />
        </Part>
      )}
      <Part title="Payload">
        {event.payload === null || event.payload === undefined ? (
          <p className="text-muted">This event was sent without a payload.</p>
        ) : (
          <JsonTree value={event.payload} onPick={(value) => onFilter({ field: null, value })} />
        )}
      </Part>
    </div>
  );
}

function Part({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <section className="border-b border-line px-4 py-4 last:border-b-0">
      {title && <h3 className="mb-2 text-sm font-medium text-muted">{title}</h3>}
      {children}
    </section>
  );
}
