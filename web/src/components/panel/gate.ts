/** A panel's data while somebody can see the panel. What comes meanwhile is told when it is seen. */
import type { PanelFrame, PanelSource } from "@/lib/board/panel-source";

export class Gate implements PanelSource {
  private readonly source: PanelSource;
  private readonly listeners = new Set<() => void>();
  private seen = true;
  private missed = false;
  private leave: (() => void) | null = null;

  constructor(source: PanelSource) {
    this.source = source;
  }

  get = (): PanelFrame => this.source.get();

  subscribe = (run: () => void): (() => void) => {
    this.listeners.add(run);
    this.leave ??= this.source.subscribe(this.hear);
    return () => {
      this.listeners.delete(run);
      if (this.listeners.size > 0) return;
      this.leave?.();
      this.leave = null;
    };
  };

  setSeen(seen: boolean) {
    this.seen = seen;
    if (seen && this.missed) this.hear();
  }

  private hear = () => {
    this.missed = !this.seen;
    if (this.seen) for (const run of this.listeners) run();
  };
}

const NEAR = "200px";

/** Tells when an element comes into sight and leaves it; call what comes back to stop. */
export function watchSight(element: Element, run: (seen: boolean) => void): () => void {
  const watch = new IntersectionObserver(([entry]) => run(entry?.isIntersecting ?? true), {
    rootMargin: NEAR,
  });
  watch.observe(element);
  return () => watch.disconnect();
}
