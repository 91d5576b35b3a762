import type { ComponentProps } from "react";
import { Field } from "@/components/field";

type OriginsFieldProps = Pick<ComponentProps<typeof Field>, "error" | "children">;

export function OriginsField(props: OriginsFieldProps) {
  return (
    <Field
      label="Allowed origins"
      hint="Optional, one per line. Web pages from other origins are refused; apps and servers send no origin and are not affected."
      {...props}
    />
  );
}
