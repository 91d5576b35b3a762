/** Somebody's words, in Markdown. */
import { fillVariables } from "@/lib/board/variables";
import { type BodyProps, useSurroundings } from "./body";
import { SafeMarkdown } from "./safe-markdown";

export default function TextPanel({ panel }: BodyProps) {
  const { variables } = useSurroundings();
  const text = typeof panel.options.text === "string" ? panel.options.text : "";
  return (
    <div
      role="region"
      aria-label={`${panel.title || "Panel"}, text`}
      tabIndex={0}
      className="h-full overflow-auto rounded-sm focus-visible:-outline-offset-2"
    >
      <SafeMarkdown text={fillVariables(text, variables)} />
    </div>
  );
}
