import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";

const badge = cva(
  "inline-flex h-5 shrink-0 items-center gap-1 rounded-sm px-1.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3",
  {
    variants: {
      tone: {
        neutral: "bg-raised text-muted",
        accent: "bg-accent/10 text-accent",
        ok: "bg-ok/10 text-ok",
        warn: "bg-warn/10 text-warn",
        error: "bg-error/10 text-error",
      },
      mono: { true: "font-mono font-normal" },
    },
    defaultVariants: { tone: "neutral" },
  },
);

type BadgeProps = ComponentProps<"span"> & VariantProps<typeof badge>;

/** A state in a word; give it an icon as well where the colour carries meaning. */
export function Badge({ tone, mono, className, ...rest }: BadgeProps) {
  return <span className={badge({ tone, mono, className })} {...rest} />;
}
