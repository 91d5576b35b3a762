import { cx } from "class-variance-authority";
import type { ComponentProps } from "react";

/** A table that scrolls inside its own box when it must; the page never does. */
export function Table({ className, ...rest }: ComponentProps<"table">) {
  return (
    <div className="min-w-0 overflow-x-auto">
      <table className={cx("w-full border-collapse text-left text-sm", className)} {...rest} />
    </div>
  );
}

export function THead(props: ComponentProps<"thead">) {
  return <thead {...props} />;
}

export function TBody(props: ComponentProps<"tbody">) {
  return <tbody {...props} />;
}

export function Tr({ className, ...rest }: ComponentProps<"tr">) {
  return <tr className={cx("border-b border-line last:border-b-0", className)} {...rest} />;
}

type CellProps = { numeric?: boolean };

export function Th({ className, numeric, ...rest }: ComponentProps<"th"> & CellProps) {
  return (
    <th
      scope="col"
      className={cx(
        "h-8 px-2 text-sm font-normal whitespace-nowrap text-muted first:pl-0 last:pr-0",
        numeric && "text-right",
        className,
      )}
      {...rest}
    />
  );
}

export function Td({ className, numeric, ...rest }: ComponentProps<"td"> & CellProps) {
  return (
    <td
      className={cx("h-9 px-2 py-1.5 first:pl-0 last:pr-0", numeric && "text-right", className)}
      {...rest}
    />
  );
}
