import { cx } from "class-variance-authority";
import type { ComponentProps, ReactNode } from "react";

export function Card({ className, ...rest }: ComponentProps<"section">) {
  return (
    <section
      className={cx("min-w-0 rounded-lg border border-line bg-surface p-4", className)}
      {...rest}
    />
  );
}

type CardTitleProps = { children: ReactNode; description?: ReactNode; actions?: ReactNode };

export function CardTitle({ children, description, actions }: CardTitleProps) {
  return (
    <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
      <div className="min-w-0">
        <h2 className="text-base font-semibold">{children}</h2>
        {description && <p className="mt-0.5 max-w-lg text-muted">{description}</p>}
      </div>
      {actions}
    </div>
  );
}
