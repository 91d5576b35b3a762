/**
 * What happened, as a person would say it. One line per action; what is not listed is told from
 * the action's own words, so that a server newer than this page is still understood.
 */
import type { AuditAction, AuditEntry } from "@/lib/api";
import { personName } from "@/lib/members";

/** Names stand out from the words between them. */
export type Part = string | { name: string };

type Sentence = (entry: Told) => Part[];
type Told = { actor: Part; target: Part; details: Record<string, unknown> };

const sentences: Record<AuditAction, Sentence> = {
  "org.updated": ({ actor, target }) => say`${actor} renamed the organization to ${target}`,
  "member.joined": ({ actor, details }) => say`${actor} joined${as(details)}`,
  "member.role_changed": ({ actor, target, details }) =>
    say`${actor} changed the role of ${target}${fromTo(details.role ?? details)}`,
  "member.removed": ({ actor, target }) => say`${actor} removed ${target} from the team`,
  "member.left": ({ actor }) => say`${actor} left the team`,
  "invitation.created": ({ actor, target, details }) =>
    say`${actor} invited ${target}${as(details)}`,
  "invitation.withdrawn": ({ actor, target }) => say`${actor} withdrew the invitation of ${target}`,
  "invitation.used": ({ actor }) => say`${actor} used an invitation, being a member already`,
  "project.created": ({ actor, target }) => say`${actor} created the project ${target}`,
  "project.updated": projectUpdated,
  "project.cleared": ({ actor, target }) => say`${actor} deleted all events of ${target}`,
  "project.deleted": ({ actor, target }) => say`${actor} deleted the project ${target}`,
  "key.created": ({ actor, target, details }) =>
    say`${actor} created the key ${target}${ofProject(details)}`,
  "key.updated": ({ actor, target, details }) =>
    say`${actor} changed the key ${target}${ofProject(details)}`,
  "key.revoked": ({ actor, target, details }) =>
    say`${actor} revoked the key ${target}${ofProject(details)}`,
  "feed.created": ({ actor, target, details }) =>
    say`${actor} created the feed ${target}${ofProject(details)}`,
  "feed.updated": feedUpdated,
  "feed.deleted": ({ actor, target }) => say`${actor} deleted the feed ${target}`,
  "feed.rotated": ({ actor, target }) => say`${actor} gave the feed ${target} a new address`,
  "dashboard.created": ({ actor, target, details }) =>
    say`${actor} ${typeof details.imported_panels === "number" ? "imported" : "created"} the dashboard ${target}`,
  "dashboard.deleted": ({ actor, target }) => say`${actor} deleted the dashboard ${target}`,
};

/** The actions that can be filtered by, with words for the list. */
export const actionNames: Record<AuditAction, string> = {
  "org.updated": "Organization renamed",
  "member.joined": "Joined",
  "member.role_changed": "Role changed",
  "member.removed": "Removed from the team",
  "member.left": "Left the team",
  "invitation.created": "Invited",
  "invitation.withdrawn": "Invitation withdrawn",
  "invitation.used": "Invitation used by a member",
  "project.created": "Project created",
  "project.updated": "Project changed",
  "project.cleared": "All events deleted",
  "project.deleted": "Project deleted",
  "key.created": "Key created",
  "key.updated": "Key changed",
  "key.revoked": "Key revoked",
  "feed.created": "Feed created",
  "feed.updated": "Feed changed",
  "feed.deleted": "Feed deleted",
  "feed.rotated": "Feed given a new address",
  "dashboard.created": "Dashboard created",
  "dashboard.deleted": "Dashboard deleted",
};

export function sentenceOf(entry: AuditEntry): Part[] {
  const told: Told = {
    actor: entry.actor ? { name: personName(entry.actor) } : "PulseBoard itself",
    target: entry.target ? { name: entry.target.name } : "something",
    details: entry.details ?? {},
  };
  const sentence: Sentence | undefined = sentences[entry.action];
  return (sentence?.(told) ?? fallback(entry, told)).filter((part) => part !== "");
}

export function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === "string" ? part : part.name)).join("");
}

/** "alert_rule.deleted" with the target CPU: "Ann deleted the alert rule CPU". */
function fallback({ action, target }: AuditEntry, told: Told): Part[] {
  const [noun = action, verb = "changed"] = action
    .split(".")
    .map((word) => word.replace(/_/g, " "));
  return target
    ? say`${told.actor} ${verb} the ${noun} ${told.target}`
    : say`${told.actor} ${verb} the ${noun}`;
}

function say(texts: TemplateStringsArray, ...parts: Part[]): Part[] {
  return texts.flatMap((text, i) => [text, parts[i] ?? ""]);
}

function projectUpdated({ actor, target, details }: Told): Part[] {
  const { name, retention_days: days } = details;
  if (isChange(name) && !days) {
    return say`${actor} renamed the project ${{ name: valueText(name.from) }} to ${target}`;
  }
  if (isChange(days) && !name) {
    return say`${actor} changed the retention of ${target}${fromTo(days)} days`;
  }
  return say`${actor} changed the project ${target}`;
}

function feedUpdated({ actor, target, details }: Told): Part[] {
  const { enabled, ...others } = details;
  if (isChange(enabled) && Object.keys(others).length === 0) {
    return say`${actor} turned the feed ${target} ${enabled.to ? "on" : "off"}`;
  }
  return say`${actor} changed the feed ${target}`;
}

function ofProject({ project }: Record<string, unknown>): string {
  return typeof project === "string" ? ` of ${project}` : "";
}

function as(details: Record<string, unknown>): string {
  return typeof details.role === "string" ? ` as ${details.role}` : "";
}

function fromTo(change: unknown): string {
  return isChange(change) ? ` from ${valueText(change.from)} to ${valueText(change.to)}` : "";
}

type Change = { from: unknown; to: unknown };

/** What changed, one row per thing, for the details. */
export function changesOf(
  details: AuditEntry["details"],
): { what: string; change: Change | null; text: string }[] {
  if (!details) return [];
  if (isChange(details)) return [{ what: "Changed", change: details, text: "" }];
  return Object.entries(details).map(([key, value]) => ({
    what: label(key),
    change: isChange(value) ? value : null,
    text: valueText(value),
  }));
}

function isChange(value: unknown): value is Change {
  return typeof value === "object" && value !== null && "from" in value && "to" in value;
}

export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length > 0 ? value.map(valueText).join(", ") : "nothing";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** "retention_days": "Retention days" */
function label(key: string): string {
  const text = key.replace(/_/g, " ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
