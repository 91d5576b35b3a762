/** What jsdom lacks and the app asks for when its modules load. */
globalThis.matchMedia ??= ((query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => {},
  removeEventListener: () => {},
})) as unknown as typeof matchMedia;

globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

// Everything can be seen.
globalThis.IntersectionObserver ??= class {
  constructor(private readonly tell: (entries: { isIntersecting: boolean }[]) => void) {}
  observe() {
    queueMicrotask(() => this.tell([{ isIntersecting: true }]));
  }
  unobserve() {}
  disconnect() {}
} as unknown as typeof IntersectionObserver;

// As browsers do now: it returns a promise, which must not leak out of an effect.
Element.prototype.scrollIntoView = (() => Promise.resolve()) as never;
globalThis.scrollTo = () => {};
Element.prototype.hasPointerCapture ??= () => false;
