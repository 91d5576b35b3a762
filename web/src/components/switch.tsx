import { cx } from "class-variance-authority";
import type { ComponentProps } from "react";

type SwitchProps = Omit<ComponentProps<"button">, "onChange"> & {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
};

/** On or off, at once. It needs a label. */
export function Switch({ checked, onCheckedChange, className, ...rest }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      onClick={() => onCheckedChange(!checked)}
      className={cx(
        "group inline-flex h-8 w-9 shrink-0 items-center rounded-md disabled:cursor-not-allowed disabled:opacity-60 pointer-coarse:h-11 pointer-coarse:w-11",
        className,
      )}
      {...rest}
    >
      <span
        className={cx(
          "flex h-5 w-9 items-center rounded-lg border px-0.5 transition-colors",
          checked ? "border-accent bg-accent" : "border-control bg-raised",
        )}
      >
        <span
          className={cx(
            "size-3.5 rounded-lg transition-transform",
            checked ? "translate-x-4 bg-on-accent" : "bg-control",
          )}
        />
      </span>
    </button>
  );
}
