import { type ReactNode, useEffect } from "react";
import { Logo } from "@/components/logo";

type AuthLayoutProps = { title: string; lead?: ReactNode; children: ReactNode; footer?: ReactNode };

/** The frame of the screens before the door. */
export function AuthLayout({ title, lead, children, footer }: AuthLayoutProps) {
  useEffect(() => {
    document.title = `${title} · PulseBoard`;
  }, [title]);
  return (
    <main className="flex min-h-full flex-col items-center justify-center gap-6 p-4 py-10">
      <p className="flex items-center gap-2.5 text-lg font-semibold">
        <Logo className="size-6 text-accent" />
        PulseBoard
      </p>
      <div className="w-full max-w-sm rounded-lg border border-line bg-surface p-6">
        <h1 className="text-xl font-semibold">{title}</h1>
        {lead && <p className="mt-1 text-muted">{lead}</p>}
        <div className="mt-5">{children}</div>
      </div>
      {footer && <p className="text-muted">{footer}</p>}
    </main>
  );
}
