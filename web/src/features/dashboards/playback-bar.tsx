import { Pause, Play } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/button";
import { Input } from "@/components/input";
import { Select } from "@/components/select";
import { Skeleton } from "@/components/skeleton";
import type { BoardLive, Clock } from "@/lib/board";
import type { SearchParams } from "@/lib/search-params";
import { formatDateTime, type TimeZone, useTimeZone, zoneName } from "@/lib/time-zone";
import { type BoardAddress, SPEEDS } from "./board-address";

type PlaybackBarProps = {
  live: BoardLive;
  clock: Clock | null;
  address: BoardAddress;
  change: (changes: SearchParams, how?: "push" | "replace") => void;
};

/** How far the slider reaches at least before the moment that was chosen, and after it. */
const REACH_MS = 3_600_000;
const STEP_MS = 10_000;

/** Plays a past period on the same panels; everything it does also stands in the address. */
export default function PlaybackBar({ live, clock, address, change }: PlaybackBarProps) {
  const zone = useTimeZone();
  const start = useRef(Date.parse(address.at ?? ""));
  const opened = useRef(Date.now());
  /** While the slider is held, what is under the thumb. */
  const [held, setHeld] = useState<number | null>(null);
  const now = held ?? clock?.now ?? start.current;
  const speed = clock?.speed ?? address.speed;
  const least = start.current - REACH_MS;
  const most = Math.min(opened.current, start.current + 23 * REACH_MS);

  function seek(at: number) {
    const iso = new Date(at).toISOString();
    live.playback({ at: iso });
    change({ at: iso.replace(/\.\d+/, "") }, "replace");
  }

  function leave() {
    change({ at: undefined, speed: undefined });
  }

  return (
    <section
      aria-label="Playback"
      className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-accent/40 bg-accent/5 px-3 py-2"
    >
      <Button
        size="icon"
        aria-label={clock?.playing === false ? "Play" : "Pause"}
        disabled={!clock}
        onClick={() => live.playback({ playing: clock?.playing === false })}
      >
        {clock?.playing === false ? <Play aria-hidden /> : <Pause aria-hidden />}
      </Button>
      {clock || held !== null ? (
        <time
          dateTime={new Date(now).toISOString()}
          className="w-44 shrink-0 font-mono text-xs"
          title={zoneName(zone)}
        >
          {formatDateTime(new Date(now).toISOString(), zone)} {zone === "utc" ? "UTC" : ""}
        </time>
      ) : (
        <Skeleton className="h-5 w-44" />
      )}
      <input
        type="range"
        aria-label="Moment of the playback"
        aria-valuetext={formatDateTime(new Date(now).toISOString(), zone)}
        className="h-8 min-w-40 flex-1 accent-accent max-sm:order-last max-sm:w-full max-sm:flex-none pointer-coarse:h-11"
        min={least}
        max={most}
        step={STEP_MS}
        value={Math.min(Math.max(now, least), most)}
        onChange={(event) => setHeld(Number(event.target.value))}
        onPointerUp={() => {
          if (held !== null) seek(held);
          setHeld(null);
        }}
        onKeyUp={() => {
          if (held !== null) seek(held);
          setHeld(null);
        }}
      />
      <MomentInput at={start.current} zone={zone} onChoose={(at) => change({ at })} />
      <Select
        aria-label="Speed"
        className="w-22"
        value={speed}
        onChange={(event) => {
          live.playback({ speed: Number(event.target.value) });
          change({ speed: event.target.value === "1" ? undefined : event.target.value }, "replace");
        }}
      >
        {SPEEDS.map((value) => (
          <option key={value} value={value}>
            ×{value}
          </option>
        ))}
      </Select>
      <Button variant="primary" className="max-sm:order-last max-sm:w-full" onClick={leave}>
        Back to live
      </Button>
    </section>
  );
}

type MomentInputProps = { at: number; zone: TimeZone; onChoose: (at: string) => void };

/** Any past moment; the browser's own picker, read in the person's zone. */
function MomentInput({ at, zone, onChoose }: MomentInputProps) {
  const [text, setText] = useState(() => typed(at, zone));
  useEffect(() => setText(typed(at, zone)), [at, zone]);
  function choose(value: string) {
    setText(value);
    const moment = new Date(`${value}${zone === "utc" ? "Z" : ""}`);
    if (Number.isNaN(moment.getTime()) || moment.getTime() >= Date.now()) return;
    onChoose(moment.toISOString().replace(/\.\d+/, ""));
  }
  return (
    <Input
      type="datetime-local"
      aria-label={`Play from (${zoneName(zone)})`}
      className="min-w-54 flex-1 sm:w-54! sm:flex-none"
      value={text}
      max={typed(Date.now(), zone)}
      onChange={(event) => setText(event.target.value)}
      onBlur={(event) => {
        if (event.target.value !== typed(at, zone)) choose(event.target.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") choose(event.currentTarget.value);
      }}
    />
  );
}

function typed(ms: number, zone: TimeZone): string {
  const at = new Date(ms);
  const shifted = zone === "utc" ? at : new Date(ms - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
