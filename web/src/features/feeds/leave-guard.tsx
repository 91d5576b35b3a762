import { useBlocker } from "@tanstack/react-router";
import { ConfirmDialog } from "@/components/confirm-dialog";

type LeaveGuardProps = {
  /** Asked at the moment of leaving. */
  isUnsaved: () => boolean;
  onDiscard: () => void;
};

/** Asks before what was typed is left behind. */
export function LeaveGuard({ isUnsaved, onDiscard }: LeaveGuardProps) {
  const blocker = useBlocker({
    shouldBlockFn: isUnsaved,
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      open={blocker.status === "blocked"}
      onOpenChange={(open) => {
        if (!open) blocker.reset?.();
      }}
      title="Leave without saving?"
      action="Discard changes"
      onConfirm={() => {
        onDiscard();
        blocker.proceed?.();
      }}
      pending={false}
      error={null}
    >
      What you changed here is not saved yet, and is gone when you leave.
    </ConfirmDialog>
  );
}
