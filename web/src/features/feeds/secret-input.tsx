import { Undo2 } from "lucide-react";
import { type ComponentProps, useRef } from "react";
import { Button } from "@/components/button";
import { Input } from "@/components/input";
import { MASK } from "./schema-form";

type SecretInputProps = Omit<ComponentProps<"input">, "value" | "onChange"> & {
  value: string;
  onValue: (value: string) => void;
  /** What the buttons say it is. */
  what?: string;
};

/** A value that the server keeps and never shows: it stays, or is replaced as a whole. */
export function SecretInput({ value, onValue, what = "value", ...rest }: SecretInputProps) {
  const wasKept = useRef(value === MASK);
  const input = useRef<HTMLInputElement>(null);
  const kept = value === MASK;
  return (
    <span className="flex min-w-0 flex-1 gap-1">
      <Input
        ref={input}
        type={kept ? "text" : "password"}
        autoComplete="off"
        spellCheck={false}
        readOnly={kept}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        {...rest}
      />
      {kept && (
        <Button
          aria-label={`Replace the ${what}`}
          onClick={() => {
            onValue("");
            input.current?.focus();
          }}
        >
          Replace
        </Button>
      )}
      {!kept && wasKept.current && (
        <Button
          variant="ghost"
          size="icon"
          aria-label={`Keep the old ${what}`}
          title="Keep the old one"
          onClick={() => onValue(MASK)}
        >
          <Undo2 aria-hidden />
        </Button>
      )}
    </span>
  );
}
