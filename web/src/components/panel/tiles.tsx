/** Several figures beside each other, each as large as there is room. */
import { cx } from "class-variance-authority";
import { CircleCheck, OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "./figures";

export function Tiles({ count, children }: { count: number; children: ReactNode }) {
  const columns = count <= 1 ? 1 : count <= 4 ? 2 : 3;
  return (
    <div
      className="grid h-full min-h-0 gap-2"
      style={{
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
        gridAutoRows: "minmax(0, 1fr)",
      }}
    >
      {children}
    </div>
  );
}

/** What a colour says, in the ways that need no colour. */
export const TONES = {
  ok: { look: "text-ok", fill: "fill-ok", icon: CircleCheck, word: "good" },
  warn: { look: "text-warn", fill: "fill-warn", icon: TriangleAlert, word: "warning" },
  error: { look: "text-error", fill: "fill-error", icon: OctagonAlert, word: "critical" },
};

/** A value in the colour of its threshold, with the sign and the word that go with it. */
export function ToneValue({
  text,
  tone,
  className,
}: {
  text: string;
  tone: Tone | null;
  className?: string;
}) {
  const told = tone && TONES[tone];
  const Icon = told?.icon;
  return (
    <span
      className={cx(
        "flex min-w-0 items-center gap-[0.25em] leading-none font-semibold",
        told?.look,
        className,
      )}
    >
      {Icon && <Icon className="size-[0.6em] shrink-0" aria-hidden />}
      <span className="truncate">{text}</span>
      {told && <span className="sr-only">, {told.word}</span>}
    </span>
  );
}
