import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./button";
import { toast } from "./toast";

type CopyButtonProps = {
  value: string;
  /** What is copied, for the name of the button: "Copy key". */
  label?: string;
  /** Shows the label beside the icon. */
  withText?: boolean;
};

export function CopyButton({ value, label = "Copy", withText }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    if (await writeClipboard(value)) setCopied(true);
    else toast.error("The browser refused to copy. Select the text and copy it by hand.");
  };
  const Icon = copied ? Check : Copy;
  return (
    <Button
      variant={withText ? "secondary" : "ghost"}
      size={withText ? "sm" : "icon"}
      aria-label={copied ? "Copied" : label}
      onClick={copy}
    >
      <Icon aria-hidden className={copied ? "text-ok" : undefined} />
      {withText && (copied ? "Copied" : label)}
    </Button>
  );
}

/** The clipboard API is absent on plain http away from localhost, where people host at home. */
async function writeClipboard(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = value;
    area.className = "sr-only";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
