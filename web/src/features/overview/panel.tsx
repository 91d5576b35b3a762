import { cx } from "class-variance-authority";
import type { ReactNode } from "react";
import { Card } from "@/components/card";

type PanelProps = { title: string; actions?: ReactNode; className?: string; children: ReactNode };

/** A card with its title on the first line. */
export function Panel({ title, actions, className, children }: PanelProps) {
  return (
    <Card className={cx("flex flex-col", className)}>
      <div className="mb-2 flex min-h-6 flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <h2 className="text-xs font-medium text-muted">{title}</h2>
        {actions}
      </div>
      {children}
    </Card>
  );
}
