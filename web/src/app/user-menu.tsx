import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleUser, LogOut } from "lucide-react";
import { Button } from "@/components/button";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadio,
  MenuRadioGroup,
  MenuSeparator,
  MenuTrigger,
} from "@/components/menu";
import { meQuery } from "@/lib/me";
import { useSignOut } from "@/lib/sign-out";
import { type ThemeChoice, themeChoice } from "@/lib/theme";

export const themeNames: Record<ThemeChoice, string> = {
  system: "System",
  dark: "Dark",
  light: "Light",
};

export function UserMenu({ narrow }: { narrow: boolean }) {
  const { data: me } = useQuery(meQuery);
  const theme = themeChoice.use();
  const signOut = useSignOut();
  const name = me?.user.name || me?.user.email || "Account";
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button
          variant="ghost"
          className={narrow ? "w-full px-0!" : "w-full justify-start! px-2!"}
          aria-label={`Account: ${name}`}
        >
          <CircleUser aria-hidden />
          {!narrow && <span className="truncate">{name}</span>}
        </Button>
      </MenuTrigger>
      <MenuContent side="top" className="w-56" aria-label="Account">
        {me && <MenuLabel className="truncate">{me.user.email}</MenuLabel>}
        <MenuItem asChild>
          <Link to="/account">
            <CircleUser aria-hidden />
            Account settings
          </Link>
        </MenuItem>
        <MenuSeparator />
        <MenuLabel>Theme</MenuLabel>
        <MenuRadioGroup
          value={theme}
          onValueChange={(value) => themeChoice.set(value as ThemeChoice)}
        >
          {Object.entries(themeNames).map(([value, label]) => (
            <MenuRadio key={value} value={value}>
              {label}
            </MenuRadio>
          ))}
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem onSelect={() => signOut.mutate()}>
          <LogOut aria-hidden />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
