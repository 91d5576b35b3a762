import {
  Activity,
  Gauge,
  LayoutDashboard,
  List,
  type LucideIcon,
  Rss,
  Settings,
} from "lucide-react";

type Screen = {
  to:
    | "/p/$project"
    | "/p/$project/tail"
    | "/p/$project/events"
    | "/p/$project/dashboards"
    | "/p/$project/feeds"
    | "/p/$project/settings";
  label: string;
  icon: LucideIcon;
  /** Pressed after `g`. */
  key: string;
};

/** The screens of a project, in the order of the sidebar, the palette and the keys. */
export const screens: readonly Screen[] = [
  { to: "/p/$project", label: "Overview", icon: LayoutDashboard, key: "o" },
  { to: "/p/$project/tail", label: "Live tail", icon: Activity, key: "t" },
  { to: "/p/$project/events", label: "Events", icon: List, key: "e" },
  { to: "/p/$project/dashboards", label: "Dashboards", icon: Gauge, key: "d" },
  { to: "/p/$project/feeds", label: "Feeds", icon: Rss, key: "f" },
  { to: "/p/$project/settings", label: "Settings", icon: Settings, key: "s" },
];
