import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

type EmptyStateProps = {
  icon: LucideIcon;
  title: string;
  /** What to do next, in a sentence; perhaps a command to copy. */
  children?: ReactNode;
  action?: ReactNode;
  /** Its title is the title of the whole page. */
  page?: boolean;
};

export function EmptyState({ icon: Icon, title, children, action, page }: EmptyStateProps) {
  const Title = page ? "h1" : "h2";
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-10 text-center">
      <span className="flex size-10 items-center justify-center rounded-lg border border-line bg-raised text-muted">
        <Icon className="size-5" aria-hidden />
      </span>
      <Title className="text-base font-semibold">{title}</Title>
      {children && <div className="w-full max-w-lg text-muted">{children}</div>}
      {action}
    </div>
  );
}
