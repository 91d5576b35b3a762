import { cx } from "class-variance-authority";
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";

type DrawerProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** Keeps the title for screen readers only. */
  hideTitle?: boolean;
  side?: "left" | "right";
  /** Beside the close button. */
  actions?: ReactNode;
  children: ReactNode;
};

/** A panel from the side; from the right it takes the whole width of a phone. */
export function Drawer({
  open,
  onOpenChange,
  title,
  hideTitle,
  side = "right",
  actions,
  children,
}: DrawerProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div data-modal className="fixed inset-0 z-40 animate-fade bg-[#05070b]/60" />
        <Radix.Content
          aria-describedby={undefined}
          className={cx(
            "fixed inset-y-0 z-50 flex flex-col border-line bg-surface shadow-float outline-none",
            side === "right"
              ? "right-0 w-full max-w-lg animate-slide-in border-l"
              : "left-0 w-64 max-w-[calc(100vw-48px)] animate-slide-over border-r",
          )}
        >
          {hideTitle ? (
            <>
              <Radix.Title className="sr-only">{title}</Radix.Title>
              <Radix.Close asChild>
                <Button
                  variant="ghost"
                  size="icon"
                  aria-label="Close"
                  className="absolute top-1 right-1 z-10"
                >
                  <X aria-hidden />
                </Button>
              </Radix.Close>
            </>
          ) : (
            <div className="flex min-h-12.5 items-center gap-2 border-b border-line py-1 pr-2 pl-4">
              <Radix.Title className="min-w-0 flex-1 truncate text-base font-semibold">
                {title}
              </Radix.Title>
              {actions}
              <Radix.Close asChild>
                <Button variant="ghost" size="icon" aria-label="Close">
                  <X aria-hidden />
                </Button>
              </Radix.Close>
            </div>
          )}
          <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
