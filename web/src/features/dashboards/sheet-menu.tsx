import "./menu-sheet.css";
import { DropdownMenu } from "radix-ui";
import { type ReactElement, type ReactNode, useRef, useState } from "react";
import { Menu, MenuContent, MenuTrigger } from "@/components/menu";

type SheetMenuProps = {
  /** The button that opens it. */
  trigger: ReactElement;
  /** Out of a box that would clip it, and inside the page's landmark. */
  escapes?: boolean;
  children: ReactNode;
};

/**
 * A menu that is a sheet at the bottom edge of a phone. It opens with the end of the press: opened
 * with its beginning, it could lie under the pointer already and take the end for a choice.
 */
export function SheetMenu({ trigger, escapes = false, children }: SheetMenuProps) {
  const [open, setOpen] = useState(false);
  const wasOpen = useRef(false);
  const content = (
    <MenuContent align="end" data-sheet>
      {children}
    </MenuContent>
  );
  return (
    <Menu open={open} onOpenChange={setOpen}>
      <MenuTrigger
        asChild
        onPointerDown={(event) => {
          // A press outside an open menu closes it before the click comes.
          wasOpen.current = open;
          event.preventDefault();
        }}
        onClick={() => setOpen(!wasOpen.current)}
      >
        {trigger}
      </MenuTrigger>
      {escapes ? (
        <DropdownMenu.Portal container={document.getElementById("content")}>
          {content}
        </DropdownMenu.Portal>
      ) : (
        content
      )}
    </Menu>
  );
}
