import { useId } from "react";
import { Switch } from "@/components/switch";

type SwitchFieldProps = {
  label: string;
  hint?: string | null;
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
};

export function SwitchField({ label, hint, checked, onCheckedChange }: SwitchFieldProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <Switch
        id={id}
        checked={checked}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onCheckedChange={onCheckedChange}
      />
      <div className="min-w-0 py-1.5 pointer-coarse:py-3">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
