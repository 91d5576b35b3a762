import { useParams } from "@tanstack/react-router";
import { cx } from "class-variance-authority";
import { Menu as MenuIcon, Search } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { timeZone, useTimeZone, zoneName } from "@/lib/time-zone";
import { Button } from "./button";
import { ConnectionPill } from "./connection-pill";
import { Kbd } from "./kbd";
import { useShell } from "./shell";
import { TimeRangePicker } from "./time-range-picker";
import { Tooltip } from "./tooltip";

type PageProps = {
  title: string;
  /** Shows the time range picker: the screen reads `useTimeRange`. */
  range?: boolean;
  /** Right after the title. */
  beside?: ReactNode;
  /** In place of the pill of the project's connection. */
  pill?: ReactNode;
  /** The screen's own buttons, at the right end of the header. */
  actions?: ReactNode;
  /** The content fills the height and brings its own padding and scrolling. */
  fill?: boolean;
  /** Forms: no wider than people read. */
  narrow?: boolean;
  children: ReactNode;
};

/** One screen inside the shell: the header and what is under it. */
export function Page({ title, range, beside, pill, actions, fill, narrow, children }: PageProps) {
  const { project } = useParams({ strict: false }) as { project?: string };
  const shell = useShell();
  useEffect(() => {
    document.title = `${title} · PulseBoard`;
  }, [title]);

  return (
    <div className="flex h-full min-w-0 flex-1 flex-col">
      <header className="flex min-h-12.5 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-surface px-3 py-2 md:px-5">
        <Button
          variant="ghost"
          size="icon"
          className="md:hidden"
          aria-label="Open menu"
          onClick={shell.openMenu}
        >
          <MenuIcon aria-hidden />
        </Button>
        <div className={cx("flex flex-1 items-center gap-1", beside ? "min-w-40" : "min-w-0")}>
          <h1 className="min-w-0 truncate text-lg leading-8 font-semibold">{title}</h1>
          {beside}
        </div>
        {pill ?? (project && <ConnectionPill projectId={project} />)}
        {range && <TimeRangePicker />}
        <ZoneButton />
        <Tooltip label="Search screens, dashboards, feeds, projects and actions">
          <Button
            className="max-md:hidden"
            onClick={shell.openPalette}
            aria-label="Open the command palette"
          >
            {isMac ? "⌘K" : "Ctrl K"}
          </Button>
        </Tooltip>
        <Button
          variant="ghost"
          size="icon"
          className="md:hidden"
          aria-label="Search"
          onClick={shell.openPalette}
        >
          <Search aria-hidden />
        </Button>
        {actions}
      </header>
      <main
        className={cx("min-h-0 min-w-0 flex-1 overflow-y-auto", !fill && "p-3 md:p-5")}
        id="content"
        tabIndex={-1}
      >
        {narrow ? <div className="max-w-form">{children}</div> : children}
      </main>
    </div>
  );
}

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** "⌘" where there is one. */
export function ModifierKey() {
  return <Kbd>{isMac ? "⌘" : "Ctrl"}</Kbd>;
}

function ZoneButton() {
  const zone = useTimeZone();
  const other = zone === "utc" ? "local" : "utc";
  return (
    <Tooltip label={zone === "utc" ? "Times are in UTC" : `Times are local, ${zoneName(zone)}`}>
      <Button
        className="max-lg:hidden"
        onClick={() => timeZone.set(other)}
        aria-label={`Times are ${zone === "utc" ? "in UTC" : `local, ${zoneName(zone)}`}. Show ${zone === "utc" ? "local times" : "UTC"}`}
      >
        {zone === "utc" ? "UTC" : "Local"}
      </Button>
    </Tooltip>
  );
}
