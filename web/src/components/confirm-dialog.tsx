import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { Dialog, DialogFooter } from "./dialog";
import { ErrorState } from "./error-state";
import { Field } from "./field";
import { Input } from "./input";

type ConfirmDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will be gone, exactly. */
  children: ReactNode;
  /** The verb on the button, the same as on what opened this. */
  action: string;
  /** What must be typed first, for what can't be undone. */
  phrase?: string;
  onConfirm: () => void;
  pending: boolean;
  error: unknown;
};

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title={props.title}
      description={props.children}
    >
      {/* Its own component, so that what was typed is gone with the dialog. */}
      <ConfirmForm {...props} />
    </Dialog>
  );
}

function ConfirmForm({
  action,
  phrase,
  onConfirm,
  onOpenChange,
  pending,
  error,
}: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const ready = !phrase || typed.trim() === phrase;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onConfirm();
      }}
    >
      {phrase && (
        <Field
          label={
            <>
              Type <strong className="font-semibold break-all">{phrase}</strong> to confirm
            </>
          }
        >
          <Input
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            autoFocus
          />
        </Field>
      )}
      {error != null && (
        <div className="mt-3">
          <ErrorState error={error} />
        </div>
      )}
      <DialogFooter>
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button variant="danger-solid" type="submit" disabled={!ready} pending={pending}>
          {action}
        </Button>
      </DialogFooter>
    </form>
  );
}
