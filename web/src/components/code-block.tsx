import { CopyButton } from "./copy-button";

type CodeBlockProps = {
  code: string;
  /** What the code is, for its name and the copy button: "curl command". */
  label: string;
};

/** Code to copy. Long lines scroll inside, so that the page never does. */
export function CodeBlock({ code, label }: CodeBlockProps) {
  return (
    <div className="group relative min-w-0 rounded-md border border-line bg-bg">
      {/* What scrolls must be reachable from the keyboard. */}
      <pre
        className="overflow-x-auto p-3 pr-12 text-left font-mono text-xs leading-5 pointer-coarse:min-h-13 pointer-coarse:py-4"
        tabIndex={0}
        role="region"
        aria-label={label}
      >
        <code>{code}</code>
      </pre>
      <div className="absolute top-1 right-1 rounded-md bg-bg">
        <CopyButton value={code} label={`Copy ${label}`} />
      </div>
    </div>
  );
}
