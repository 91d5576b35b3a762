import { cx } from "class-variance-authority";
import { Popover as Radix } from "radix-ui";
import type { ComponentProps } from "react";

export const Popover = Radix.Root;
export const PopoverTrigger = Radix.Trigger;
export const PopoverClose = Radix.Close;

/** In its place in the document, so that it belongs to the landmark it was opened from. */
export function PopoverContent({ className, ...rest }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Content
      sideOffset={6}
      collisionPadding={8}
      className={cx(
        "z-40 animate-enter rounded-lg border border-line bg-surface p-3 shadow-float outline-none",
        className,
      )}
      {...rest}
    />
  );
}
