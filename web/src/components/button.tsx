import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

const button = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-md border text-sm font-medium whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:opacity-60 aria-disabled:cursor-not-allowed aria-disabled:opacity-60 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "border-accent bg-accent text-on-accent not-disabled:hover:brightness-110",
        secondary: "border-line bg-surface text-text not-disabled:hover:bg-raised",
        ghost:
          "border-transparent text-muted not-disabled:hover:bg-raised not-disabled:hover:text-text",
        danger:
          "border-error/50 bg-surface text-error not-disabled:hover:border-error not-disabled:hover:bg-error/10",
        "danger-solid": "border-error bg-error text-on-error not-disabled:hover:brightness-110",
      },
      size: {
        md: "h-8 px-3 pointer-coarse:h-11",
        sm: "h-7 px-2 text-xs pointer-coarse:h-11",
        icon: "size-8 pointer-coarse:size-11",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

type ButtonProps = ComponentProps<"button"> &
  VariantProps<typeof button> & {
    /** Wears the button's looks on its child, for links. */
    asChild?: boolean;
    /** Shows that it is at work and takes no second click. */
    pending?: boolean;
  };

export function Button({
  variant,
  size,
  asChild,
  pending,
  className,
  children,
  disabled,
  type = "button",
  ...rest
}: ButtonProps) {
  const classes = button({ variant, size, className });
  if (asChild) {
    return (
      <Slot.Root className={classes} {...rest}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button
      type={type}
      className={classes}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      {...rest}
    >
      {pending && <LoaderCircle className="animate-spin" aria-hidden />}
      {children}
    </button>
  );
}
