import { cx } from "class-variance-authority";
import type { ComponentProps } from "react";

export const controlClass =
  "h-8 w-full min-w-0 rounded-md border border-control bg-surface px-2.5 text-sm text-text transition-colors pointer-coarse:h-11 pointer-coarse:text-lg disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-error focus-visible:outline-offset-0";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cx(controlClass, className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      className={cx(
        controlClass,
        "h-auto min-h-16 py-1.5 font-mono text-xs pointer-coarse:h-auto",
        className,
      )}
      {...rest}
    />
  );
}
