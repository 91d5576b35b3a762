import type { UseFormRegisterReturn } from "react-hook-form";

const kinds = [
  { kind: "public", title: "Public", what: "Only writes. Safe inside apps and web pages." },
  { kind: "secret", title: "Secret", what: "Writes and reads. For servers; shown once." },
] as const;

export function KindChoice({ register }: { register: UseFormRegisterReturn }) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">Kind</legend>
      <div className="grid grid-cols-1 gap-2 sm:grid-cols-2">
        {kinds.map(({ kind, title, what }) => (
          <label
            key={kind}
            className="flex gap-2.5 rounded-md border border-line p-3 transition-colors hover:bg-raised has-checked:border-accent has-checked:bg-accent/10"
          >
            <input type="radio" value={kind} className="mt-1 accent-(--accent)" {...register} />
            <span>
              <span className="block font-medium">{title}</span>
              <span className="block text-xs text-muted">{what}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
