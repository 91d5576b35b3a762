import { Button } from "./button";

/** Ends a form: there is nothing to press before something has changed. */
export function SaveButton({ isDirty, isSubmitting }: { isDirty: boolean; isSubmitting: boolean }) {
  return (
    <Button
      variant="primary"
      type="submit"
      disabled={!isDirty}
      pending={isSubmitting}
      className="self-start"
    >
      Save
    </Button>
  );
}
