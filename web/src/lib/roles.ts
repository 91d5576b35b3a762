import type { Role } from "./api";

type RoleText = { name: string; an: string; what: string };

/** What each role may do, from the most to the least. */
export const roles: Record<Role, RoleText> = {
  admin: {
    name: "Admin",
    an: "an admin",
    what: "Changes everything, also people, keys and settings, and deletes.",
  },
  editor: {
    name: "Editor",
    an: "an editor",
    what: "Looks at everything and changes what is on the screens, not keys or settings.",
  },
  viewer: { name: "Viewer", an: "a viewer", what: "Looks at everything, changes nothing." },
};

export const roleNames = Object.keys(roles) as Role[];

/** Whether `next` may do less than `now`. */
export function takesRights(now: Role, next: Role): boolean {
  return roleNames.indexOf(next) > roleNames.indexOf(now);
}

/** For what follows a colon. */
export function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
