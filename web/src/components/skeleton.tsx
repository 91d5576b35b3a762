import { cx } from "class-variance-authority";

/** Holds the place of what is coming; give it the final size. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <div
      className={cx("animate-breathe rounded-md bg-raised", className)}
      aria-hidden
      data-skeleton
    />
  );
}

/** Says to a screen reader what the skeletons say to the eye. */
export function Loading({ what }: { what: string }) {
  return (
    <span className="sr-only" role="status">
      Loading {what}…
    </span>
  );
}
