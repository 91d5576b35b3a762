import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Drawer } from "@/components/drawer";
import { ShellContext } from "@/components/shell";
import { TooltipProvider } from "@/components/tooltip";
import { useSignedIn } from "@/lib/api";
import { useShortcuts } from "./shortcuts";
import { Sidebar } from "./sidebar";

const CommandPalette = lazy(() => import("./command-palette"));
const KeyHelp = lazy(() => import("./key-help"));

/** The frame of every signed-in screen: sidebar, drawer on phones, palette, keys. */
export function ShellLayout() {
  const [menu, setMenu] = useState(false);
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const location = useLocation();
  // A screen on a wall shows a dashboard and nothing else.
  const kiosk = new URLSearchParams(location.searchStr).get("kiosk") === "1";
  useLeaveWhenSignedOut();
  useShortcuts({ openPalette: () => setPalette(true), openHelp: () => setHelp(true) });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new screen closes the drawer
  useEffect(() => setMenu(false), [location.pathname]);

  const shell = useMemo(
    () => ({ openMenu: () => setMenu(true), openPalette: () => setPalette(true) }),
    [],
  );
  return (
    <ShellContext value={shell}>
      <TooltipProvider delayDuration={400}>
        <a
          href="#content"
          className="sr-only z-60 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
          Skip to content
        </a>
        <div className="flex h-dvh overflow-hidden">
          {!kiosk && <Sidebar className="max-md:hidden" />}
          <Outlet />
        </div>
        <Drawer open={menu} onOpenChange={setMenu} title="Menu" side="left" hideTitle>
          <Sidebar inDrawer />
        </Drawer>
        <Suspense>
          {palette && (
            <CommandPalette onClose={() => setPalette(false)} onHelp={() => setHelp(true)} />
          )}
          {help && <KeyHelp onClose={() => setHelp(false)} />}
        </Suspense>
      </TooltipProvider>
    </ShellContext>
  );
}

/** Signed out here, in another tab, or by the server: back to the door. */
function useLeaveWhenSignedOut() {
  const signedIn = useSignedIn();
  const navigate = useNavigate();
  const { href } = useLocation();
  const here = useRef(href);
  // Once per signing out: on the way to the door the address is already another.
  useEffect(() => {
    if (signedIn !== "out") here.current = href;
  }, [signedIn, href]);
  useEffect(() => {
    if (signedIn !== "out") return;
    void navigate({ to: "/login", search: { next: here.current }, replace: true });
  }, [signedIn, navigate]);
}
