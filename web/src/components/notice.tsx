import { cva, type VariantProps } from "class-variance-authority";
import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const notice = cva("flex items-start gap-2 rounded-md border px-3 py-2 text-sm", {
  variants: {
    tone: {
      info: "border-line bg-raised text-text",
      ok: "border-ok/40 bg-ok/10 text-text",
      warn: "border-warn/40 bg-warn/10 text-text",
      error: "border-error/40 bg-error/10 text-text",
    },
  },
});

const icons = { info: Info, ok: CircleCheck, warn: TriangleAlert, error: CircleAlert };
const colors = { info: "text-muted", ok: "text-ok", warn: "text-warn", error: "text-error" };

type NoticeProps = Required<NonNullable<VariantProps<typeof notice>>> & {
  tone: keyof typeof icons;
  children: ReactNode;
};

/** A sentence that stays on the screen; an error is read out at once. */
export function Notice({ tone, children }: NoticeProps) {
  const Icon = icons[tone];
  return (
    <div className={notice({ tone })} role={tone === "error" ? "alert" : undefined}>
      <Icon className={`mt-0.5 size-4 shrink-0 ${colors[tone]}`} aria-hidden />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
