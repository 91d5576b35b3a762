import { Columns3 } from "lucide-react";
import { Button } from "@/components/button";
import {
  Menu,
  MenuCheckbox,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuSeparator,
  MenuTrigger,
} from "@/components/menu";
import {
  type ColumnId,
  columnLabel,
  DEFAULT_COLUMNS,
  FIXED_COLUMNS,
  orderColumns,
} from "./columns";

type ColumnPickerProps = {
  columns: readonly ColumnId[];
  /** Tags seen in the events at hand. */
  tags: readonly string[];
  onChange: (columns: ColumnId[]) => void;
};

export function ColumnPicker({ columns, tags, onChange }: ColumnPickerProps) {
  const tagColumns = orderColumns([
    ...columns.filter((id) => id.startsWith("tag.")),
    ...tags.map((tag) => `tag.${tag}`),
  ]);
  const item = (id: ColumnId) => (
    <MenuCheckbox
      key={id}
      checked={columns.includes(id)}
      // The name is what opens an event.
      disabled={id === "name"}
      onSelect={(event) => event.preventDefault()}
      onCheckedChange={(checked) =>
        onChange(orderColumns(checked ? [...columns, id] : columns.filter((it) => it !== id)))
      }
    >
      {columnLabel(id)}
    </MenuCheckbox>
  );
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button className="max-md:hidden">
          <Columns3 aria-hidden />
          Columns
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        {FIXED_COLUMNS.map(item)}
        {tagColumns.length > 0 && (
          <>
            <MenuSeparator />
            <MenuLabel>Tags</MenuLabel>
            {tagColumns.map(item)}
          </>
        )}
        <MenuSeparator />
        <MenuItem onSelect={() => onChange([...DEFAULT_COLUMNS])}>Back to the usual ones</MenuItem>
      </MenuContent>
    </Menu>
  );
}
