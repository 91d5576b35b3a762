import type { UseFormRegisterReturn } from "react-hook-form";
import { roleNames, roles } from "@/lib/roles";

export function RoleChoice({ register }: { register: UseFormRegisterReturn }) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">Role</legend>
      <div className="flex flex-col gap-2">
        {roleNames.map((role) => (
          <label
            key={role}
            className="flex gap-2.5 rounded-md border border-line px-3 py-2 transition-colors hover:bg-raised has-checked:border-accent has-checked:bg-accent/10"
          >
            <input type="radio" value={role} className="mt-1 accent-(--accent)" {...register} />
            <span>
              <span className="block font-medium">{roles[role].name}</span>
              <span className="block text-xs text-muted">{roles[role].what}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
